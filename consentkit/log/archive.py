"""An export for an auditor: one zip that proves itself."""

from __future__ import annotations

from importlib.resources import files
from io import TextIOWrapper
from typing import IO, TYPE_CHECKING, TextIO
from zipfile import ZIP_DEFLATED, ZipFile

from sqlalchemy import select

from consentkit.errors import LogUnavailable

from .export import write_jsonl
from .stored import COLUMNS, read
from .tables import checkpoints, leaves, notices, records

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from sqlalchemy import Connection

    from .note import Verifier
    from .selection import Selection

RECORDS, NOTICES = "records.jsonl", "notices.jsonl"
CHECKPOINTS, VKEY, README = "checkpoints.txt", "log.vkey", "README.txt"

_STREAM = {"yield_per": 1000}


def write_archive(
    connection: Connection,
    verifier: Verifier | None,
    file: IO[bytes],
    lines: Iterable[Mapping[str, object]],
) -> None:
    """Write the whole log, with all that is needed to verify it.

    :param lines: the records with their leaves, from :func:`evidence`.
    """
    with ZipFile(file, "w", ZIP_DEFLATED) as archive:
        with _text(archive, RECORDS) as target:
            write_jsonl(lines, target)
        with _text(archive, NOTICES) as target:
            write_jsonl(_notices(connection), target)
        with _text(archive, CHECKPOINTS) as target:
            target.writelines(_checkpoints(connection))
        readme = files(__package__).joinpath("archive_readme.txt").read_text("utf-8")
        archive.writestr(README, readme)
        if verifier is not None:
            archive.writestr(VKEY, f"{verifier}\n")


def evidence(
    connection: Connection, selection: Selection
) -> Iterator[dict[str, object]]:
    """Get records as receipts, and with their place in the tree where they have one.

    :raises LogUnavailable: if a record holds what is never stored.
    """
    query = (
        select(leaves.c.leaf_index, leaves.c.hash, *COLUMNS)
        .join_from(records, leaves, records.c.id == leaves.c.record_id, isouter=True)
        .where(*selection.conditions())
        .order_by(records.c.seq)
    )
    for index, digest, *row in connection.execute(query, execution_options=_STREAM):
        try:
            stored = read(row)
        except (ValueError, TypeError) as error:
            raise LogUnavailable(f"record {row[0]} can't be read: {error}") from None
        line = dict(stored.fields)
        line["salt"] = stored.salt.hex() if stored.salt else None
        line["personal_digest"] = stored.personal_digest
        if index is not None:
            line |= {"leaf_index": index, "leaf_hash": digest.hex()}
        yield line


def _text(archive: ZipFile, name: str) -> TextIO:
    member = archive.open(name, "w", force_zip64=True)
    return TextIOWrapper(member, encoding="utf-8", newline="\n")


def _notices(connection: Connection) -> Iterator[Mapping[str, object]]:
    query = select(notices.c.hash, notices.c.language, notices.c.content)
    for row in connection.execute(query.order_by(notices.c.hash)):
        yield dict(row._mapping)  # noqa: SLF001  public in spite of its name


def _checkpoints(connection: Connection) -> Iterator[str]:
    query = select(checkpoints.c.note).order_by(checkpoints.c.size)
    for number, note in enumerate(connection.scalars(query, execution_options=_STREAM)):
        yield f"\n{note}" if number else note
