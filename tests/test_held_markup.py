"""Pages written for another banner: held back until granted, whoever sends them how."""

from __future__ import annotations

import gzip
from typing import TYPE_CHECKING

import pytest
from flask import Flask, Response

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.conftest import MakeShop

POLICY = {
    "notice": {"controller": "Lamps Ltd", "contact": "us@lamps.example"},
    "services": {"hotjar": {}},
}
HELD = '<script type="text/plain" data-category="marketing">run()</script>'
LIVE = '<script data-category="marketing" data-consent="marketing">run()</script>'
PAGE = f'<!doctype html><html lang="en"><body>{HELD}<p>Lamps</p></body></html>'


def _whole() -> Response:
    return Response(PAGE, mimetype="text/html")


def _packed() -> Response:
    packed = gzip.compress(PAGE.encode())
    return Response(packed, headers={"Content-Encoding": "gzip"}, mimetype="text/html")


def _streamed() -> Response:
    def pieces() -> Iterator[str]:
        yield from (PAGE[:60], PAGE[60:])

    return Response(pieces(), mimetype="text/html")


@pytest.mark.parametrize("answer", [_whole, _packed, _streamed])
def test_what_is_held_back_comes_to_life_when_all_is_granted(
    make_shop: MakeShop, answer: Callable[[], Response]
) -> None:
    shop: Flask = make_shop(POLICY)
    shop.add_url_rule("/held", "held", answer)
    visitor = shop.test_client()

    def shown() -> str:
        found = visitor.get("/held", headers={"Accept-Encoding": "gzip"})
        raw = found.data
        packed = found.headers.get("Content-Encoding") == "gzip"
        return (gzip.decompress(raw) if packed else raw).decode()

    assert "run()" not in shown()
    visitor.post("/consent/", json={"decision": "accept_all"})
    assert shown() == PAGE.replace(HELD, LIVE)
    visitor.post("/consent/", json={"decision": "reject_all"})
    assert shown() == PAGE.replace(HELD, "")


def test_a_page_without_such_markup_stays_byte_for_byte(make_shop: MakeShop) -> None:
    shop = make_shop()
    page = PAGE.replace(HELD, "<img data-src=/lazy.jpg>").encode()
    shop.add_url_rule("/lazy", "lazy", lambda: Response(page, mimetype="text/html"))
    visitor = shop.test_client()
    visitor.post("/consent/", json={"decision": "accept_all"})
    found = visitor.get("/lazy")
    assert found.data == page
    assert found.headers["Content-Length"] == str(len(page))
