"""Passes over what came before, such as a shop's layout, without reading it again.

The scanner reads the rest of a page. Where its reading begins is proved first to be
outside any construct, by what is cheap to prove; if it can't be, the reading begins
where that was proved last.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final, Protocol

from . import html
from .constructs import Outcome
from .stretches import LONG, LONGEST_PAGE, Trace, tokens_of

if TYPE_CHECKING:
    from collections.abc import Hashable

    from .stretches import Stretches

#: A piece of a page that is shorter is read at once.
LEAST: Final = 1 << 11
_SCRIPT: Final = b"</script>"
#: After so many new stretches it pays to look how many more there are.
_LOST: Final = 24
#: If so many are shorter, on average, taking them costs more than it saves.
_MANY: Final = 1 << 8
_SHORT: Final = 1 << 6
_TITLE: Final = b"<title"
#: After so many stretches that are as in the last page, more of them are expected.
_ALIKE: Final = 3
#: How many tags of a stretch that came before are looked into.
_THOROUGH: Final = 100
#: What is noted of a page once, wherever it stands.
_NOTED: Final = re.compile(rb"<(?:html|base)(?=[\t\n\f\r />])", re.IGNORECASE)


_NOTHING: Final = Outcome(b"")


class Reader(Protocol):
    """What reads a page exactly, and can tell whether it is outside any construct."""

    @property
    def is_fresh(self) -> bool:
        """Whether nothing was read so far."""

    @property
    def at_rest(self) -> bool:
        """Whether nothing that was read so far bears on what follows."""

    def read(self, data: bytes) -> bytes:
        """Get what can be passed on."""

    def read_alone(self, data: bytes) -> tuple[bytes, Outcome | None]:
        """Get what can be passed on, and what may be remembered of it."""

    def replay(self, outcome: Outcome, size: int) -> None:
        """Take a stretch for read."""


class Walk:
    """The way through one piece of a page, from stretch to stretch."""

    def __init__(self, reader: Reader, memory: Stretches, state: Hashable) -> None:
        self._reader = reader
        self._memory = memory
        self._trace = memory.trace  #: others may set another one meanwhile
        self._state = state
        self._out: list[bytes | memoryview] = []
        self._page = b""
        self._cut = 0  #: where the next stretch ends
        self._safe = 0  #: up to here all was passed on
        self._window: int | None = None  #: from here on all has to be read
        self._restless = False  #: the window began inside a construct
        self._patience = 1  #: stretches to be read before it is checked where we are
        self._waited = 0
        self._taken = 0  #: stretches that had to be cut
        self._strange = 0  #: those without the usual end
        self._budget = 0  #: of new tags to be looked into

    def run(self, page: bytes) -> bytes:
        """Get what can be passed on of a piece."""
        self._page = page
        self._budget = 8 + (len(page) >> 10)
        at = self._begin() if self._reader.is_fresh else 0
        self._look(at)
        at = self._walk(at)
        if self._window is None:
            if html.is_data(page, self._safe, at):
                self._pass(at)
            self._window = self._safe
        self._out.append(self._reader.read(page[self._window :]))
        return b"".join(self._out)

    def _begin(self) -> int:
        """Take what stands before the title; get where that is."""
        at = max(0, self._page.find(_TITLE, 0, LONG))
        stretch, key = self._page[:at], ("first", self._state)
        if outcome := self._memory.outcomes.get((key, stretch)):
            self._reader.replay(outcome, at)
            self._out.append(outcome.left)
        elif stretch:
            out, learnt = self._reader.read_alone(stretch)
            self._out.append(out)
            if learnt:
                self._memory.outcomes.remember((key, stretch), learnt, 2 * at)
        return at

    def _walk(self, at: int) -> int:
        """Take one stretch after the other; get where the last one ends."""
        page, memory = self._page, self._memory
        plain, is_harmless = memory.plain.new, memory.harmless.new.__contains__
        trace, turn, alike, start = self._trace.stretches, 0, 0, at
        passed: list[bytes] = []
        eventful: list[int] = []
        while True:
            if turn < len(trace) and page.startswith(trace[turn], at):
                stretch = trace[turn]
                turn += 1
                alike += 1
            elif stretch := self._stretch(at):
                turn = max(turn, self._trace.turns.get(stretch, 0)) + 1
                alike = 0
            else:
                break
            end = at + len(stretch)
            passed.append(stretch)
            if self._window is not None:
                eventful.append(len(passed) - 1)
                self._other(stretch, at, end)
            elif stretch not in plain:
                if not all(map(is_harmless, tokens_of(stretch))):
                    eventful.append(len(passed) - 1)
                    self._other(stretch, at, end)
                elif alike:
                    memory.plain.remember(stretch, value=True, size=len(stretch))
            elif alike > _ALIKE:
                turn, skipped = self._leap(turn, end)
                passed += skipped
                end += sum(map(len, skipped))
            at = end
            if self._waited > _LOST and self._is_lost(at):
                return at
        self._note(start, passed, eventful)
        return at

    def _is_lost(self, at: int) -> bool:
        """Tell whether hardly anything of the rest came before; now all of it did."""
        self._waited = 1
        cut = self._memory.cut
        rest = [part + cut for part in self._page[at:].split(cut)]
        return not self._restless and self._memory.all_new(rest)

    def _leap(self, turn: int, at: int) -> tuple[int, list[bytes]]:
        """Get the plain stretches from here on that stand in the last page, too."""
        trace = self._trace
        until = trace.calm(turn)
        while until > turn + 1:
            ahead = trace.page[trace.starts[turn] : trace.starts[until]]
            if self._page.startswith(ahead, at):
                return until, trace.stretches[turn:until]
            until = turn + (until - turn) // 4
        return turn, []

    def _note(self, start: int, passed: list[bytes], eventful: list[int]) -> None:
        """Remember the page, if it isn't just like the last one."""
        memory, trace = self._memory, self._trace
        is_calmer = len(eventful) < len(trace.eventful) - 1
        is_new = is_calmer or trace.stretches != passed
        if is_new and len(self._page) <= LONGEST_PAGE:
            memory.trace = Trace(self._page, start, passed, eventful)
        if 4 * self._strange > len(passed):
            memory.choose_cut(self._page)

    def _stretch(self, at: int) -> bytes:
        """Get the stretch that begins here, none if it goes on to the page's end."""
        page = self._page
        self._taken += 1
        if self._taken > _MANY and at < self._taken * _SHORT:
            return b""
        if self._cut <= at:
            cut = self._memory.cut
            self._cut = page.find(cut, at) + len(cut)
            if self._cut < len(cut):
                self._cut = len(page)
        end = self._cut
        if end - at > LONG or end == len(page):
            self._strange += 1
            script = page.find(_SCRIPT, at, end)
            if script < 0:
                return b"" if end == len(page) else page[at:end]
            end = script + len(_SCRIPT)
        return page[at:end]

    def _look(self, at: int) -> None:
        """Read on from here, unless the reader is outside any construct."""
        self._restless = not self._reader.at_rest
        self._window = at if self._restless else None
        self._safe = at

    def _other(self, stretch: bytes, at: int, end: int) -> None:
        """Take a stretch that isn't known to be plain, or stands in a window."""
        if self._window is not None:
            self._waited += self._window < at
            # A window that began with what is new ends where something isn't.
            is_new = self._memory.is_new(stretch)
            if self._window == at or self._waited < self._patience:
                return
            if is_new and not self._restless:
                return
            self._close(at)
            if self._window is not None:
                return
        if outcome := self._memory.outcomes.get((self._state, stretch)):
            if self._proves(at):
                self._reader.replay(outcome, end - at)
                self._out.append(outcome.left)
                self._safe = end
        elif not self._is_plain(stretch, at, end) and self._window is None:
            self._window, self._waited, self._restless = at, 0, False

    def _is_plain(self, stretch: bytes, at: int, end: int) -> bool:
        """Tell whether a stretch may stay, or take it alone if it came before."""
        memory = self._memory
        if memory.plain.get(stretch):
            return True
        if memory.is_new(stretch):
            plain, self._budget = memory.is_plain(stretch, self._budget)
            return plain or not self._proves(at)
        plain, _ = memory.is_plain(stretch, _THOROUGH)
        if plain:
            memory.plain.remember(stretch, value=True, size=len(stretch))
        elif self._proves(at):
            self._take_alone(stretch, end)
        return True

    def _take_alone(self, stretch: bytes, end: int) -> None:
        """Read a stretch by itself, to remember what becomes of it."""
        out, learnt = self._reader.read_alone(stretch)
        self._out.append(out)
        if learnt and not _NOTED.search(stretch):
            size = len(stretch) + len(learnt.left)
            self._memory.outcomes.remember((self._state, stretch), learnt, size)
        self._look(end)

    def _proves(self, at: int) -> bool:
        """Pass on what stands before a place, if that is outside any construct."""
        if html.is_data(self._page, self._safe, at):
            self._pass(at)
            return True
        self._window, self._waited, self._restless = self._safe, 0, True
        return False

    def _pass(self, at: int) -> None:
        """Pass on what stands before a place, and may stay."""
        if at > self._safe:
            self._reader.replay(_NOTHING, at - self._safe)
            self._out.append(memoryview(self._page)[self._safe : at])
            self._safe = at

    def _close(self, at: int) -> None:
        """Read the window up to a place."""
        self._out.append(self._reader.read(self._page[self._window : at]))
        self._look(at)
        self._patience = 1 if self._window is None else self._patience * 2
        self._waited = 0
