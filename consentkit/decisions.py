"""Carries a visitor's decision out: recorded first, then in force.

No proof, no consent: a grant needs its record. A refusal holds without (GDPR 7(1)).
"""

from __future__ import annotations

import logging
import secrets
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Final

from flask import current_app, request

from . import signals
from .consent import Consent, consent_from, decide, kept_for
from .cookie import ONCE_WITHIN, SWEEP_WITHIN
from .errors import LogUnavailable
from .log import Draft, Record, browser_family
from .log.holds import count_held
from .once import binding, path_of
from .rendering import negotiated_notice
from .shop import current_shop, current_visit

if TYPE_CHECKING:
    from flask import Response

    from .enforce.visit import Visit
    from .log.record import DecisionKind, Surface
    from .notice import Notice

_LOGGER: Final = logging.getLogger("consentkit")
#: So soon does a page that is fetched again come.
_NEXT_PAGE: Final = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of a decision."""

    consent: Consent
    record: Record | None  #: none: a refusal that the log couldn't take


def carry_out(
    kind: DecisionKind,
    granted: frozenset[str],
    *,
    surface: Surface,
    notice: Notice,
    path: str,
) -> Outcome:
    """Record a decision of the current visitor and let it hold from now on.

    :param granted: keys that are granted from now on, see :meth:`Policy.expand`.
    :raises LogUnavailable: if something would be granted without a record.
    """
    shop, visit = current_shop(), current_visit()
    gpc = visit.consent.gpc
    # What held without GPC, which may override it now.
    previous = _following(visit, gpc=False)
    draft = _draft(kind, granted, previous, notice, gpc=gpc)
    draft = replace(draft, surface=surface, path=path)
    record = _recorded(draft, notice, proves=bool(granted - visit.consent.granted))
    visit.decision = decide(
        shop.policy,
        granted,
        consent_id=draft.consent_id,
        source=surface,
        gpc=gpc,
        now=record.decided_at if record else datetime.now(UTC),
    )
    visit.consent = _following(visit, gpc=gpc)
    visit.withdrew = bool(previous.granted - visit.consent.granted)
    _tell(previous, visit.consent, record)
    return Outcome(visit.consent, record)


def _following(visit: Visit, *, gpc: bool) -> Consent:
    """Get what follows from a visitor's decision now, where and who they are."""
    return consent_from(
        current_shop().policy,
        visit.decision,
        gpc=gpc,
        now=datetime.now(UTC),
        regime=visit.consent.regime,
        child=visit.consent.child,
    )


def allow_once(
    granted: frozenset[str], *, surface: Surface, notice: Notice, target: str
) -> Record:
    """Record that the visitor allows something for one view of one page.

    Their choice stays as it is. Nobody knows this record's subject again, as no
    cookie keeps the id: it proves a single view, and whose isn't needed for that.

    :raises LogUnavailable: if it can't be recorded.
    """
    visit = current_visit()
    nobody = Consent(current_shop().policy)
    draft = _draft("once", granted, nobody, notice, gpc=visit.consent.gpc)
    draft = replace(draft, surface=surface, path=target, refused=())
    return current_shop().log.append(draft, notice.content)


def set_pass(response: Response, granted: frozenset[str], target: str) -> None:
    """Put what is allowed once into the cookie that the page uses up."""
    shop, visit = current_shop(), current_visit()
    terms = shop.cookie.terms
    secure = visit.https if terms.secure is None else terms.secure
    bound = binding(visit.host, path_of(target), visit.decision, gpc=visit.consent.gpc)
    response.set_cookie(
        shop.once.name,
        shop.once.dumps(shop.policy, granted, bound),
        max_age=ONCE_WITHIN,
        path="/",
        secure=secure,
        httponly=True,
        samesite="Lax",
    )
    if shop.settings.delivery == "variant":
        # A cache in front would answer with the page as it was: it has none by this.
        response.set_cookie(
            shop.cookie.variant_name,
            secrets.token_urlsafe(12),
            max_age=ONCE_WITHIN,
            domain=terms.domain,
            path="/",
            secure=secure,
            samesite=terms.samesite,
        )
    response.headers["Cache-Control"] = "private, no-store"


def _draft(
    kind: DecisionKind,
    granted: frozenset[str],
    previous: Consent,
    notice: Notice,
    *,
    gpc: bool,
) -> Draft:
    policy = current_shop().policy
    return Draft(
        consent_id=previous.id or secrets.token_hex(16),
        decision=kind,
        surface="api",
        granted=tuple(granted),
        refused=tuple(policy.optional - granted),
        previous_granted=tuple(previous.granted),
        previous_decided=previous.id is not None,
        revision=policy.notice.revision,
        fingerprint=policy.fingerprint,
        notice_hash=notice.hash,
        language=notice.language,
        browser=browser_family(request.headers.get("User-Agent", "")),
        regime=str(previous.regime),
        gpc=gpc,
    )


