"""gunicorn with nginx and Varnish before it, started once for all tests that ask."""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.servers.edges import gunicorn, nginx, varnish

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture(scope="session")
def folder() -> Iterator[Path]:
    """Get a folder with a short name: sockets have room for about 100 letters."""
    made = Path(tempfile.mkdtemp(prefix="ck-"))
    yield made
    shutil.rmtree(made)


@pytest.fixture(scope="session")
def edges(folder: Path) -> Iterator[dict[str, Path]]:
    """Get the sockets of all caches, by what they run and how they keep pages."""
    with (
        gunicorn(folder) as shop,
        nginx(folder, shop) as nginxes,
        varnish(folder, shop, "default.vcl") as by_variant,
        varnish(folder, shop, "one-copy.vcl") as one_copy,
    ):
        yield {
            "nginx": nginxes["nginx.conf"],
            "varnish": by_variant,
            "nginx, one copy": nginxes["nginx-one-copy.conf"],
            "varnish, one copy": one_copy,
        }
