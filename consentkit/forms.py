"""What a visitor sends: a form or JSON, checked before anything follows from it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, cast

from flask import request
from marshmallow import EXCLUDE, Schema, ValidationError, fields, validate

from .errors import ConsentError, UnknownKey
from .faults import first_fault
from .regime import RIGHTS
from .rendering import is_own_path, negotiated_notice
from .rights import after_opting_out
from .shop import current_shop, current_visit

if TYPE_CHECKING:
    from .log.record import DecisionKind, Surface
    from .notice import Notice

_KINDS: Final = ("accept_all", "reject_all", "save", "withdraw")
_SURFACES: Final = ("banner", "preferences", "placeholder", "api", "rights")
_LONGEST_BODY: Final = 64 * 1024


class InvalidChoice(ConsentError):  # noqa: N818  it is what the visitor sent
    """A decision that can't be read; ``field`` and ``why`` say what is wrong."""

    def __init__(self, field: str, why: str) -> None:
        super().__init__(f"{field}: {why}")
        self.field = field
        self.why = why


class NoticeChanged(InvalidChoice):
    """A grant that answers a notice which isn't shown any more."""


class ChildGrant(InvalidChoice):
    """A grant by a child, for whom only a guardian can grant (GDPR 8(1))."""


@dataclass(frozen=True, slots=True)
class Choice:
    """A decision as it was sent, and the notice that it answers."""

    kind: DecisionKind
    granted: frozenset[str]
    surface: Surface
    notice: Notice
    next: str
    once: bool = False  #: what is granted is so for one view of ``next`` only


class _Schema(Schema):
    class Meta:
        unknown = EXCLUDE

    decision = fields.String(
        required=True,
        validate=validate.OneOf(_KINDS, error="use {choices}"),
        error_messages={"required": "say which: " + ", ".join(_KINDS)},
    )
    granted = fields.List(fields.String(), load_default=list)
    opted_out = fields.List(
        fields.String(validate=validate.OneOf(RIGHTS, error="use {choices}")),
        load_default=list,
    )
    add = fields.String(load_default=None, allow_none=True)
    once = fields.String(load_default=None, allow_none=True)
    next = fields.String(load_default="")
    notice = fields.String(load_default="")
    surface = fields.String(
        load_default="",
        validate=validate.OneOf(("", *_SURFACES), error="use {choices}"),
    )


_SCHEMA: Final = _Schema()


def read_choice() -> Choice:
    """Get the decision that the current request sends.

    :raises InvalidChoice: naming the field and what is wrong with it.
    """
    try:
        sent: dict[str, Any] = _SCHEMA.load(_sent())
    except ValidationError as error:
        field, problem = first_fault(error)
        raise InvalidChoice(field, problem) from None
    granted = _granted(sent)
    if granted and current_visit().consent.child:
        raise ChildGrant("granted", "a parent or guardian has to allow this")
    target = sent["next"] if is_own_path(sent["next"]) else ""
    if sent["once"] and not target:
        raise InvalidChoice("next", "say on which page something is allowed once")
    surface = sent["surface"] or ("api" if request.is_json else "preferences")
    return Choice(
        kind=cast("DecisionKind", sent["decision"]),
        granted=granted,
        surface=cast("Surface", surface),
        notice=_notice(sent["notice"], grants=bool(granted)),
        next=target,
        once=bool(sent["once"]),
    )


def _sent() -> Mapping[str, object]:
    request.max_content_length = _LONGEST_BODY
    if request.is_json:
        return _sent_as_json()
    single = request.form.to_dict()
    lists = {name: request.form.getlist(name) for name in ("granted", "opted_out")}
    return {**single, **lists}


def _sent_as_json() -> Mapping[str, object]:
    try:
        sent = request.get_json(silent=True)
    except RecursionError:  # nested deeper than Python reads
        sent = None
    if not isinstance(sent, Mapping):
        raise InvalidChoice("body", "send a JSON object")
    return sent


def _granted(sent: Mapping[str, Any]) -> frozenset[str]:
    policy = current_shop().policy
    if sent["decision"] == "accept_all":
        return policy.optional
    if sent["decision"] != "save":
        return frozenset()
    if sent["surface"] == "rights":
        return after_opting_out(sent["opted_out"])
    keys = list(sent["granted"])
    if sent["once"]:
        keys = [sent["once"]]
    elif sent["add"]:
        keys += [sent["add"], *current_visit().consent.granted]
    try:
        return policy.expand(keys, whole=not (sent["add"] or sent["once"]))
    except UnknownKey as error:
        single = (name for name in ("once", "add") if error.key == sent[name])
        raise InvalidChoice(next(single, "granted"), str(error)) from None


def _notice(notice_hash: str, *, grants: bool) -> Notice:
    """Get the notice that was answered: no one consents to what they didn't see.

    A refusal needs no notice (GDPR 7(3)): it always finds one.
    """
    if not notice_hash:
        return negotiated_notice()
    notice = current_shop().notices.by_hash(notice_hash)
    if notice is None and grants:
        raise NoticeChanged("notice", "this notice isn't shown any more; ask again")
    return notice or negotiated_notice()


def is_own_origin() -> bool:
    """Tell whether our own pages sent this, not another site's.

    By ``Sec-Fetch-Site``, which pages can't set, else by ``Origin``; what sends neither
    is no browser. No token, so that pages may be cached (Fetch Metadata; RFC 6454).
    """
    site = request.headers.get("Sec-Fetch-Site")
    if site in {"same-origin", "none"}:
        return True
    origin = request.headers.get("Origin")
    if site == "cross-site" or (site and not origin):
        return False
    return origin is None or origin == f"{request.scheme}://{request.host}".lower()
