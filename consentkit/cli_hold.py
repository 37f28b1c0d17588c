"""Legal hold at the command line: what must not be erased for now, and why."""

from __future__ import annotations

import json
from dataclasses import asdict
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import click
from flask.cli import with_appcontext

from .cli_subject import consent_ids_of, tell_erased
from .cli_verify import opened_log
from .log import holds
from .log.holds import Scope
from .log.record import timestamp

if TYPE_CHECKING:
    from .log.holds import Hold

_by = click.option("--by", required=True, metavar="NAME", help="Who says so.")
_reason = click.option("--reason", required=True, help="Why, such as the claim's name.")
_as_json = click.option("--json", "as_json", is_flag=True, help="Print JSON.")


def _moment(
    _context: click.Context, _option: click.Parameter, value: datetime | None
) -> datetime | None:
    return value and value.replace(tzinfo=UTC)


@click.group("hold")
def hold_group() -> None:
    """Keep records from erasure as long as a claim needs them."""


@hold_group.command("add")
@click.argument("subject", required=False)
@_reason
@_by
@click.option(
    "--since", type=click.DateTime(), callback=_moment, help="From this UTC time on."
)
@click.option(
    "--until", type=click.DateTime(), callback=_moment, help="Before this UTC time."
)
@click.option("--everything", is_flag=True, help="The whole log.")
@_as_json
@with_appcontext
def add_hold(  # noqa: PLR0913  a hold has this many parts
    *,
    subject: str | None,
    reason: str,
    by: str,
    since: datetime | None,
    until: datetime | None,
    everything: bool,
    as_json: bool,
) -> None:
    """Hold records of a customer, a consent id or a time, or all."""
    if everything != (not subject and since is None and until is None):
        raise click.UsageError("name a subject, a time, or --everything")
    with opened_log() as log:
        ids = tuple(consent_ids_of(log, subject)) if subject else ()
        scope = Scope(consent_ids=ids, since=since, until=until)
        with log.writing() as connection:
            hold_id = holds.place(
                connection, scope, who=by, reason=reason, now=datetime.now(UTC)
            )
    click.echo(json.dumps({"hold": hold_id}) if as_json else f"Held: {hold_id}")


@hold_group.command("list")
@_as_json
@with_appcontext
def list_holds(*, as_json: bool) -> None:
    """Print all holds, those that have ended too."""
    with opened_log() as log, log.reading() as connection:
        found = holds.listed(connection)
    if as_json:
        click.echo(json.dumps([_as_data(hold) for hold in found], indent=2))
    for hold in found if not as_json else ():
        click.echo(_in_words(hold))
    if not found and not as_json:
        click.echo("Nothing is or was held.")


@hold_group.command("release")
@click.argument("hold_id")
@_reason
@_by
@_as_json
@with_appcontext
def release_hold(*, hold_id: str, reason: str, by: str, as_json: bool) -> None:
    """End a hold, and erase what was asked to be erased meanwhile."""
    with opened_log() as log:
        with log.writing() as connection:
            asked = holds.release(
                connection, hold_id, who=by, reason=reason, now=datetime.now(UTC)
            )
        erased = log.erase(*asked) if asked else 0
        tell_erased(log, erased, asked, as_json=as_json)


def _as_data(hold: Hold) -> dict[str, object]:
    data = asdict(hold) | asdict(hold.scope)
    del data["scope"]
    return {
        name: timestamp(value) if isinstance(value, datetime) else value
        for name, value in data.items()
    }


def _in_words(hold: Hold) -> str:
    scope = hold.scope
    limits = [
        *([f"of {', '.join(scope.consent_ids)}"] if scope.consent_ids else []),
        *([f"since {scope.since:%Y-%m-%d %H:%M}"] if scope.since else []),
        *([f"until {scope.until:%Y-%m-%d %H:%M}"] if scope.until else []),
    ]
    lines = [
        f"{hold.id}  {' '.join(limits) or 'everything'}",
        f"  held {hold.placed_at:%Y-%m-%d %H:%M} by {hold.who}: {hold.reason}",
    ]
    if hold.released_at:
        end = f"{hold.released_at:%Y-%m-%d %H:%M} by {hold.released_by}"
        lines.append(f"  released {end}: {hold.release_reason}")
    return "\n".join(lines)
