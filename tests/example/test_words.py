"""What visitors write: reviews, and their address for the newsletter."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.example.reading import text

if TYPE_CHECKING:
    from webtest import TestApp

    from tests.example.conftest import Query


def test_a_review_is_on_the_page_at_once(refuser: TestApp) -> None:
    review = {"rating": "4", "words": "Neat & <b>tidy</b>", "author": ""}
    page = refuser.post("/products/seed-tin/reviews", review).follow()
    written = text(page, ".review")
    assert "Neat & <b>tidy</b>" in written
    assert "A customer" in written


@pytest.mark.parametrize(
    "review", [{"rating": "6", "words": "x"}, {"rating": "5"}, {"words": "x"}]
)
def test_a_review_needs_a_rating_and_words(
    visitor: TestApp, query: Query, review: dict[str, str]
) -> None:
    before = query("SELECT count(*) FROM review")
    page = visitor.post("/products/seed-tin/reviews", review).follow()
    assert page.html.select_one(".message.problem")
    assert query("SELECT count(*) FROM review") == before


def test_nobody_reviews_what_is_not_sold(visitor: TestApp) -> None:
    visitor.post("/products/nothing/reviews", {"rating": "5", "words": "x"}, status=404)


def test_the_letter_comes_only_after_the_mail_was_answered(
    refuser: TestApp, query: Query
) -> None:
    page = refuser.post("/newsletter/", {"email": "hb@visitor.example"})
    assert query("SELECT confirmed_at FROM subscriber") == [(None,)]
    page.click("Yes, send me the letter")
    ((confirmed,),) = query("SELECT confirmed_at FROM subscriber")
    assert confirmed is not None


def test_signing_up_twice_makes_one_subscriber(visitor: TestApp, query: Query) -> None:
    visitor.post("/newsletter/", {"email": "hb@visitor.example"})
    visitor.post("/newsletter/", {"email": "HB@visitor.example"})
    assert query("SELECT count(*) FROM subscriber") == [(1,)]


def test_the_letter_needs_an_address(visitor: TestApp, query: Query) -> None:
    visitor.post("/newsletter/", {"email": "hb"}, status=303)
    assert query("SELECT * FROM subscriber") == []


def test_a_made_up_answer_confirms_nothing(visitor: TestApp) -> None:
    visitor.get("/newsletter/confirm/made-up", status=404)
