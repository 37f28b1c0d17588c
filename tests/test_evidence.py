"""What proves the log to everybody who asks."""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING, Any

import pytest
from bs4 import BeautifulSoup

from consentkit.canonical import canonical
from consentkit.log.note import open_checkpoint
from tests.conftest import POLICY
from tests.log.sealing import tamper

if TYPE_CHECKING:
    from collections.abc import Callable

    from flask import Flask
    from webtest import TestApp

    from consentkit.log import ConsentLog, Record

FOREVER = "max-age=31536000, immutable"


def log_of(shop: Flask) -> ConsentLog:
    log: ConsentLog = shop.extensions["consentkit"].log
    return log


@pytest.fixture
def record(shop: Flask, visitor: TestApp) -> Record:
    visitor.post("/consent/", {"decision": "accept_all"})
    return next(log_of(shop).records())


# -- notices ---------------------------------------------------------------------------


def test_a_notice_is_shown_with_its_texts(visitor: TestApp, record: Record) -> None:
    answer = visitor.get(f"/consent/notice/{record.notice_hash}")
    page = BeautifulSoup(answer.text, "html.parser")
    assert page.h1 is not None
    assert page.h1.text == "Your privacy at Pebble & Pine"
    words = page.get_text(" ", strip=True)
    for shown in ("Spin to win", "spin_*", "Your spin", "Reminds you of your basket"):
        assert shown in words
    buttons = [item.text for item in page.select("header li")[1:]]
    assert buttons == ["Accept all", "Reject all", "Manage choices"]


def test_a_notice_is_shown_as_it_was_after_the_policy_changed(
    make_shop: Callable[..., Flask], shop: Flask, record: Record
) -> None:
    services = {"spin": POLICY["services"]["spin"] | {"name": "Another wheel"}}
    later = make_shop(
        policy={**POLICY, "services": services},
        CONSENTKIT_DATABASE_URL=str(log_of(shop).engine.url),
    )
    page = later.test_client().get(f"/consent/notice/{record.notice_hash}").text
    assert "Spin to win" in page
    assert "Another wheel" not in page


def test_a_notice_never_changes_and_tells_nothing_of_who_asks(
    shop: Flask, visitor: TestApp, record: Record
) -> None:
    path = f"/consent/notice/{record.notice_hash}"
    own, other = visitor.get(path), shop.test_client().get(path)
    assert own.text == other.text
    for answer in (own, other):
        assert answer.headers["Cache-Control"] == f"private, {FOREVER}"
        assert "Set-Cookie" not in answer.headers
    assert record.consent_id not in own.text
    assert 'id="consentkit"' not in other.text
    assert "<form" not in own.text
    assert "<script" not in own.text


@pytest.mark.parametrize(
    ("query", "accept"), [("?format=json", "text/html"), ("", "application/json")]
)
def test_a_notice_as_json_is_what_was_hashed(
    visitor: TestApp, record: Record, query: str, accept: str
) -> None:
    path = f"/consent/notice/{record.notice_hash}{query}"
    answer = visitor.get(path, headers={"Accept": accept})
    assert answer.content_type == "application/json"
    assert hashlib.sha256(answer.body).hexdigest() == record.notice_hash
    assert answer.json["controller"] == "Pebble & Pine"
    assert answer.headers["Cache-Control"] == f"public, {FOREVER}"
    assert answer.headers["Vary"] == "Accept"


@pytest.mark.parametrize("digest", ["0" * 64, "x", "%00", "..%2f", "%e2%98%83"])
def test_an_unknown_notice_is_not_found(
    visitor: TestApp, record: Record, digest: str
) -> None:
    assert visitor.get(f"/consent/notice/{digest}", status=404)


def test_a_notice_that_was_changed_is_none(
    shop: Flask, visitor: TestApp, record: Record
) -> None:
    tamper(log_of(shop).engine, "UPDATE consentkit_notice SET content = '{}'")
    visitor.get(f"/consent/notice/{record.notice_hash}", status=404)


NASTY = "<script>alert(1)</script><img src=x onerror=alert(1)>'\"{{7777*7777}}{0}"
LEAST = {"key": NASTY, "name": NASTY, "purpose": NASTY, "essential": False}


