"""Whether pages that are made to be slow are, and what a page takes in memory."""

from __future__ import annotations

import tracemalloc
from itertools import count, islice
from time import process_time
from typing import TYPE_CHECKING

from consentkit import load_policy
from consentkit.enforce import Rewriter
from tests.benchmarks.peers import PAGE
from tests.benchmarks.rewriting import all_new, storefront
from tests.benchmarks.storefront import TRACKERS, policy_of
from tests.benchmarks.tables import Row, Table

if TYPE_CHECKING:
    from collections.abc import Iterator

    from consentkit import Policy

SHARE = 3.0
MEMORY = 2_000_000
FEW, MANY = 50, 5000
GROWTH = 1.10
_SIZE = 10_000_000
_START = b"<!doctype html><body>"
_REPEATED = (b"<!--", b"<script", b"<a b=", b'"', b"&", b"<p>", b"</a>", b"<title")


def run() -> Table:
    """Measure ten megabytes of a few bytes against pages never seen, and then pages."""
    policy = load_policy(policy_of(len(TRACKERS)))
    page = storefront(45)
    numbers = count()
    rows = []
    for repeated in _REPEATED:
        hostile = _START + repeated * (_SIZE // len(repeated))
        for size in (_SIZE * 2, 1 << 16):
            # A busy machine slows both: they are measured one after the other.
            normal = min(_per_byte(policy, new) for new in _never_seen(page, numbers))
            took = min(_per_byte(policy, hostile, size) for _ in range(2))
            name = f"10 MB of {repeated.decode()}"
            share = took / normal
            rows.append(
                Row(
                    name if size > _SIZE else f"{name}, in pieces of 64 KB",
                    f"{took:.1f} / {normal:.1f} ns/byte",
                    f"{share:.2f} x",
                    f"<= {SHARE:.0f} x",
                    share <= SHARE,
                )
            )
    new = list(_never_seen(page, numbers))
    rows += [_growth(page, new), *map(_memory, (20, 45, 520))]
    return Table("Hostile pages, rules and memory: the engine alone", rows)


def _never_seen(page: bytes, numbers: Iterator[int]) -> Iterator[bytes]:
    return (all_new(page, b"%06d" % number) for number in islice(numbers, 12))


def _per_byte(policy: Policy, page: bytes, size: int = 1 << 30) -> float:
    started = process_time()
    rewriter = Rewriter(policy, url=PAGE)
    for at in range(0, len(page), size):
        rewriter.feed(page[at : at + size])
    rewriter.close()
    return (process_time() - started) / len(page) * 1e9


def _growth(page: bytes, pages: list[bytes]) -> Row:
    few, many = (load_policy(policy_of(count)) for count in (FEW, MANY))
    for policy in (few, many):
        _per_byte(policy, page)
    rounds = [(_per_byte(few, new), _per_byte(many, new)) for new in pages]
    least, most = (min(times) for times in zip(*rounds, strict=True))
    growth = most / least
    return Row(
        f"new pages, {FEW} / {MANY} services with two rules each",
        f"{least:.1f} / {most:.1f} ns/byte",
        f"{growth:.2f} x",
        f"<= {GROWTH:.2f} x",
        growth <= GROWTH,
    )


def _memory(products: int) -> Row:
    """Measure what one page takes beyond its own size, in pieces as they come."""
    policy = load_policy(policy_of(len(TRACKERS)))
    page = storefront(products)
    for _ in range(4):
        _per_byte(policy, page)
    tracemalloc.start()
    try:
        rewriter = Rewriter(policy, url=PAGE)
        out = [rewriter.feed(page), rewriter.close()]
        peak = tracemalloc.get_traced_memory()[1] - sum(map(len, out))
    finally:
        tracemalloc.stop()
    return Row(
        f"memory beyond a body of {len(page) / 1000:.0f} KB",
        f"{peak / 1e6:.2f} MB",
        "",
        f"< {MEMORY / 1e6:.0f} MB",
        peak < MEMORY,
    )
