"""The first-party beacon: what was looked at, when, and coming from where."""

from __future__ import annotations

import secrets
from datetime import UTC, datetime, timedelta
from typing import Final

from flask import Blueprint, abort, request
from werkzeug.wrappers import Response

from .database import connection
from .extensions import consent
from .security import keep

blueprint = Blueprint("beacon", __name__)

COOKIE: Final = "pp_visitor"
LIFETIME: Final = timedelta(days=90)
LONGEST: Final = 200


def no_content() -> Response:
    """Answer, without a word; alone it is what a visitor gets who hasn't agreed."""
    answer = Response(status=204)
    del answer.headers["Content-Type"]  # there is none of nothing (RFC 9110, 15.3.5)
    return answer


@blueprint.post("/beacon")
@consent.require("visit_beacon", otherwise=no_content)
def visit() -> Response:
    visitor = request.cookies.get(COOKIE) or secrets.token_urlsafe(16)
    connection().execute(
        "INSERT INTO visit (visitor, visited_at, product, referrer)"
        " VALUES (?, ?, (SELECT slug FROM product WHERE slug = ?), ?)",
        [
            visitor[:LONGEST],
            _visited_at(),
            request.form.get("product"),
            request.form.get("referrer", "")[:LONGEST],
        ],
    )
    return keep(no_content(), COOKIE, visitor[:LONGEST], LIFETIME)


def _visited_at() -> str:
    try:
        told = datetime.fromisoformat(request.form.get("visited", ""))
        return told.astimezone(UTC).isoformat(timespec="seconds")
    except (ValueError, OverflowError):
        abort(400, "visited is no ISO 8601 time")