@pytest.mark.parametrize(
    "content",
    [
        {},
        {"texts": {}, "groups": []},
        {
            "language": '"><script>',
            "direction": NASTY,
            "controller": NASTY,
            "privacy_policy": "javascript:alert(1)",
            "texts": dict.fromkeys(("title", "intro", "keep", "privacy_policy"), NASTY),
            "groups": [
                LEAST
                | {
                    "services": [
                        {
                            "key": NASTY,
                            "name": NASTY,
                            "provider": NASTY,
                            "privacy_url": "JavaScript:alert(1)",
                            "cookies": [{"name": NASTY, "party": NASTY}],
                        }
                    ],
                    "hooks": [{"key": NASTY}],
                },
                LEAST,
            ],
        },
    ],
)
def test_an_old_or_hostile_notice_does_no_harm(
    shop: Flask, visitor: TestApp, record: Record, content: dict[str, Any]
) -> None:
    text = canonical(content)
    digest = hashlib.sha256(text.encode()).hexdigest()
    with log_of(shop).writing() as connection:
        connection.exec_driver_sql(
            "INSERT INTO consentkit_notice SELECT ?, language, ?, first_shown_at"
            " FROM consentkit_notice LIMIT 1",
            (digest, text),
        )
    page = BeautifulSoup(visitor.get(f"/consent/notice/{digest}").text, "html.parser")
    assert page.find_all(["script", "img"]) == []
    assert not any("javascript" in str(a["href"]).lower() for a in page.find_all("a"))
    assert not any(
        name.startswith("on") for tag in page.find_all() for name in tag.attrs
    )
    assert "60481729" not in page.get_text()


# -- the signed tree -------------------------------------------------------------------


def test_the_checkpoint_is_signed_and_kept_for_seconds_only(
    shop: Flask, visitor: TestApp, record: Record
) -> None:
    answer = visitor.get("/consent/log/checkpoint")
    verifier = log_of(shop).verifier()
    assert verifier is not None
    assert open_checkpoint(answer.text, verifier).size == 1
    assert answer.headers["Content-Type"] == "text/plain; charset=utf-8"
    assert answer.headers["Cache-Control"] == "public, max-age=5"


def test_there_is_no_checkpoint_before_the_first_seal(visitor: TestApp) -> None:
    answer = visitor.get("/consent/log/checkpoint", status=404)
    assert answer.headers["Cache-Control"] == "private, no-store"


def test_tiles_are_kept_for_ever_and_hold_digests_only(
    shop: Flask, visitor: TestApp, record: Record
) -> None:
    (line,) = log_of(shop).evidence()
    entry = bytes.fromhex(str(line["entry"]))
    leaf = visitor.get("/consent/log/tile/0/000.p/1")
    entries = visitor.get("/consent/log/tile/entries/000.p/1")
    assert leaf.body == hashlib.sha256(b"\0" + entry).digest()
    assert entries.body == b"\0\x20" + entry
    for answer in (leaf, entries):
        assert answer.headers["Content-Type"] == "application/octet-stream"
        assert answer.headers["Cache-Control"] == f"public, {FOREVER}"
        assert "Set-Cookie" not in answer.headers
        assert "Vary" not in answer.headers


OTHER_TILES = [
    *("0/000", "0/000.p/2", "0/000.p/0", "0/000.p/01", "0/000.p/256", "0/000.p/"),
    *("1/000.p/1", "1/000", "8/000", "64/000", "00/000", "-1/000", "0/0", "0/0000"),
    *("0/x000/000.p/1", "0/001.p/1", "0/x001/000", "entries/000", "entries/001"),
    *(
        "entries/000.p/2",
        "0/000/",
        "0",
        "x",
        "0/000.p/1/1",
        "0/%d9%a100",
    ),
    "0/" + "x999/" * 6 + "999",
]


def test_other_tiles_are_not_found(visitor: TestApp, record: Record) -> None:
    for path in OTHER_TILES:
        visitor.get(f"/consent/log/tile/{path}", status=404)


@pytest.mark.parametrize(
    "path", ["notice/" + "0" * 64, "log/checkpoint", "log/tile/0/000"]
)
def test_a_log_that_cant_be_read_says_so(
    make_shop: Callable[..., Flask], path: str
) -> None:
    shop = make_shop(CONSENTKIT_DATABASE_URL="sqlite:////nowhere/at/all.sqlite3")
    answer = shop.test_client().get(f"/consent/{path}")
    assert answer.status_code == 503
    assert answer.headers["Retry-After"] == "60"
    assert answer.headers["Cache-Control"] == "private, no-store"


def test_json_notices_are_canonical(visitor: TestApp, record: Record) -> None:
    text = visitor.get(f"/consent/notice/{record.notice_hash}?format=json").text
    assert canonical(json.loads(text)) == text
