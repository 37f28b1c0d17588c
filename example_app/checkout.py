"""The checkout: address, a pretended payment, the order."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from flask import (
    Blueprint,
    abort,
    flash,
    g,
    redirect,
    render_template,
    request,
    url_for,
)

from .basket import Line, basket_id, lines
from .database import connection, now, transaction
from .mail import queue_order_confirmation, queue_review_request
from .spin import PRIZES, code_won

if TYPE_CHECKING:
    from collections.abc import Mapping

    from werkzeug.wrappers import Response

blueprint = Blueprint("checkout", __name__)

PAYMENTS: Final = {"card": "Card", "paypal": "PayPal", "klarna": "Klarna"}
DELIVERY: Final = 395
FREE_FROM: Final = 5000
REQUIRED: Final = ("name", "email", "address", "postcode")


@dataclass(frozen=True, slots=True)
class Total:
    """What a basket costs, in pence."""

    goods: int
    discount: int

    @property
    def delivery(self) -> int:
        return 0 if self.goods - self.discount >= FREE_FROM else DELIVERY

    @property
    def sum(self) -> int:
        return self.goods - self.discount + self.delivery


def total_of(found: list[Line], code: str) -> Total:
    """Get what these lines cost with a discount code."""
    goods = sum(line.price for line in found)
    percent = {prize.code: prize.percent for prize in PRIZES}.get(code.upper(), 0)
    return Total(goods, goods * percent // 100)


@blueprint.get("/checkout")
def show() -> str | Response:
    found = lines()
    if not found:
        return redirect(url_for("basket.show"), 303)
    code = request.args.get("code", code_won()).strip()
    if code and not total_of(found, code).discount:
        flash(f"We don't know the discount code “{code[:20]}”.", "problem")
    return _page(found, code, {})


@blueprint.post("/checkout")
def pay() -> str | Response | tuple[str, int]:
    found = lines()
    form = {key: value.strip() for key, value in request.form.items()}
    if not found:
        return redirect(url_for("basket.show"), 303)
    if not all(form.get(key) for key in REQUIRED) or "@" not in form["email"]:
        flash("Please fill in your name, e-mail address and address.", "problem")
        return _page(found, form.get("code", ""), form), 400
    if form.get("payment") not in PAYMENTS:
        flash("Please choose how you would like to pay.", "problem")
        return _page(found, form.get("code", ""), form), 400
    reference = _place(found, form)
    queue_order_confirmation(form["email"], reference)
    queue_review_request(form["email"], reference)
    return redirect(url_for("checkout.thanks", reference=reference), 303)


@blueprint.get("/orders/<reference>")
def thanks(reference: str) -> str:
    query = "SELECT * FROM shop_order WHERE reference = ?"
    order = connection().execute(query, [reference]).fetchone()
    bought = connection().execute(
        "SELECT name, slug, quantity, order_line.price FROM order_line"
        " JOIN product ON product.slug = order_line.product WHERE reference = ?",
        [reference],
    )
    return render_template(
        "order.html", order=order or abort(404), lines=bought.fetchall()
    )


def _page(found: list[Line], code: str, form: Mapping[str, str]) -> str:
    total = total_of(found, code)
    return render_template(
        "checkout.html",
        lines=found,
        code=code,
        form=form,
        total=total,
        payments=PAYMENTS,
    )


def _place(found: list[Line], form: Mapping[str, str]) -> str:
    reference = f"PP-{secrets.token_hex(8).upper()}"
    total = total_of(found, form.get("code", ""))
    customer = g.customer.id if g.customer else None
    address = f"{form['address']}, {form['postcode']}"
    contact = [form["email"], form["name"], address, form["payment"]]
    with transaction() as database:
        database.execute(
            "INSERT INTO shop_order VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
            [reference, customer, *contact, total.discount, total.sum, now()],
        )
        database.executemany(
            "INSERT INTO order_line VALUES (?, ?, ?, ?)",
            [(reference, x.product.slug, x.quantity, x.product.price) for x in found],
        )
        database.execute("DELETE FROM basket_line WHERE basket = ?", [basket_id()])
    return reference
