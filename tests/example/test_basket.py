from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.example.reading import text

if TYPE_CHECKING:
    from collections.abc import Callable

    from webtest import TestApp


def test_what_was_added_is_in_the_basket(filled: TestApp) -> None:
    page = filled.get("/basket")
    assert "Stoneware mug" in page
    assert "£38" in page
    assert text(page, ".count") == "2"


def test_a_basket_survives_the_browser(
    filled: TestApp, visit: Callable[[], TestApp]
) -> None:
    days_later = visit()
    days_later.set_cookie("basket", str(filled.cookies["basket"]).strip('"'))
    assert "Stoneware mug" in days_later.get("/basket")


def test_a_basket_cookie_lasts_and_is_out_of_reach_of_scripts(visitor: TestApp) -> None:
    answer = visitor.post("/basket", {"product": "seed-tin"})
    cookie = next(c for c in answer.headers.getall("Set-Cookie") if "basket=" in c)
    assert "Max-Age=5184000" in cookie
    assert "HttpOnly" in cookie
    assert "SameSite=Lax" in cookie
    assert "Secure" not in cookie


def test_over_https_the_basket_cookie_is_secure(visitor: TestApp) -> None:
    https = {"wsgi.url_scheme": "https"}
    answer = visitor.post("/basket", {"product": "seed-tin"}, extra_environ=https)
    cookie = next(c for c in answer.headers.getall("Set-Cookie") if "basket=" in c)
    assert "Secure" in cookie


@pytest.mark.parametrize("cookie", ["", "x", "a.b.c", "ImEi.forged"])
def test_a_forged_basket_is_an_empty_one(visitor: TestApp, cookie: str) -> None:
    visitor.set_cookie("basket", cookie)
    assert "It is empty so far." in visitor.get("/basket")


def test_the_quantity_can_be_changed(filled: TestApp) -> None:
    form = filled.get("/basket").forms
    change = next(f for f in form.values() if f.action == "/basket/stoneware-mug")
    change["quantity"] = "3"
    assert "£57" in change.submit().follow()


def test_a_line_can_be_removed(filled: TestApp) -> None:
    forms = filled.get("/basket").forms
    change = next(f for f in forms.values() if f.action == "/basket/stoneware-mug")
    assert "It is empty so far." in change.submit("remove").follow()


def test_nobody_gets_more_than_twenty_of_one(filled: TestApp) -> None:
    filled.post("/basket", {"product": "stoneware-mug", "quantity": 99})
    assert text(filled.get("/basket"), ".count") == "20"


def test_an_unknown_product_does_not_get_into_a_basket(visitor: TestApp) -> None:
    visitor.post("/basket", {"product": "nothing"}, status=404)


def test_a_basket_works_after_a_refusal(refuser: TestApp) -> None:
    refuser.post("/basket", {"product": "seed-tin"})
    assert "Seed tin" in refuser.get("/basket")
