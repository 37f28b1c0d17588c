"""``flask consent log``: what auditors read without leaving the terminal."""

from __future__ import annotations

import json
import sys
from dataclasses import asdict, fields
from datetime import UTC, datetime
from functools import wraps
from itertools import islice
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, get_args

import click
from flask.cli import with_appcontext

from .cli_hold import hold_group
from .cli_subject import consent_ids_of, purge_command, vacuum_command
from .cli_verify import (
    checkpoint_command,
    keys_command,
    opened_log,
    publish_command,
    rotate_key_command,
    seal_command,
    shown,
    verify_command,
)
from .log.export import write_csv
from .log.parquet import write_parquet
from .log.record import DecisionKind, as_receipt
from .log.selection import Selection

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from .log.record import Record
    from .log.store import ConsentLog
    from .log.verify import Watch


def _utc(
    _context: click.Context, _option: click.Parameter, value: datetime | None
) -> datetime | None:
    return value and value.replace(tzinfo=UTC)


_FILTERS = (
    click.option(
        "--since", type=click.DateTime(), callback=_utc, help="From this UTC time on."
    ),
    click.option(
        "--until", type=click.DateTime(), callback=_utc, help="Before this UTC time."
    ),
    click.option("--consent-id", help="Of one visitor."),
    click.option("--customer", metavar="REF", help="Of who logged in as REF."),
    click.option("--decision", type=click.Choice(get_args(DecisionKind))),
    click.option("--revision", type=int, help="Under this revision of the policy."),
    click.option(
        "--granted", metavar="KEY", help="With this group or service granted."
    ),
)

_as_json = click.option("--json", "as_json", is_flag=True, help="Print JSON.")


def _filtered(command: Callable[..., None]) -> Callable[..., None]:
    """Give a command the filters, and take them together as ``selection``."""
    conditions = {field.name for field in fields(Selection)}

    @wraps(command)
    @with_appcontext
    def selecting(**options: Any) -> None:
        given = {name: options.pop(name) for name in conditions & options.keys()}
        if (customer := options.pop("customer")) is not None:
            given["consent_ids"] = _consent_ids(customer)
        command(selection=Selection(**given), **options)

    for option in reversed(_FILTERS):
        selecting = option(selecting)
    return selecting


def _consent_ids(customer: str) -> tuple[str, ...]:
    with opened_log() as log:
        return tuple(consent_ids_of(log, customer))


@click.group("log")
def log_group() -> None:
    """Read the consent log, seal it, verify it and let people go."""


for _command in (
    seal_command,
    checkpoint_command,
    verify_command,
    publish_command,
    keys_command,
    rotate_key_command,
    purge_command,
    vacuum_command,
    hold_group,
):
    log_group.add_command(_command)


@log_group.command("list")
@_filtered
@click.option("--limit", default=50, show_default=True, type=click.IntRange(min=1))
@_as_json
@with_appcontext
def list_records(*, selection: Selection, limit: int, as_json: bool) -> None:
    """Print the latest records, the newest first."""
    with opened_log() as log:
        found = list(islice(log.records(selection, newest_first=True), limit))
    if as_json:
        _print_json([as_receipt(record) for record in found])
    else:
        _print_table(
            ("decided at (UTC)", "record", "decision", "surface", "granted"),
            [_summary(record) for record in found],
        )


@log_group.command("show")
@click.argument("record_id")
@_as_json
@with_appcontext
def show_record(*, record_id: str, as_json: bool) -> None:
    """Print one record, and the notice as its visitor was shown it."""
    with opened_log() as log:
        record = log.get(record_id)
        if record is None:
            raise click.ClickException(f"no record has the id {record_id}")
        notice = log.notice(record.notice_hash)
    found = {
        "record": as_receipt(record),
        "notice": dict(notice.shown) if notice else {},
    }
    if as_json:
        _print_json(found)
    else:
        click.echo("\n".join(_outline(found)))


