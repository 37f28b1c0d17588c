"""Real servers, started by tests: each waited for until it answers, and stopped."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path

_PATIENCE: Final = 300.0  # seconds, for a machine that does ten other things
_GLANCE: Final = 0.02


class DidNotStart(Exception):  # noqa: N818  it says what happened
    """A server ended, or didn't answer in time; its output is in the message."""


@contextmanager
def running(
    command: Sequence[str],
    log: Path,
    answers: Callable[[], bool],
    *,
    cwd: Path | None = None,
) -> Iterator[None]:
    """Run a server as long as the context lasts; it is ready when that begins.

    :param answers: tells whether the server does its work yet.
    """
    # Servers live outside most users' PATH.
    path = os.environ.get("PATH", "") + ":/usr/local/sbin:/usr/sbin:/sbin"
    with log.open("wb") as output:
        server = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            cwd=cwd,
            env=os.environ | {"PATH": path},
            start_new_session=True,
        )
    try:
        _await(server, log, answers)
        yield
    finally:
        _stop(server)


def _await(
    server: subprocess.Popen[bytes], log: Path, answers: Callable[[], bool]
) -> None:
    end = time.monotonic() + _PATIENCE
    while not answers():
        if server.poll() is not None or time.monotonic() > end:
            text = log.read_text(encoding="utf-8", errors="replace")
            raise DidNotStart(f"{server.args!r} ended with {server.poll()}:\n{text}")
        time.sleep(_GLANCE)


def _stop(server: subprocess.Popen[bytes]) -> None:
    """Stop a server with all its workers: it leads a session of its own."""
    server.terminate()
    try:
        server.wait(_PATIENCE / 5)
    except subprocess.TimeoutExpired:
        os.killpg(server.pid, signal.SIGKILL)
        server.wait()
