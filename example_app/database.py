"""The shop's own SQLite database, in the instance folder."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from flask import Flask, current_app, g

if TYPE_CHECKING:
    from collections.abc import Iterator

DATABASE = "SHOP_DATABASE"


def init_app(app: Flask) -> None:
    """Make and fill the database where there is none, and close it after requests."""
    app.config[DATABASE] = str(Path(app.instance_path, "shop.sqlite3"))
    app.teardown_appcontext(_close)
    schema = Path(app.root_path, "schema.sql").read_text(encoding="utf-8")
    sample = Path(app.root_path, "sample_data.json").read_text(encoding="utf-8")
    with closing(_connect(app.config[DATABASE])) as database:
        database.execute("PRAGMA journal_mode = WAL")
        database.executescript(schema)
        _fill(database, sample)


def connection() -> sqlite3.Connection:
    """Get the database connection of this request."""
    if "database" not in g:
        g.database = _connect(current_app.config[DATABASE])
    found: sqlite3.Connection = g.database
    return found


@contextmanager
def transaction() -> Iterator[sqlite3.Connection]:
    """Get a connection whose writes are kept together or not at all."""
    database = connection()
    database.execute("BEGIN IMMEDIATE")
    try:
        yield database
    except BaseException:
        database.execute("ROLLBACK")
        raise
    database.execute("COMMIT")


def now() -> str:
    """Get the time as the database keeps it."""
    return datetime.now(UTC).isoformat(timespec="seconds")


def _connect(path: str) -> sqlite3.Connection:
    database = sqlite3.connect(path, timeout=10, isolation_level=None)
    database.row_factory = sqlite3.Row
    database.execute("PRAGMA foreign_keys = ON")
    return database


def _close(_error: BaseException | None = None) -> None:
    database = g.pop("database", None)
    if database is not None:
        database.close()


def _fill(database: sqlite3.Connection, sample: str) -> None:
    database.execute("BEGIN IMMEDIATE")
    if not database.execute("SELECT count(*) FROM product").fetchone()[0]:
        found = json.loads(sample)
        for position, product in enumerate(found["products"]):
            product["details"] = "\n".join(product["details"])
            product["position"] = position
        database.executemany(
            "INSERT INTO product VALUES (:slug, :name, :category, :price, :tagline,"
            " :description, :details, :video, :position)",
            found["products"],
        )
        database.executemany(
            "INSERT INTO review (product, author, rating, words, written_on)"
            " VALUES (:product, :author, :rating, :words, :written_on)",
            found["reviews"],
        )
    database.execute("COMMIT")
