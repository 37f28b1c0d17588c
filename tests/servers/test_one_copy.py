"""Real caches that know nothing of consent: one copy for everybody, and no grant."""

from __future__ import annotations

import itertools
import secrets
from typing import TYPE_CHECKING

import pytest

from tests.conftest import TAG
from tests.servers.browsing import Browser, Connection, a_week_later, fresh
from tests.servers.origin import WORKER

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.servers.browsing import Answer

RESERVE = f'<template data-consentkit-reserve="spin">{TAG}</template>'


@pytest.fixture(params=["nginx, one copy", "varnish, one copy"])
def connection(
    request: pytest.FixtureRequest, edges: dict[str, Path]
) -> Iterator[Connection]:
    """Get a connection to the shop whose pages are for everybody, through a cache."""
    made = Connection(edges[request.param], "universal.example")
    yield made
    made.close()


def visitors(connection: Connection) -> dict[str, Browser]:
    """Get one visitor of each kind."""
    kinds = ("accepted", "refused", "new", "forger", "signaller")
    found = {kind: Browser(connection) for kind in kinds}
    assert found["accepted"].decide("accept_all").status == 200
    assert found["refused"].decide("reject_all").status == 200
    forge(found["forger"])
    found["signaller"].headers["Sec-GPC"] = "1"
    return found


def forge(browser: Browser) -> None:
    """Give a browser the cookies of who granted, none of which anybody signed."""
    names = ("consent", "consent_variant", "consent_once")
    browser.cookies = dict.fromkeys(names, f"granted.{'f' * 8}")


def assert_refused(answer: Answer) -> None:
    assert answer.status == 200
    assert RESERVE in answer.body
    assert answer.body.count(TAG) == 1


def test_everybody_gets_the_same_bytes_in_any_order(connection: Connection) -> None:
    """Each order begins with an empty cache, and goes through a full one once more."""
    everybody = visitors(connection)
    for order in itertools.permutations(everybody):
        page = fresh("/page/")
        bodies = set()
        for name in order * 2:
            if name == "forger":
                forge(everybody[name])
            answer = everybody[name].get(page)
            assert_refused(answer)
            bodies.add(answer.body)
        assert len(bodies) == 1, order


@pytest.mark.parametrize("path", ["/basket/", "/spin/"])
def test_what_the_shop_does_not_share_is_each_visitors_own(
    connection: Connection, path: str
) -> None:
    everybody = visitors(connection)
    for order in itertools.permutations(["accepted", "refused", "new"]):
        page = fresh(path)
        for name in order * 2:
            answer = everybody[name].get(page)
            assert (TAG in answer.body) is (name == "accepted"), (order, name)
            assert "private" in answer["cache-control"]


def test_what_is_allowed_without_scripts_is_each_visitors_own(
    connection: Connection,
) -> None:
    everybody, page = visitors(connection), fresh("/page/")
    assert_refused(everybody["new"].get(page))
    form = f"decision=save&surface=placeholder&add=spin&next={page}"
    allowed = everybody["new"].post("/consent/", form, Sec_Fetch_Site="same-origin")
    own = allowed["location"]
    for name in ("refused", "new", "accepted", "forger") * 2:
        answer = everybody[name].get(own)
        assert (TAG in answer.body) is (name in {"new", "accepted"}), name
        assert "private" in answer["cache-control"]
        assert_refused(everybody[name].get(page))


def test_what_scripts_fetch_is_each_visitors_own(connection: Connection) -> None:
    everybody, data = visitors(connection), fresh("/data/")
    for name in ("accepted", "new", "refused", "accepted"):
        body = everybody[name].get(data).body
        assert f'"spins":{str(name == "accepted").lower()}' in body
        state = everybody[name].get("/consent/state")
        assert ('"spin"' in state.body.partition("refused")[0]) is (name == "accepted")


def test_no_stored_page_sets_a_cookie(connection: Connection) -> None:
    page = fresh("/page/")
    for browser in list(visitors(connection).values()) * 2:
        browser.cookies["spin_result"] = "7"
        answer = browser.get(page)
        assert "private" in answer["cache-control"] or not answer.all("set-cookie")


def test_a_condition_holds_whoever_asks_and_whatever_they_chose(
    connection: Connection,
) -> None:
    page = fresh("/page/")
    tag = Browser(connection).get(page)["etag"]
    for browser in visitors(connection).values():
        browser.cookies.pop("consent_once", None)
        assert browser.get(page, If_None_Match=tag).status == 304
        assert_refused(browser.get(page, If_None_Match='"first-edition"'))
        for decision in ("accept_all", "withdraw"):
            browser.decide(decision)
            assert browser.get(page, If_None_Match=tag).status == 304
            assert browser.get(page)["etag"] == tag


def test_no_cache_answers_for_a_service_worker(connection: Connection) -> None:
    everybody, script = visitors(connection), fresh("/worker/")
    for name in ("new", "accepted", "refused") * 2:
        started = everybody[name].get(script, Service_Worker="script").body
        assert (started == WORKER) is (name == "accepted")


@pytest.mark.parametrize("decision", ["accept_all", "reject_all"])
def test_a_page_cached_a_week_ago_records_a_choice(
    connection: Connection, decision: str
) -> None:
    visitor = a_week_later(connection, fresh("/page/"), decision)
    granted = visitor.get("/consent/state").body.partition("refused")[0]
    assert ('"spin"' in granted) is (decision == "accept_all")


def test_most_visitors_are_answered_by_the_cache(connection: Connection) -> None:
    """A thousand visitors: one in twenty, at most, reaches the shop."""
    everybody, page = visitors(connection), fresh("/page/")
    forge(everybody["forger"])
    everybody["forger"].cookies.pop("consent_once")
    made = set()
    for _, like in zip(range(1000), itertools.cycle(everybody.values()), strict=False):
        cookies = like.cookies | {"session": secrets.token_hex(8)}
        visitor = Browser(connection, cookies=cookies, headers=like.headers)
        answer = visitor.get(page)
        assert_refused(answer)
        made.add(answer["made"])
    assert len(made) <= 50
