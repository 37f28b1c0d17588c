"""The newsletter, with double opt-in; the mail is shown on the page instead."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for

from .database import connection, now

if TYPE_CHECKING:
    from werkzeug.wrappers import Response

blueprint = Blueprint("newsletter", __name__, url_prefix="/newsletter")


@blueprint.post("/")
def subscribe() -> str | Response:
    email = request.form.get("email", "").strip()
    if "@" not in email:
        flash("Please give an e-mail address for the newsletter.", "problem")
        return redirect(url_for("catalogue.home", _anchor="newsletter"), 303)
    token = secrets.token_urlsafe(16)
    connection().execute(
        "INSERT INTO subscriber (email, token, asked_at) VALUES (?, ?, ?)"
        " ON CONFLICT (email) DO UPDATE SET token = excluded.token",
        [email, token, now()],
    )
    return render_template("newsletter/check_mail.html", email=email, token=token)


@blueprint.get("/confirm/<token>")
def confirm(token: str) -> str:
    cursor = connection().execute(
        "UPDATE subscriber SET confirmed_at = coalesce(confirmed_at, ?)"
        " WHERE token = ?",
        [now(), token],
    )
    if not cursor.rowcount:
        abort(404)
    return render_template("newsletter/confirmed.html")
