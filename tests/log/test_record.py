from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta, timezone
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from consentkit.log import Draft, Record, as_receipt, browser_family
from consentkit.log.record import PATH_LENGTH, recorded_path, timestamp

if TYPE_CHECKING:
    from collections.abc import Callable

MOZILLA = "Mozilla/5.0 (Windows NT 10.0; Win64; x64)"
WEBKIT = f"{MOZILLA} AppleWebKit/537.36 (KHTML, like Gecko)"


@pytest.mark.parametrize(
    ("user_agent", "family"),
    [
        (f"{MOZILLA[:-1]}; rv:140.0) Gecko/20100101 Firefox/140.0", "Firefox"),
        (f"{WEBKIT} Chrome/140.0.0.0 Safari/537.36", "Chrome"),
        (f"{WEBKIT} Chrome/140.0.0.0 Safari/537.36 Edg/140.0.0.0", "Edge"),
        (f"{WEBKIT} Chrome/140.0.0.0 Safari/537.36 OPR/120.0.0.0", "Opera"),
        (f"{WEBKIT} SamsungBrowser/28.0 Chrome/130 Safari/537.36", "Samsung Internet"),
        (f"{WEBKIT} Version/18.5 Safari/605.1.15", "Safari"),
        (f"{WEBKIT} CriOS/140.0 Mobile/15E148 Safari/604.1", "Chrome"),
        (f"{WEBKIT} FxiOS/140.0 Mobile/15E148 Safari/605.1.15", "Firefox"),
        ("curl/8.5.0", "other"),
        ("", "other"),
    ],
)
def test_of_a_user_agent_only_the_family_is_kept(user_agent: str, family: str) -> None:
    assert browser_family(user_agent) == family


@pytest.mark.parametrize(
    ("path", "kept"),
    [
        ("/cart", "/cart"),
        ("/cart?email=ann%40example.org", "/cart"),
        ("/cart#ann", "/cart"),
        ("/cart#ann?x", "/cart"),
        ("/" + "a" * 300, "/" + "a" * (PATH_LENGTH - 1)),
        ("/\x1b[2J\x00\n", "/?[2J??"),
        ("/\ud800", "/?"),
        ("/größe", "/größe"),
    ],
)
def test_a_path_is_kept_short_storable_and_without_query(path: str, kept: str) -> None:
    assert recorded_path(path) == kept


@given(st.text(st.characters()))
def test_every_path_can_be_stored(path: str) -> None:
    kept = recorded_path(path)
    assert len(kept) <= PATH_LENGTH
    assert kept.encode().decode().isprintable()


def test_a_draft_puts_its_keys_in_order(draft: Callable[..., Draft]) -> None:
    made = draft(granted=("b", "a", "b"), refused=("d", "c"), path="/a?b")
    assert (made.granted, made.refused, made.path) == (("a", "b"), ("c", "d"), "/a")


def test_a_receipt_is_json_with_every_field(draft: Callable[..., Draft]) -> None:
    moment = datetime(2026, 11, 3, 9, 30, tzinfo=UTC)
    usual = draft()
    record = Record(
        **{name: getattr(usual, name) for name in Draft.__dataclass_fields__},
        id="7b1f4c0e-0b0e-4b52-9f58-4c2d0a5f3d11",
        decided_at=moment,
        sequence=1,
    )
    receipt = json.loads(json.dumps(as_receipt(record)))
    assert receipt.keys() == Record.__dataclass_fields__.keys()
    assert receipt["decided_at"] == "2026-11-03T09:30:00.000000Z"
    assert receipt["granted"] == ["klaviyo", "personalisation"]
    assert receipt["gpc"] is False


def test_timestamps_are_in_utc() -> None:
    berlin = timezone(timedelta(hours=1))
    moment = datetime(2026, 11, 3, 0, 30, 0, 5, tzinfo=berlin)
    assert timestamp(moment) == "2026-11-02T23:30:00.000005Z"


@pytest.mark.parametrize(
    ("path", "kept"),
    [
        ("/account/ann%40shop.example/orders", "/account/*/orders"),
        ("/account/ann@shop.example", "/account/*"),
        ("/reset/8f3a9c0d1e2f4a5b6c7d", "/reset/*"),
        ("/products/long-reach-watering-can-2000", None),
        ("/orders/PP-1042", None),
    ],
)
def test_what_looks_like_a_person_leaves_the_path(path: str, kept: str | None) -> None:
    assert recorded_path(path) == (kept or path)
