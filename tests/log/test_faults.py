"""What breaks around the log: disks, locks, clocks. Nothing answered is lost."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Barrier
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import event

from consentkit.log import ConsentLog, Draft, KeyFile
from consentkit.log.audit import CLOCK_SKEW
from tests.log.postgres import BOTH
from tests.log.sealing import problems

if TYPE_CHECKING:
    import sqlite3

    from flask import Flask
    from sqlalchemy import Engine

    from tests.conftest import MakeShop

MakeDraft = Callable[..., Draft]
Notice = Mapping[str, object]

FULL_DISK = Path(__file__).with_name("full_disk.py")
ROOT = FULL_DISK.parents[2]
NOON = datetime(2026, 11, 2, 12, tzinfo=UTC)


def log_of(shop: Flask) -> ConsentLog:
    log = shop.extensions["consentkit"].log
    assert isinstance(log, ConsentLog)
    return log


def test_a_disk_that_is_full_loses_nothing(
    log: ConsentLog, address: str, draft: MakeDraft, notice: Notice, tmp_path: Path
) -> None:
    told = {"address": address, "usual": asdict(draft()), "notice": notice}
    done = subprocess.run(
        [sys.executable, "-W", "error", FULL_DISK],
        input=json.dumps(told),
        stdout=subprocess.PIPE,
        text=True,
        check=True,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
    )
    *answered, why = done.stdout.splitlines()
    assert why.startswith("the consent log can't be used: ")
    assert len(answered) > 10
    assert [record.id for record in log.records()] == answered
    # There is room again.
    later = ConsentLog(log.engine, key=KeyFile(tmp_path / "key"))
    later.append(draft(), notice)
    later.seal()
    report = later.verify()
    assert (report.sealed, problems(report)) == (len(answered) + 1, [])


def test_a_shop_with_a_full_disk_grants_nothing_and_goes_on(
    make_shop: MakeShop,
) -> None:
    shop = make_shop()
    client = shop.test_client()
    assert client.post("/consent/", json={"decision": "accept_all"}).status_code == 200
    engine = log_of(shop).engine

    @event.listens_for(engine, "connect")
    def no_page_more(connection: sqlite3.Connection, _entry: object) -> None:
        # What SQLite answers is what it answers to ENOSPC.
        connection.execute("PRAGMA max_page_count = 1").close()

    engine.dispose()
    while (answer := _grant(shop)).status_code == 200:
        pass  # there is some room left in the last page
    assert answer.status_code == 503
    assert "full" not in answer.text  # that is no visitor's concern
    other = shop.test_client()
    refusal = other.post("/consent/", json={"decision": "reject_all"})
    assert refusal.status_code == 200
    assert other.get("/consent/state").get_json()["decided"]
    assert other.get("/").status_code == 200


def _grant(shop: Flask):  # type: ignore[no-untyped-def]  # noqa: ANN202  as Flask types it
    return shop.test_client().post("/consent/", json={"decision": "accept_all"})


@pytest.mark.parametrize("back", [timedelta(seconds=5), timedelta(days=400)], ids=str)
@BOTH
def test_a_clock_that_goes_back_breaks_nothing(
    engine: Engine, draft: MakeDraft, notice: Notice, tmp_path: Path, back: timedelta
) -> None:
    now = NOON
    log = ConsentLog(engine, key=KeyFile(tmp_path / "key"), clock=lambda: now)
    log.append(draft(), notice)
    log.seal()
    now -= back
    for number in range(3):
        now += timedelta(seconds=1)
        record = log.append(draft(revision=2 + number), notice)
        assert (record.sequence, record.decided_at) == (2 + number, now)
        assert problems(log.verify()) == []
    log.seal()
    report = log.verify()
    assert (report.sealed, problems(report)) == (4, [])


def test_a_clock_that_went_ahead_and_back_breaks_nothing(
    engine: Engine, draft: MakeDraft, notice: Notice, tmp_path: Path
) -> None:
    now = NOON + timedelta(days=400)
    log = ConsentLog(engine, key=KeyFile(tmp_path / "key"), clock=lambda: now)
    log.append(draft(), notice)
    now = NOON
    log.append(draft(revision=2), notice)
    # A worker that starts then learns of it with its first record.
    other = ConsentLog(engine, key=KeyFile(tmp_path / "key"), clock=lambda: now)
    for number in range(3):
        other.append(draft(revision=3 + number), notice)
        assert problems(other.verify()) == []
    assert other.verify().unsealed == 0
    assert timedelta(days=1) > CLOCK_SKEW


@BOTH
def test_requests_sent_twice_at_once_make_one_row(
    make_shop: MakeShop, address: str
) -> None:
    shop = make_shop(CONSENTKIT_DATABASE_URL=address)
    first = shop.test_client()
    first.post("/consent/", json={"decision": "reject_all"})
    cookie = first.get_cookie("consent")
    assert cookie is not None
    gate = Barrier(4)

    def click(_number: int) -> int:
        client = shop.test_client()
        client.set_cookie("consent", cookie.value)
        gate.wait()
        return client.post("/consent/", json={"decision": "accept_all"}).status_code

    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(click, range(4))) == [200] * 4
    found = [record.decision for record in log_of(shop).records()]
    assert found == ["reject_all", "accept_all"]
