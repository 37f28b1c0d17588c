"""An export for an auditor: one zip that proves itself."""

from __future__ import annotations

import json
from hashlib import sha256
from importlib.resources import files
from itertools import chain
from typing import IO, TYPE_CHECKING, Any, Final
from zipfile import ZIP_DEFLATED, ZipFile

from sqlalchemy import and_, func, or_, select, true

from consentkit.canonical import canonical
from consentkit.errors import LogUnavailable

from .archive_pages import notice_page, summary_page
from .contents import Packing
from .export import write_jsonl
from .keys import stored_statements
from .seal import latest_note
from .selection import EVERYTHING
from .statistics import statistics
from .stored import COLUMNS, ID_AT, read
from .tables import checkpoints, leaves, notices, records
from .tiles import signed_size

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from sqlalchemy import Connection

    from .note import Signer, Verifier
    from .selection import Selection
    from .verify import Watch

RECORDS, NOTICES, SELECTION = "records.jsonl", "notices.jsonl", "selection.json"
CHECKPOINTS, KEYS, VKEY = "checkpoints.txt", "keys.txt", "log.vkey"
README, SUMMARY = "README.txt", "summary.html"

_STREAM = {"yield_per": 1000}


def write_archive(
    connection: Connection,
    signer: Signer | None,
    file: IO[bytes],
    selection: Selection,
    watch: Watch[bytes],
) -> None:
    """Write the log, with all that is needed to verify it.

    :param signer: the log's key, which signs what is in the zip.
    :param selection: of other records than these, only what stands in the tree.
    """
    lines = archived(connection, selection)
    verifier = signer.verifier if signer else None
    # Half of a record is random: more effort takes longer and saves hardly anything.
    with ZipFile(file, "w", ZIP_DEFLATED, compresslevel=1) as archive:
        packing = Packing(archive)
        with packing.member(RECORDS) as member:
            for line in watch(lines, _number(connection)):
                member.write(line)
        with packing.text(CHECKPOINTS) as text:
            text.writelines(_side_by_side(_checkpoints(connection)))
        packing.write(KEYS, *_side_by_side(stored_statements(connection)))
        packing.write(SELECTION, canonical(selection.as_json()) + "\n")
        packing.write(SUMMARY, _summary(connection, selection, verifier))
        _write_notices(connection, packing)
        readme = files(__package__).joinpath("archive_readme.txt").read_text("utf-8")
        packing.write(README, readme)
        if signer is not None:
            packing.write(VKEY, f"{verifier}\n")
            packing.sign(signer)


def _write_notices(connection: Connection, packing: Packing) -> None:
    with packing.text(NOTICES) as text:
        write_jsonl(_notices(connection), text)
    for digest, content in _genuine(_notices(connection)):
        page = notice_page(digest, json.loads(content))
        packing.write(f"notices/{digest}.html", page)


def evidence(connection: Connection, selection: Selection) -> Iterator[bytes]:
    """Get records as lines of JSON, with their place in the tree if they have one.

    What the leaf is made of stands last and as it was hashed: from ``decided_at`` on,
    behind a brace, a line is the canonical JSON of its leaf.

    :raises LogUnavailable: if a record holds what is never stored.
    """
    query = _EVERY_RECORD.where(*selection.conditions())
    pages = connection.execute(query, execution_options=_STREAM).partitions()
    yield from map(_line, chain.from_iterable(pages))


def archived(connection: Connection, selection: Selection) -> Iterator[bytes]:
    """Get the same, and of sealed records that aren't selected their entries.

    So the tree is whole, and every record that is there can be found in it.
    """
    if selection == EVERYTHING:
        yield from evidence(connection, selection)
        return
    wanted = and_(true(), *selection.conditions())
    query = _EVERY_RECORD.add_columns(wanted.label("is_wanted"))
    query = query.where(or_(wanted, leaves.c.leaf_index.is_not(None)))
    for *row, is_wanted in connection.execute(query, execution_options=_STREAM):
        if is_wanted:
            yield _line(row)
        else:
            yield b'{"leaf_index":%d,"entry":"%s"}\n' % (row[0], row[1].hex().encode())


_EVERY_RECORD: Final = (
    select(leaves.c.leaf_index, leaves.c.entry, *COLUMNS)
    .join_from(records, leaves, records.c.seq == leaves.c.seq, isouter=True)
    .order_by(records.c.seq)
)


def _line(row: Sequence[Any]) -> bytes:
    index, entry, *columns = row
    try:
        stored = read(columns)
    except (ValueError, TypeError) as error:
        why = f"record {columns[ID_AT]} can't be read: {error}"
        raise LogUnavailable(why) from None
    salt = b'"%s"' % stored.salt.hex().encode() if stored.salt else b"null"
    place = b""
    if index is not None:
        place = b',"leaf_index":%d,"entry":"%s"' % (index, entry.hex().encode())
    return b'%s,"salt":%s%s,%s\n' % (
        stored.personal[:-1], salt, place, stored.text[1:],
    )  # fmt: skip


def _number(connection: Connection) -> int:
    return connection.scalar(select(func.count()).select_from(records)) or 0


def _genuine(found: Iterable[Mapping[str, object]]) -> Iterator[tuple[str, str]]:
    """Get hash and content of notices; others have no page, nor is their name safe."""
    for notice in found:
        content = str(notice["content"])
        if sha256(content.encode("utf-8", "replace")).hexdigest() == notice["hash"]:
            yield str(notice["hash"]), content


def _summary(
    connection: Connection, selection: Selection, verifier: Verifier | None
) -> str:
    counted = statistics(connection, selection)
    conditions = selection.as_json()
    chosen = ", ".join(f"{name}: {value}" for name, value in conditions.items())
    facts = [
        ("Log", verifier.name if verifier else "unsigned"),
        ("Public key", verifier or "none"),
        ("Records here", counted.total),
        ("Conditions on records", chosen or "none: the whole log"),
        ("Records in the tree", signed_size(connection)),
        ("Latest checkpoint", latest_note(connection) or "none"),
    ]
    query = select(notices.c.hash, notices.c.language, notices.c.first_shown_at)
    rows = connection.execute(query.order_by(notices.c.first_shown_at)).all()
    return summary_page(counted, facts, [(r[0], r[1], r[2]) for r in rows])


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