def settle_gpc() -> bool:
    """Record that Global Privacy Control ended a grant; tell whether it did.

    The cookie then says so itself: the signal's later absence is no consent
    (Colorado rule 5.09(B)). Where tags run until they are refused, the signal ends
    that without any grant before it.
    """
    visit = current_visit()
    if visit.consent.source != "gpc" or not _following(visit, gpc=False).granted:
        return False
    # Who never decided gets an id with the first page, not with every file of it.
    if visit.decision is None and "text/html" not in request.headers.get("Accept", ""):
        return False
    carry_out(
        "gpc",
        frozenset(),
        surface="gpc",
        notice=negotiated_notice(),
        path=request.path,
    )
    return True


def consent_ids() -> tuple[str, ...]:
    """Get the ids under which the log knows the visitor, by all cookies they sent.

    An answer that holds no longer counts as well: its records are theirs too.
    """
    shop, visit = current_shop(), current_visit()
    own = shop.cookie.name(https=visit.https)
    values = [value for name, value in visit.cookies if name == own]
    proved = shop.cookie.proved(values, visit.host)
    return tuple(dict.fromkeys(decision.id for decision in proved))


def erase_records() -> int:
    """Get the number of the visitor's records, erased now; their choice ends.

    :raises LogUnavailable: if nothing was erased. Their choice then holds on.
    """
    shop, visit = current_shop(), current_visit()
    ids = consent_ids()
    number = shop.log.erase(*ids) if ids else 0
    previous = visit.consent
    visit.decision = None
    visit.consent = _following(visit, gpc=previous.gpc)
    visit.withdrew = bool(previous.granted)
    if previous.decided:
        _tell(previous, visit.consent, None)
    return number


def held_records() -> int:
    """Get the number of the visitor's records that a legal hold keeps.

    :raises LogUnavailable: if nobody can tell.
    """
    with current_shop().log.reading() as connection:
        return count_held(connection, consent_ids())


def clear_cookie(response: Response) -> None:
    """Make the browser forget the consent cookie, under all its names."""
    shop, visit = current_shop(), current_visit()
    terms = shop.cookie.terms
    for name in shop.cookie.names:
        is_of_host = name.startswith("__Host-")
        response.delete_cookie(
            name,
            domain=None if is_of_host else terms.domain,
            path="/",
            secure=is_of_host or bool(terms.secure),
            httponly=True,
            samesite=terms.samesite,
        )
    if visit.withdrew:
        _forget(response, secure=visit.https if terms.secure is None else terms.secure)


def set_cookie(response: Response) -> Response:
    """Put the current visitor's decision into their consent cookie."""
    shop, visit = current_shop(), current_visit()
    if visit.decision is None:
        return response
    terms = shop.cookie.terms
    secure = visit.https if terms.secure is None else terms.secure
    response.set_cookie(
        shop.cookie.name(https=visit.https),
        shop.cookie.dumps(visit.decision, visit.host),
        max_age=kept_for(shop.policy, visit.consent.regime),
        domain=terms.domain,
        path="/",
        secure=secure,
        httponly=True,
        samesite=terms.samesite,
    )
    if visit.withdrew:
        _forget(response, secure=secure)
    # No cache may give one visitor's choice to another (RFC 9111, 7.3).
    response.headers["Cache-Control"] = "private, no-store"
    return response


def _forget(response: Response, *, secure: bool) -> None:
    """Make the browser drop what it kept of pages with tags, once a grant ends.

    The back/forward cache would bring them back running (Clear Site Data, 3.1), and
    scripts of services have filled storage, which the next page empties.
    """
    response.headers["Clear-Site-Data"] = '"cache"'
    _call_script(response, SWEEP_WITHIN, secure=secure)


def call_script(response: Response) -> None:
    """Have our script in the very next page, to fill in what was typed into it."""
    visit, secure = current_visit(), current_shop().cookie.terms.secure
    secure = visit.https if secure is None else secure
    within = SWEEP_WITHIN if visit.sweeps else _NEXT_PAGE
    _call_script(response, within, secure=secure)


def _call_script(response: Response, within: timedelta, *, secure: bool) -> None:
    response.set_cookie(
        current_shop().cookie.sweep_name,
        "1",
        max_age=within,
        domain=current_shop().cookie.terms.domain,
        path="/",
        secure=secure,
        httponly=True,
        samesite="Lax",
    )


def _recorded(draft: Draft, notice: Notice, *, proves: bool) -> Record | None:
    """Get the record; none if the log can't take one that has nothing to prove."""
    try:
        return current_shop().log.append(draft, notice.content)
    except LogUnavailable:
        if proves:
            raise
        _LOGGER.exception("a refusal holds, though the log didn't take it")
        return None


def _tell(previous: Consent, consent: Consent, record: Record | None) -> None:
    app = current_app._get_current_object()  # type: ignore[attr-defined]  # noqa: SLF001  Flask's documented way
    facts = {"consent": consent, "previous": previous, "record": record}
    if consent.granted == previous.granted and previous.decided:
        return
    signals.tell(signals.consent_changed, app, **facts)
    if consent.granted - previous.granted:
        signals.tell(signals.consent_given, app, **facts)
    if previous.granted - consent.granted:
        signals.tell(signals.consent_withdrawn, app, **facts)
