"""An export for an auditor: one zip that proves itself."""

from __future__ import annotations

from importlib.resources import files
from io import TextIOWrapper
from typing import IO, TYPE_CHECKING, TextIO
from zipfile import ZIP_DEFLATED, ZipFile

from sqlalchemy import select

from consentkit.errors import LogUnavailable

from .export import write_jsonl
from .keys import stored_statements
from .stored import COLUMNS, ID_AT, read
from .tables import checkpoints, leaves, notices, records

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from sqlalchemy import Connection

    from .note import Verifier
    from .selection import Selection

RECORDS, NOTICES = "records.jsonl", "notices.jsonl"
CHECKPOINTS, KEYS, VKEY = "checkpoints.txt", "keys.txt", "log.vkey"
README = "README.txt"

_STREAM = {"yield_per": 1000}


def write_archive(
    connection: Connection,
    verifier: Verifier | None,
    file: IO[bytes],
    lines: Iterable[bytes],
) -> None:
    """Write the whole log, with all that is needed to verify it.

    :param lines: the records with their leaves, from :func:`evidence`.
    """
    # Half of a record is random: more effort takes longer and saves hardly anything.
    with ZipFile(file, "w", ZIP_DEFLATED, compresslevel=1) as archive:
        with archive.open(RECORDS, "w", force_zip64=True) as member:
            for line in lines:
                member.write(line)
        with _text(archive, NOTICES) as target:
            write_jsonl(_notices(connection), target)
        with _text(archive, CHECKPOINTS) as target:
            target.writelines(_side_by_side(_checkpoints(connection)))
        with _text(archive, KEYS) as target:
            target.writelines(_side_by_side(stored_statements(connection)))
        readme = files(__package__).joinpath("archive_readme.txt").read_text("utf-8")
        archive.writestr(README, readme)
        if verifier is not None:
            archive.writestr(VKEY, f"{verifier}\n")


def evidence(connection: Connection, selection: Selection) -> Iterator[bytes]:
    """Get records as lines of JSON, with their place in the tree if they have one.

    What the leaf is made of stands last and as it was hashed: from ``decided_at`` on,
    behind a brace, a line is the canonical JSON of its leaf.

    :raises LogUnavailable: if a record holds what is never stored.
    """
    query = (
        select(leaves.c.leaf_index, leaves.c.entry, *COLUMNS)
        .join_from(records, leaves, records.c.seq == leaves.c.seq, isouter=True)
        .where(*selection.conditions())
        .order_by(records.c.seq)
    )
    for index, entry, *row in connection.execute(query, execution_options=_STREAM):
        try:
            stored = read(row)
        except (ValueError, TypeError) as error:
            why = f"record {row[ID_AT]} can't be read: {error}"
            raise LogUnavailable(why) from None
        salt = b'"%s"' % stored.salt.hex().encode() if stored.salt else b"null"
        place = b""
        if index is not None:
            place = b',"leaf_index":%d,"entry":"%s"' % (index, entry.hex().encode())
        yield b'%s,"salt":%s%s,%s\n' % (
            stored.personal[:-1], salt, place, stored.text[1:],
        )  # fmt: skip


def _text(archive: ZipFile, name: str) -> TextIO:
    member = archive.open(name, "w", force_zip64=True)
    return TextIOWrapper(member, encoding="utf-8", newline="\n")


def _notices(connection: Connection) -> Iterator[Mapping[str, object]]:
    query = select(notices.c.hash, notices.c.language, notices.c.content)
    for row in connection.execute(query.order_by(notices.c.hash)):
        yield dict(row._mapping)  # noqa: SLF001  public in spite of its name


def _checkpoints(connection: Connection) -> Iterable[str]:
    query = select(checkpoints.c.note).order_by(checkpoints.c.size)
    return connection.scalars(query, execution_options=_STREAM)


def _side_by_side(notes: Iterable[str]) -> Iterator[str]:
    for number, note in enumerate(notes):
        yield f"\n{note}" if number else note
