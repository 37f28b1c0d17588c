"""Customers: registering, logging in, and their orders."""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Final

from flask import (
    Blueprint,
    flash,
    g,
    redirect,
    render_template,
    request,
    session,
    url_for,
)
from werkzeug.security import check_password_hash, generate_password_hash

from .database import connection
from .extensions import consent

if TYPE_CHECKING:
    from werkzeug.wrappers import Response

blueprint = Blueprint("account", __name__, url_prefix="/account")

SHORTEST_PASSWORD: Final = 10


@dataclass(frozen=True, slots=True)
class Customer:
    """Somebody who has logged in."""

    id: int
    email: str
    name: str


@blueprint.before_app_request
def recognise() -> None:
    """Put the customer who is logged in, or none, into ``g.customer``."""
    if (request.endpoint or "").endswith("static"):
        return  # a file that nobody's session is looked up for may be cached
    query = "SELECT id, email, name FROM customer WHERE id = ?"
    number = session.get("customer")
    row = number and connection().execute(query, [number]).fetchone()
    g.customer = Customer(*row) if row else None


@blueprint.get("/")
def show() -> str | Response:
    if not g.customer:
        return redirect(url_for("account.login"), 303)
    query = "SELECT * FROM shop_order WHERE customer = ? ORDER BY placed_at DESC"
    orders = connection().execute(query, [g.customer.id]).fetchall()
    return render_template("account/show.html", orders=orders)


@blueprint.route("/register", methods=["GET", "POST"])
def register() -> str | Response | tuple[str, int]:
    if request.method == "GET":
        return render_template("account/register.html")
    email = request.form.get("email", "").strip()
    password = request.form.get("password", "")
    if "@" not in email or len(password) < SHORTEST_PASSWORD:
        flash("Please give an e-mail address and ten characters or more.", "problem")
        return render_template("account/register.html", email=email), 400
    try:
        number = _create(email, request.form.get("name", "").strip(), password)
    except sqlite3.IntegrityError:
        flash("There is an account with this e-mail address already.", "problem")
        return render_template("account/register.html", email=email), 409
    return _logged_in(number, "Your account is ready.")


@blueprint.route("/login", methods=["GET", "POST"])
def login() -> str | Response | tuple[str, int]:
    if request.method == "GET":
        return render_template("account/login.html")
    email = request.form.get("email", "").strip()
    number = _authenticate(email, request.form.get("password", ""))
    if number is None:
        flash("E-mail address and password don't match.", "problem")
        return render_template("account/login.html", email=email), 401
    return _logged_in(number, "Good to see you again.")


@blueprint.post("/logout")
def logout() -> Response:
    session.clear()
    flash("You are logged out.")
    return redirect(url_for("catalogue.home"), 303)


def _create(email: str, name: str, password: str) -> int | None:
    cursor = connection().execute(
        "INSERT INTO customer (email, name, password_hash) VALUES (?, ?, ?)",
        [email, name, generate_password_hash(password)],
    )
    return cursor.lastrowid


def _authenticate(email: str, password: str) -> int | None:
    query = "SELECT id, password_hash FROM customer WHERE email = ?"
    row = connection().execute(query, [email]).fetchone()
    # An unknown address takes as long as a wrong password, and tells nothing.
    right = check_password_hash(row[1] if row else _nobodys_hash(), password)
    return row[0] if row and right else None


@cache
def _nobodys_hash() -> str:
    return generate_password_hash("nobody")


def _logged_in(number: int | None, welcome: str) -> Response:
    session.clear()  # a session from before is nobody's to share (fixation)
    session["customer"] = number
    consent.link(number)  # so that they can have their records, or have them erased
    flash(welcome)
    return redirect(url_for("account.show"), 303)
