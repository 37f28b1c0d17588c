"""One response on its way out: headers settled, the body rewritten if it is a page."""

from __future__ import annotations

import re
from functools import lru_cache
from itertools import chain
from typing import TYPE_CHECKING, Final

from . import headers as fields
from .coding import CodingError, coding_of
from .csp import guarded
from .links import Sieve
from .preface import Prefaced, Untouched
from .rewriter import Rewriter
from .visit import is_navigation

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from types import TracebackType
    from wsgiref.types import StartResponse

    from .coding import Coding
    from .middleware import ConsentMiddleware
    from .preface import Reader
    from .visit import Environ, Visit

    _ExcInfo = (
        tuple[type[BaseException], BaseException, TracebackType]
        | tuple[None, None, None]
        | None
    )

_PAGES: Final = frozenset({"text/html", "application/xhtml+xml"})
#: What browsers take for a page if it looks like one (WHATWG MIME Sniffing, 7).
_GUESSED: Final = frozenset({"", "*/*", "unknown/unknown", "application/unknown"})
_LOOKED_INTO: Final = 1445  # bytes, as many as browsers look into (5.2)
#: Charsets in which an ASCII byte may mean something else (WHATWG Encoding 4.2).
_UNREADABLE: Final = re.compile(
    "utf-?16|utf-?32|utf-?7|ucs-?2|=.?(?:cs)?unicode(?!.*utf)|iso-?2022|hz-"
)
_BOM: Final = b"\xef\xbb\xbf"
_WIDE_BOMS: Final = (b"\xfe\xff", b"\xff\xfe")
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
        self._visit = visit
        self._start_response = start_response
        self._status = ""
        self._headers: fields.Headers = []
        self._written: list[bytes] = []
        self._exc_info: _ExcInfo = None
        self._sent = self._is_held = self._is_personal = False
        self._hangs_on_consent = False

    # -- headers -------------------------------------------------------------------

    def start(
        self, status: str, headers: fields.Headers, exc_info: _ExcInfo = None
    ) -> Callable[[bytes], object]:
        """Take the app's status and headers; those of a page wait for its body."""
        if exc_info and exc_info[1] and self._sent:
            raise exc_info[1].with_traceback(exc_info[2])
        if self._is_plain(status, headers) and not exc_info:
            # Most answers that are no pages: nothing in them hangs on consent.
            self._status, self._is_held, self._sent = status, False, True
            return self._start_response(status, headers)
        self._status, self._headers, self._exc_info = status, headers, exc_info
        self._written.clear()
        self._hangs_on_consent = False
        shown = not status.startswith(_BODILESS) and not self._is_redirect
        head = self._environ.get("REQUEST_METHOD") == "HEAD"
        waits = shown and not head and _may_be_page(self._content_type)
        self._is_held = waits or self.is_stale
        self._is_personal = self._sift()
        if self._is_held:
            return self._written.append
        if status.startswith("304") and self._visit.untagged:
            self._show(known=True)
        elif head and shown and self._media_type in _PAGES:
            self._show()
            self._headers = fields.without(self._headers, ["content-length"])
        elif self._is_personal or self._visit.asked:
            self._depend()
        return self._send()

    def _is_plain(self, status: str, headers: fields.Headers) -> bool:
        """Tell at little cost of most answers that they may go as they are."""
        if status not in _SHOWN or self._visit.asked:
            return False
        content_type = ""
        for name, value in headers:
            lower = name.lower()
            if lower == "content-type":
                content_type = value
            elif lower in _TELLING:
                return False
        if _may_be_page(content_type):
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
        environ = self._environ
        path = environ.get("SCRIPT_NAME", "") + environ.get("PATH_INFO", "")
        return f"{environ.get('wsgi.url_scheme', 'http')}://{self._visit.host}{path}"

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
        return _media_type(self._content_type)

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
        return body if self._sent else _Closing(self._pieces, body)

    def _pieces(self, body: Iterable[bytes]) -> Iterator[bytes]:
        pieces = iter(body)
        # An app may call start_response as late as with its first piece (PEP 3333).
        first = next((piece for piece in pieces if piece), b"")
        if self._sent:
            return chain([first] if first else [], pieces)
        pieces = chain([*self._written, first], pieces)
        is_page = self._media_type in _PAGES
        passes = is_page and self._middleware.passes_untouched(self._visit)
        if passes:
            self._show()
            if not self._preface():
                return self._untouched(pieces)
        coding = coding_of(fields.joined(self._headers, "content-encoding"))
        taken, content = _opening(pieces, coding)
        if not is_page and content is not None and not _is_markup(content):
            if self._is_personal:
                self._depend()
            return self._untouched(chain(taken, pieces))
        if not passes:
            self._show()
        if coding is None or content is None or not self._is_readable(content):
            send = self._untouched if passes else self._unread
            return send(chain(taken, pieces))
        reader = Untouched() if passes else self._rewriter()
        return self._rewritten(content, pieces, coding, self._prefaced(reader))

    def _preface(self) -> bytes:
        """Get what stands first in the head of the page, before all tags."""
        nonce = fields.nonce_of(self._headers)
        return self._middleware.host.preface(self._environ, nonce)

    def _prefaced(self, reader: Reader) -> Reader:
        markup = self._preface()
        whole = is_navigation(self._environ)
        return Prefaced(reader, markup, whole=whole) if markup else reader

    @property
    def _sweeps(self) -> bool:
        """Whether this page empties the storage of services just refused."""
        return self._visit.sweeps and is_navigation(self._environ)

    def _is_readable(self, content: bytes) -> bool:
        content_type = self._content_type.lower()
        return (
            "xhtml" not in content_type
            and not _UNREADABLE.search(content_type)
            and not content.startswith(_WIDE_BOMS)
            and not self._status.startswith("206")
        )

    def _untouched(self, pieces: Iterator[bytes]) -> Iterator[bytes]:
        self._send()
        return pieces

    def _unread(self, pieces: Iterator[bytes]) -> Iterator[bytes]:
        """Send a page that can't be read under a policy that stops its trackers."""
        policy = ("Content-Security-Policy", self._middleware.fallback(self._visit))
        if policy not in self._headers:
            self._headers.append(policy)
        self._middleware.host.unread(self._environ)
        return self._untouched(pieces)

    def _rewritten(
        self, content: bytes, pieces: Iterator[bytes], coding: Coding, reader: Reader
    ) -> Iterator[bytes]:
        length = fields.first(self._headers, "content-length")
        self._headers = fields.without(self._headers, ["content-length"])
        if self._sweeps:
            self._headers.append(("Set-Cookie", self._middleware.swept()))
        page = self._streamed(content, pieces, coding, reader)
        if _DIGITS.fullmatch(length) and int(length) <= _MEASURED:
            whole = b"".join(page)
            self._headers.append(("Content-Length", str(len(whole))))
            page = iter([whole])
        return self._untouched(page)

    def _streamed(
        self, content: bytes, pieces: Iterator[bytes], coding: Coding, reader: Reader
    ) -> Iterator[bytes]:
        try:
            for part in chain([content], map(coding.decode, pieces)):
                if out := coding.encode(reader.feed(part)):
                    yield out
        except CodingError:  # what comes after the fault can't be read, so it goes
            self._middleware.host.unread(self._environ)
        yield coding.encode(reader.close(), final=True)
        self._report(reader)

    def _in_charset(self, markup: bytes) -> bytes:
        """Get our UTF-8 markup such that it reads right in the page's charset."""
        content_type = self._content_type.lower()
        if "utf-8" in content_type or markup.isascii():
            return markup
        return markup.decode().encode("ascii", "xmlcharrefreplace")

    def _report(self, reader: Reader | Sieve) -> None:
        host, environ = self._middleware.host, self._environ
        if reader.withheld:
            host.withheld(environ, reader.withheld)
        if reader.undeclared and self._middleware.undeclared != "allow":
            host.undeclared(environ, reader.undeclared)

    def _rewriter(self) -> Rewriter:
        middleware, environ, visit = self._middleware, self._environ, self._visit
        nonce = fields.nonce_of(self._headers)
        coded = self._in_charset

        def opening(language: str) -> bytes:
            markup = b""
            if self._sweeps:
                markup = middleware.host.sweep(environ, nonce)
            if middleware.wants_banner(visit):  # the page may have placed it by hand
                visit.banner = False
                markup += middleware.host.banner(environ, language, nonce)
            return coded(markup)

        # Also where the shop placed the banner itself: it has to know of the page.
        told = not visit.consent.decided or visit.consent.regime.is_opt_out
        asks = told or self._sweeps
        return Rewriter(
            middleware.policy,
            visit.consent.granted,
            url=self._url,
            banner=opening if asks else b"",
            placeholder=lambda gap: coded(middleware.host.placeholder(environ, gap)),
            marker=_MARKER,
            block_undeclared=middleware.undeclared == "block",
            whole=middleware.tells_navigation and is_navigation(environ),
        )


