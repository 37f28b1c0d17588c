from __future__ import annotations

import gzip
import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from consentkit.enforce.coding import CodingError, coding_of

PIECES = [b"<!doctype html>", b"", b"<p>" * 500, b"end"]


@pytest.mark.parametrize(
    ("name", "read"),
    [
        ("gzip", gzip.decompress),
        (" X-GZIP ", gzip.decompress),
        ("deflate", zlib.decompress),
        ("identity", bytes),
        ("", bytes),
    ],
)
def test_what_is_coded_can_be_read(name: str, read: type[bytes]) -> None:
    coding = coding_of(name)
    assert coding is not None
    coded = b"".join(map(coding.encode, PIECES)) + coding.encode(b"", final=True)
    assert read(coded) == b"".join(PIECES)


@pytest.mark.parametrize("name", ["br", "zstd", "gzip, gzip", "compress", "x"])
def test_other_codings_are_not_guessed_at(name: str) -> None:
    assert coding_of(name) is None


@given(st.binary(max_size=2000), st.integers(1, 50))
def test_any_cut_decodes_alike(content: bytes, size: int) -> None:
    coded = gzip.compress(content[:500]) + gzip.compress(content[500:])
    coding = coding_of("gzip")
    assert coding is not None
    parts = (coded[at : at + size] for at in range(0, len(coded), size))
    assert b"".join(map(coding.decode, parts)) == content


def test_each_piece_can_be_read_at_once() -> None:
    coding = coding_of("gzip")
    assert coding is not None
    reader = zlib.decompressobj(31)
    assert reader.decompress(coding.encode(b"first")) == b"first"


@given(st.binary(min_size=2).filter(lambda data: not data.startswith(b"\x1f\x8b")))
def test_what_is_not_in_the_coding_says_so(data: bytes) -> None:
    coding = coding_of("gzip")
    assert coding is not None
    with pytest.raises(CodingError):
        coding.decode(data)
