"""Everything about the engine holds with compiled code and without."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.enforce.engines import ENGINES, using

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture(autouse=True, scope="module", params=ENGINES)
def engine(request: pytest.FixtureRequest) -> Iterator[str]:
    """Name the engine that a module's tests run with."""
    name: str = request.param
    with using(name):
        yield name
