"""One response on its way out: headers settled, the body rewritten if it is a page."""

from __future__ import annotations

import re
from functools import partial
from itertools import chain
from typing import TYPE_CHECKING, Final

from . import bodies, workers
from . import headers as fields
from .bodies import may_be_page
from .coding import CodingError, coding_of
from .csp import guarded
from .enliven import Enlivened, may_hold
from .links import Sieve
from .preface import Prefaced, Untouched
from .visit import NONCE, is_navigation, url_of
from .workers import is_for_worker

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from wsgiref.types import StartResponse

    from .bodies import ExcInfo
    from .coding import Coding
    from .middleware import ConsentMiddleware
    from .preface import Reader
    from .rewriter import Rewriter
    from .visit import Environ, Visit

_BODILESS: Final = ("1", "204", "205", "304")
_REDIRECTS: Final = ("301", "302", "303", "307", "308")
#: The commonest of those that are shown, and never go elsewhere.
_SHOWN: Final = frozenset({"200 OK", "201 CREATED", "404 NOT FOUND"})
#: Headers that have to be looked into before an answer may go.
_TELLING: Final = Sieve.names | {"set-cookie"}
_DIGITS: Final = re.compile(r"[0-9]{1,18}")
#: Bodies up to this size are sent with their new length, longer ones as they come.
_MEASURED: Final = 1 << 20
_MARKER: Final = b"<template data-consentkit-withheld></template>"


