"""The two ways in which pages are skimmed: in compiled code and in Python's own."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest

from consentkit.enforce import compiled
from consentkit.enforce.audience import audience_of
from consentkit.enforce.constructs import constructs_of
from consentkit.enforce.judge import judge_for
from consentkit.enforce.stretches import stretches_of

if TYPE_CHECKING:
    from collections.abc import Iterator

ENGINES = ("compiled", "interpreted")


@contextmanager
def using(name: str) -> Iterator[None]:
    """Read pages with one engine, which has seen nothing so far."""
    with pytest.MonkeyPatch.context() as patch:
        if name == "interpreted":
            for function in ("skim", "loaded", "parse", "tag_end", "tag_rest"):
                patch.setattr(compiled, function, None)
        forget()
        yield


def forget() -> None:
    """Let all pages be new."""
    for remembered in (audience_of, constructs_of, stretches_of, judge_for):
        remembered.cache_clear()
