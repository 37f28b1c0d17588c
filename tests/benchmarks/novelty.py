"""How much of the engine's speed rests on tags and scripts it has seen before."""

from __future__ import annotations

import re
from collections import deque
from typing import TYPE_CHECKING

from consentkit import load_policy
from consentkit.enforce import Rewriter
from tests.benchmarks.storefront import TRACKERS, make_shop, policy_of
from tests.benchmarks.tables import Row, Table, micro
from tests.benchmarks.timing import in_turns, middle, ratio
from tests.benchmarks.visitor import BROWSER, asks

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

_ROUNDS, _CALLS = 60, 3
_PAGES = _ROUNDS * _CALLS + 1
#: Where a page can differ from all before it, without any change of its meaning.
_SCRIPT = re.compile(rb"<script(?! type=.application/ld)([^>]*)>")
_PICTURE = re.compile(rb"(-(?:400|800)\.(?:avif|jpg))")


def run() -> Table:
    """Measure the engine alone, on pages that differ in ever more of their tags."""
    policy = load_policy(policy_of(len(TRACKERS)))
    page = asks(make_shop(), "/products", BROWSER)()

    def rewrites(pages: Iterator[bytes]) -> Callable[[], bytes]:
        waiting = deque(pages)

        def rewrite() -> bytes:
            rewriter = Rewriter(policy, url="https://shop.example/products")
            return rewriter.feed(waiting.popleft()) + rewriter.close()

        return rewrite

    seen = "all tags and scripts seen before"
    subjects = {
        seen: rewrites(page for _ in range(_PAGES)),
        "a nonce in every script's tag": rewrites(map(_with_nonces(page), _numbers())),
        "new tags, all scripts new": rewrites(map(_all_new(page), _numbers())),
    }
    times = in_turns(subjects, rounds=_ROUNDS, calls=_CALLS)
    rows = [
        Row(name, micro(middle(taken)), f"{ratio(taken, times[seen]):.2f} x")
        for name, taken in times.items()
    ]
    return Table(f"The engine alone, {len(page) / 1000:.0f} KB, refused", rows)


def _numbers() -> Iterator[bytes]:
    return (b"%08d" % number for number in range(_PAGES))


def _with_nonces(page: bytes) -> Callable[[bytes], bytes]:
    return lambda new: _SCRIPT.sub(rb'<script\1 nonce="' + new + b'">', page)


def _all_new(page: bytes) -> Callable[[bytes], bytes]:
    def renew(new: bytes) -> bytes:
        scripts = _SCRIPT.sub(rb'<script\1 nonce="' + new + b'">/*' + new + b"*/", page)
        return _PICTURE.sub(rb"\1?v=" + new, scripts)

    return renew
