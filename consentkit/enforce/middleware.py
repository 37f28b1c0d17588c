"""The WSGI middleware: what a visitor refused leaves and enters the shop no more."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

from consentkit.consent import consent_from
from consentkit.regime import regime_in

from . import headers as fields
from . import workers
from .coding import readable
from .cookies import CookieRules, expiries
from .csp import PageGuard, policy_for
from .delivery import Tokens, depends_on, nobody
from .judge import judge_for
from .links import Sieve
from .passes import let_once
from .reply import Reply
from .reserve import Reserving
from .rewriter import Rewriter
from .urls import page_address
from .visit import KEY, Visit, Visits, url_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from typing import Any
    from wsgiref.types import StartResponse, WSGIApplication

    from consentkit.cookie import ConsentCookie
    from consentkit.once import OncePass
    from consentkit.policy import Policy

    from .csp import CspMode
    from .decider import Banner
    from .delivery import ByVariant, ForAll
    from .framework import Host
    from .visit import Environ


#: Where servers that send early hints leave what sends them.
_HINTS: Final = "wsgi.early_hints"
_CONDITIONS: Final = ("HTTP_IF_NONE_MATCH", "HTTP_IF_MODIFIED_SINCE")


class ConsentMiddleware:
    """Enforces every visitor's consent on one WSGI app.

    :param protected: names of cookies that are never touched.
    :param rendering: what shapes our own markup, so that entity tags change with it.
    :param csp: what the content security policy of pages does.
    :param report_path: where browsers report to, within the app.
    :param once: reads what visitors allowed for one page view.
    :param circumstances: tells a visitor's region, and whether it is a child.
    :param region_header: the request header that tells the region, if one does.
    :param by_variant: what lets caches keep pages, one for each state.
    :param for_all: or one for everybody. With neither they are one visitor's each.
    """

    def __init__(  # noqa: PLR0913  made once, in the extension
        self,
        app: WSGIApplication,
        policy: Policy,
        cookie: ConsentCookie,
        host: Host,
        *,
        protected: Iterable[str] = (),
        rendering: str = "",
        undeclared: str = "report",
        auto_banner: bool = True,
        csp: CspMode = "off",
        report_path: str = "/consent/csp-report",
        once: OncePass | None = None,
        circumstances: Callable[[Mapping[str, Any]], tuple[str, bool]] | None = None,
        region_header: str | None = None,
        by_variant: ByVariant | None = None,
        for_all: ForAll | None = None,
    ) -> None:
        self.app = app
        self.policy = policy
        self.host = host
        self.visits = Visits(policy, cookie, circumstances)
        self._judge = judge_for(policy)
        self.matcher = self._judge.matcher
        self._guard = PageGuard(self.matcher, csp, report_path)
        self.cookies = CookieRules(self.matcher, [*protected, *cookie.own_names])
        self.undeclared = undeclared
        self._auto_banner = auto_banner
        self._cookie = cookie
        self._rendering = rendering
        self._once = once
        self._depends_on = depends_on(region_header)
        self._region_key = _key_of(region_header)
        self._by_variant = by_variant
        self._for_all = for_all

    def __call__(
        self, environ: Environ, start_response: StartResponse
    ) -> Iterable[bytes]:
        """Answer a request as the app does, within the visitor's consent."""
        if environ.get("REQUEST_METHOD") != "GET":
            environ.pop("HTTP_RANGE", None)  # it means nothing here (RFC 9110, 14.2)
        if accepted := environ.get("HTTP_ACCEPT_ENCODING"):
            environ["HTTP_ACCEPT_ENCODING"] = readable(accepted)
        visit = environ[KEY] = self.visits.of(environ)
        if self._once and self._once.name in visit.names:
            start_response = let_once(self._once, environ, visit, start_response)
        if send := environ.get(_HINTS):
            environ[_HINTS] = self._hinting(send, visit, url_of(environ, visit.host))
        if visit.names:
            self._hide_cookies(environ, visit)
        self._untag(environ, visit)
        reply = Reply(self, environ, visit, start_response)
        if reply.is_worker:
            # Its script is read and answered whole, whatever the browser has of it.
            for name in (*_CONDITIONS, "HTTP_RANGE"):
                environ.pop(name, None)
        body = self.app(environ, reply.start)
        if reply.is_partial_page:
            return self._again(environ, start_response, body, ["HTTP_RANGE"])
        if reply.is_stale:
            return self._again(environ, start_response, body, _CONDITIONS)
        return reply.body(body)

    def _again(
        self,
        environ: Environ,
        start_response: StartResponse,
        body: Iterable[bytes],
        without: Iterable[str],
    ) -> Iterable[bytes]:
        """Ask the app again for all of an answer, whatever the browser has of it."""
        close = getattr(body, "close", None)
        if close:
            close()
        for name in without:
            environ.pop(name, None)
        return self(environ, start_response)

    def allowed(self, visit: Visit) -> frozenset[str]:
        """Get the services that may load for a visitor."""
        return self.matcher.allowed(visit.consent.granted)

    def variant(self, environ: Environ, visit: Visit) -> str:
        """Get what names the variant of a page in its entity tag."""
        rendering = f"{self._rendering} {self.host.language(environ)}"
        if visit.for_all:
            rendering += " for all"
        return self._cookie.variant(visit.consent, rendering)

    def _tokens(self, environ: Environ, visit: Visit) -> Tokens:
        """Get the tokens of a visitor's state, and of who sends the same headers only.

        By a callback of the shop, a visitor's region or age may say more than headers.
        """
        consent = visit.consent
        if consent.once:
            consent = replace(consent, granted=consent.lasting, once=frozenset())
        region = environ.get(self._region_key, "") if self._region_key else ""
        blank = consent_from(
            self.policy,
            None,
            gpc=consent.gpc,
            now=datetime.now(UTC),
            regime=regime_in(region, self.policy.opt_out),
        )
        return Tokens(
            self._cookie.variant(consent, self._rendering),
            self._cookie.variant(blank, self._rendering),
        )

    @property
    def tells_navigation(self) -> bool:
        """Whether it counts what a page is asked for as; caches don't ask."""
        return self._by_variant is None and self._for_all is None

    def addressee(
        self, environ: Environ, visit: Visit, status: str, headers: fields.Headers
    ) -> Visit:
        """Get the visit that an answer is made for, and leave it for the app.

        For everybody it is nobody's, so that nothing of this visitor gets into it.
        """
        if self._for_all and self._for_all.fits(environ, visit, status, headers):
            visit = nobody(self.policy, visit)
        environ[KEY] = visit
        return visit

    def rewriter(
        self, visit: Visit, url: str, *, banner: Banner | bytes, **more: Any
    ) -> Rewriter:
        """Get what rewrites one page."""
        kind = Reserving if visit.for_all else Rewriter
        return kind(
            self.policy,
            visit.consent.granted,
            url=url,
            banner=banner,
            block_undeclared=self.undeclared == "block",
            **more,
        )

    def passes_untouched(self, visit: Visit) -> bool:
        """Tell whether nothing in a page could have to be withheld or added."""
        return (
            visit.consent.everything
            and not self.wants_banner(visit)
            and not visit.sweeps
            and self.undeclared != "block"
        )

    def swept(self) -> str:
        """Get the ``Set-Cookie`` that ends the sweep, as its page is sent."""
        domain = self._cookie.terms.domain
        where = f"; Domain={domain}" if domain else ""
        name = self._cookie.sweep_name
        return f"{name}=; Max-Age=0; Path=/{where}; HttpOnly; SameSite=Lax"

    def wants_banner(self, visit: Visit) -> bool:
        """Tell whether the visitor has still to be asked, or told of their rights."""
        asks = not visit.consent.decided or visit.consent.regime.is_opt_out
        return self._auto_banner and visit.banner and asks

    # -- cookies -------------------------------------------------------------------

    def _hide_cookies(self, environ: Environ, visit: Visit) -> None:
        """Keep refused cookies from the app, which would profile with them."""
        if held := self.held(visit):
            kept = (f"{name}={v}" for name, v in visit.cookies if name not in held)
            environ["HTTP_COOKIE"] = "; ".join(kept)

    def held(self, visit: Visit) -> tuple[str, ...]:
        """Get the names of refused cookies that the browser still holds."""
        if not visit.names:
            return ()
        return self.cookies.held(visit.names, self.allowed(visit))

    def settle(
        self,
        environ: Environ,
        visit: Visit,
        headers: fields.Headers,
        *,
        depends: bool,
    ) -> fields.Headers:
        """Get the headers without refused cookies, and with the expiry of held ones.

        :param depends: the answer hangs on consent, so caches are to know.
        """
        held = self.held(visit)
        headers = self._without_refused(environ, visit, headers)
        if depends:
            headers = self._delivered(environ, visit, headers, alone=bool(held))
        # A cache may keep Set-Cookie with a page (RFC 9111, 7.3), and then empty the
        # browsers of others, who granted what this visitor refused.
        if not fields.is_private(headers):
            return headers
        cookies = []
        if self._by_variant:
            cookies = [self._by_variant.cookie(visit, self._tokens(environ, visit))]
        elif self._for_all:
            cookies = [self._for_all.cookie(visit)]
        if held:
            path = environ.get("SCRIPT_NAME", "") + environ.get("PATH_INFO", "")
            cookies += expiries(held, visit.host, path or "/", secure=visit.https)
        return [*headers, *(("Set-Cookie", value) for value in cookies if value)]

    def _delivered(
        self, environ: Environ, visit: Visit, headers: fields.Headers, *, alone: bool
    ) -> fields.Headers:
        if visit.for_all:
            return headers
        if self._by_variant is None:
            return fields.private(fields.vary(headers, "Cookie", *self._depends_on))
        alone = alone or visit.sweeps or bool(visit.consent.once)
        tokens = self._tokens(environ, visit)
        return self._by_variant.settle(environ, headers, tokens, alone=alone)

    def _without_refused(
        self, environ: Environ, visit: Visit, headers: fields.Headers
    ) -> fields.Headers:
        kept: fields.Headers = []
        for header in headers:
            if header[0].lower() == "set-cookie":
                # One without a name is sent as its value, which may look like another.
                pair = header[1].partition(";")[0].lstrip("= \t")
                name = pair.partition("=")[0].strip()
                service = self.cookies.refused(name, self.allowed(visit))
                if service and not _deletes(header[1]):
                    self.host.cookie_withheld(environ, name, service)
                    continue
            kept.append(header)
        return kept

    # -- conditions ----------------------------------------------------------------

    def _untag(self, environ: Environ, visit: Visit) -> None:
        """Show the app its own entity tags, and none of another variant's."""
        if environ.get("REQUEST_METHOD") not in {"GET", "HEAD"}:
            return
        page = "text/html" in environ.get("HTTP_ACCEPT", "")
        condition = environ.get("HTTP_IF_NONE_MATCH", "")
        if condition and (page or fields.is_tagged(condition)):
            variant = self.variant(environ, visit)
            variants = [variant, *self._for_all_variant(environ, visit)]
            own = fields.untag_variant(condition, *variants, page=page)
            environ.pop("HTTP_IF_NONE_MATCH")
            if own:
                environ["HTTP_IF_NONE_MATCH"] = own
                told = [f'-ck.{variant}"' in condition for variant in variants]
                visit.untagged, visit.untagged_for_all = told[0], told[-1]
        if page:
            # We send pages without Last-Modified: this date is of an older page.
            environ.pop("HTTP_IF_MODIFIED_SINCE", None)

    def _for_all_variant(self, environ: Environ, visit: Visit) -> list[str]:
        """Get the variant of what everybody gets, if anything is."""
        if self._for_all is None:
            return []
        return [self.variant(environ, nobody(self.policy, visit))]

    # -- headers -------------------------------------------------------------------

    def sieve(self, visit: Visit, url: str) -> Sieve:
        """Get what sorts out the headers of an answer that load something."""
        return Sieve(
            self._judge,
            self.allowed(visit),
            page_address(url),
            block_undeclared=self.undeclared == "block",
        )

    def _hinting(
        self, send: Callable[[fields.Headers], Any], visit: Visit, url: str
    ) -> Callable[[fields.Headers], Any]:
        """Get what sends early hints (status 103) without what this visitor refused."""

        def sift_and_send(headers: fields.Headers) -> Any:
            kept = self.sieve(visit, url).sift(list(headers))
            return send(kept) if kept else None

        return sift_and_send

    def policies(self, environ: Environ, visit: Visit) -> fields.Headers:
        """Get the policies that a visitor's pages are under."""
        # What everybody gets is completed by what they granted.
        all_of_it = self.policy.optional
        return self._guard.headers(
            all_of_it if visit.for_all else visit.consent.granted,
            everything=visit.consent.everything,
            mounted=environ.get("SCRIPT_NAME", ""),
        )

    def watches(self, environ: Environ, visit: Visit) -> bool:
        """Tell whether the worker whose script is asked for may have to be stopped."""
        reads = workers.is_for_service_worker(environ) and not visit.consent.everything
        return reads or self._guard.mode != "off"

    def fallback(self, visit: Visit) -> str:
        """Get the content security policy for a page that can't be read."""
        return policy_for(self.matcher, self.allowed(visit))


def _key_of(header: str | None) -> str | None:
    """Get the key of a request header in a WSGI environ."""
    return "HTTP_" + header.upper().replace("-", "_") if header else None


def _deletes(set_cookie: str) -> bool:
    """Tell whether the app deletes a cookie, which refusal has nothing against."""
    attributes = set_cookie.lower().replace(" ", "").split(";")
    ages = [a for a in attributes[1:] if a.startswith("max-age=")]
    return ages[-1:] == ["max-age=0"]  # the last counts (RFC 6265, 5.3)
