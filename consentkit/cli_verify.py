"""Proof at the command line: sealing the log, and verifying it wherever it is."""

from __future__ import annotations

import json
import sys
from contextlib import contextmanager
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, TYPE_CHECKING, TextIO, TypeVar

import click
from flask import current_app
from flask.cli import with_appcontext

from .errors import ConsentError
from .log.archive_audit import verify_archive
from .log.keys import Statement, stored_statements
from .log.note import Verifier
from .log.publish import publish
from .log.rotation import rotate_key

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from .log.audit import Report
    from .log.store import ConsentLog

_Item = TypeVar("_Item")

#: How many records are sealed in one go: visitors' decisions wait that long.
_AT_ONCE = 10_000

_as_json = click.option("--json", "as_json", is_flag=True, help="Print JSON.")
_since = click.option(
    "--since",
    type=click.File(encoding="utf-8"),
    help="A checkpoint that was kept elsewhere.",
)


_NEW_KEY = (
    "This key signs from now on. Who trusts an earlier one knows it by the old key's"
    " signature. Back up the new private key."
)
_NEW_KEY_LOST = (
    "This key signs from now on. The old one doesn't vouch for it: send it to whoever"
    " verifies your log, and say why. Back up the new private key."
)


@contextmanager
def opened_log() -> Iterator[ConsentLog]:
    """Get the app's log; what it can't do is told in one line."""
    try:
        yield current_app.extensions["consentkit"].log
    except ConsentError as error:
        raise click.ClickException(str(error)) from error


def shown(items: Iterable[_Item], number: int) -> Iterator[_Item]:
    """Pass items on, with a progress bar where somebody watches."""
    with click.progressbar(items, length=number or None, file=sys.stderr) as bar:
        yield from bar


@click.command("seal")
@with_appcontext
def seal_command() -> None:
    """Put all records into the signed tree. Made for cron."""
    with opened_log() as log:
        sealed, size = log.seal(_AT_ONCE), -1
        while sealed and sealed.checkpoint.size > size:
            size = sealed.checkpoint.size
            sealed = log.seal(_AT_ONCE)
        while log.tally():
            pass
    if sealed is None:
        click.echo("The log is empty.")
    else:
        click.echo(f"Records sealed: {sealed.checkpoint.size}.")


@click.command("checkpoint")
@click.option("--key", is_flag=True, help="Print the public key instead.")
@with_appcontext
def checkpoint_command(*, key: bool) -> None:
    """Print the latest checkpoint, to be kept outside the shop."""
    with opened_log() as log:
        if key:
            verifier = log.verifier()
            found = f"{verifier}\n" if verifier else None
        else:
            found = log.latest_checkpoint()
    if found is None:
        raise click.ClickException("nothing is sealed yet: flask consent log seal")
    click.echo(found, nl=False)


@click.command("keys")
@_as_json
@with_appcontext
def keys_command(*, as_json: bool) -> None:
    """Print all public keys of the log, and where each begins."""
    with opened_log() as log, log.reading() as connection:
        found = list(map(Statement.parse, stored_statements(connection)))
    if as_json:
        lines = [
            {"number": s.number, "vkey": str(s.verifier), "first_size": s.first_size}
            for s in found
        ]
        click.echo(json.dumps(lines, indent=2))
    for statement in () if as_json else found:
        click.echo(f"{statement.verifier}  from size {statement.first_size} on")


@click.command("rotate-key")
@click.option("--lost", is_flag=True, help="There is no old key any more.")
@with_appcontext
def rotate_key_command(*, lost: bool) -> None:
    """Let a new key sign the log; the old private key is gone then."""
    with opened_log() as log:
        verifier = rotate_key(log, datetime.now(UTC), lost=lost)
    click.echo(f"{verifier}")
    click.echo(_NEW_KEY_LOST if lost else _NEW_KEY, err=True)


@click.command("publish")
@click.argument("folder", type=click.Path(path_type=Path))
@_as_json
@with_appcontext
def publish_command(*, folder: Path, as_json: bool) -> None:
    """Write checkpoint and tiles (C2SP) for any web server."""
    with opened_log() as log, log.reading() as connection:
        try:
            checkpoint = publish(connection, folder, shown)
        except OSError as error:
            raise click.ClickException(
                f"the folder can't be written: {error}"
            ) from None
    if as_json:
        found = {"size": checkpoint.size, "root": checkpoint.root.hex()}
        click.echo(json.dumps(found | {"folder": str(folder)}, indent=2))
    else:
        click.echo(f"{checkpoint.size} leaves are published.")


@click.command("verify")
@_since
@_as_json
@with_appcontext
def verify_command(*, since: TextIO | None, as_json: bool) -> None:
    """Recompute the log; exit with 1 if anything was changed."""
    with opened_log() as log:
        report = log.verify(since=_read(since), watch=shown)
    if since is None:
        click.echo(
            "What somebody who has the key may have rewritten shows against a"
            " checkpoint that was kept elsewhere: give it with --since.",
            err=True,
        )
    _print(report, as_json=as_json)


@click.command("verify")
@click.argument("export", type=click.File("rb"))
@click.option("--key", metavar="VKEY", help="The log's public key, from the shop.")
@_since
@_as_json
def verify_export_command(
    *, export: IO[bytes], key: str | None, since: TextIO | None, as_json: bool
) -> None:
    """Verify an exported zip: no app, no database, no secret."""
    try:
        verifier = Verifier.parse(key) if key else None
        report = verify_archive(export, verifier, since=_read(since), watch=shown)
    except ConsentError as error:
        raise click.ClickException(str(error)) from error
    if verifier is None:
        click.echo(
            "The key in the zip was used: it is only as good as where the zip came"
            " from. Ask the shop for its key, and give it with --key.",
            err=True,
        )
    _print(report, as_json=as_json)


def _read(file: TextIO | None) -> str | None:
    try:
        return file.read() if file else None
    except UnicodeDecodeError as error:
        raise click.ClickException(f"this is no checkpoint: {error}") from None


def _tame(text: str) -> str:
    """Get text as a terminal shows it, whatever a forger has written into a log."""
    return "".join(c if c.isprintable() else "\N{REPLACEMENT CHARACTER}" for c in text)


def _print(report: Report, *, as_json: bool) -> None:
    if as_json:
        click.echo(json.dumps(asdict(report), indent=2, ensure_ascii=False))
    else:
        click.echo(
            f"Records: {report.sealed} sealed, {report.unsealed} not yet sealed,"
            f" {report.erased} without personal fields."
            f" Checkpoints: {report.checkpoints}."
        )
        if report.exported_at:
            click.echo(_tame(f"Exported at {report.exported_at}."))
        for finding in report.findings:
            record = f"record {finding.record}: " if finding.record else ""
            click.echo(_tame(f"{finding.problem}: {record}{finding.detail}"))
        if report.left_out:
            click.echo(
                f"{report.left_out} of the sealed records were left out of this export."
            )
        if not report.findings:
            click.echo("All is well.")
    sys.exit(bool(report.findings))
