"""Spin to win: a wheel that only those see who agreed to it."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from flask import (
    Blueprint,
    current_app,
    jsonify,
    redirect,
    render_template,
    request,
    url_for,
)
from itsdangerous import BadSignature, URLSafeSerializer

from .extensions import consent
from .security import keep

if TYPE_CHECKING:
    from werkzeug.wrappers import Response

blueprint = Blueprint("spin", __name__)

COOKIE: Final = "spin_result"
LIFETIME: Final = timedelta(days=30)


@dataclass(frozen=True, slots=True)
class Prize:
    """One field of the wheel."""

    code: str
    percent: int


#: In the order of the wheel's fields, clockwise from the top.
PRIZES: Final = (
    Prize("PEBBLE5", 5),
    Prize("PINE10", 10),
    Prize("MOSS5", 5),
    Prize("FERN15", 15),
    Prize("ROBIN5", 5),
    Prize("OAK20", 20),
)


def code_won() -> str:
    """Get the discount code that this visitor has won, or an empty string."""
    try:
        return str(_signer().loads(request.cookies.get(COOKIE, "")))
    except BadSignature:
        return ""


@blueprint.get("/spin")
def show() -> str:
    return render_template("spin.html", prizes=PRIZES, won=_prize(code_won()))


@blueprint.post("/spin")
@consent.require("spin_wheel")
def spin() -> Response:
    prize = _prize(code_won()) or secrets.choice(PRIZES)
    answer: Response
    if request.accept_mimetypes.best == "application/json":
        field = PRIZES.index(prize)
        answer = jsonify(field=field, code=prize.code, percent=prize.percent)
    else:
        answer = redirect(url_for("spin.show"), 303)
    return keep(answer, COOKIE, str(_signer().dumps(prize.code)), LIFETIME)


def _prize(code: str) -> Prize | None:
    return next((prize for prize in PRIZES if prize.code == code), None)


def _signer() -> URLSafeSerializer:
    return URLSafeSerializer(current_app.config["SECRET_KEY"], salt="spin")
