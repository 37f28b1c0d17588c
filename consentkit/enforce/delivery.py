"""Who else may be shown what hangs on consent: all in the same state, or everybody.

By variant: a cache may answer with what it stored for another visitor only where the
request headers that ``Vary`` names are equal (RFC 9111, 4.1). So what may be shared
names a header that holds the token of the visitor's state; and an answer may be shared
only if it was made for the very state that its request was keyed by.

For all: what the shop lets caches keep is made for nobody. Whoever asks gets the
refused page, and a script puts in what its visitor granted. So caches needn't know.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final, Literal, NamedTuple

from consentkit.consent import Consent

from . import headers as fields
from .visit import Visit
from .workers import is_for_worker

if TYPE_CHECKING:
    from datetime import timedelta

    from consentkit.cookie import CookieTerms
    from consentkit.policy import Policy

    from .visit import Environ

DeliveryMode = Literal["private", "variant", "universal"]

#: Where caches in front of the shop copy the token's cookie to.
_KEY: Final = "HTTP_CONSENT_VARIANT"

#: In an address, asks for a page of one's own where others get one for everybody.
_OWN: Final = "consent_own"


def depends_on(region_header: str | None) -> tuple[str, ...]:
    """Get the request headers that a visitor's state hangs on, besides cookies."""
    return ("Sec-GPC", *([region_header] if region_header else []))


def for_oneself(target: str) -> str:
    """Get the path under which a page is made for whoever asks, and kept by no cache.

    It is for browsers that run no scripts: nothing is put into a page for everybody.
    """
    address, mark, fragment = target.partition("#")
    path, _, query = address.partition("?")
    asked = [part for part in query.split("&") if part and part != _OWN]
    return f"{path}?{'&'.join([*asked, _OWN])}{mark}{fragment}"


class Tokens(NamedTuple):
    """The tokens that bear on one answer."""

    own: str  #: of the state that the answer is made for
    blank: str  #: of the state of a visitor who sends the same headers and no cookies


class _Telling:
    """Tells browsers something of their visitor's state, in a cookie of this name."""

    def __init__(self, name: str, terms: CookieTerms, lifetime: timedelta) -> None:
        self._name = name
        self._terms = terms
        self._lifetime = lifetime

    def _cookie(self, visit: Visit, word: str) -> str | None:
        """Get the ``Set-Cookie`` with a word, empty to end it; None if it is known."""
        wanted = [word] if word else []
        if [value for name, value in visit.cookies if name == self._name] == wanted:
            return None
        terms = self._terms
        secure = visit.https if terms.secure is None else terms.secure
        parts = [
            f"{self._name}={word}",
            f"Max-Age={self._left(visit) if word else 0}",
            "Path=/",
            *([f"Domain={terms.domain}"] if terms.domain else []),
            *(["Secure"] if secure else []),
            f"SameSite={terms.samesite}",
        ]
        return "; ".join(parts)

    def _left(self, visit: Visit) -> int:
        """Get the seconds that the visitor's state still holds."""
        at = visit.consent.decided_at
        if at is None:
            return round(self._lifetime.total_seconds())
        return max(0, int((at + self._lifetime - datetime.now(UTC)).total_seconds()))


class ForAll(_Telling):
    """Lets shared caches keep what the shop says they may, one copy for everybody.

    :param name: of the cookie that tells scripts whether there is anything to put in.
    :param mark: changes with the policy: what a browser was told before says nothing.
    """

    def __init__(
        self, name: str, terms: CookieTerms, lifetime: timedelta, mark: str
    ) -> None:
        super().__init__(name, terms, lifetime)
        self._mark = mark

    @staticmethod
    def fits(
        environ: Environ, visit: Visit, status: str, headers: fields.Headers
    ) -> bool:
        """Tell whether an answer is made for everybody.

        That is what the shop lets caches keep and made without asking what is granted.
        """
        if visit.asked or environ.get("REQUEST_METHOD") not in {"GET", "HEAD"}:
            return False
        if status.startswith("304") and visit.untagged:
            return False  # the browser has the one of before, made for its visitor
        if _OWN in environ.get("QUERY_STRING", "").split("&"):
            return False
        known = "HTTP_AUTHORIZATION" in environ
        return (
            not is_for_worker(environ)
            and fields.shared(headers, known=known) is not None
        )

    def cookie(self, visit: Visit) -> str | None:
        """Get the ``Set-Cookie`` that tells scripts whether to ask what is granted.

        None if the browser has it. It grants nothing: who asks is told by the proof.
        """
        consent = visit.consent
        granted = consent.lasting or not consent.decided
        keeps = visit.decision is not None or consent.lasting
        word = f"{'granted' if granted else 'refused'}.{self._mark}" if keeps else ""
        return self._cookie(visit, word)


def nobody(policy: Policy, visit: Visit) -> Visit:
    """Get the visit that an answer for everybody is made for."""
    return Visit(
        Consent(policy),
        None,
        visit.host,
        visit.https,
        banner=visit.banner,
        untagged=visit.untagged_for_all,
        for_all=True,
    )


class ByVariant(_Telling):
    """Lets shared caches keep what the shop says they may, one copy for each state.

    :param name: of the cookie that holds the token.
    :param lifetime: of a decision.
    :param region_header: the request header that tells the region, if one does.
    """

    def __init__(
        self,
        name: str,
        terms: CookieTerms,
        lifetime: timedelta,
        region_header: str | None = None,
    ) -> None:
        super().__init__(name, terms, lifetime)
        self._depends_on = ("Consent-Variant", *depends_on(region_header))

    def settle(
        self, environ: Environ, headers: fields.Headers, tokens: Tokens, *, alone: bool
    ) -> fields.Headers:
        """Get the headers of an answer that hangs on consent.

        :param alone: it is for one visitor alone, whatever the shop says of it.
        """
        shared = fields.shared(headers, known="HTTP_AUTHORIZATION" in environ)
        if shared is None:
            depends = fields.vary(headers, *self._depends_on, "Cookie")
            return fields.private(depends)
        shared = fields.vary(shared, *self._depends_on)
        # No token stands for whoever comes without cookies.
        keyed_by = environ.get(_KEY, "").strip() or tokens.blank
        asked = environ.get("REQUEST_METHOD", "GET") in {"GET", "HEAD"}
        if alone or not asked or keyed_by != tokens.own:
            # A cache would keep it under the token of another state.
            return fields.unstored(shared)
        return shared

    def cookie(self, visit: Visit, tokens: Tokens) -> str | None:
        """Get the ``Set-Cookie`` that tells the browser its token, or that it has none.

        None if it knows. It goes with answers that no cache keeps.
        """
        keeps = visit.decision is not None or tokens.own != tokens.blank
        return self._cookie(visit, tokens.own if keeps else "")
