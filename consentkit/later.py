"""Later: work that no visitor waits for, done by a thread some seconds after."""

from __future__ import annotations

import os
from threading import Lock, Timer
from typing import TYPE_CHECKING
from weakref import WeakSet

from sqlalchemy import event

if TYPE_CHECKING:
    from collections.abc import Callable

    from flask import Flask
    from sqlalchemy import Engine


class Later:
    """Does one kind of work, once for all that ask for it meanwhile.

    :param engine: what the work needs; once its connections are closed, none is done.
    :param seconds: between who asks first and the work.
    """

    def __init__(
        self, app: Flask, engine: Engine, seconds: float, work: Callable[[], object]
    ) -> None:
        self._app = app
        self._seconds = seconds
        self._work = work
        self._lock = Lock()
        self._timer: Timer | None = None
        event.listen(engine, "engine_disposed", self._stop)
        _all.add(self)

    def ask(self) -> None:
        """See to it that the work is done."""
        with self._lock:
            # Tests do it themselves when they want to know.
            if self._timer is None and not self._app.testing:
                self._timer = self._started()

    def _started(self) -> Timer | None:
        timer = Timer(self._seconds, self._begin)
        timer.daemon = True
        try:
            timer.start()
        except RuntimeError:  # no thread is left, or Python is about to end
            return None
        return timer

    def _begin(self) -> None:
        with self._lock:
            self._timer = None
        self._work()

    def _stop(self, _engine: object) -> None:
        with self._lock:
            timer, self._timer = self._timer, None
        if timer is not None:
            timer.cancel()

    def forget(self) -> None:
        """Begin anew, in a forked process: the thread that waits is its parent's."""
        self._lock = Lock()
        self._timer = None


_all: WeakSet[Later] = WeakSet()


def _start_afresh() -> None:
    for later in list(_all):
        later.forget()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_start_afresh)
