"""What one request says about its visitor: proof of consent, GPC, cookies held."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from time import time
from typing import TYPE_CHECKING, Final, NamedTuple, TypeAlias

from consentkit.consent import Consent, consent_from, holds, times
from consentkit.peer_cookies import refused_before
from consentkit.regime import regime_in

from .cookies import split_cookies

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from typing import Any

    from consentkit.consent import Decision
    from consentkit.cookie import ConsentCookie
    from consentkit.enforce.headers import Headers
    from consentkit.policy import Policy
    from consentkit.regime import Regime

    Environ: TypeAlias = dict[str, Any]

#: Where the middleware leaves the visit for the app.
KEY: Final = "consentkit.visit"
#: Where it leaves the nonce of the page's own content security policy.
NONCE: Final = "consentkit.page_nonce"
_NOWHERE: Final = ("", False)
_REMEMBERED: Final = 1024
_LONGEST: Final = 4096


@dataclass(slots=True)
class Visit:
    """One request of one visitor; a decision made in it replaces its consent."""

    consent: Consent
    decision: Decision | None
    host: str
    https: bool
    cookies: tuple[tuple[str, str], ...] = ()
    names: tuple[str, ...] = ()  #: of the cookies, each once
    sweeps: bool = False  #: a grant ended: the next page empties refused storage
    banner: bool = True  #: false once the page has one, or shall have none
    asked: bool = False  #: the app asked what is granted, so the answer hangs on it
    untagged: bool = False  #: the browser asked about a variant that is this one
    untagged_for_all: bool = False  #: or about the copy that everybody gets
    for_all: bool = False  #: the answer is made for everybody, and so for nobody
    withdrew: bool = False  #: this request ended a grant
    sent: Headers | None = None  #: with which the answer is on its way already


class _Told(NamedTuple):
    """What the headers of a request tell, as long as their proof holds."""

    decision: Decision | None
    since: float  #: seconds, as POSIX counts them
    until: float
    consent: Consent
    host: str
    https: bool
    cookies: tuple[tuple[str, str], ...]
    names: tuple[str, ...]
    sweeps: bool


class Visits:
    """Makes visits of requests; remembers what it verified lately.

    :param circumstances: tells the visitor's region, and whether it is a child.
    """

    def __init__(
        self,
        policy: Policy,
        cookie: ConsentCookie,
        circumstances: Callable[[Mapping[str, Any]], tuple[str, bool]] | None = None,
    ) -> None:
        self.policy = policy
        self._circumstances = circumstances
        self._cookie = cookie
        self._names = tuple(cookie.name(https=https) for https in (False, True))
        self._sweep = cookie.sweep_name
        self._told: dict[tuple[str, ...], _Told] = {}

    def of(self, environ: Mapping[str, Any]) -> Visit:
        """Get the visit that a WSGI request is."""
        region, child = _NOWHERE
        if self._circumstances is not None:
            region, child = self._circumstances(environ)
        key = (
            environ.get("HTTP_COOKIE", ""),
            environ.get("HTTP_HOST") or environ.get("SERVER_NAME", ""),
            environ.get("wsgi.url_scheme", ""),
            environ.get("HTTP_SEC_GPC", ""),
            region,
            "child" if child else "",
        )
        told = self._told.get(key)
        now = time()
        if told is None or not told.since <= now < told.until:
            told = self._tell(key, now)
            self._remember(key, told, now)
        decision, _, _, consent, host, https, cookies, names, sweeps = told
        return Visit(consent, decision, host, https, cookies, names, sweeps)

    def _tell(self, key: tuple[str, ...], at: float) -> _Told:
        header, host, scheme, gpc, region, child = key
        now = datetime.fromtimestamp(at, UTC)
        regime = regime_in(region, self.policy.opt_out)
        host, https = _name(host), scheme == "https"
        cookies = tuple(split_cookies(header))
        # On HTTPS the plain name is no one's word: any sub-domain can set it.
        own = self._names[https]
        proved = self._cookie.proved((v for n, v in cookies if n == own), host)
        # The newest that holds; one that doesn't hides no other.
        held = (d for d in proved if holds(self.policy, d, now, regime))
        decision = next(held, None)
        consent = consent_from(
            self.policy,
            decision or next(iter(proved), None),
            gpc=is_gpc(gpc),
            now=now,
            regime=regime,
            child=bool(child),
        )
        if not proved and refused_before(self.policy, cookies):
            consent = replace(consent, granted=frozenset(), decided=True)
        return _Told(
            decision,
            *self._times(proved, regime),
            consent,
            host,
            https,
            cookies,
            tuple(dict.fromkeys(name for name, _ in cookies)),
            sweeps=any(name == self._sweep for name, _ in cookies),
        )

    def _times(self, proved: Sequence[Decision], regime: Regime) -> tuple[float, float]:
        """Get from when until when the same cookies tell the same."""
        if not proved:
            return -math.inf, math.inf
        if len(proved) > 1:  # each of them has a time of its own
            return math.inf, -math.inf
        return times(self.policy, proved[0], regime)

    def _remember(self, key: tuple[str, ...], told: _Told, now: float) -> None:
        if len(self._told) >= _REMEMBERED:
            self._told.clear()
        # A decision whose time is to come mustn't be remembered as none.
        if sum(map(len, key)) <= _LONGEST and told.since <= now:
            self._told[key] = told


def host_name(environ: Mapping[str, Any]) -> str:
    """Get the host of a request, lower-case and without its port."""
    return _name(environ.get("HTTP_HOST") or environ.get("SERVER_NAME", ""))


def url_of(environ: Mapping[str, Any], host: str) -> str:
    """Get the address that a request is for, without its query."""
    path = environ.get("SCRIPT_NAME", "") + environ.get("PATH_INFO", "")
    return f"{environ.get('wsgi.url_scheme', 'http')}://{host}{path}"


def _name(host: str) -> str:
    if host.startswith("["):
        return host.partition("]")[0].lower() + "]"
    return host.partition(":")[0].rstrip(".").lower()


def is_navigation(environ: Mapping[str, Any]) -> bool:
    """Tell whether a browser asked for a page of its own, not for a part of one."""
    if destination := environ.get("HTTP_SEC_FETCH_DEST"):
        return bool(destination == "document")
    script = "HTTP_HX_REQUEST" in environ or "HTTP_X_REQUESTED_WITH" in environ
    return "text/html" in environ.get("HTTP_ACCEPT", "") and not script


def is_gpc(header: str) -> bool:
    """Tell whether Global Privacy Control is on: a value of exactly ``1``.

    WSGI joins repeated header lines by commas, so one ``1`` among them counts.
    """
    return "1" in header and any(part.strip() == "1" for part in header.split(","))
