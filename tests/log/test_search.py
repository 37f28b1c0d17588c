"""Search: all that meets the conditions, once, whatever the size of a page."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from consentkit.log import ConsentLog, Selection, search
from consentkit.log.search import find
from tests.log.postgres import BOTH

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from sqlalchemy import Engine

    from consentkit.log import Draft

    MakeDraft = Callable[..., Draft]

START = datetime(2026, 1, 1, tzinfo=UTC)
NUMBER = 24
KINDS = ("accept_all", "save", "reject_all")


@pytest.fixture
def log(
    engine: Engine,
    draft: MakeDraft,
    notice: Mapping[str, object],
    monkeypatch: pytest.MonkeyPatch,
) -> ConsentLog:
    """Get a log of 24 decisions, two and two at the same moment, of three visitors."""
    now = [START]
    log = ConsentLog(engine, clock=lambda: now[0])
    for number in range(NUMBER):
        now[0] = START + timedelta(minutes=number // 2)
        choice = {
            "consent_id": f"{number % 3}" * 32,
            "decision": KINDS[number % 3],
            "granted": ("klaviyo",) if number % 4 == 0 else (),
            "revision": 1 + number // 12,
            "previous_decided": True,
            "path": f"/{number}",
            "gpc": number // 3 % 2 == 0,  # no decision repeats the one before
        }
        log.append(draft(**choice), notice)
    monkeypatch.setattr(search, "PAGE", 3)
    monkeypatch.setattr(search, "WINDOW", 5)
    return log


def found(log: ConsentLog, **conditions: object) -> list[int]:
    """Get the numbers of all records that are found, page by page."""
    selection = Selection(**conditions)  # type: ignore[arg-type]
    numbers, place, pages = [], None, 0
    while True:
        with log.reading() as connection:
            page = find(connection, selection, place)
        assert len(page.records) <= search.PAGE
        numbers += [int(record.path[1:]) for record in page.records]
        place, pages = page.next, pages + 1
        assert pages <= NUMBER
        if place is None:
            return numbers


SELECTIONS: dict[str, tuple[dict[str, object], Callable[[int], bool]]] = {
    "all": ({}, lambda _: True),
    "kind": ({"decision": "save"}, lambda n: n % 3 == 1),
    "revision": ({"revision": 2}, lambda n: n >= 12),
    "key": ({"granted": "klaviyo"}, lambda n: n % 4 == 0),
    "no key": ({"granted": "nothing"}, lambda _: False),
    "kind and key": (
        {"decision": "accept_all", "granted": "klaviyo"},
        lambda n: n % 12 == 0,
    ),
    "kind and revision": (
        {"decision": "save", "revision": 1},
        lambda n: n % 3 == 1 and n < 12,
    ),
    "visitor": ({"consent_id": "1" * 32}, lambda n: n % 3 == 1),
    "visitors": ({"consent_ids": ("1" * 32, "2" * 32)}, lambda n: n % 3 > 0),
    "nobody": ({"consent_ids": ()}, lambda _: False),
    "since": ({"since": START + timedelta(minutes=5)}, lambda n: n >= 10),
    "until": ({"until": START + timedelta(minutes=5)}, lambda n: n < 10),
    "time, kind and key": (
        {
            "since": START + timedelta(minutes=2),
            "decision": "accept_all",
            "granted": "klaviyo",
        },
        lambda n: n >= 4 and n % 12 == 0,
    ),
}


@BOTH
@pytest.mark.parametrize("glance", [2, 4, 100])
def test_all_is_found_once_and_the_newest_first(
    log: ConsentLog, monkeypatch: pytest.MonkeyPatch, glance: int
) -> None:
    monkeypatch.setattr(search, "_GLANCE", glance)
    for name, (conditions, is_meant) in SELECTIONS.items():
        expected = [n for n in range(NUMBER) if is_meant(n)][::-1]
        assert (name, found(log, **conditions)) == (name, expected)


def test_a_page_looks_through_its_window_only(log: ConsentLog) -> None:
    with log.reading() as connection:
        page = find(connection, Selection(granted="nothing"))
        assert page.records == []
        assert page.next is not None
        again = find(connection, Selection(granted="klaviyo"), page.next)
    assert [int(r.path[1:]) for r in again.records] == [16]
