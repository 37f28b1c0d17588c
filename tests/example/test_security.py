from __future__ import annotations

import stat
from typing import TYPE_CHECKING

import pytest

from example_app import create_app
from example_app.security import secret_key

if TYPE_CHECKING:
    from pathlib import Path

    from webtest import TestApp

ITEM = {"product": "seed-tin"}


@pytest.mark.parametrize(
    "headers",
    [
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
        {"Origin": "https://elsewhere.example"},
        {"Origin": "null"},
    ],
)
def test_a_form_sent_by_another_site_is_refused(
    visitor: TestApp, headers: dict[str, str]
) -> None:
    visitor.post("/basket", ITEM, headers=headers, status=403)


@pytest.mark.parametrize(
    "headers",
    [{}, {"Sec-Fetch-Site": "same-origin"}, {"Origin": "http://127.0.0.1"}],
)
def test_the_shops_own_forms_are_taken(
    visitor: TestApp, headers: dict[str, str]
) -> None:
    visitor.post("/basket", ITEM, headers=headers, status=303)


def test_the_secret_key_is_made_once_and_only_the_owner_reads_it(
    tmp_path: Path,
) -> None:
    path = tmp_path / "secret_key"
    key = secret_key(path)
    assert len(key) >= 48
    assert secret_key(path) == key
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert list(tmp_path.iterdir()) == [path]


def test_a_second_start_keeps_key_and_data(tmp_path: Path) -> None:
    config = {"TESTING": True, "EXAMPLE_INSTANCE": str(tmp_path)}
    first, second = create_app(config), create_app(config)
    assert first.secret_key == second.secret_key
    assert second.test_client().get("/products/seed-tin").status_code == 200
