from __future__ import annotations

import gzip
import zlib
from importlib import import_module
from typing import Any

import pytest
import zstandard
from hypothesis import given
from hypothesis import strategies as st

from consentkit.enforce import coding as codings
from consentkit.enforce import installed_codings
from consentkit.enforce.coding import Coding, CodingError, coding_of, readable

#: Comes without types.
brotli: Any = import_module("brotli")
PIECES = [b"<!doctype html>", b"", b"<p>" * 500, b"end"]


def of_zstd(data: bytes) -> bytes:
    reader = zstandard.ZstdDecompressor().decompressobj()
    return reader.decompress(data)


READERS: dict[str, Any] = {
    "gzip": gzip.decompress,
    " X-GZIP ": gzip.decompress,
    "deflate": zlib.decompress,
    "identity": bytes,
    "": bytes,
    "br": brotli.decompress,
    "Zstd": of_zstd,
}
CODED = ["gzip", "deflate", "br", "zstd"]
#: Every package that codes, whichever of them comes first where all are installed.
PACKAGES = {
    "brotli": ("br", brotli.decompress),
    "backports.zstd": ("zstd", of_zstd),
    "zstandard": ("zstd", of_zstd),
}


def the_coding(name: str) -> Coding:
    coding = coding_of(name)
    assert coding is not None
    return coding


def coded_by(name: str, *contents: bytes) -> bytes:
    coding = the_coding(name)
    return b"".join(map(coding.encode, contents)) + coding.encode(b"", final=True)


@pytest.mark.parametrize("name", READERS)
def test_what_is_coded_can_be_read(name: str) -> None:
    assert READERS[name](coded_by(name, *PIECES)) == b"".join(PIECES)


@pytest.mark.parametrize("package", PACKAGES)
def test_every_package_codes_and_decodes(package: str) -> None:
    name, read = PACKAGES[package]
    make = installed_codings.PACKAGES[name][package]
    coding, module = make(import_module(package)), import_module(package)
    coded = b"".join(map(coding.encode, PIECES)) + coding.encode(b"", final=True)
    assert read(coded) == b"".join(PIECES)
    pieces = (coded[at : at + 1] for at in range(len(coded)))
    assert b"".join(map(make(module).decode, pieces)) == b"".join(PIECES)
    with pytest.raises(CodingError):
        make(module).decode(b"<!doctype html><p>" * 20)


@pytest.mark.parametrize("name", ["gzip, gzip", "compress", "dcb", "br, gzip", "x"])
def test_other_codings_are_not_guessed_at(name: str) -> None:
    assert coding_of(name) is None


def test_without_packages_there_are_no_more_codings(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(
        installed_codings, "PACKAGES", {"br": {"no_such_package": None}}
    )
    assert installed_codings.installed() == {}


@pytest.mark.parametrize(
    ("accepted", "asked"),
    [
        ("gzip, deflate, br, zstd", "gzip, deflate, br, zstd"),
        ("gzip;q=0.8, dcb, *", "gzip;q=0.8"),
        ("dcz", "identity"),
        ("", "identity"),
    ],
)
def test_apps_are_asked_for_what_can_be_read(accepted: str, asked: str) -> None:
    assert readable(accepted) == asked


@pytest.mark.parametrize("name", CODED)
def test_any_cut_decodes_alike(name: str) -> None:
    @given(st.binary(max_size=2000), st.integers(1, 50))
    def check(content: bytes, size: int) -> None:
        coded = coded_by(name, content)
        coding = the_coding(name)
        parts = (coded[at : at + size] for at in range(0, len(coded), size))
        assert b"".join(map(coding.decode, parts)) == content

    check()


@pytest.mark.parametrize("name", ["gzip", "zstd"])
def test_what_is_coded_in_several_parts_is_one(name: str) -> None:
    parts = coded_by(name, b"first") + coded_by(name, b"second")
    for size in (1, len(parts)):
        coding = the_coding(name)
        pieces = (parts[at : at + size] for at in range(0, len(parts), size))
        assert b"".join(map(coding.decode, pieces)) == b"firstsecond"


@pytest.mark.parametrize("name", CODED)
def test_each_piece_can_be_read_at_once(name: str) -> None:
    writing, reading = the_coding(name), the_coding(name)
    for piece in (b"first", b"second"):
        assert reading.decode(writing.encode(piece)) == piece


@given(st.binary(min_size=2).filter(lambda data: not data.startswith(b"\x1f\x8b")))
def test_what_is_not_in_the_coding_says_so(data: bytes) -> None:
    with pytest.raises(CodingError):
        the_coding("gzip").decode(data)


def test_a_registry_knows_what_is_installed() -> None:
    assert {"br", "zstd"} <= set(codings.CODINGS)
