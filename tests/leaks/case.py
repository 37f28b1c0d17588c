"""What a case of the corpus is: a page with one way to write a tracker into it.

``@@`` in its markup stands for a token of the case's own, by which its requests are
told from all others at the servers that play the vendors. What stands between ``[[``
and ``]]`` is written in Base64.
"""

from __future__ import annotations

import re
from base64 import b64encode
from dataclasses import dataclass
from enum import Enum
from typing import Final

HEAD: Final = "<!doctype html><html><head><title>Shop</title></head><body><p>it's</p>\n"
FOOT: Final = '\n<p class="a">after</p></body></html>\n'
_IN_BASE64: Final = re.compile(rb"\[\[(.*?)\]\]", re.DOTALL)


class Kind(Enum):
    """What Chromium makes of a case before it is rewritten."""

    LIVE = "live"  #: the tracker is contacted
    INERT = "inert"  #: it isn't, but the markup may be changed
    HARMLESS = "harmless"  #: it isn't, and no byte may be changed
    UNSEEN = "unseen"  #: it is, and no scanner can see it


@dataclass(frozen=True, slots=True)
class Case:
    """A page, and how a browser comes to act on it."""

    kind: Kind
    name: str
    markup: str | bytes
    whole: bool = False  #: the markup is all of the page
    scripting: bool = True
    act: str = ""  #: what a person or a script does once the page is loaded
    hint: str = ""  #: selects what makes no request that a server could see
    charset: str = "utf-8"
    reason: str = ""  #: why no scanner can see it

    def page(self, token: str) -> bytes:
        """Get the page, in which everything goes under this token."""
        markup = self.markup
        if isinstance(markup, str):
            markup = markup.encode(self.charset)
        if not self.whole:
            markup = HEAD.encode() + markup + FOOT.encode()
        page = markup.replace(b"@@", token.encode())
        return _IN_BASE64.sub(lambda found: b64encode(found[1]), page)


def _with(kind: Kind, name: str, markup: str | bytes, more: dict[str, object]) -> Case:
    return Case(kind, name, markup, **more)  # type: ignore[arg-type]


def live(name: str, markup: str | bytes, **more: object) -> Case:
    """Get a case whose tracker is contacted unless it is withheld."""
    return _with(Kind.LIVE, name, markup, more)


def inert(name: str, markup: str | bytes, **more: object) -> Case:
    """Get a case that contacts nobody, whatever becomes of its markup."""
    return _with(Kind.INERT, name, markup, more)


def harmless(name: str, markup: str | bytes, **more: object) -> Case:
    """Get a case of which every byte has to stay."""
    return _with(Kind.HARMLESS, name, markup, more)


def unseen(name: str, markup: str | bytes, reason: str, **more: object) -> Case:
    """Get a case that only the content security policy stops."""
    return _with(Kind.UNSEEN, name, markup, {"reason": reason, **more})
