from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from hashlib import sha256
from typing import TYPE_CHECKING, Any

import pytest

from consentkit.log import ConsentLog, Draft, engine_for
from tests.log.postgres import FAST, Server, server

if TYPE_CHECKING:
    from pathlib import Path

    from sqlalchemy import Engine

CONTENT: Mapping[str, object] = {
    "language": "de",
    "controller": "Kiesel & Kiefer Ütersen",
    "texts": {"title": 'Ihre "Wahl" \N{WAVING HAND SIGN}', "accept_all": "Alle"},
    "groups": [{"key": "personalisation", "essential": False, "services": []}],
}
HASH = sha256(
    json.dumps(
        CONTENT, sort_keys=True, separators=(",", ":"), ensure_ascii=False
    ).encode()
).hexdigest()

MakeDraft = Callable[..., Draft]


@pytest.fixture
def notice() -> Mapping[str, object]:
    return CONTENT


@pytest.fixture
def draft() -> MakeDraft:
    """Get what makes a draft: an acceptance, but for what the test changes."""

    def make(**changes: Any) -> Draft:
        usual: dict[str, Any] = {
            "consent_id": "a" * 32,
            "decision": "accept_all",
            "surface": "banner",
            "granted": ("klaviyo", "personalisation"),
            "refused": (),
            "revision": 1,
            "fingerprint": "f" * 64,
            "notice_hash": HASH,
            "language": "de",
            "browser": "Firefox",
            "path": "/products/lamp",
        }
        return Draft(**(usual | changes))

    return make


@pytest.fixture(scope="session")
def postgresql() -> Iterator[Server]:
    """Get a PostgreSQL server; the first test that asks for it starts it."""
    with server(**FAST) as made:
        yield made


@pytest.fixture(scope="session")
def template(postgresql: Server) -> Iterator[str]:
    """Get a database with the log's tables: copies are made faster than tables."""
    with postgresql.database() as name:
        engine = engine_for(postgresql.url(name))
        ConsentLog(engine).count()
        engine.dispose()
        yield name


@pytest.fixture
def address(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[str]:
    """Get the address of a new database: of each kind in turn with :data:`BOTH`."""
    if getattr(request, "param", "sqlite") == "sqlite":
        yield f"sqlite:///{tmp_path / 'consent.sqlite3'}"
        return
    made: Server = request.getfixturevalue("postgresql")
    with made.database(request.getfixturevalue("template")) as name:
        yield made.url(name)


@pytest.fixture
def engine(address: str) -> Iterator[Engine]:
    engine = engine_for(address, busy_seconds=300)  # for a machine that is busy itself
    yield engine
    engine.dispose()


@pytest.fixture
def log(engine: Engine) -> ConsentLog:
    return ConsentLog(engine)
