from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from webtest import TestApp

    from tests.example.conftest import Query

ORDER = {
    "name": "H. B.",
    "email": "hb@visitor.example",
    "address": "1 Mill Lane, Fernhill",
    "postcode": "FH1 2PP",
    "payment": "klarna",
}


def _fill(visitor: TestApp) -> None:
    visitor.post("/basket", {"product": "stoneware-mug", "quantity": 2})


def test_a_refuser_can_buy(refuser: TestApp, query: Query) -> None:
    _fill(refuser)
    assert "Thank you" in refuser.post("/checkout", ORDER).follow()
    assert query("SELECT payment, total FROM shop_order") == [("klarna", 4195)]
    assert "It is empty so far." in refuser.get("/basket")


def test_the_order_mail_leaves_whatever_is_refused(
    refuser: TestApp, query: Query
) -> None:
    _fill(refuser)
    refuser.post("/checkout", ORDER)
    assert query("SELECT kind FROM mail_queue") == [("order_confirmation",)]


def test_a_review_is_asked_for_only_with_consent(
    agreeing: TestApp, query: Query
) -> None:
    _fill(agreeing)
    agreeing.post("/checkout", ORDER)
    kinds = query("SELECT kind FROM mail_queue ORDER BY id")
    assert kinds == [("order_confirmation",), ("review_request",)]


ACCOUNT = {"email": "hb@visitor.example", "password": "correct horse"}


def test_a_refuser_is_not_reminded_of_a_basket(refuser: TestApp, query: Query) -> None:
    refuser.post("/account/register", ACCOUNT)
    _fill(refuser)
    assert query("SELECT kind FROM mail_queue") == []


def test_one_reminder_waits_for_a_customer_who_agreed(
    agreeing: TestApp, query: Query
) -> None:
    agreeing.post("/account/register", ACCOUNT)
    _fill(agreeing)
    _fill(agreeing)
    queued = query("SELECT kind, email FROM mail_queue")
    assert queued == [("cart_reminder", "hb@visitor.example")]


def test_a_code_lowers_the_price(filled: TestApp) -> None:
    page = filled.get("/checkout?code=pine10")
    assert "Discount PINE10" in page
    assert "Pay £38.15" in page


def test_delivery_is_free_from_fifty_pounds(filled: TestApp) -> None:
    filled.post("/basket", {"product": "wool-throw"})
    assert "Pay £127 " in filled.get("/checkout")


@pytest.mark.parametrize("missing", ["name", "email", "address", "postcode", "payment"])
def test_an_order_without_an_answer_is_sent_back_filled_in(
    filled: TestApp, query: Query, missing: str
) -> None:
    page = filled.post("/checkout", ORDER | {missing: " "}, status=400)
    assert page.html.select_one(".message.problem")
    assert query("SELECT * FROM shop_order") == []


def test_an_empty_basket_has_nothing_to_pay(visitor: TestApp) -> None:
    assert visitor.get("/checkout", status=303).headers["Location"] == "/basket"
    visitor.post("/checkout", ORDER, status=303)


def test_an_account_lists_its_orders(filled: TestApp, query: Query) -> None:
    filled.post("/account/register", ACCOUNT)
    filled.post("/checkout", ORDER)
    ((reference,),) = query("SELECT reference FROM shop_order")
    assert str(reference) in filled.get("/account/")


def test_an_unknown_order_is_not_found(visitor: TestApp) -> None:
    visitor.get("/orders/PP-0", status=404)
