"""Counters of what was withheld and seen: how often, on which day, and of nobody."""

from __future__ import annotations

import logging
import os
from datetime import UTC, datetime
from threading import Lock
from typing import TYPE_CHECKING, Final
from weakref import WeakSet

from .errors import LogUnavailable
from .later import Later
from .log.events import MOST_NAMES, OTHERS, Event, add

if TYPE_CHECKING:
    from collections.abc import Iterable

    from flask import Flask

    from .log import ConsentLog
    from .log.events import EventKind

_LOGGER: Final = logging.getLogger("consentkit")

#: How long counts wait in memory. A process that is killed loses so much of them.
FLUSH_EVERY: Final = 10.0


class Counters:
    """Counts in memory, and adds it up in the log from a thread of its own.

    No page waits for it, and none fails for it.
    """

    def __init__(self, app: Flask, log: ConsentLog) -> None:
        self._log = log
        self._lock = Lock()
        self._counts: dict[Event, int] = {}
        self._flushing = Later(app, log.engine, FLUSH_EVERY, self._flush_late)
        _all.add(self)

    def count(self, kind: EventKind, names: Iterable[str]) -> None:
        """Count one event of each name."""
        day = datetime.now(UTC).date().isoformat()
        with self._lock:
            for name in names:
                event_ = Event(kind, day, name)
                if event_ not in self._counts and len(self._counts) >= _MOST:
                    event_ = event_._replace(name=OTHERS)
                self._counts[event_] = self._counts.get(event_, 0) + 1
            waits = bool(self._counts)
        if waits:
            self._flushing.ask()

    def flush(self) -> None:
        """Add what was counted up in the log.

        :raises LogUnavailable: if that can't be done; nothing is lost then.
        """
        with self._lock:
            counts, self._counts = self._counts, {}
        if not counts:
            return
        try:
            with self._log.writing() as connection:
                add(connection, counts)
        except LogUnavailable:
            with self._lock:
                for event_, number in counts.items():
                    self._counts[event_] = self._counts.get(event_, 0) + number
            raise

    def _flush_late(self) -> None:
        try:
            self.flush()
        except LogUnavailable as error:
            _LOGGER.debug("counts wait for the log: %s", error)
        except Exception:
            _LOGGER.exception("counts of what was withheld are lost")

    def _forget(self) -> None:
        self._lock = Lock()
        self._counts = {}


_MOST: Final = 4 * MOST_NAMES
_all: WeakSet[Counters] = WeakSet()


def _start_afresh() -> None:
    # The parent of a forked process counts for itself.
    for counters in list(_all):
        counters._forget()  # noqa: SLF001  of this module


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_start_afresh)
