"""Who else may be shown what hangs on consent: by variant, all in the same state.

A cache may answer with what it stored for another visitor only where the request
headers that ``Vary`` names are equal (RFC 9111, 4.1). So what may be shared names a
header that holds the token of the visitor's state; and an answer may be shared only if
it was made for the very state that its request was keyed by.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final, Literal, NamedTuple

from . import headers as fields

if TYPE_CHECKING:
    from datetime import timedelta

    from consentkit.cookie import CookieTerms

    from .visit import Environ, Visit

DeliveryMode = Literal["private", "variant"]

#: Where caches in front of the shop copy the token's cookie to.
_KEY: Final = "HTTP_CONSENT_VARIANT"


def depends_on(region_header: str | None) -> tuple[str, ...]:
    """Get the request headers that a visitor's state hangs on, besides cookies."""
    return ("Sec-GPC", *([region_header] if region_header else []))


class Tokens(NamedTuple):
    """The tokens that bear on one answer."""

    own: str  #: of the state that the answer is made for
    blank: str  #: of the state of a visitor who sends the same headers and no cookies


class ByVariant:
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
        self._name = name
        self._terms = terms
        self._lifetime = lifetime
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
        wanted = [tokens.own] if keeps else []
        if [value for name, value in visit.cookies if name == self._name] == wanted:
            return None
        terms = self._terms
        secure = visit.https if terms.secure is None else terms.secure
        parts = [
            f"{self._name}={tokens.own if keeps else ''}",
            f"Max-Age={self._left(visit) if keeps else 0}",
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
