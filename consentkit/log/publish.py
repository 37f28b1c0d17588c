"""The log as a folder of files that any web server can serve (C2SP tlog-tiles)."""

from __future__ import annotations

import os
import shutil
from contextlib import suppress
from secrets import token_hex
from typing import TYPE_CHECKING, Final

from sqlalchemy import select

from consentkit.errors import ConsentError

from .note import Checkpoint, NoteInvalid, split_note
from .proof import subtree_of
from .seal import latest_note
from .tables import checkpoints
from .tiles import WIDTH, read_tile, tiles_of
from .tree import consistency_proof, proves_consistency

if TYPE_CHECKING:
    from pathlib import Path

    from sqlalchemy import Connection

    from .tiles import Tile
    from .verify import Watch

CHECKPOINT: Final = "checkpoint"
TILES: Final = "tile"


class PublishingRefused(ConsentError):  # noqa: N818  states what it is
    """The log isn't published: it contradicts what was published before."""


def publish(connection: Connection, folder: Path, watch: Watch[Tile]) -> Checkpoint:
    """Write the checkpoint and all tiles that aren't there yet; get the checkpoint.

    Each file appears whole or not at all, and the checkpoint last, so that a reader
    finds all that it needs at every moment. Tiles are never written again.

    :raises PublishingRefused: if nothing is sealed, or the log isn't one that grew
        out of what is in the folder.
    :raises OSError: if the folder can't be written.
    """
    note = latest_note(connection)
    if note is None:
        raise PublishingRefused("nothing is sealed yet: flask consent log seal")
    checkpoint = _parsed(note, "the log's latest checkpoint")
    _check_growth(connection, folder, checkpoint)
    sizes = connection.scalars(
        select(checkpoints.c.size), execution_options={"yield_per": 1000}
    )
    tiles = list(tiles_of(checkpoint.size, sizes))
    for tile in watch(tiles, len(tiles)):
        path = folder / TILES / tile.path
        if not path.exists():
            content = read_tile(connection, tile)
            if content is None:
                raise PublishingRefused(f"leaves of tile {tile.path} are missing")
            _write(path, content)
    _write(folder / CHECKPOINT, note.encode())
    for tile in tiles:
        if tile.width == WIDTH:
            with suppress(FileNotFoundError):
                shutil.rmtree(folder / TILES / f"{tile.path}.p")
    return checkpoint


def _parsed(note: str, what: str) -> Checkpoint:
    try:
        return Checkpoint.parse(split_note(note)[0])
    except NoteInvalid as error:
        raise PublishingRefused(f"{what}: {error}") from None


def _check_growth(connection: Connection, folder: Path, new: Checkpoint) -> None:
    """Make sure that nobody can be shown two histories of one log."""
    try:
        text = (folder / CHECKPOINT).read_text("utf-8", "replace")
    except FileNotFoundError:
        return
    old = _parsed(text, "the published checkpoint")
    if old.origin != new.origin:
        raise PublishingRefused(f"the folder has another log, {old.origin}")
    if old.size > new.size:
        why = f"the published checkpoint has {old.size} leaves, the log {new.size}"
        raise PublishingRefused(why)
    try:
        path = consistency_proof(old.size, new.size, subtree_of(connection))
    except (LookupError, ValueError) as error:
        raise PublishingRefused(f"the log's tree: {error}") from None
    if not proves_consistency(old.size, old.root, new.size, new.root, path):
        raise PublishingRefused("the log isn't the one that was published")


def _write(path: Path, content: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f".{path.name}.{token_hex(8)}")
    try:
        with draft.open("xb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        draft.replace(path)
    finally:
        draft.unlink(missing_ok=True)
