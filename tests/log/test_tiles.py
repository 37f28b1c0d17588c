"""The log as C2SP tlog-tiles: over HTTP, and as a folder of files."""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import insert

from consentkit.cli import consent
from consentkit.log import ConsentLog, KeyFile
from consentkit.log.note import Checkpoint
from consentkit.log.publish import PublishingRefused, publish
from consentkit.log.seal import latest_note
from consentkit.log.tables import checkpoints, leaves
from consentkit.log.tiles import Tile, read_tile, tiles_of
from consentkit.log.tree import Frontier, leaf_hash
from consentkit.log.verify import unwatched
from tests.log.postgres import BOTH
from tests.log.sealing import fill, forget, tamper
from tests.log.tile_reader import TileReader

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping
    from pathlib import Path

    from flask import Flask
    from sqlalchemy import Engine
    from webtest import TestApp

    from consentkit.log import Draft, Record

    MakeDraft = Callable[..., Draft]


@pytest.fixture
def log(engine: Engine, tmp_path: Path) -> ConsentLog:
    return ConsentLog(engine, key=KeyFile(tmp_path / "consent-log.key"))


@pytest.fixture
def record(log: ConsentLog, draft: MakeDraft, notice: Mapping[str, object]) -> Record:
    return log.append(draft(), notice)  # sealed at once


def vkey_of(log: ConsentLog) -> str:
    verifier = log.verifier()
    assert verifier is not None
    return str(verifier)


def write(log: ConsentLog, folder: Path) -> Checkpoint:
    with log.reading() as connection:
        return publish(connection, folder, unwatched)


def reader_of(folder: Path, log: ConsentLog) -> TileReader:
    return TileReader(lambda path: (folder / path).read_bytes(), vkey_of(log))


def files(folder: Path) -> dict[str, bytes]:
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file()
    }


@pytest.mark.parametrize(
    ("tile", "path"),
    [
        (Tile(0, 0), "0/000"),
        (Tile(0, 5, 3), "0/005.p/3"),
        (Tile(None, 999), "entries/999"),
        (Tile(2, 1000), "2/x001/000"),
        (Tile(0, 1234067), "0/x001/x234/067"),  # the specification's example
        (Tile(None, 10**6, 255), "entries/x001/x000/000.p/255"),
    ],
)
def test_a_tile_has_one_path(tile: Tile, path: str) -> None:
    assert tile.path == path
    assert Tile.parse(path) == tile


def test_the_tiles_of_a_tree_are_those_of_the_specification() -> None:
    tiles = list(tiles_of(70_000))
    assert tiles.count(Tile(0, 273, 112)) == 1
    assert [tile for tile in tiles if tile.level == 1] == [Tile(1, 0), Tile(1, 1, 17)]
    assert [tile for tile in tiles if tile.level == 2] == [Tile(2, 0, 1)]
    assert len([tile for tile in tiles if tile.level == 0]) == 274
    assert len([tile for tile in tiles if tile.level is None]) == 274
    assert len(tiles) == 2 * 274 + 3
    assert [t for t in tiles_of(256) if t.level is not None] == [
        Tile(0, 0),
        Tile(1, 0, 1),
    ]
    assert list(tiles_of(0)) == []


def test_earlier_partial_tiles_stay_until_theirs_is_full() -> None:
    tiles = set(tiles_of(600, [5, 300, 512, 520]))
    widths = {t.width for t in tiles if t.level == 0 and t.index == 2}
    assert widths == {8, 88}
    assert {t.width for t in tiles if t.level == 1} == {1, 2}
    assert not any(t.width < 256 for t in tiles if t.level == 0 and t.index < 2)


