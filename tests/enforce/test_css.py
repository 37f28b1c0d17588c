"""Style sheets are read as browsers tokenise them."""

from __future__ import annotations

import pytest

from consentkit.enforce.css import style_parts


def cut(css: str) -> list[str]:
    raw = css.encode()
    return [raw[part.start : part.end].decode() for part in style_parts(raw)]


def addresses(css: str) -> list[str]:
    return [url for part in style_parts(css.encode()) for url in part.urls]


@pytest.mark.parametrize(
    "css",
    [
        "a{b:url(/x)}",
        "a{b:URL( /x )}",
        "a{b:url('/x')}",
        'a{b:url( "/x" )}',
        "a{b:u\\72l(/x)}",
        "a{b:\\000075 rl(/x)}",
        "a{b:url(\\2f x)}",
        "a{b:url('/\\\nx')}",
        "a{b:url(/x",
        "a{b:url('/x",
        "a{b:5%url(/x)}",
        "a{b:image-set('/x' 1x)}",
        "a{b:-webkit-image-set('/x' type('image/png'))}",
        "a{b:image-set(url(/x) 1x)}",
        "a{b:'\nurl(/x)}",
        "/* ' */a{b:url(/x)}",
        "a{b:url(bad x)}c{d:url(/x)}",
        "@import '/x';",
        "@IMPORT url(/x) layer(a) screen;",
        "@\\69mport/**/'/x'",
        "@namespace url(http://n);a{b:url(/x)}",
    ],
)
def test_what_a_style_sheet_loads_is_found(css: str) -> None:
    assert addresses(css) == ["/x"]


@pytest.mark.parametrize(
    "css",
    [
        "/* url(/x) */",
        "/* url(/x)",
        "a{b:'url(/x)'}",
        "a{b:'\\'url(/x)'}",
        "a{b:my-url(/x)}",
        "a{b:1url(/x)}",
        "a{b:#url(/x)}",
        "a{b:url (/x)}",
        "a{b:url(/x y)}",
        "a{b:url(/x'y)}",
        "@important '/x';",
        "a{b:type('/x')}",
    ],
)
def test_what_only_looks_like_an_address_is_not_found(css: str) -> None:
    assert addresses(css) == []


def test_the_smallest_part_that_loads_is_cut() -> None:
    assert cut("a{b:url( '/x' )}") == ["/x"]
    assert cut("p{}@import '/x' layer(a;b) screen; c{}") == [
        "@import '/x' layer(a;b) screen;"
    ]


@pytest.mark.parametrize(
    "unit",
    ["url(", '"', "/*", "\\", "image-set(", "@import ", "@import '/x' (", "@import("],
)
def test_hostile_style_sheets_are_read_to_their_end(unit: str) -> None:
    css = unit.encode() * (40_000 // len(unit))
    parts = list(style_parts(css))
    assert all(0 <= part.start <= part.end <= len(css) for part in parts)
