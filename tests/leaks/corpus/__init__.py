"""The corpus: ways to write a tracker into a page, and what only looks like one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from . import blocks, code, elements, lazy, styles, tokens, trees, unseen, urls, vendors

if TYPE_CHECKING:
    from tests.leaks.case import Case

CASES: Final[tuple[Case, ...]] = (
    *tokens.CASES,
    *trees.CASES,
    *blocks.CASES,
    *elements.CASES,
    *urls.CASES,
    *styles.CASES,
    *code.CASES,
    *lazy.CASES,
    *vendors.CASES,
    *unseen.CASES,
)
