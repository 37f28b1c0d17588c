"""What proves the log to everybody: notices as they were shown, and the signed tree.

Nothing here depends on who asks.
"""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING, Final

from flask import Blueprint, Response, abort, render_template, request

from .errors import LogUnavailable
from .log.seal import latest_note
from .log.tiles import Tile, read_tile
from .rendering import base_context, prefix_of
from .shop import current_shop, current_visit

if TYPE_CHECKING:
    from .log import NoticeSnapshot

evidence = Blueprint("evidence", __name__)

_FOREVER: Final = "public, max-age=31536000, immutable"
_BRIEFLY: Final = "public, max-age=5"


@evidence.errorhandler(LogUnavailable)
def unavailable(_error: LogUnavailable) -> Response:
    """Say that the log can't be read now."""
    return Response(
        "The log can't be read now.\n", 503, {"Retry-After": "60"}, "text/plain"
    )


@evidence.get("/notice/<digest>")
def notice(digest: str) -> Response:
    """Show a notice with the texts of its day; as JSON, byte by byte what was hashed.

    One that isn't what its hash says is none.
    """
    found = current_shop().log.notice(digest)
    if found is None or _digest(found) != digest:
        abort(404)
    current_visit().banner = False
    if _wants_json():
        response = Response(found.content, mimetype="application/json")
    else:
        response = Response(_page(found), mimetype="text/html")
    response.headers["Cache-Control"] = _FOREVER
    response.headers["Vary"] = "Accept"
    return response


@evidence.get("/log/checkpoint")
def checkpoint() -> Response:
    """Give the latest signed state of the log (C2SP tlog-checkpoint)."""
    with current_shop().log.reading() as connection:
        note = latest_note(connection)
    if note is None:
        abort(404)
    headers = {"Cache-Control": _BRIEFLY}
    return Response(note, headers=headers, content_type="text/plain; charset=utf-8")


@evidence.get("/log/tile/<path:path>")
def tile(path: str) -> Response:
    """Give a part of the tree that never changes (C2SP tlog-tiles)."""
    wanted = Tile.parse(path)
    if wanted is None:
        abort(404)
    with current_shop().log.reading() as connection:
        content = read_tile(connection, wanted)
    if content is None:
        abort(404)
    headers = {"Cache-Control": _FOREVER}
    return Response(content, headers=headers, mimetype="application/octet-stream")


def _digest(found: NoticeSnapshot) -> str:
    return hashlib.sha256(found.content.encode()).hexdigest()


def _wants_json() -> bool:
    if wanted := request.args.get("format"):
        return wanted == "json"
    kinds = ["text/html", "application/json"]
    return request.accept_mimetypes.best_match(kinds) == "application/json"


def _page(found: NoticeSnapshot) -> str:
    return render_template(
        "consentkit/notice.html",
        **base_context(prefix_of(request.environ, current_shop())),
        notice=json.loads(found.content),
        notice_hash=found.hash,
        first_shown_at=found.first_shown_at,
    )
