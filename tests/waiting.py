"""Stands for threads that wait; the test decides when they go on."""

from __future__ import annotations

from typing import TYPE_CHECKING

from consentkit import later

if TYPE_CHECKING:
    from collections.abc import Callable

    import pytest
    from flask import Flask


class Waiting:
    """A timer that never ends by itself."""

    def __init__(self, seconds: float, function: Callable[[], None]) -> None:
        self.seconds, self.function = seconds, function
        self.cancelled = self.daemon = False

    def start(self) -> None:
        assert self.daemon

    def cancel(self) -> None:
        self.cancelled = True


def waiting(app: Flask, monkeypatch: pytest.MonkeyPatch) -> list[Waiting]:
    """Get the timers that are made from now on, as where an app isn't tested."""
    made: list[Waiting] = []

    def make(seconds: float, function: Callable[[], None]) -> Waiting:
        made.append(Waiting(seconds, function))
        return made[-1]

    monkeypatch.setattr(later, "Timer", make)
    monkeypatch.setattr(app, "testing", False)
    return made
