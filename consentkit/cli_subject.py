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
from .log import links
from .log.holds import count_held
from .log.record import timestamp
from .policy_words import retention

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from .log.links import CustomerKeys
    from .log.store import ConsentLog
    from .policy import NoticeTerms

_subject = click.argument("subject")
_as_json = click.option("--json", "as_json", is_flag=True, help="Print JSON.")
_yes = click.option("--yes", is_flag=True, help="Don't ask.")


@click.group("subject")
def subject_group() -> None:
    """Answer a person, by customer reference or consent id."""


@subject_group.command("export")
@_subject
@click.option("--output", type=click.Path(dir_okay=False), help="Write there.")
@click.option("--json", is_flag=True, expose_value=False, help="It always is JSON.")
@with_appcontext
def export_subject(*, subject: str, output: str | None) -> None:
    """Write a person's records, proofs, and what they were shown."""
    with opened_log() as log:
        found = _everything(log, subject)
    target = click.open_file(output, "w", encoding="utf-8") if output else None
    with target or nullcontext(sys.stdout) as file:
        click.echo(json.dumps(found, indent=2, ensure_ascii=False), file)


@subject_group.command("erase")
@_subject
@_yes
@_as_json
@with_appcontext
def erase_subject(*, subject: str, yes: bool, as_json: bool) -> None:
    """Erase a person from their records, in all files of the log."""
    with opened_log() as log:
        ids = consent_ids_of(log, subject)
        number = sum(len(log.history(consent_id)) for consent_id in ids)
        if not yes:
            question = f"Erase who decided, for good? Records: {number}"
            click.confirm(question, abort=True, err=True)
        erased = log.erase(*ids)
        with log.writing() as connection:
            links.unlink(connection, _customers(subject))
        tell_erased(log, erased, ids, as_json=as_json)


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
            tell_erased(log, log.purge(before, terms.lifetime), as_json=as_json)


@click.command("vacuum")
@with_appcontext
def vacuum_command() -> None:
    """Rewrite the database, so that no file keeps what was erased. For cron."""
    with opened_log() as log:
        gone = log.vacuum()
    click.echo("\n".join(["The files are clean." if gone else _LEFT, *_beyond(log)]))
    sys.exit(not gone)


_LEFT = (
    "What was erased may still be in the database's files: another process was"
    " reading them, or they aren't ours to rewrite."
)

_BEYOND = (
    "PostgreSQL's write-ahead log, its standbys and backups keep what was erased until"
    " they are overwritten."
)


def _beyond(log: ConsentLog) -> list[str]:
    """Get what there is to say about files that no vacuum reaches."""
    return [_BEYOND] if log.engine.dialect.name == "postgresql" else []


def _span(value: str) -> timedelta:
    try:
        return retention(value)
    except ValueError as error:
        raise click.BadParameter(str(error), param_hint="--older-than") from None


def consent_ids_of(log: ConsentLog, subject: str) -> Sequence[str]:
    """Get the consent ids that a person has.

    :param subject: a customer's reference, or a consent id itself.
    :raises click.ClickException: if the log knows nobody of that name.
    """
    with log.reading() as connection:
        found = links.consent_ids(connection, _customers(subject))
        opted_out = links.opted_out_at(connection, _customers(subject))
    if log.history(subject):
        found = (*found, subject)
    if not found and opted_out is None:
        raise click.ClickException(f"no customer or consent id is {subject}")
    return tuple(dict.fromkeys(found))


def _customers(subject: str) -> Sequence[str]:
    keys: CustomerKeys = current_app.extensions["consentkit"].customers
    return keys.hashes(subject)


def _everything(log: ConsentLog, subject: str) -> dict[str, object]:
    ids = consent_ids_of(log, subject)
    with log.reading() as connection:
        opted_out = links.opted_out_at(connection, _customers(subject))
    history = [record for consent_id in ids for record in log.history(consent_id)]
    history.sort(key=lambda record: record.decided_at)
    hashes = dict.fromkeys(record.notice_hash for record in history)
    shown = [notice for digest in hashes if (notice := log.notice(digest))]
    return {
        "consent_ids": list(ids),
        "opted_out_at": timestamp(opted_out) if opted_out else None,
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


def tell_erased(
    log: ConsentLog, erased: int, ids: Sequence[str] | None = None, *, as_json: bool
) -> None:
    """Print how many records were erased, once they are gone from the files too.

    :param ids: whose records may be left, under a hold; none for a purge.
    """
    with log.reading() as connection:
        held = count_held(connection, ids) if ids else 0
    gone = log.vacuum() if erased or ids is not None else True
    words = [f"Records that no longer tell who decided: {erased}."]
    words += [f"Under a legal hold, and not erased: {held}."] if held else []
    words += [*([] if gone else [_LEFT]), *(_beyond(log) if erased else [])]
    found = {"erased": erased, "held": held, "vacuumed": gone}
    _print(found, "\n".join(words), as_json=as_json)


def _print(found: Mapping[str, object], words: str, *, as_json: bool) -> None:
    click.echo(json.dumps(found, indent=2) if as_json else words)
