"""How Alembic runs our migrations: on a connection that somebody has opened."""

from __future__ import annotations

from alembic import context

from consentkit.log.schema import VERSION_TABLE
from consentkit.log.tables import metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    version_table=VERSION_TABLE,
    # SQLite changes a table by writing it anew.
    render_as_batch=True,
)
with context.begin_transaction():
    context.run_migrations()
