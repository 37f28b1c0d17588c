"""Recognises tags that load nothing but files of the page's own host, by their form.

Most pictures, inputs and metadata of a shop are written in a simple way: such a tag
need not be parsed and judged. Whatever is written in another way is.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from .judge import Judge

#: A rooted path without dots before a name, escapes or anything else to be resolved.
_URL: Final = (
    rb"/(?:[\w~+@\-][\w.~+@\-]*+/?+)*+(?:\?[\w.~=;\-]*+(?:&amp;[\w.~=;\-]*+)*+)?+"
)
_SET: Final = _URL + rb"(?: [\d.]+[wx])?(?:, " + _URL + rb"(?: [\d.]+[wx])?)*+"
_NAMES: Final = (
    rb"alt|aria-(?![a-z]*(?:src|lazy|original))[a-z]+|as|autocomplete|charset|color|"
    rb"content|crossorigin|data-(?:id|index|n|sku)|decoding|dir|fetchpriority|for|"
    rb"height|hreflang|id|itemprop|lang|loading|media|name|nonce|placeholder|property|"
    rb"rel|role|sizes|tabindex|title|type|value|width"
)
_PLAIN: Final = re.compile(
    rb"<(?:img|input|link|meta|source|track)"
    rb"(?:[\t\n\r ]++(?:"
    rb"(?:" + _NAMES + rb")=(?:\"[^\"<>]*+\"|[\w./:;,+\-]++(?=[\t\n\r >]))"
    rb"|class=(?:\"[^\"<>&]*+\"|[\w./:;,+\-]++(?=[\t\n\r >]))"
    rb"|(?:" + _NAMES + rb"|checked|disabled|hidden|required)(?=[\t\n\r >])"
    rb"|(?:src|href|data-src)=\"" + _URL + rb"\""
    rb"|(?:srcset|data-srcset)=\"" + _SET + rb"\""
    rb"))*+[\t\n\r ]*+/?>"
)
_BARE: Final = re.compile(
    rb"<(?:script|noscript)(?:[\t\n\r ]++(?:(?:nonce|id|data-(?:id|index|n|sku))="
    rb"(?:\"[^\"<>]*+\"|[\w+/=\-]++(?=[\t\n\r >]))"
    rb"|type=([\"'])(?:text/javascript|module)\1))*+[\t\n\r ]*+>"
)
_PATH: Final = re.compile(rb"[\" ](/[^\" ?]*+)")


def is_bare(raw: bytes) -> bool:
    """Tell whether a whole tag begins a script or ``noscript`` and says no more."""
    return _BARE.fullmatch(raw) is not None


class PlainTags:
    """Tells of the tags in the pages of one host which are plain."""

    def __init__(self, judge: Judge, host: str) -> None:
        self._is_claimed = judge.matcher.claims_any_path(host)
        self._is_free = judge.matcher.is_free_path
        self._known = judge.harmless(host)
        #: Words one of which begins a segment of every service's address on the host;
        #: none if no such words can be told.
        self.words = None if self._is_claimed else judge.matcher.own_words

    def __contains__(self, raw: object) -> bool:
        """Tell whether a whole tag loads nothing of any service."""
        if raw in self._known:
            return True
        if not isinstance(raw, bytes) or self._is_claimed or not _PLAIN.fullmatch(raw):
            return False
        if b"optanon" in raw.lower():  # a class that assigns it
            return False
        if not all(self._is_free(path.decode()) for path in _PATH.findall(raw)):
            return False
        self._known.remember(raw, None, len(raw))
        return True


@lru_cache(maxsize=4)  # visitors can name any host
def plain_tags_of(judge: Judge, host: str) -> PlainTags:
    """Get what tells which tags are plain in the pages of a host."""
    return PlainTags(judge, host)
