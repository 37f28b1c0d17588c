"""A crowd of writers, each a process of its own, some of which are killed.

Every decision whose record was answered is written to a file, one line each, so that
it is known whatever happens to the writer next.
"""

from __future__ import annotations

import json
import os
import random
import signal
import sys
import time
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING, Any

from consentkit.errors import LogUnavailable
from consentkit.log import ConsentLog, Draft, KeyFile, engine_for

if TYPE_CHECKING:
    from collections.abc import Iterable


@dataclass(frozen=True, kw_only=True)
class Crowd:
    """What the crowd does."""

    address: str
    key: str
    answered: str  #: the file
    usual: dict[str, Any]  #: fields of a draft
    notice: dict[str, Any]
    writers: int
    each: int = 0  #: decisions of each writer; 0: until it is told to stop
    kills: int = 0  #: so many more writers, one after the other, until they are killed
    patience: float = 0.0  #: seconds for which a refused decision is made again
    stop: str = ""  #: a file that tells the writers to stop, once it is there


def run(crowd: Crowd) -> None:
    """Start the writers, kill some, and wait until the others are done."""
    writers = [_fork(crowd, f"w{n}") for n in range(crowd.writers)]
    for number in range(crowd.kills):
        _kill_another(crowd, number)
    if crowd.kills:
        Path(crowd.stop).touch()
    codes = [os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) for pid in writers]
    sys.exit(any(codes))


def _kill_another(crowd: Crowd, number: int) -> None:
    """Start a writer and kill it: while it starts, or while it writes."""
    reading, writing = os.pipe()
    victim = _fork(crowd, f"k{number}", writing)
    os.close(writing)
    if number % 2:
        os.read(reading, 1)
    time.sleep(random.uniform(0, 0.03))
    os.kill(victim, signal.SIGKILL)
    os.waitpid(victim, 0)
    os.close(reading)


def _fork(crowd: Crowd, name: str, writing: int | None = None) -> int:
    child = os.fork()
    if child == 0:
        code = 1
        try:
            _write(crowd, name, writing)
            code = 0
        finally:
            sys.stderr.flush()
            os._exit(code)
    return child


def _write(crowd: Crowd, name: str, writing: int | None) -> None:
    """Decide again and again; tell by a byte that it goes on from here."""
    log = ConsentLog(engine_for(crowd.address), key=KeyFile(Path(crowd.key)))
    answered = os.open(crowd.answered, os.O_WRONLY | os.O_APPEND | os.O_CREAT)
    numbers: Iterable[int] = range(crowd.each) if crowd.each else count()
    for number in numbers:
        if crowd.stop and Path(crowd.stop).exists():
            break
        draft = Draft(**crowd.usual | {"consent_id": f"{name}-{number}"})
        record = _decide(log, draft, crowd)
        os.write(answered, f"{record}\n".encode())
        if writing is not None:
            os.write(writing, b".")
    log.engine.dispose()


def _decide(log: ConsentLog, draft: Draft, crowd: Crowd) -> str:
    deadline = time.monotonic() + crowd.patience
    while True:
        try:
            return log.append(draft, crowd.notice).id
        except LogUnavailable:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.05)


if __name__ == "__main__":
    run(Crowd(**json.load(sys.stdin)))
