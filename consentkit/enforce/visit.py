"""What one request says about its visitor: proof of consent, GPC, cookies held."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import lru_cache
from typing import TYPE_CHECKING, Final, TypeAlias

from consentkit.consent import Consent, consent_from, holds

from .cookies import split_cookies

if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from consentkit.consent import Decision
    from consentkit.cookie import ConsentCookie
    from consentkit.policy import Policy

    Environ: TypeAlias = dict[str, Any]

#: Where the middleware leaves the visit for the app.
KEY: Final = "consentkit.visit"
_REMEMBERED: Final = 1024
_LONGEST: Final = 4096


@dataclass(slots=True)
class Visit:
    """One request of one visitor; a decision made in it replaces its consent."""

    consent: Consent
    decision: Decision | None
    host: str
    https: bool
    cookies: list[tuple[str, str]] = field(default_factory=list)
    banner: bool = True  #: false once the page has one, or shall have none
    asked: bool = False  #: the app asked what is granted, so the answer hangs on it
    untagged: bool = False  #: the browser asked about a variant that is this one
    sweeps: bool = False  #: a grant ended: the next page empties refused storage
    withdrew: bool = False  #: this request ended a grant


class Visits:
    """Makes visits of requests; remembers the cookies it verified lately."""

    def __init__(self, policy: Policy, cookie: ConsentCookie) -> None:
        self.policy = policy
        self._cookie = cookie
        self._names = tuple(cookie.name(https=https) for https in (False, True))
        self._sweep = cookie.sweep_name
        self._verified: dict[tuple[str, ...], tuple[Decision, ...]] = {}

    def of(self, environ: Mapping[str, Any]) -> Visit:
        """Get the visit that a WSGI request is."""
        header = environ.get("HTTP_COOKIE", "")
        cookies = split_cookies(header) if header else []
        host = host_name(environ)
        https = environ.get("wsgi.url_scheme") == "https"
        # On HTTPS the plain name is no one's word: any sub-domain can set it.
        own = self._names[https]
        values = [value for name, value in cookies if name == own]
        now = datetime.now(UTC)
        decision = self._decision(values, host, now) if values else None
        gpc = is_gpc(environ.get("HTTP_SEC_GPC", ""))
        consent = self._consent(decision, gpc)
        sweeps = any(name == self._sweep for name, _ in cookies)
        return Visit(consent, decision, host, https, cookies, sweeps=sweeps)

    def _decision(self, values: list[str], host: str, now: datetime) -> Decision | None:
        """Get the newest decision that holds; one that doesn't hides no other."""
        proved = self._proved(values, host)
        return next((d for d in proved if holds(self.policy, d, now)), None)

    @lru_cache(maxsize=_REMEMBERED)  # noqa: B019  visits are made by one app
    def _consent(self, decision: Decision | None, gpc: bool) -> Consent:  # noqa: FBT001
        """Get what follows from a decision that holds now, however long still."""
        now = decision.decided_at if decision else datetime.now(UTC)
        return consent_from(self.policy, decision, gpc=gpc, now=now)

    def _proved(self, values: list[str], host: str) -> tuple[Decision, ...]:
        key = (host, *values)
        found = self._verified.get(key)
        if found is None:
            found = self._cookie.proved(values, host)
            if len(self._verified) >= _REMEMBERED:
                self._verified.clear()
            if sum(map(len, key)) <= _LONGEST:
                self._verified[key] = found
        return found


def host_name(environ: Mapping[str, Any]) -> str:
    """Get the host of a request, lower-case and without its port."""
    host: str = environ.get("HTTP_HOST") or environ.get("SERVER_NAME", "")
    if host.startswith("["):
        return host.partition("]")[0].lower() + "]"
    return host.partition(":")[0].rstrip(".").lower()


def is_gpc(header: str) -> bool:
    """Tell whether Global Privacy Control is on: a value of exactly ``1``.

    WSGI joins repeated header lines by commas, so one ``1`` among them counts.
    """
    return "1" in header and any(part.strip() == "1" for part in header.split(","))
