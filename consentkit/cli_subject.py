"""Rights at the command line: what the log holds about a person, out of it or gone."""

from __future__ import annotations

import json
import sys
from contextlib import nullcontext
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import click
from flask import current_app
from flask.cli import with_appcontext

from .cli_verify import opened_log
from .log.record import timestamp
from .policy_words import retention

if TYPE_CHECKING:
    from collections.abc import Mapping

    from .log.record import Record
    from .log.store import ConsentLog
    from .policy import NoticeTerms

_consent_id = click.argument("consent_id")
_as_json = click.option("--json", "as_json", is_flag=True, help="Print JSON.")
_yes = click.option("--yes", is_flag=True, help="Don't ask.")


@click.group("subject")
def subject_group() -> None:
    """Answer a visitor who writes to you: by the consent id in their receipts."""


@subject_group.command("export")
@_consent_id
@click.option("--output", type=click.Path(dir_okay=False), help="Write there.")
@click.option("--json", is_flag=True, expose_value=False, help="It always is JSON.")
@with_appcontext
def export_subject(*, consent_id: str, output: str | None) -> None:
    """Write a visitor's records, their proofs and the notices they were shown."""
    with opened_log() as log:
        found = _everything(log, consent_id, _history(log, consent_id))
    target = click.open_file(output, "w", encoding="utf-8") if output else None
    with target or nullcontext(sys.stdout) as file:
        click.echo(json.dumps(found, indent=2, ensure_ascii=False), file)


@subject_group.command("erase")
@_consent_id
@_yes
@_as_json
@with_appcontext
def erase_subject(*, consent_id: str, yes: bool, as_json: bool) -> None:
    """Erase who a visitor's records are about, from all files of the database."""
    with opened_log() as log:
        number = len(_history(log, consent_id))
        if not yes:
            question = f"Erase who decided, for good? Records: {number}"
            click.confirm(question, abort=True, err=True)
        erased = log.erase(consent_id)
        _tell(log, erased, as_json=as_json)


@click.command("purge")
@click.option(
    "--older-than",
    metavar="SPAN",
    help='Such as "25 months"; the policy\'s retention if left out.',
)
@click.option("--dry-run", is_flag=True, help="Only tell how many there are.")
@_as_json
@with_appcontext
def purge_command(*, older_than: str | None, dry_run: bool, as_json: bool) -> None:
    """Erase the person from records whose choice ended long ago. Made for cron."""
    terms: NoticeTerms = current_app.extensions["consentkit"].policy.notice
    kept = terms.retention if older_than is None else _span(older_than)
    before = datetime.now(UTC) - kept
    with opened_log() as log:
        if dry_run:
            number = log.count_ended(before, terms.lifetime)
            _print(
                {"would_erase": number}, f"Records to erase: {number}.", as_json=as_json
            )
        else:
            _tell(log, log.purge(before, terms.lifetime), as_json=as_json)


@click.command("vacuum")
@with_appcontext
def vacuum_command() -> None:
    """Rewrite the database, so that what was erased leaves its files. For cron."""
    with opened_log() as log:
        gone = log.vacuum()
    click.echo("The files are clean." if gone else _LEFT)
    sys.exit(not gone)


_LEFT = (
    "What was erased may still be in the database's files: another process was"
    " reading them, or the database isn't SQLite."
)


def _span(value: str) -> timedelta:
    try:
        return retention(value)
    except ValueError as error:
        raise click.BadParameter(str(error), param_hint="--older-than") from None


def _history(log: ConsentLog, consent_id: str) -> list[Record]:
    found = log.history(consent_id)
    if not found:
        raise click.ClickException(f"no record has the consent id {consent_id}")
    return found


def _everything(
    log: ConsentLog, consent_id: str, history: list[Record]
) -> dict[str, object]:
    hashes = dict.fromkeys(record.notice_hash for record in history)
    shown = [notice for digest in hashes if (notice := log.notice(digest))]
    return {
        "consent_id": consent_id,
        "records": [log.receipt(record) for record in history],
        "notices": [
            {
                "hash": notice.hash,
                "language": notice.language,
                "first_shown_at": timestamp(notice.first_shown_at),
                "content": dict(notice.shown),
            }
            for notice in shown
        ],
    }


def _tell(log: ConsentLog, erased: int, *, as_json: bool) -> None:
    gone = log.vacuum() if erased else True
    words = f"Records that no longer tell who decided: {erased}."
    found = {"erased": erased, "vacuumed": gone}
    _print(found, words if gone else f"{words}\n{_LEFT}", as_json=as_json)


def _print(found: Mapping[str, object], words: str, *, as_json: bool) -> None:
    click.echo(json.dumps(found, indent=2) if as_json else words)