@log_group.command("stats")
@_filtered
@_as_json
@with_appcontext
def print_statistics(*, selection: Selection, as_json: bool) -> None:
    """Print how many decisions there were, and what they granted."""
    with opened_log() as log:
        counted = log.statistics(selection)
    if as_json:
        _print_json(asdict(counted))
        return
    click.echo(f"{counted.total} decisions")
    for title in ("decision", "surface", "language", "day"):
        counts: Mapping[str, int] = getattr(counted, f"by_{title}")
        _print_table((title, "decisions"), [(k, str(n)) for k, n in counts.items()])
    _print_table(
        ("group or service", "granted", "refused", "accepted"),
        [
            (key, str(a.granted), str(a.refused), f"{a.share:.0%}")
            for key, a in counted.acceptance.items()
        ],
    )


@log_group.command("export")
@_filtered
@click.option(
    "--format",
    "form",
    type=click.Choice(["jsonl", "csv", "zip", "parquet"]),
    default="jsonl",
    show_default=True,
)
@click.option("--output", type=click.Path(), help="Write there.")
@with_appcontext
def export_records(*, selection: Selection, form: str, output: str | None) -> None:
    """Write the records, the oldest first; a zip is for auditors."""
    with opened_log() as log:
        if form == "zip":
            _export_archive(log, selection, output)
        elif form == "parquet":
            _export_parquet(log, selection, output)
        elif output is None:
            _export(log, selection, form, sys.stdout, lambda items, _number: items)
        else:
            with click.open_file(output, "w", encoding="utf-8") as file:
                _export(log, selection, form, file, shown)


def _export(
    log: ConsentLog, selection: Selection, form: str, file: IO[str], watch: Watch[Any]
) -> None:
    number = log.count(selection)
    if form == "csv":
        write_csv(watch(log.records(selection), number), file)
    else:
        file.writelines(map(bytes.decode, watch(log.lines(selection), number)))


def _export_archive(log: ConsentLog, selection: Selection, output: str | None) -> None:
    if output is None:
        raise click.UsageError("name the zip with --output")
    with click.open_file(output, "wb") as file:
        log.export(file, shown, selection)


def _export_parquet(log: ConsentLog, selection: Selection, output: str | None) -> None:
    if output is None:
        raise click.UsageError("name the folder with --output")
    try:
        write_parquet(shown(log.lines(selection), log.count(selection)), Path(output))
    except OSError as error:
        raise click.ClickException(f"the folder can't be written: {error}") from None


def _print_json(value: object) -> None:
    click.echo(json.dumps(value, indent=2, ensure_ascii=False))


def _print_table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    columns = list(zip(head, *rows, strict=True))
    widths = [max(map(len, column)) for column in columns]
    click.echo()
    for row in (head, ["-" * width for width in widths], *rows):
        cells = (cell.ljust(width) for cell, width in zip(row, widths, strict=True))
        click.echo("  ".join(cells).rstrip())


def _summary(record: Record) -> Sequence[str]:
    moment = f"{record.decided_at:%Y-%m-%d %H:%M:%S}"
    granted = ", ".join(record.granted) or "nothing"
    return moment, record.id, record.decision, record.surface, granted


def _outline(value: object, depth: int = 0) -> Iterator[str]:
    """Get nested data as indented lines, each with a name or a dash before it."""
    indent = "  " * depth
    if isinstance(value, dict):
        entries = [(f"{name}:", entry) for name, entry in value.items()]
    elif isinstance(value, list):
        entries = [("-", entry) for entry in value]
    else:
        entries = []
    for mark, entry in entries:
        if isinstance(entry, dict | list) and entry:
            yield f"{indent}{mark}"
            yield from _outline(entry, depth + 1)
        else:
            yield f"{indent}{mark} {_plain(entry)}"


def _plain(value: object) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return str(value) if value or value == 0 else "none"
