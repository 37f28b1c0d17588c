"""``/consent/receipts``: visitors get their own records to keep, as JSON or JSON-LD."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final

from flask import Response, request

from .decisions import consent_ids
from .errors import LogUnavailable
from .log.linked import linked_receipt, linked_receipts
from .log.receipt import full_receipt
from .rendering import prefix_of, query_field
from .shop import current_shop

if TYPE_CHECKING:
    from .log import Record

_JSON: Final = "application/json"
_LINKED: Final = "application/ld+json"
#: What a receipt says of a notice that the log has lost.
_LOST: Final[dict[str, Any]] = {
    "controller": "unknown: the notice is missing",
    "contact": "unknown: the notice is missing",
    "lifetime_days": 0,
}


def own_records() -> list[Record]:
    """Get the visitor's records, the first decision first.

    :raises LogUnavailable: if they can't be read.
    """
    log = current_shop().log
    found = [record for visitor in consent_ids() for record in log.history(visitor)]
    return sorted(found, key=lambda record: record.decided_at)


def receipts() -> Response:
    """Give visitors their own records, with all that ISO/IEC TS 27560 asks for."""
    make = linked_receipt if _wants_linked() else full_receipt
    log, url = current_shop().log, _url()
    try:
        found = [
            make(record, _shown(record), log.proof(record.id), url)
            for record in own_records()
        ]
    except LogUnavailable:
        why = {"field": "log", "why": "the records can't be read now"}
        answer = _as_json({"error": why}, _JSON)
        answer.status_code, answer.headers["Retry-After"] = 503, "60"
        return answer
    if make is linked_receipt:
        return _as_json(linked_receipts(found), _LINKED)
    return _as_json(found, _JSON)


def _wants_linked() -> bool:
    if wanted := query_field("format"):
        return wanted == "jsonld"
    return request.accept_mimetypes.best_match([_JSON, _LINKED]) == _LINKED


def _url() -> str:
    """Get the whole address below which our routes are."""
    return request.host_url.rstrip("/") + prefix_of(request.environ, current_shop())


def _shown(record: Record) -> dict[str, Any]:
    notice = current_shop().log.notice(record.notice_hash)
    return dict(notice.shown) if notice else _LOST


def _as_json(value: object, kind: str) -> Response:
    response = Response(json.dumps(value, ensure_ascii=False), mimetype=kind)
    response.headers["Vary"] = "Accept, Cookie"
    return response
