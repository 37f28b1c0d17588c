"""The verdicts of one session of the court, which all tests of the corpus read."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest

from tests.leaks.corpus import CASES
from tests.leaks.court import Record, sit

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture(scope="session")
def record(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Record]:
    """Get whom Chromium contacted for each case, before and after rewriting."""
    with contextmanager(sit)(tmp_path_factory.mktemp("court")) as court:
        court.hear(CASES)
        yield court.record
