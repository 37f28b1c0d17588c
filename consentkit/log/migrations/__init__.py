"""Migrations of the log's tables, run by ``flask consent db upgrade``."""
