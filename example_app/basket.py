"""The basket: rows in the database, found by a signed cookie."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from flask import (
    Blueprint,
    current_app,
    flash,
    g,
    redirect,
    render_template,
    request,
    url_for,
)
from itsdangerous import BadSignature, URLSafeSerializer

from .catalogue import COLUMNS, Product, product_or_404
from .database import connection
from .mail import queue_cart_reminder
from .security import keep

if TYPE_CHECKING:
    from werkzeug.wrappers import Response

blueprint = Blueprint("basket", __name__)

COOKIE: Final = "basket"
LIFETIME: Final = timedelta(days=60)
MOST_OF_ONE: Final = 20


@dataclass(frozen=True, slots=True)
class Line:
    """So many of one product."""

    product: Product
    quantity: int

    @property
    def price(self) -> int:
        return self.product.price * self.quantity


def lines(basket: str | None = None) -> list[Line]:
    """Get what lies in this visitor's basket."""
    rows = connection().execute(
        f"SELECT {COLUMNS}, quantity FROM basket_line"  # noqa: S608  our own columns
        " JOIN product ON product.slug = basket_line.product"
        " WHERE basket = ? ORDER BY basket_line.rowid",
        [basket or basket_id()],
    )
    return [Line(Product(*row[:-1]), row[-1]) for row in rows]


def basket_id() -> str | None:
    """Get the id that this visitor's cookie proves, if any."""
    try:
        found: str = _signer().loads(request.cookies.get(COOKIE, ""))
    except BadSignature:
        return None
    return found


@blueprint.get("/basket")
def show() -> str:
    return render_template("basket.html", lines=lines())


@blueprint.post("/basket")
def add() -> Response:
    product = product_or_404(request.form.get("product", ""))
    quantity = request.form.get("quantity", 1, type=int)
    basket = basket_id() or secrets.token_urlsafe(16)
    connection().execute(
        "INSERT INTO basket_line VALUES (?, ?, ?) ON CONFLICT (basket, product)"
        " DO UPDATE SET quantity = min(quantity + excluded.quantity, ?)",
        [basket, product.slug, min(max(quantity, 1), MOST_OF_ONE), MOST_OF_ONE],
    )
    if g.customer:
        queue_cart_reminder(g.customer.email)
    flash(f"{product.name} is in your basket.")
    answer = redirect(url_for("basket.show"), 303)
    return keep(answer, COOKIE, str(_signer().dumps(basket)), LIFETIME)


@blueprint.post("/basket/<slug>")
def change(slug: str) -> Response:
    quantity = request.form.get("quantity", 0, type=int)
    if quantity < 1 or "remove" in request.form:
        query = "DELETE FROM basket_line WHERE basket = ? AND product = ?"
        connection().execute(query, [basket_id(), slug])
    else:
        query = "UPDATE basket_line SET quantity = ? WHERE basket = ? AND product = ?"
        values = [min(quantity, MOST_OF_ONE), basket_id(), slug]
        connection().execute(query, values)
    return redirect(url_for("basket.show"), 303)


def _signer() -> URLSafeSerializer:
    return URLSafeSerializer(current_app.config["SECRET_KEY"], salt="basket")


@blueprint.app_context_processor
def _for_every_page() -> dict[str, object]:
    query = "SELECT coalesce(sum(quantity), 0) FROM basket_line WHERE basket = ?"
    return {"basket_count": connection().execute(query, [basket_id()]).fetchone()[0]}
