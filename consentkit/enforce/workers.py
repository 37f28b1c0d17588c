"""Scripts that browsers run beside pages, which carry no page's policy with them.

A worker is under the content security policy that its own script came with, not under
that of the page (HTML, "run a worker"). And a service worker outlives the page that
registered it: that of a refused service has to be ended.
"""

from __future__ import annotations

import re
from html import escape
from itertools import chain
from typing import TYPE_CHECKING, Final

from .coding import CodingError, coding_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from typing import Any

    from .headers import Headers
    from .rewriter import Rewriter

#: What a service worker's script becomes when its service is refused: browsers fetch
#: it anew with the next page (Service Workers, "soft update").
ENDING: Final = b"""\
addEventListener("install", () => skipWaiting());
addEventListener("activate", (event) => event.waitUntil(registration.unregister()));
"""
_KEPT: Final = frozenset({"service-worker-allowed", "set-cookie"})
#: Longer scripts aren't read.
_LONGEST: Final = 4 << 20
_DESTINATIONS: Final = frozenset({"worker", "sharedworker", "serviceworker"})
_IMPORTED: Final = re.compile(
    r"""\bimportScripts\s*\(([^)]*)\)|\b(?:import|from)\s*\(?\s*(["'`][^"'`]*["'`])"""
)
_QUOTED: Final = re.compile(r"""["'`]([^"'`]*)["'`]""")


def is_for_worker(environ: Mapping[str, Any]) -> bool:
    """Tell whether a browser asks for the script of a worker, of whichever kind."""
    return (
        environ.get("HTTP_SEC_FETCH_DEST") in _DESTINATIONS
        or "HTTP_SERVICE_WORKER" in environ
    )


def is_for_service_worker(environ: Mapping[str, Any]) -> bool:
    """Tell whether a browser asks for the script of a service worker."""
    return (
        environ.get("HTTP_SEC_FETCH_DEST") == "serviceworker"
        or environ.get("HTTP_SERVICE_WORKER", "").strip() == "script"
    )


def is_refused(reader: Rewriter, url: str, script: bytes | None) -> bool:
    """Tell whether a service worker loads what it mustn't; the reader knows what.

    :param reader: of a page of the same visitor, still unread.
    :param script: its text; none if it can't be read, so that its address has to tell.
    """
    code = script or b""
    loaded = [url, *_imports(code.decode("utf-8", "replace"))]
    page = "".join(f'<script src="{escape(url)}"></script>' for url in loaded).encode()
    code = code.replace(b"</", b"<\\/").replace(b"<!--", b"<\\!--")
    reader.feed(b"<!doctype html>" + page + b"<script>" + code + b"</script>")
    reader.close()
    return bool(reader.withheld)


def ended(headers: Headers) -> Headers:
    """Get the headers of the script that ends a service worker.

    It has to come with the scope that the other had, or browsers don't take it.
    """
    return [
        *(header for header in headers if header[0].lower() in _KEPT),
        ("Content-Type", "text/javascript"),
        ("Content-Length", str(len(ENDING))),
    ]


def _imports(code: str) -> Iterator[str]:
    for arguments, module in _IMPORTED.findall(code):
        yield from _QUOTED.findall(arguments or module)


def read(
    pieces: Iterator[bytes], content_coding: str
) -> tuple[Iterator[bytes], bytes | None]:
    """Get the pieces of a body once more, and its text, if it can be read."""
    coding = coding_of(content_coding)
    taken: list[bytes] = []
    text = b""
    try:
        for piece in pieces:
            taken.append(piece)
            text += coding.decode(piece) if coding else b""
            if len(text) > _LONGEST:
                coding = None
                break
    except CodingError:
        coding = None
    return chain(taken, pieces), text if coding else None
