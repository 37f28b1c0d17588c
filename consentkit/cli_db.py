"""``flask consent db``: the schema of the log's database."""

from __future__ import annotations

import json
import sys

import click
from flask.cli import with_appcontext

from .cli_verify import opened_log
from .log.schema import HEAD

_as_json = click.option("--json", "as_json", is_flag=True, help="Print JSON.")


@click.group("db")
def db_group() -> None:
    """See which schema the log's database has, and raise it."""


@db_group.command("upgrade")
@_as_json
@with_appcontext
def upgrade_command(*, as_json: bool) -> None:
    """Make the log's tables, or raise them to this version's."""
    with opened_log() as log:
        before = log.database.upgrade()
    if as_json:
        click.echo(json.dumps({"before": before, "revision": HEAD}))
    elif before is None:
        click.echo(f"The tables are made, at revision {HEAD}.")
    elif before == HEAD:
        click.echo(f"Nothing to do: the revision is {HEAD}.")
    else:
        click.echo(f"The schema is raised from {before} to {HEAD}.")


@db_group.command("current")
@_as_json
@with_appcontext
def current_command(*, as_json: bool) -> None:
    """Print the revision of the log's schema, and the needed one."""
    with opened_log() as log:
        found = log.database.revision()
    if as_json:
        click.echo(json.dumps({"revision": found, "needed": HEAD}))
    else:
        click.echo(f"{found or 'no tables yet'} ({HEAD} is needed)")


@db_group.command("check")
@_as_json
@with_appcontext
def check_command(*, as_json: bool) -> None:
    """Exit with 1 if the log's tables aren't what they should be."""
    with opened_log() as log:
        found = log.database.revision()
        faults = [] if found == HEAD else [f"the revision is {found}, not {HEAD}"]
        if found is None:
            faults = ["there are no tables yet"]
        else:
            faults += log.database.differences()
    if as_json:
        click.echo(json.dumps({"revision": found, "faults": faults}, indent=2))
    else:
        click.echo("\n".join(faults) or f"All is well, at revision {found}.")
    sys.exit(bool(faults))


@db_group.command("partition")
@click.option(
    "--ahead",
    default=3,
    show_default=True,
    type=click.IntRange(0, 120),
    help="Months after this one that get a partition, too.",
)
@_as_json
@with_appcontext
def partition_command(*, ahead: int, as_json: bool) -> None:
    """Divide the records by month, on PostgreSQL. Made for cron, once a month.

    The first time, decisions wait until the indexes are made anew.
    """
    with opened_log() as log:
        made = log.database.partition(ahead)
    if as_json:
        click.echo(json.dumps({"made": made}))
    else:
        click.echo("\n".join(made) or "Nothing to do.")
