"""What kind of body an app sends, as browsers see it."""

from __future__ import annotations

import codecs
import re
from functools import lru_cache
from typing import TYPE_CHECKING, Final

from .coding import CodingError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping
    from types import TracebackType
    from typing import Any

    from .coding import Coding

    #: What an app that fails hands to ``start_response`` (PEP 3333).
    ExcInfo = (
        tuple[type[BaseException], BaseException, TracebackType]
        | tuple[None, None, None]
        | None
    )

#: Fragments, each with what is to be done with it: never a page of their own.
STREAM: Final = "text/vnd.turbo-stream.html"
PAGES: Final = frozenset({"text/html", "application/xhtml+xml", STREAM})
#: What browsers take for a page if it looks like one (WHATWG MIME Sniffing, 7).
_GUESSED: Final = frozenset({"", "*/*", "unknown/unknown", "application/unknown"})
_LOOKED_INTO: Final = 1445  # bytes, as many as browsers look into (5.2)
#: Where a body is a document of its own (Fetch, "destination").
_SHOWN_IN: Final = frozenset({"document", "iframe", "frame", "object", "embed"})
#: Charsets in which an ASCII byte may mean something else (WHATWG Encoding 4.2).
_UNREADABLE: Final = re.compile(
    "utf-?16|utf-?32|utf-?7|ucs-?2|=.?(?:cs)?unicode(?!.*utf)|iso-?2022|hz-"
)
#: The same, said by the page itself where no header does (WHATWG HTML 13.2.3.2).
_SAID_UNREADABLE: Final = re.compile(
    rb"<meta[^>]{0,200}charset\s*=\s*[\"']?\s*(?:cs)?iso-?2022", re.IGNORECASE
)
_PRESCANNED: Final = 1024
BOM: Final = b"\xef\xbb\xbf"
#: Byte order marks of UTF-16, and how an XML declaration begins in it.
_WIDE: Final = (b"\xfe\xff", b"\xff\xfe", b"<\0", b"\0<")
_TYPE: Final = re.compile(r"(?:\A|,)\s*(?!\*/\*)([^\s;,(/]+/[^\s;,(]+)")
_CHARSET: Final = re.compile(r";\s*charset\s*=\s*[\"']?([^\s\"';,]+)")


def media_type(content_type: str) -> str:
    """Get the media type that a ``Content-Type`` gives, in lower case.

    Of several, browsers go by the last that is one (Fetch, "extract a MIME type").
    Chromium ends it at white space as well, where a semicolon is missing, or a bracket.
    """
    found = _TYPE.findall(content_type)
    return found[-1].lower() if found else ""


@lru_cache(maxsize=256)
def may_be_page(content_type: str) -> bool:
    """Tell whether browsers may take a body of this ``Content-Type`` for a page."""
    kind = media_type(content_type)
    return kind in PAGES or kind in _GUESSED or "/" not in kind


def is_drawing(environ: Mapping[str, Any], content_type: str) -> bool:
    """Tell whether browsers show a body by itself or in a frame, and it is XML.

    As a picture, a drawing (SVG) runs and loads nothing.
    """
    if environ.get("HTTP_SEC_FETCH_DEST") not in _SHOWN_IN:
        return False
    kind = media_type(content_type)
    return kind.endswith(("+xml", "/xml", "/xsl")) and kind not in PAGES


def opening(
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
            if len(content.strip()) >= len(BOM) or len(content) >= _LOOKED_INTO:
                break
    except CodingError:
        return taken, None
    return taken, content


def is_markup(content: bytes) -> bool:
    """Tell whether content looks like a page."""
    return content.lstrip().startswith(b"<")


def is_readable(content_type: str, content: bytes) -> bool:
    """Tell whether the scanner can read a page: in this charset, and as HTML."""
    content_type = content_type.lower()
    if not _says_charset(content_type) and (
        b"\x1b" in content or _SAID_UNREADABLE.search(content, 0, _PRESCANNED)
    ):
        return False
    return (
        "xhtml" not in content_type
        and not _UNREADABLE.search(content_type)
        and not content.startswith(_WIDE)
    )


def still_readable(content_type: str, parts: Iterable[bytes]) -> Iterator[bytes]:
    """Get the parts of a page as long as they can't have changed their charset.

    :raises CodingError: where one may (ISO-2022-JP), as the page itself can say so.
    """
    is_sure = _says_charset(content_type.lower())
    for part in parts:
        if b"\x1b" in part and not is_sure:
            raise CodingError(content_type)
        yield part


def _says_charset(content_type: str) -> bool:
    """Tell whether a ``Content-Type`` names a charset, so that no page can."""
    found = _CHARSET.search(content_type)
    try:
        return found is not None and bool(codecs.lookup(found[1]))
    except LookupError:
        return False


def in_charset(content_type: str, markup: bytes) -> bytes:
    """Get our UTF-8 markup such that it reads right in the page's charset."""
    if "utf-8" in content_type.lower() or markup.isascii():
        return markup
    return markup.decode().encode("ascii", "xmlcharrefreplace")


class Closing:
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
        """Close the app's body, which may have nothing to close."""
        if close := getattr(self._body, "close", None):
            close()