class Reply:
    """Stands between the app's ``start_response`` and the server's."""

    def __init__(
        self,
        middleware: ConsentMiddleware,
        environ: Environ,
        visit: Visit,
        start_response: StartResponse,
    ) -> None:
        self._middleware = middleware
        self._environ = environ
        self._visit = self._visitor = visit
        self._start_response = start_response
        self._status = ""
        self._headers: fields.Headers = []
        self._written: list[bytes] = []
        self._exc_info: ExcInfo = None
        self._sent = self._is_held = self._is_personal = self._is_read = False
        self._hangs_on_consent = self._has_swept = False
        #: A worker's script is asked for, and may have to be stopped.
        self.is_worker = is_for_worker(environ) and middleware.watches(environ, visit)

    # -- headers -------------------------------------------------------------------

    def start(
        self, status: str, headers: fields.Headers, exc_info: ExcInfo = None
    ) -> Callable[[bytes], object]:
        """Take the app's status and headers; those of a page wait for its body."""
        if not exc_info and self._is_plain(status, headers):
            # Most answers that are no pages: nothing in them hangs on consent.
            self._status, self._is_held, self._sent = status, False, True
            self._headers = headers
            return self._start_response(status, headers)
        is_late = self._sent and self._is_read
        self._status, self._headers, self._exc_info = status, headers, exc_info
        self._visit = self._middleware.addressee(
            self._environ, self._visitor, status, headers
        )
        self._written.clear()
        self._hangs_on_consent = self._sent = False
        self._is_personal = self._sift()
        if is_late:
            return self._start_late()
        shown = not status.startswith(_BODILESS) and not self._is_redirect
        head = self._environ.get("REQUEST_METHOD") == "HEAD"
        waits = self.is_worker or may_be_page(self._content_type)
        self._is_held = (shown and not head and waits) or self.is_stale
        if self._is_held:
            return self._written.append
        if status.startswith("304") and self._visit.untagged:
            self._show(known=True)
        elif self._is_drawing and shown:
            self._show()
            self._shut()
        elif head and shown and self._media_type in bodies.PAGES:
            self._show()
            self._headers = fields.without(self._headers, ["content-length"])
        elif self._is_personal or self._visit.asked:
            self._depend()
        return self._send()

    @property
    def _is_drawing(self) -> bool:
        """Whether the body is shown by itself, but is no page that could be read."""
        shown = bodies.is_drawing(self._environ, self._content_type)
        return shown and not self._middleware.passes_untouched(self._visit)

    def _start_late(self) -> Callable[[bytes], object]:
        """Hand on an error that comes when the body is being read already (PEP 3333).

        The server raises it, unless nothing is sent yet. Then what follows can't be
        held back any more to be read.
        """
        if may_be_page(self._content_type):
            self._show()
            self._shut()
        elif self._is_personal:
            self._depend()
        return self._send()

    def _is_plain(self, status: str, headers: fields.Headers) -> bool:
        """Tell at little cost of most answers that they may go as they are."""
        if status not in _SHOWN or self._visit.asked or self.is_worker:
            return False
        content_type = ""
        for name, value in headers:
            lower = name.lower()
            if lower == "content-type":
                content_type = value
            elif lower in _TELLING:
                return False
        if may_be_page(content_type) or bodies.is_drawing(self._environ, content_type):
            return False
        # What is held of refused cookies ends with the next private answer.
        return not self._middleware.held(self._visit) or not fields.is_private(headers)

    @property
    def is_stale(self) -> bool:
        """Whether "not modified" speaks of what another consent may have made."""
        visit = self._visit
        return self._status.startswith("304") and visit.asked and not visit.untagged

    @property
    def is_partial_page(self) -> bool:
        """Whether the app answered with a part of a page, which can't be read."""
        return (
            self._is_held
            and not self._written
            and self._status.startswith("206")
            and "HTTP_RANGE" in self._environ
        )

    @property
    def _url(self) -> str:
        return url_of(self._environ, self._visit.host)

    @property
    def _is_redirect(self) -> bool:
        """Whether browsers go elsewhere and show nothing of the body."""
        if not self._status.startswith(_REDIRECTS):
            return False
        return bool(fields.first(self._headers, "location").strip())

    @property
    def _content_type(self) -> str:
        return fields.joined(self._headers, "content-type")

    @property
    def _media_type(self) -> str:
        return bodies.media_type(self._content_type)

    def _sift(self) -> bool:
        """Drop what headers would load of refused services.

        Returns whether others may get other headers for it.
        """
        if Sieve.names.isdisjoint([name.lower() for name, _ in self._headers]):
            return False
        sieve = self._middleware.sieve(self._visit, self._url)
        self._headers = sieve.sift(self._headers)
        self._report(sieve)
        return sieve.hangs_on_consent

    def _depend(self) -> None:
        """Say that the answer is this visitor's, and which of its variants it is."""
        variant = self._middleware.variant(self._environ, self._visit)
        self._headers = fields.of_variant(self._headers, variant)
        self._hangs_on_consent = True

    def _show(self, *, known: bool = False) -> None:
        """Settle the headers of a page; the browser may have it already (304)."""
        self._depend()
        added = self._middleware.policies(self._environ, self._visit)
        self._headers = guarded(self._headers, added, known=known)

    def _send(self) -> Callable[[bytes], object]:
        self._sent = True
        headers = self._middleware.settle(
            self._environ,
            self._visit,
            self._headers,
            depends=self._hangs_on_consent or self._visit.asked,
        )
        if self._exc_info:
            return self._start_response(self._status, headers, self._exc_info)
        return self._start_response(self._status, headers)

    # -- body ----------------------------------------------------------------------

    def body(self, body: Iterable[bytes]) -> Iterable[bytes]:
        """Get the body to be sent; what isn't a page stays the app's own object."""
        self._is_read = True
        if self._sent:
            self._visit.sent = self._headers
            return body
        return bodies.Closing(self._pieces, body)

    def _pieces(self, body: Iterable[bytes]) -> Iterator[bytes]:
        pieces = iter(body)
        # An app may call start_response as late as with its first piece (PEP 3333).
        first = next((piece for piece in pieces if piece), b"")
        if self._sent:
            return chain([first] if first else [], pieces)
        pieces = chain([*self._written, first], pieces)
        if self.is_worker and not may_be_page(self._content_type):
            return self._worker(pieces)
        is_page = self._media_type in bodies.PAGES
        if is_page and self._middleware.passes_untouched(self._visit):
            self._show()
            return self._granted(pieces)
        coding = coding_of(fields.joined(self._headers, "content-encoding"))
        taken, content = bodies.opening(pieces, coding)
        if not is_page and content is not None and not bodies.is_markup(content):
            if self._is_personal:
                self._depend()
            return self._untouched(chain(taken, pieces))
        self._show()
        if coding is None or content is None or not self._is_readable(content):
            return self._unread(chain(taken, pieces))
        reader = Enlivened(self._rewriter(), self._middleware.policy)
        return self._rewritten(content, pieces, coding, reader)

    def _granted(self, pieces: Iterator[bytes]) -> Iterator[bytes]:
        """Send a page of which nothing is withheld, read only if that may matter."""
        code = fields.joined(self._headers, "content-encoding")
        coding = coding_of(code)
        if is_whole := self._is_measured:
            pieces = iter([b"".join(pieces)])
        taken, content = bodies.opening(pieces, coding)
        if coding is None or content is None or not self._is_readable(content):
            return self._untouched(chain(taken, pieces))
        holds = may_hold(content) if is_whole else not code
        if not holds and not self._preface(content if is_whole else None):
            return self._untouched(chain(taken, pieces))
        reader = Untouched()
        enlivened = Enlivened(reader, self._middleware.policy) if holds else reader
        return self._rewritten(content, pieces, coding, enlivened)

    @property
    def _is_measured(self) -> bool:
        """Whether the app says how long the page is, and it isn't too long to hold."""
        length = fields.first(self._headers, "content-length")
        return bool(_DIGITS.fullmatch(length)) and int(length) <= _MEASURED

    def _preface(self, page: bytes | None) -> bytes:
        """Get what stands first in the head of a page, which may be still to come."""
        nonce = fields.nonce_of(self._headers)
        return self._middleware.host.preface(self._environ, nonce, page)

    def _prefaced(self, reader: Reader, markup: bytes) -> Reader:
        return Prefaced(reader, markup, whole=self._is_whole) if markup else reader

    @property
    def _is_whole(self) -> bool:
        """Whether the body is a page of its own, even if it looks like no whole one."""
        told = self._middleware.tells_navigation and is_navigation(self._environ)
        return told and self._media_type != bodies.STREAM

    @property
    def _sweeps(self) -> bool:
        """Whether this page empties the storage of services just refused."""
        return self._visit.sweeps and is_navigation(self._environ)

    def _is_readable(self, content: bytes) -> bool:
        whole = not self._status.startswith("206")
        return whole and bodies.is_readable(self._content_type, content)

    def _untouched(self, pieces: Iterator[bytes]) -> Iterator[bytes]:
        self._send()
        return pieces

    def _unread(self, pieces: Iterator[bytes]) -> Iterator[bytes]:
        """Send a page that can't be read."""
        self._shut()
        return self._untouched(pieces)

    def _shut(self) -> None:
        """Put what can't be read under a policy that stops its trackers."""
        policy = ("Content-Security-Policy", self._middleware.fallback(self._visit))
        if policy not in self._headers:
            self._headers.append(policy)
        self._middleware.host.unread(self._environ)

    def _worker(self, pieces: Iterator[bytes]) -> Iterator[bytes]:
        """Send a worker's script under the policy of pages; end a refused one."""
        self._show()
        if not workers.is_for_service_worker(self._environ):
            return self._untouched(pieces)
        pieces, script = workers.read(
            pieces, fields.joined(self._headers, "content-encoding")
        )
        reader = self._rewriter()
        if workers.is_refused(reader, self._url, script):
            self._report(reader)
            self._status, self._headers = "200 OK", workers.ended(self._headers)
            return self._untouched(iter([workers.ENDING]))
        return self._unread(pieces) if script is None else self._untouched(pieces)

    def _rewritten(
        self, content: bytes, pieces: Iterator[bytes], coding: Coding, reader: Reader
    ) -> Iterator[bytes]:
        is_whole = self._is_measured
        rest = b"".join(pieces) if is_whole else b""
        pieces = iter([rest] if rest else []) if is_whole else pieces
        preface = self._preface(content if is_whole and not rest else None)
        self._headers = fields.without(self._headers, ["content-length"])
        page = self._streamed(content, pieces, coding, self._prefaced(reader, preface))
        if self._sweeps:
            page = self._begun(page)
        if is_whole:
            whole = b"".join(page)
            self._headers.append(("Content-Length", str(len(whole))))
            page = iter([whole])
        return self._untouched(page)

    def _begun(self, page: Iterator[bytes]) -> Iterator[bytes]:
        """End the sweep, if the page turns out to have a place for what sweeps."""
        taken = []
        for piece in page:
            taken.append(piece)
            if self._has_swept:
                self._headers.append(("Set-Cookie", self._middleware.swept()))
                break
        return chain(taken, page)

    def _streamed(
        self, content: bytes, pieces: Iterator[bytes], coding: Coding, reader: Reader
    ) -> Iterator[bytes]:
        try:
            parts: Iterator[bytes] = chain([content], map(coding.decode, pieces))
            if not self._middleware.passes_untouched(self._visit):
                parts = bodies.still_readable(self._content_type, parts)
            for part in parts:
                if out := coding.encode(reader.feed(part)):
                    yield out
        except CodingError:  # what comes after the fault can't be read, so it goes
            self._middleware.host.unread(self._environ)
        yield coding.encode(reader.close(), final=True)
        self._report(reader)

    def _report(self, reader: Reader | Sieve) -> None:
        host, environ = self._middleware.host, self._environ
        if reader.withheld:
            host.withheld(environ, reader.withheld)
        if reader.undeclared and self._middleware.undeclared != "allow":
            host.undeclared(environ, reader.undeclared)

    def _rewriter(self) -> Rewriter:
        middleware, environ, visit = self._middleware, self._environ, self._visit
        nonce = environ[NONCE] = fields.nonce_of(self._headers)
        coded = partial(bodies.in_charset, self._content_type)

        def begin(language: str) -> bytes:
            markup = b""
            if self._sweeps:
                markup = middleware.host.sweep(environ, nonce)
                self._has_swept = True
            if middleware.wants_banner(visit):  # the page may have placed it by hand
                visit.banner = False
                markup += middleware.host.banner(environ, language, nonce)
            if visit.for_all:
                markup = middleware.host.for_all(environ, language, nonce, markup)
            return coded(markup)

        # Also where the shop placed the banner itself: it has to know of the page.
        told = not visit.consent.decided or visit.consent.regime.is_opt_out
        asks = told or self._sweeps
        return middleware.rewriter(
            visit,
            self._url,
            banner=begin if asks else b"",
            placeholder=lambda gap: coded(middleware.host.placeholder(environ, gap)),
            marker=b"" if visit.for_all else _MARKER,  # what can follow is in reserve
            whole=self._is_whole,
        )
