"""The documentation names all that no scanner sees, and nothing else."""

from __future__ import annotations

from pathlib import Path

from tests.leaks.case import Kind
from tests.leaks.corpus import CASES

PAGE = Path(__file__).parents[2] / "docs" / "explanation" / "proof.md"


def test_what_no_scanner_sees_is_listed_by_name() -> None:
    text = PAGE.read_text(encoding="utf-8")
    listing = text.partition("## What no scanner sees")[2].partition("\n## ")[0]
    listed = [line[2:] for line in listing.splitlines() if line.startswith("- ")]

    assert sorted(listed) == sorted(c.name for c in CASES if c.kind is Kind.UNSEEN)
