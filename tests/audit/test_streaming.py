"""Downloads: sent while they are written, at the reader's pace."""

from __future__ import annotations

import threading
from typing import IO

import pytest

from consentkit.audit.streaming import streamed


def test_all_of_it_arrives() -> None:
    def write(file: IO[bytes]) -> None:
        for number in range(1000):
            file.write(b"%03d" % number * 100)

    expected = b"".join(b"%03d" % number * 100 for number in range(1000))
    assert b"".join(streamed(write)) == expected


def test_the_writer_waits_for_the_reader() -> None:
    written: list[int] = []

    def write(file: IO[bytes]) -> None:
        written.extend(file.write(bytes(64 * 1024)) for _ in range(1000))

    pieces = streamed(write)
    next(pieces)
    assert len(written) < 20
    pieces.close()
    assert len(written) < 20


def test_a_reader_who_leaves_ends_the_writer() -> None:
    writers = []

    def write(file: IO[bytes]) -> None:
        writers.append(threading.current_thread())
        while True:
            file.write(bytes(1024))

    pieces = streamed(write)
    next(pieces)
    pieces.close()
    assert [writer.is_alive() for writer in writers] == [False]


def test_what_fails_breaks_off() -> None:
    def write(file: IO[bytes]) -> None:
        file.write(b"half")
        raise ValueError("no more")

    pieces = streamed(write)
    with pytest.raises(ValueError, match="no more"):
        list(pieces)
