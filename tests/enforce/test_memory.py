"""Memory keeps what is used, and never more than it may."""

from __future__ import annotations

from itertools import count
from typing import TYPE_CHECKING

import pytest

from consentkit.enforce import _skim
from consentkit.enforce.constructs import Outcome
from consentkit.enforce.memory import Recent

if TYPE_CHECKING:
    from collections.abc import Callable

    Memory = Recent[bytes, Outcome | None]

LIMIT = 1 << 14
OUTCOME = Outcome(b"")
BODY = False  #: it isn't still to begin
PATH = "/things/"


def ask(memory: Memory) -> None:
    for key in dict.fromkeys(memory):
        memory.get(key)


def skim(memory: Memory) -> None:
    for key in dict.fromkeys(memory):
        _skim.skim(key, 0, BODY, None, PATH, memory.new, memory.old, None, [])


@pytest.mark.parametrize("use", [ask, skim])
def test_what_is_carried_over_counts(use: Callable[[Memory], None]) -> None:
    memory: Memory = Recent(LIMIT)
    numbers = count()
    for _ in range(60):
        for number in (next(numbers) for _ in range(52)):
            key = b"<img src=%0180d>" % number
            memory.remember(key, OUTCOME, len(key))
        use(memory)

    assert sum(map(len, {*memory})) < 3 * LIMIT


def test_what_is_asked_for_stays() -> None:
    memory: Recent[int, bool] = Recent(LIMIT)
    for number in range(10_000):
        memory.remember(number, value=True, size=100)
        assert memory.get(0)

    assert memory.get(5_000) is None


def test_many_keys_are_counted() -> None:
    memory: Recent[int, bool] = Recent(LIMIT)
    for number in range(100):
        memory.remember_all([*range(100 * number, 100 * number + 100)], value=True)

    assert len({*memory}) < 1000
    assert memory.get(9_999)


def test_what_is_too_long_is_not_remembered() -> None:
    memory: Recent[int, bool] = Recent(LIMIT)
    memory.remember(1, value=True, size=LIMIT)

    assert not [*memory]
