"""Rounds: a log verified piece by piece, as often as somebody looks.

Each round reads the whole tree once, from its first leaf to the newest checkpoint
that there was at its beginning. What is verified is remembered by the process, never
in the database, where whoever changes the log could change the mark as well.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from heapq import merge
from threading import Lock
from typing import TYPE_CHECKING, Final

from sqlalchemy import select

from .audit import Auditor
from .keys import known_keys
from .tables import checkpoints
from .verify import (
    beside_the_key,
    good_notices,
    note_size,
    stored_leaves,
    stored_notes,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .audit import Finding, Note
    from .store import ConsentLog

#: Leaves read in one go, which takes a fraction of a second.
AT_ONCE: Final = 5_000
#: So long after the end of a round the next one begins.
PAUSE: Final = timedelta(minutes=10)
_NOTES: Final = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Mark:
    """How far one round is."""

    verified: int  #: leaves
    size: int  #: of the tree at the beginning of the round
    begun_at: datetime
    ended_at: datetime | None
    findings: tuple[Finding, ...]

    @property
    def is_done(self) -> bool:
        """Whether all leaves of the round are verified."""
        return self.ended_at is not None


class Rounds:
    """Verifies one log in one process, round after round."""

    def __init__(self, log: ConsentLog) -> None:
        self._log = log
        self._lock = Lock()
        self._round: _Round | None = None
        self._last: Mark | None = None

    def go_on(self) -> tuple[Mark | None, Mark | None]:
        """Verify some more; get this round and the one that ended before.

        None for what isn't there: without a checkpoint nothing can be verified.

        :raises LogUnavailable: if the log can't be read.
        """
        with self._lock:
            now = datetime.now(UTC)
            current = self._round
            if current is None or current.is_over(now):
                current = self._next(now)
            if current is not None:
                current.step(now)
            return (current.mark() if current else None), self._last

    def _next(self, now: datetime) -> _Round | None:
        if self._round is not None:
            self._last = self._round.mark()
        kept = self._log.remembered()  # before others seal more
        with self._log.reading() as connection:
            size = connection.scalar(
                select(checkpoints.c.size).order_by(checkpoints.c.size.desc()).limit(1)
            )
        known = size or kept
        self._round = _Round(self._log, size or 0, kept, now) if known else None
        return self._round


class _Round:
    """One round; it ends at the checkpoint that was the newest at its beginning."""

    def __init__(
        self, log: ConsentLog, size: int, kept: str | None, now: datetime
    ) -> None:
        self._log = log
        self._size = size
        self._begun_at = now
        self._ended_at: datetime | None = None
        with log.reading() as connection:
            keys = known_keys(connection, log.verifier())
        notes = merge(self._notes(), beside_the_key(kept), key=note_size)
        self._auditor = Auditor(notes, keys, set())
        with log.reading() as connection:
            self._auditor.notices |= good_notices(connection, self._auditor)

    def is_over(self, now: datetime) -> bool:
        """Tell whether it is time for the next round."""
        return self._ended_at is not None and now - self._ended_at >= PAUSE

    def step(self, now: datetime) -> None:
        """Verify the next leaves, all that are left at most."""
        if self._ended_at is not None:
            return
        first = self._auditor.report.sealed
        number = min(AT_ONCE, self._size - first)
        with self._log.reading() as connection:
            found = list(stored_leaves(connection, first, number))
        for leaf in found:
            self._auditor.leaf(leaf)
        if len(found) < number or self._auditor.report.sealed >= self._size:
            self._auditor.finish()
            self._ended_at = now

    def mark(self) -> Mark:
        """Get how far it is."""
        report = self._auditor.report
        return Mark(
            verified=report.sealed,
            size=self._size,
            begun_at=self._begun_at,
            ended_at=self._ended_at,
            findings=tuple(report.findings),
        )

    def _notes(self) -> Iterator[Note]:
        first = 0
        while True:
            with self._log.reading() as connection:
                page = list(stored_notes(connection, first, _NOTES))
            for note in page:
                if isinstance(note.size, int) and note.size <= self._size:
                    yield note
            last = page[-1].size if page else None
            if len(page) < _NOTES or last is None or last >= self._size:
                return
            first = last + 1
