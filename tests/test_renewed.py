"""Who is asked again is told why, and what is new."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from webtest import TestApp

from tests.conftest import POLICY

if TYPE_CHECKING:
    from flask import Flask

    from tests.conftest import MakeShop

CHANGED = "We have changed what we ask since your last answer."
MORE: dict[str, Any] = {**POLICY["services"], "hotjar": {}}


def answered(shop: Flask, decision: str) -> str:
    answer = TestApp(shop).post_json("/consent/", {"decision": decision})
    cookies = answer.headers.getall("Set-Cookie")
    value = next(c for c in cookies if c.startswith("consent="))
    return str(value.partition("=")[2].partition(";")[0])


def page_of(shop: Flask, cookie: str, path: str = "/") -> str:
    headers = {"Cookie": f"consent={cookie}"}
    return str(TestApp(shop).get(path, headers=headers).text)


@pytest.mark.parametrize("path", ["/", "/consent/"])
def test_a_new_service_is_named(make_shop: MakeShop, path: str) -> None:
    cookie = answered(make_shop(), "accept_all")
    page = page_of(make_shop({**POLICY, "services": MORE}), cookie, path)
    assert CHANGED in page
    assert "New or changed: Hotjar" in page


def test_a_new_revision_says_so(make_shop: MakeShop) -> None:
    notice = {**POLICY["notice"], "revision": 2}
    newer = make_shop({**POLICY, "notice": notice})
    for decision in ("accept_all", "reject_all"):
        page = page_of(newer, answered(make_shop(), decision))
        assert CHANGED in page
        assert "New or changed" not in page


def test_nobody_else_is_told_of_changes(make_shop: MakeShop) -> None:
    shop = make_shop({**POLICY, "services": MORE})
    assert CHANGED not in page_of(shop, "")
    assert CHANGED not in page_of(shop, "", "/consent/")
    assert CHANGED not in page_of(shop, answered(shop, "accept_all"))
    # A refusal isn't asked about again for a service that came later.
    assert CHANGED not in page_of(shop, answered(make_shop(), "reject_all"))
