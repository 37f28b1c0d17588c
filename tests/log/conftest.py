from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from hashlib import sha256
from typing import TYPE_CHECKING, Any

import pytest

from consentkit.log import ConsentLog, Draft, engine_for

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


@pytest.fixture
def address(tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path / 'consent.sqlite3'}"


@pytest.fixture
def engine(address: str) -> Iterator[Engine]:
    engine = engine_for(address)
    yield engine
    engine.dispose()


@pytest.fixture
def log(engine: Engine) -> ConsentLog:
    return ConsentLog(engine)
