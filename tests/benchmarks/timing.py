"""Times taken in one process, in turns, so that a busy machine slows all alike."""

from __future__ import annotations

import gc
from random import Random
from statistics import median, quantiles
from time import perf_counter, process_time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

#: Seconds by the round, for each subject.
Times = dict[str, list[float]]


def in_turns(
    subjects: Mapping[str, Callable[[], object]],
    *,
    rounds: int,
    calls: int,
    waits: bool = False,
    warm: int = 1,
) -> Times:
    """Get the seconds of one call of each subject in every round.

    In each round they come in another order: who always came behind the same one would
    find the caches as that one leaves them.

    :param calls: how often a subject is called in a round.
    :param waits: count the time spent waiting, for a disk, too; else only that of
        the processor, which other processes don't add to.
    :param warm: calls of each subject that come before the first round.
    """
    clock = perf_counter if waits else process_time
    times: Times = {name: [] for name in subjects}
    for subject in subjects.values():
        for _ in range(warm):
            subject()
    gc.collect()
    gc.disable()
    order, shuffle = [*subjects.items()], Random(rounds).shuffle
    try:
        for _ in range(rounds):
            shuffle(order)
            for name, subject in order:
                start = clock()
                for _ in range(calls):
                    subject()
                times[name].append((clock() - start) / calls)
            gc.collect(0)
    finally:
        gc.enable()
    return times


def middle(seconds: list[float]) -> float:
    """Get the median in microseconds."""
    return median(seconds) * 1e6


def quiet(seconds: list[float]) -> float:
    """Get what a tenth of the rounds stay below, in microseconds.

    For targets that are times, not ratios: a busy machine would miss them alone.
    """
    return quantiles(seconds, n=10)[0] * 1e6


def extra(times: Times, name: str, bare: str) -> list[float]:
    """Get what a subject costs beyond another, round by round."""
    return [a - b for a, b in zip(times[name], times[bare], strict=True)]


def ratio(upper: list[float], lower: list[float]) -> float:
    """Get the median of the ratios of each round."""
    return median(a / b for a, b in zip(upper, lower, strict=True))