def _media_type(content_type: str) -> str:
    # Of several, browsers go by the last (Fetch, "extract a MIME type").
    return content_type.rpartition(",")[2].partition(";")[0].strip().lower()


@lru_cache(maxsize=256)
def _may_be_page(content_type: str) -> bool:
    media_type = _media_type(content_type)
    return media_type in _PAGES or media_type in _GUESSED or "/" not in media_type


def _opening(
    pieces: Iterator[bytes], coding: Coding | None
) -> tuple[list[bytes], bytes | None]:
    """Get the first pieces, and as much content as tells what the body is.

    No content if it can't be read.
    """
    taken: list[bytes] = []
    content = b""
    if coding is None:
        return taken, None
    try:
        for piece in pieces:
            taken.append(piece)
            content += coding.decode(piece)
            if len(content.strip()) >= len(_BOM) or len(content) >= _LOOKED_INTO:
                break
    except CodingError:
        return taken, None
    return taken, content


def _is_markup(content: bytes) -> bool:
    return content.lstrip().startswith(b"<")


class _Closing:
    """Makes its pieces when first asked, and closes the app's body (PEP 3333)."""

    def __init__(
        self,
        pieces: Callable[[Iterable[bytes]], Iterator[bytes]],
        body: Iterable[bytes],
    ) -> None:
        self._pieces = pieces
        self._body = body

    def __iter__(self) -> Iterator[bytes]:
        return self._pieces(self._body)

    def close(self) -> None:
        if close := getattr(self._body, "close", None):
            close()
