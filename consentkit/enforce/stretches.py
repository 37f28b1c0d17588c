"""What is remembered of the pages of one host: the stretches that came before.

A stretch goes from one end tag of a kind that the pages have often to the next. That
it may stay is remembered by its bytes, if nothing in it means anything, wherever it
stands; else what became of it is. All of it is bounded by bytes.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from functools import lru_cache
from itertools import accumulate
from typing import TYPE_CHECKING, Final

from . import html
from .memory import Recent
from .plain import plain_tags_of
from .skim import is_marked, is_plain_drawing
from .tags import TAG
from .urls import page_address

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable

    from .constructs import Outcome
    from .judge import Judge

    #: Tells whether a tag of an element that can load something loads nothing.
    LoadsNothing = Callable[[bytes], bool]
    #: Whom a page is for, how many bytes a stretch has before its end tag, and these.
    Key = tuple[Hashable, bytes]

#: A stretch that is longer, such as a page's head, ends with its next script.
LONG: Final = 1 << 11
#: A page that is longer isn't remembered as a whole.
LONGEST_PAGE: Final = 1 << 21
_LIMIT: Final = 1 << 19
_CUTS: Final = (b"</a>", b"</li>", b"</p>", b"</div>", b"</td>", b"</span>", b"</h3>")
#: Whatever may matter: start tags, drawings as a whole, comments, but no end tags. A
#: stretch ends with one, so that ``[^>]*+`` stops in it and no input is quadratic.
tokens_of: Final = re.compile(
    rb"<(?:[^/s][^>]*+>|/(?![a-zA-Z])"
    rb"|s(?:vg[ >](?:[^<]++|<(?!/?svg)){0,64}+</svg>|[^>]*+>))"
).findall
_COMMENT: Final = re.compile(rb"<!--[^<>]*+>(?<=-->)")


class Trace:
    """The stretches of one page in their order."""

    def __init__(
        self, page: bytes, start: int, stretches: list[bytes], eventful: list[int]
    ) -> None:
        self.page = memoryview(page)
        self.stretches = stretches
        self.starts = list(accumulate(map(len, stretches), initial=start))
        #: Where each stands; of those that are alike, the first.
        self.turns = dict(
            zip(reversed(stretches), range(len(stretches))[::-1], strict=True)
        )
        #: Those that aren't plain, and the end.
        self.eventful = [*eventful, len(stretches)]

    def calm(self, turn: int) -> int:
        """Get which stretch from this one on is the next that isn't plain."""
        return self.eventful[bisect_left(self.eventful, turn)]


class Stretches:
    """The stretches of one host's pages, and the tags in them."""

    def __init__(self, loads_nothing: LoadsNothing) -> None:
        self.cut = _CUTS[0]
        self.plain: Recent[bytes, bool] = Recent(2 * _LIMIT)
        self.outcomes: Recent[Key, Outcome] = Recent(_LIMIT)
        self.harmless: Recent[bytes, bool] = Recent(_LIMIT)
        self.trace = Trace(b"", 0, [], [])  #: the last page's, as the next may be alike
        self._others: Recent[bytes, bool] = Recent(_LIMIT >> 2)
        self._seen: Recent[int, bool] = Recent(_LIMIT >> 1)
        self._loads_nothing = loads_nothing
        self._strange = 0  #: pages without the end tag in use

    def choose_cut(self, page: bytes) -> None:
        """Take the end tag that a page has most often, now and then."""
        self._strange += 1
        if self._strange % 16 == 1:
            self.cut = max(_CUTS, key=page.count)

    def is_new(self, stretch: bytes) -> bool:
        """Tell whether a stretch comes for the first time; from now on it doesn't."""
        key = hash(stretch)
        if self._seen.get(key):
            return False
        self._seen.remember(key, value=True, size=0)
        return True

    def all_new(self, stretches: list[bytes]) -> bool:
        """Tell whether nearly all of these come for the first time; so no more."""
        keys = list(map(hash, stretches))
        old = sum(map(self._seen.new.__contains__, keys))
        self._seen.remember_all(keys, value=True)
        return 4 * old < len(keys)

    def is_plain(self, stretch: bytes, budget: int) -> tuple[bool, int]:
        """Tell whether a stretch may stay, wherever it stands.

        :param budget: how many tags may be looked into.
        :return: that, and what is left of the budget.
        """
        for token in set(tokens_of(stretch)).difference(self.harmless.new):
            known = self.harmless.get(token)
            if known is None and not self._others.get(token) and budget > 0:
                budget -= 1
                known = self._is_harmless(token)
                memory = self.harmless if known else self._others
                memory.remember(token, value=True, size=len(token))
            if not known:
                return False, budget
        return True, budget

    def _is_harmless(self, token: bytes) -> bool:
        """Prove that a tag's bytes mean nothing, even inside another tag's quotes."""
        low = token.lower()
        if low.startswith(b"<!"):
            return _COMMENT.fullmatch(token) is not None
        if low.endswith(b"</svg>"):
            return is_plain_drawing(low)
        tag = TAG.match(token)
        if tag is None or tag.end() < len(token):
            return False
        if html.INTEREST.match(low):
            return self._loads_nothing(token)
        return not is_marked(low)


@lru_cache(maxsize=4)  # visitors can name any host
def stretches_of(judge: Judge, host: str) -> Stretches:
    """Get what is remembered of a host's pages."""
    base = page_address(f"https://{host}/")
    plain = plain_tags_of(judge, host)

    def loads_nothing(raw: bytes) -> bool:
        if raw in plain:
            return True
        judge.tag(raw, base, host)
        return raw in judge.harmless(host)

    return Stretches(loads_nothing)
