"""The shop's own optional services: the wheel, the beacon, recommendations."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from example_app.spin import PRIZES
from tests.example.reading import text

if TYPE_CHECKING:
    from webtest import TestApp
    from webtest.response import TestResponse

    from tests.example.conftest import Query

CODES = {prize.code for prize in PRIZES}
JSON = {"Accept": "application/json"}


def _look_at(visitor: TestApp, product: str) -> TestResponse:
    report = {
        "visited": "2026-05-01T10:00:00.000Z",
        "product": product,
        "referrer": "https://search.example",
    }
    return visitor.post("/beacon", report, status=204)


def test_a_refuser_sees_no_wheel_and_cannot_spin(refuser: TestApp) -> None:
    page = refuser.get("/spin")
    assert "/static/spin/" not in page
    assert page.html.select_one("#wheel") is None
    refuser.post("/spin", status=403)
    assert "spin_result" not in refuser.cookies


def test_a_spin_without_a_script_wins_a_code(agreeing: TestApp) -> None:
    page = agreeing.get("/spin")
    assert "/static/spin/wheel.js" in page
    won = text(agreeing.post("/spin", status=303).follow(), "#prize b")
    assert won in CODES


def test_a_second_spin_wins_the_same(agreeing: TestApp) -> None:
    first = agreeing.post("/spin", headers=JSON).json
    assert first["code"] in CODES
    assert PRIZES[first["field"]].code == first["code"]
    for _ in range(5):
        assert agreeing.post("/spin", headers=JSON).json == first


def test_the_code_that_was_won_waits_at_the_checkout(agreeing: TestApp) -> None:
    won = agreeing.post("/spin", headers=JSON).json["code"]
    agreeing.post("/basket", {"product": "seed-tin"})
    assert f"Discount {won}" in agreeing.get("/checkout")


def test_the_beacon_keeps_nothing_of_a_visitor_who_has_not_agreed(
    visitor: TestApp, query: Query
) -> None:
    _look_at(visitor, "seed-tin")
    assert query("SELECT * FROM visit") == []
    assert "pp_visitor" not in visitor.cookies


def test_the_beacon_keeps_time_product_and_referrer(
    agreeing: TestApp, query: Query
) -> None:
    _look_at(agreeing, "seed-tin")
    kept = query("SELECT visited_at, product, referrer FROM visit")
    assert kept == [("2026-05-01T10:00:00+00:00", "seed-tin", "https://search.example")]
    assert "pp_visitor" in agreeing.cookies


def test_one_visitor_stays_one(agreeing: TestApp, query: Query) -> None:
    _look_at(agreeing, "seed-tin")
    _look_at(agreeing, "wool-throw")
    assert query("SELECT count(DISTINCT visitor) FROM visit") == [(1,)]


def test_an_unknown_product_is_kept_as_none(agreeing: TestApp, query: Query) -> None:
    _look_at(agreeing, "nothing")
    assert query("SELECT product FROM visit") == [(None,)]


@pytest.mark.parametrize("time", ["", "yesterday", "0001-01-01T00:00:00+14:00"])
def test_a_visit_needs_a_time(agreeing: TestApp, query: Query, time: str) -> None:
    agreeing.post("/beacon", {"visited": time}, status=400)
    assert query("SELECT * FROM visit") == []


def test_recommendations_follow_the_visits_with_consent(agreeing: TestApp) -> None:
    _look_at(agreeing, "wool-throw")
    _look_at(agreeing, "seed-tin")
    page = agreeing.get("/products/seed-tin")
    goes_with = text(page, "[aria-labelledby=goes-with] .card h3")
    seen = page.html.select("[aria-labelledby=seen-lately] .card h3")
    assert goes_with == "Lambswool throw"
    assert [title.text for title in seen] == ["Lambswool throw"]


def test_without_consent_everybody_sees_the_same(
    refuser: TestApp, agreeing: TestApp
) -> None:
    _look_at(agreeing, "wool-throw")
    page = refuser.get("/products/seed-tin")
    assert "Popular now" in page
    assert "Seen lately" not in page
    assert "Goes with it" not in page