@pytest.mark.parametrize("size", [2, 255, 256, 257, 600])
def test_a_stranger_verifies_the_published_files(
    log: ConsentLog, record: Record, tmp_path: Path, size: int
) -> None:
    early = tmp_path / "early"
    write(log, early)
    before = reader_of(early, log)
    fill(log, record, size - 1)
    log.seal()
    folder = tmp_path / "public"
    assert write(log, folder).size == size
    reader = reader_of(folder, log)
    assert reader.size == size
    assert reader.grew_from(before.size, before.root)
    lines = list(log.evidence())
    for index in {0, size // 2, size - 1}:
        entry = bytes.fromhex(str(lines[index]["entry"]))
        assert reader.includes(hashlib.sha256(b"\0" + entry).digest(), index)
        assert not reader.includes(hashlib.sha256(b"\0" + entry[::-1]).digest(), index)
        assert reader.entries(index // 256)[index % 256] == entry


def test_tiles_are_the_same_over_http(
    shop: Flask, visitor: TestApp, tmp_path: Path
) -> None:
    visitor.post("/consent/", {"decision": "accept_all"})
    log: ConsentLog = shop.extensions["consentkit"].log
    fill(log, next(log.records()), 299)
    log.seal()
    folder = tmp_path / "public"
    write(log, folder)
    reader = TileReader(
        lambda path: bytes(visitor.get(f"/consent/log/{path}").body), vkey_of(log)
    )
    assert reader.size == 300
    assert len(reader.entries(1)) == 44
    assert {*reader.fetched} < {*files(folder)}
    for path, content in files(folder).items():
        assert visitor.get(f"/consent/log/{path}").body == content


def test_tiles_of_the_third_level(log: ConsentLog, record: Record) -> None:
    """A large tree, whose records nobody needs for this."""
    size = 256 * 256 + 258
    tree, rows = Frontier(), []
    for index in range(size):
        entry = hashlib.sha256(b"%d" % index).digest()
        nodes = tree.append(leaf_hash(entry))
        rows.append((index, index, str(index), entry, nodes))
    assert log.key is not None
    signer = log.key.load()
    assert signer is not None
    checkpoint = Checkpoint(signer.name, size, tree.root())
    tamper(
        log.engine, "DELETE FROM consentkit_leaf", "DELETE FROM consentkit_checkpoint"
    )
    with log.writing() as connection:
        statement = str(insert(leaves).compile(dialect=connection.dialect))
        connection.exec_driver_sql(statement, rows)
        connection.execute(
            insert(checkpoints).values(
                size=size,
                note=signer.sign(checkpoint.text),
                frontier=bytes(tree),
                sealed_at=record.decided_at,
                complete_until=record.decided_at,
            )
        )
    with log.reading() as connection:

        def fetch(path: str) -> bytes:
            tile = Tile.parse(path.removeprefix("tile/"))
            if tile is None:
                return str(latest_note(connection)).encode()
            return read_tile(connection, tile) or b""

        reader = TileReader(fetch, vkey_of(log))
        assert reader.root == tree.root()
        for index in (0, 65_535, 65_536, size - 1):
            entry = hashlib.sha256(b"%d" % index).digest()
            assert reader.includes(hashlib.sha256(b"\0" + entry).digest(), index)
    assert "tile/2/000.p/1" in reader.fetched


# -- the folder ------------------------------------------------------------------------


def test_publishing_again_changes_nothing(
    log: ConsentLog, record: Record, tmp_path: Path
) -> None:
    fill(log, record, 300)
    log.seal()
    folder = tmp_path / "public"
    write(log, folder)
    before = files(folder)
    times = {path: (folder / path).stat().st_mtime_ns for path in before}
    write(log, folder)
    assert files(folder) == before
    del times["checkpoint"]
    assert times == {path: (folder / path).stat().st_mtime_ns for path in times}


@BOTH
def test_partial_tiles_go_once_theirs_is_full(
    log: ConsentLog, record: Record, tmp_path: Path
) -> None:
    folder = tmp_path / "public"
    write(log, folder)
    assert "tile/0/000.p/1" in files(folder)
    fill(log, record, 255)
    log.seal()
    write(log, folder)
    assert reader_of(folder, log).size == 256
    assert set(files(folder)) == {
        "checkpoint",
        "tile/0/000",
        "tile/entries/000",
        "tile/1/000.p/1",
    }


def test_half_a_publication_is_completed(
    log: ConsentLog, record: Record, tmp_path: Path
) -> None:
    fill(log, record, 300)
    log.seal()
    folder = tmp_path / "public"
    write(log, folder)
    whole = files(folder)
    (folder / "checkpoint").unlink()
    (folder / "tile/0/000").unlink()
    write(log, folder)
    assert files(folder) == whole


def test_the_checkpoint_appears_last(
    log: ConsentLog, record: Record, tmp_path: Path
) -> None:
    folder = tmp_path / "public"

    def broken(tiles: Iterable[Tile], number: int) -> Iterator[Tile]:
        yield next(iter(tiles))
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt), log.reading() as connection:
        publish(connection, folder, broken)
    assert set(files(folder)) == {"tile/entries/000.p/1"}


def test_another_history_is_never_published_over_one(
    log: ConsentLog, record: Record, tmp_path: Path
) -> None:
    folder = tmp_path / "public"
    fill(log, record, 3)
    log.seal()
    write(log, folder)
    before = files(folder)
    tamper(
        log.engine,
        "DELETE FROM consentkit_record WHERE seq = 2",
        "DELETE FROM consentkit_leaf",
        "DELETE FROM consentkit_checkpoint",
    )
    forget(log)
    log.seal()
    with pytest.raises(PublishingRefused, match="has 4 leaves, the log 3"):
        write(log, folder)
    fill(log, record, 2)
    log.seal()
    with pytest.raises(PublishingRefused, match="isn't the one that was published"):
        write(log, folder)
    assert files(folder) == before


def test_missing_leaves_and_foreign_folders_are_refused(
    log: ConsentLog, record: Record, tmp_path: Path
) -> None:
    folder = tmp_path / "public"
    folder.mkdir()
    (folder / "checkpoint").write_text("not ours")
    with pytest.raises(PublishingRefused, match="the published checkpoint"):
        write(log, folder)
    root = "A" * 43 + "="
    note = f"elsewhere\n1\n{root}\n\n\N{EM DASH} elsewhere {root}\n"
    (folder / "checkpoint").write_text(note, encoding="utf-8")
    with pytest.raises(PublishingRefused, match="another log, elsewhere"):
        write(log, folder)
    (folder / "checkpoint").unlink()
    tamper(log.engine, "DELETE FROM consentkit_leaf")
    with pytest.raises(PublishingRefused, match="are missing"):
        write(log, folder)


def test_the_command_publishes(shop: Flask, visitor: TestApp, tmp_path: Path) -> None:
    run = shop.test_cli_runner()
    folder = tmp_path / "public"
    refused = run.invoke(consent, ["log", "publish", str(folder)])
    assert "nothing is sealed yet" in refused.output
    assert refused.exit_code == 1
    visitor.post("/consent/", {"decision": "accept_all"})
    done = run.invoke(consent, ["log", "publish", str(folder)])
    assert done.stdout == "1 leaves are published.\n"
    done = run.invoke(consent, ["log", "publish", str(folder), "--json"])
    assert json.loads(done.stdout)["size"] == 1
    log: ConsentLog = shop.extensions["consentkit"].log
    assert reader_of(folder, log).size == 1
    folder.joinpath("checkpoint").write_bytes(b"x")
    failed = run.invoke(consent, ["log", "publish", str(folder / "checkpoint")])
    assert "can't be written" in failed.output
    assert failed.exit_code == 1
