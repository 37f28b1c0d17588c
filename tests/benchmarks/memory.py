"""How much memory the matcher of a large policy holds."""

from __future__ import annotations

import tracemalloc
from typing import TYPE_CHECKING, TypeVar

from consentkit import catalogue, load_policy
from consentkit.enforce.cookies import CookieRules
from consentkit.enforce.matcher import Matcher
from tests.benchmarks.storefront import policy_of
from tests.benchmarks.tables import Row, Table

if TYPE_CHECKING:
    from collections.abc import Callable

_Made = TypeVar("_Made")

LIMIT = 10_000_000
SERVICES = 300


def run() -> Table:
    """Measure what stays allocated once each part is made."""
    read = catalogue.services
    read.cache_clear()
    _, read_bytes = _held(read)
    policy = load_policy(policy_of(SERVICES))
    matcher, matcher_bytes = _held(lambda: Matcher(policy))
    _, rules_bytes = _held(lambda: CookieRules(matcher, ()))
    rows = [
        Row("the catalogue, shared by all policies", _megabytes(read_bytes)),
        Row(
            f"a matcher of {len(matcher.services)} services",
            _megabytes(matcher_bytes),
            target=f"< {_megabytes(LIMIT)}",
            met=matcher_bytes < LIMIT,
        ),
        Row("the rules on their cookies", _megabytes(rules_bytes)),
    ]
    return Table(f"Memory, for a policy of {SERVICES} services", rows)


def _held(make: Callable[[], _Made]) -> tuple[_Made, int]:
    tracemalloc.start()
    try:
        made = make()
        return made, tracemalloc.get_traced_memory()[0]
    finally:
        tracemalloc.stop()


def _megabytes(size: int) -> str:
    return f"{size / 1e6:.2f} MB"
