"""The engine alone, against the rewriters that one can install from PyPI.

Each engine gets the same pages in the same order, in turns. Three kinds of pages: one
that comes again, one of the same layout with other texts, and one of which no tag, no
address and no script was seen before. What was promised of a kind holds for its pages
of each size, with trackers and without.
"""

from __future__ import annotations

import re
from collections import deque
from typing import TYPE_CHECKING

from consentkit import load_policy
from consentkit.enforce import Rewriter
from tests.benchmarks.peers import PAGE, Refusals, installed
from tests.benchmarks.storefront import (
    CONTEXT,
    TRACKERS,
    make_shop,
    policy_of,
    products,
)
from tests.benchmarks.storefront import page as render
from tests.benchmarks.tables import Row, Table
from tests.benchmarks.timing import in_turns, middle, ratio

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from tests.benchmarks.peers import Rewrite

SEEN, NEW = 2.5, 1.2
OURS = "ConsentKit"
_NEVER_SEEN = "all new"
#: Pages that come first: after some calls, Python runs all engines' code faster.
_WARM = 12
#: Products on a page, by its size in KB, and how often each is measured.
_SIZES = {20: (1, 40), 110: (45, 30), 1000: (520, 9)}
_TEXT = re.compile(rb'(<(?:p class="text"|h3|small|b|strong)>(?:<a [^<>]*>)?)')
_TAG = re.compile(rb"(<[a-z][a-z0-9]*)(?=[ >])")
_ADDRESS = re.compile(rb"((?:src|href)=\"[^\"?#]*)(\??)")
_PICTURE = re.compile(rb"(-(?:400|800)\.(?:avif|jpg))(?!\?)")
_CODE = re.compile(rb"(<script(?! type=.application/ld)[^>]*>)(?=[^<])")


def run() -> Table:
    """Measure pages of three sizes, with and without trackers."""
    rows: list[Row] = []
    for size, (count, rounds) in _SIZES.items():
        page = storefront(count)
        for trackers, shown in ((" with trackers", page), ("", _without(page))):
            for kind, pages in _kinds(shown, rounds + _WARM).items():
                target = NEW if kind == _NEVER_SEEN else SEEN
                name = f"{size} KB{trackers}, {kind}"
                rows.append(_row(name, len(shown), pages, target))
    title = f"The engine alone, against {', '.join(installed())}: times as fast"
    return Table(title, rows)


def storefront(count: int) -> bytes:
    """Get the shop's page with this many products."""
    shop = make_shop()
    with shop.test_request_context("/products", base_url="https://shop.example"):
        return render({**CONTEXT, "products": products(count)}).encode()


def _without(page: bytes) -> bytes:
    return ours()(page)


def _kinds(page: bytes, count: int) -> dict[str, list[bytes]]:
    numbers = [b"%06d" % number for number in range(count)]
    return {
        "the same again": [page] * count,
        "new texts": [_TEXT.sub(rb"\g<1>" + n + b" ", page) for n in numbers],
        _NEVER_SEEN: [all_new(page, number) for number in numbers],
    }


def all_new(page: bytes, number: bytes) -> bytes:
    """Get a page of which no tag, no address and no script was seen before."""
    texts = _TEXT.sub(rb"\g<1>" + number + b" ", page)
    codes = _CODE.sub(rb"\g<1>/*" + number + b"*/", texts)
    addresses = _ADDRESS.sub(_numbered(number), codes)
    pictures = _PICTURE.sub(rb"\g<1>?v=" + number, addresses)
    return _TAG.sub(rb"\g<1> data-n=" + number, pictures)


def _numbered(number: bytes) -> Callable[[re.Match[bytes]], bytes]:
    def numbered(found: re.Match[bytes]) -> bytes:
        query = b"?n=" + number + (b"&amp;" if found[2] else b"")
        return found[1] + query

    return numbered


def ours() -> Rewrite:
    """Get our rewriter, for a visitor who granted nothing."""
    policy = load_policy(policy_of(len(TRACKERS)))

    def rewrite(page: bytes) -> bytes:
        rewriter = Rewriter(policy, url=PAGE)
        return rewriter.feed(page) + rewriter.close()

    return rewrite


def engines() -> Mapping[str, Rewrite]:
    """Get the engines by name, ours first."""
    policy = load_policy(policy_of(len(TRACKERS)))
    made = {name: make(Refusals(policy)) for name, make in installed().items()}
    return {OURS: ours(), **made}


def _row(name: str, size: int, pages: list[bytes], target: float) -> Row:
    subjects = {n: _each(rewrite, iter(pages)) for n, rewrite in engines().items()}
    rounds = len(pages) - _WARM
    times = in_turns(subjects, rounds=rounds, calls=1, warm=_WARM)
    medians = {name: middle(taken) for name, taken in times.items()}
    best = min((n for n in medians if n != OURS), key=medians.__getitem__)
    gain = ratio(times[best], times[OURS])
    speeds = " / ".join(f"{size / median:.0f}" for median in medians.values())
    met = gain >= target
    return Row(name, f"{speeds} MB/s", f"{gain:.2f} x", f">= {target} x", met)


def _each(rewrite: Rewrite, pages: Iterator[bytes]) -> Callable[[], bytes]:
    waiting = deque(pages)
    return lambda: rewrite(waiting.popleft())
