from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from consentkit.rendering import is_own_path, page_target

if TYPE_CHECKING:
    from flask import Flask
    from webtest import TestApp

latin = st.text(st.characters(max_codepoint=255), max_size=40)


def environ(path: str, query: str = "", root: str = "", method: str = "GET") -> Any:
    return {
        "SCRIPT_NAME": root,
        "PATH_INFO": path,
        "QUERY_STRING": query,
        "REQUEST_METHOD": method,
    }


@pytest.mark.parametrize(
    ("asked", "target"),
    [
        (environ("/lamps", "page=2"), "/lamps?page=2"),
        (environ("/caf\xc3\xa9"), "/caf%C3%A9"),
        (environ("/a b"), "/a%20b"),
        (environ("/x", root="/shop"), "/shop/x"),
        (environ("//evil.example"), "/"),
        (environ("//evil.example", root="/shop"), "/shop//evil.example"),
        (environ("/search", "q=" + "x" * 3000), "/search"),
        (environ("/" + "x" * 3000), "/"),
        (environ("/x", "a=\t"), "/x"),
        (environ("/x", "a=\\"), "/x"),
        (environ("/order", method="POST"), "/"),
        (environ("/order", root="/shop", method="POST"), "/shop/"),
    ],
)
def test_visitors_come_back_to_where_they_were(asked: Any, target: str) -> None:
    assert page_target(asked) == target


@given(latin.map("/".__add__), latin, st.sampled_from(["", "/shop"]))
def test_every_way_back_is_accepted(path: str, query: str, root: str) -> None:
    assert is_own_path(page_target(environ(path, query, root)))


@given(st.text())
def test_an_own_path_is_one_in_every_browser(target: str) -> None:
    # Browsers drop tabs and newlines, and read a backslash as a slash.
    cleaned = target.replace("\\", "/")
    for dropped in "\t\n\r":
        cleaned = cleaned.replace(dropped, "")
    leads_away = cleaned.strip().startswith("//") or not cleaned.startswith("/")
    assert not (is_own_path(target) and leads_away)


def test_a_placeholder_offers_what_it_stands_for(shop: Flask, visitor: TestApp) -> None:
    frame = '<iframe src="https://cdn.spin.example/f" width=640 height=360></iframe>'
    shop.add_url_rule("/frame", view_func=lambda: f"<!doctype html><body>{frame}")
    visitor.post("/consent/", {"decision": "reject_all"})
    page = visitor.get("/frame?x=1")
    assert page.form["next"].value == "/frame?x=1"
    answer = page.form.submit("add")
    assert answer.headers["Location"] == "/frame?x=1"
    assert frame in visitor.get("/frame")


def test_pages_of_different_visitors_share_no_path(visitor: TestApp) -> None:
    for path in ("/?a=1", "/?a=2"):
        page = visitor.get(path)
        assert page.form["next"].value == path
        link = page.html.find("a", class_="ck-quiet")
        assert link is not None
        assert str(link["href"]).endswith(
            f"next={path.replace('?', '%3F').replace('=', '%3D')}"
        )


def test_our_words_follow_the_pages_language(shop: Flask, visitor: TestApp) -> None:
    source = '<!doctype html><html lang="de-AT"><body>x'
    shop.add_url_rule("/de", view_func=lambda: source)
    page = visitor.get("/de", headers={"Accept-Language": "en"})
    assert "Alle ablehnen" in page
    assert 'href="/consent/?lang=de' in page


@pytest.mark.parametrize("nonce", ["n0nce", "an0ther"])
def test_a_placeholder_carries_the_pages_nonce(
    shop: Flask, visitor: TestApp, nonce: str
) -> None:
    frame = '<iframe src="https://cdn.spin.example/wheel"></iframe>'
    policy = {"Content-Security-Policy": f"style-src 'nonce-{nonce}'"}
    policy["Content-Security-Policy"] += f"; script-src 'nonce-{nonce}'"
    shop.add_url_rule("/framed", "framed", lambda: (f"<!doctype html>{frame}", policy))
    shop.add_url_rule("/free", "free", lambda: f"<!doctype html>{frame}")
    page = visitor.get("/framed").text
    styles = re.findall(r'<link rel="stylesheet"[^>]*>', page)
    assert len(styles) == 3, "the banner's and the placeholder's"
    assert all(f'nonce="{nonce}"' in style for style in styles)
    assert "nonce" not in visitor.get("/free").text
