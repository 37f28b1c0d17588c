"""One response on its way out: headers settled, the body rewritten if it is a page."""

from __future__ import annotations

from itertools import chain
from typing import TYPE_CHECKING, Final

from . import headers as fields
from .coding import CodingError, coding_of
from .rewriter import Rewriter

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from types import TracebackType
    from wsgiref.types import StartResponse

    from .coding import Coding
    from .middleware import ConsentMiddleware
    from .visit import Environ, Visit

    _ExcInfo = (
        tuple[type[BaseException], BaseException, TracebackType]
        | tuple[None, None, None]
        | None
    )

_PAGES: Final = frozenset({"text/html", "application/xhtml+xml"})
#: Charsets in which an ASCII byte may mean something else (WHATWG Encoding 4.3).
_UNREADABLE: Final = ("utf-16", "utf16", "utf-32", "utf32", "utf-7", "iso-2022", "hz-")
_WIDE_BOMS: Final = (b"\xfe\xff", b"\xff\xfe")
_BODILESS: Final = ("1", "204", "205", "304")
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
        self._sent = self._is_held = False

    # -- headers -------------------------------------------------------------------

    def start(
        self, status: str, headers: fields.Headers, exc_info: _ExcInfo = None
    ) -> Callable[[bytes], object]:
        """Take the app's status and headers; those of a page wait for its body."""
        if exc_info and exc_info[1] and self._sent:
            raise exc_info[1].with_traceback(exc_info[2])
        self._status, self._headers, self._exc_info = status, headers, exc_info
        bodiless = status.startswith(_BODILESS)
        head = self._environ.get("REQUEST_METHOD") == "HEAD"
        self._is_held = not bodiless and not head and self._media_type in {"", *_PAGES}
        if self._is_held:
            return self._written.append
        if status.startswith("304") and self._visit.untagged:
            self._depend()
        elif head and not bodiless and self._media_type in _PAGES:
            self._depend()
            self._headers = fields.without(self._headers, ["content-length"])
        return self._send()

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
    def _media_type(self) -> str:
        media_type = fields.first(self._headers, "content-type")
        return media_type.partition(";")[0].strip().lower()

    def _depend(self) -> None:
        """Say that the page is this visitor's, and which of its variants it is."""
        variant = self._middleware.variant(self._visit)
        self._headers = fields.dependent(self._headers, variant)

    def _send(self) -> Callable[[bytes], object]:
        self._sent = True
        headers = self._middleware.settle_cookies(
            self._environ, self._visit, self._headers
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
        first = b"".join(self._written) + first
        pieces = chain([first], pieces)
        if not self._media_type and not first.lstrip().startswith(b"<"):
            self._send()
            return pieces
        if self._middleware.passes_untouched(self._visit):
            self._depend()
            self._send()
            return pieces
        coding = coding_of(fields.first(self._headers, "content-encoding"))
        if coding is None or not self._is_readable(first):
            return self._unread(pieces)
        self._depend()
        return self._rewritten(pieces, coding)

    def _is_readable(self, first: bytes) -> bool:
        content_type = fields.first(self._headers, "content-type").lower()
        return (
            not any(name in content_type for name in ("xhtml", *_UNREADABLE))
            and not first.startswith(_WIDE_BOMS)
            and not self._status.startswith("206")
        )

    def _unread(self, pieces: Iterator[bytes]) -> Iterator[bytes]:
        """Send a page that can't be read under a policy that stops its trackers."""
        self._depend()
        policy = self._middleware.fallback_policy(self._visit)
        self._headers.append(("Content-Security-Policy", policy))
        self._middleware.host.unread(self._environ)
        self._send()
        return pieces

    def _rewritten(self, pieces: Iterator[bytes], coding: Coding) -> Iterator[bytes]:
        rewriter = self._rewriter()
        length = fields.first(self._headers, "content-length")
        self._headers = fields.without(self._headers, ["content-length"])
        if not length.isdigit() or int(length) > _MEASURED:
            self._send()
            return self._streamed(pieces, rewriter, coding)
        coded = b"".join(pieces)
        try:
            page = coding.decode(coded)
        except CodingError:
            return self._unread(iter([coded]))
        page = coding.encode(rewriter.feed(page) + rewriter.close(), final=True)
        self._headers.append(("Content-Length", str(len(page))))
        self._report(rewriter)
        self._send()
        return iter([page])

    def _streamed(
        self, pieces: Iterator[bytes], rewriter: Rewriter, coding: Coding
    ) -> Iterator[bytes]:
        try:
            for piece in pieces:
                if out := coding.encode(rewriter.feed(coding.decode(piece))):
                    yield out
        except CodingError:
            self._middleware.host.unread(self._environ)
        yield coding.encode(rewriter.close(), final=True)
        self._report(rewriter)

    def _report(self, rewriter: Rewriter) -> None:
        host, environ = self._middleware.host, self._environ
        if rewriter.withheld:
            host.withheld(environ, rewriter.withheld)
        if rewriter.undeclared and self._middleware.undeclared != "allow":
            host.undeclared(environ, rewriter.undeclared)

    def _rewriter(self) -> Rewriter:
        middleware, environ, visit = self._middleware, self._environ, self._visit
        nonce = fields.nonce_of(self._headers)
        path = environ.get("SCRIPT_NAME", "") + environ.get("PATH_INFO", "")
        scheme = environ.get("wsgi.url_scheme", "http")
        return Rewriter(
            middleware.policy,
            visit.consent.granted,
            url=f"{scheme}://{visit.host}{path}",
            banner=(lambda language: middleware.host.banner(environ, language, nonce))
            if middleware.wants_banner(visit)
            else b"",
            placeholder=lambda gap: middleware.host.placeholder(environ, gap),
            marker=_MARKER,
            block_undeclared=middleware.undeclared == "block",
            whole=_is_navigation(environ),
        )


def _is_navigation(environ: Environ) -> bool:
    """Tell whether a browser asked for a page of its own, not for a part of one."""
    if destination := environ.get("HTTP_SEC_FETCH_DEST"):
        return bool(destination == "document")
    script = "HTTP_HX_REQUEST" in environ or "HTTP_X_REQUESTED_WITH" in environ
    return "text/html" in environ.get("HTTP_ACCEPT", "") and not script


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
