"""Real caches in front of a real server: nobody is ever shown another's page."""

from __future__ import annotations

import itertools
import secrets
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest

from consentkit import load_policy
from consentkit.consent import decide
from consentkit.cookie import ConsentCookie, CookieTerms
from tests.conftest import POLICY, TAG
from tests.servers.browsing import Answer, Browser, Connection, a_week_later, fresh
from tests.servers.origin import WORKER

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

#: What each visitor must be shown: the tag, and the question.
ACCEPTED, REFUSED, UNDECIDED = (True, False), (False, False), (False, True)
FORGED = "consent_variant", "f" * 16


@pytest.fixture(params=["nginx", "varnish"])
def edge(request: pytest.FixtureRequest, edges: dict[str, Path]) -> Path:
    return edges[request.param]


@pytest.fixture
def connect(edge: Path) -> Iterator[Callable[[str], Connection]]:
    """Get what connects to a shop through a cache."""
    made: list[Connection] = []

    def connect_to(mode: str) -> Connection:
        made.append(Connection(edge, f"{mode}.example"))
        return made[-1]

    yield connect_to
    for connection in made:
        connection.close()


@pytest.fixture
def shared(connect: Callable[[str], Connection]) -> Connection:
    """Get a connection to the shop whose pages caches may keep by variant."""
    return connect("variant")


def visitors(connection: Connection) -> dict[str, tuple[Browser, tuple[bool, bool]]]:
    """Get one visitor of each kind, and what each must be shown."""
    accepted, refused, new, forger = (Browser(connection) for _ in range(4))
    assert accepted.decide("accept_all").status == 200
    assert refused.decide("reject_all").status == 200
    forger.cookies.update([FORGED])
    return {
        "accepted": (accepted, ACCEPTED),
        "refused": (refused, REFUSED),
        "new": (new, UNDECIDED),
        "forger": (forger, UNDECIDED),
    }


def shown(answer: Answer) -> tuple[bool, bool]:
    assert answer.status == 200
    return TAG in answer.body, 'id="consentkit"' in answer.body


# -- (a) -------------------------------------------------------------------------------


@pytest.mark.parametrize("path", ["/page/", "/basket/", "/spin/"])
@pytest.mark.parametrize("mode", ["variant", "private"])
def test_nobody_is_shown_anothers_page_in_any_order(
    connect: Callable[[str], Connection], mode: str, path: str
) -> None:
    """Each order begins with an empty cache, and goes through a full one once more."""
    everybody = visitors(connect(mode))
    for order in itertools.permutations(everybody):
        page = fresh(path)
        for name in order * 2:
            browser, expected = everybody[name]
            if name == "forger":
                browser.cookies = dict([FORGED])
            answer = browser.get(page)
            assert shown(answer) == expected, (order, name)


def test_in_private_mode_every_page_is_made_for_one(
    connect: Callable[[str], Connection],
) -> None:
    everybody = visitors(connect("private"))
    page = fresh("/page/")
    made = [
        browser.get(page)["made"]
        for browser, _ in list(everybody.values()) * 3
        if not browser.cookies.pop(FORGED[0], None)
    ]
    assert len(set(made)) == len(made)
    assert "private" in Browser(connect("private")).get(page)["cache-control"]


def test_what_scripts_fetch_is_kept_by_variant_too(shared: Connection) -> None:
    everybody = visitors(shared)
    data = fresh("/data/")
    for browser, (granted, _) in list(everybody.values()) * 2:
        assert (f'"spins":{str(granted).lower()}' in browser.get(data).body) is True
    made = {browser.get(data)["made"] for browser, _ in everybody.values()}
    assert len(made) <= 4


def test_a_stolen_token_spoils_nothing(shared: Connection) -> None:
    """Who proves no choice gets the page of one without, and nobody else gets that."""
    everybody = visitors(shared)
    accepted, _ = everybody["accepted"]
    page, token = fresh("/page/"), accepted.cookies["consent_variant"]
    by_cookie = Browser(shared, cookies={"consent_variant": token})
    by_header = Browser(shared, headers={"Consent-Variant": token})
    for thief in (by_cookie, by_header):
        answer = thief.get(page)
        assert shown(answer) == UNDECIDED
    for browser, expected in everybody.values():
        assert shown(browser.get(page)) == expected
    assert shown(by_header.get(page)) == UNDECIDED


def test_a_choice_without_its_token_holds_and_gets_it_back(shared: Connection) -> None:
    everybody = visitors(shared)
    page = fresh("/page/")
    for name in ("new", "accepted", "refused"):
        browser, expected = everybody[name]
        token = browser.cookies.pop("consent_variant", None)
        answer = browser.get(page)
        assert shown(answer) == expected
        assert browser.cookies.get("consent_variant") == token
        if token:
            assert answer["cache-control"] == "private, no-store"
            assert shown(browser.get(page)) == expected


def test_a_choice_under_anothers_token_is_stored_nowhere(shared: Connection) -> None:
    everybody = visitors(shared)
    (accepted, _), (refused, _) = everybody["accepted"], everybody["refused"]
    page, token = fresh("/page/"), refused.cookies["consent_variant"]
    liar = Browser(shared, cookies=accepted.cookies | {"consent_variant": token})
    assert shown(liar.get(page)) == ACCEPTED
    assert shown(refused.get(page)) == REFUSED
    assert liar.cookies["consent_variant"] == accepted.cookies["consent_variant"]


@pytest.mark.parametrize("signal", ["1", "0, 1", " 1 "])
def test_global_privacy_control_has_a_page_of_its_own(
    shared: Connection, signal: str
) -> None:
    for signalling_first in (True, False):
        page = fresh("/page/")
        pair = [
            (Browser(shared, headers={"Sec-GPC": signal}), REFUSED),
            (Browser(shared, headers={"Sec-GPC": "0"}), UNDECIDED),
        ]
        for browser, expected in (pair if signalling_first else pair[::-1]) * 2:
            assert shown(browser.get(page)) == expected


def test_global_privacy_control_ends_a_grant_before_a_cache_answers(
    shared: Connection,
) -> None:
    browser, _ = visitors(shared)["accepted"]
    page = fresh("/page/")
    assert shown(browser.get(page)) == ACCEPTED
    assert shown(browser.get(page, Sec_GPC="1")) == REFUSED
    assert shown(browser.get(page, Sec_GPC="1")) == REFUSED
    assert shown(browser.get(page)) == REFUSED


def test_no_stored_page_sets_a_cookie(shared: Connection) -> None:
    everybody = visitors(shared)
    pages = [fresh("/page/"), fresh("/spin/")]
    for page in pages:
        for browser, _ in list(everybody.values()) * 3:
            answer = browser.get(page)
            stored = "no-store" not in answer["cache-control"]
            stored = stored and "private" not in answer["cache-control"]
            assert not (stored and answer.all("set-cookie"))
    # Who granted the service gets its cookie with each page, and its very own.
    accepted, _ = everybody["accepted"]
    first, second = accepted.get(pages[1]), accepted.get(pages[1])
    assert "spin_result" in first["set-cookie"]
    assert first["made"] != second["made"]


def test_the_page_after_a_withdrawal_empties_storage(shared: Connection) -> None:
    """Though the cache has this page, for others who refused."""
    everybody = visitors(shared)
    page = fresh("/page/")
    everybody["refused"][0].get(page)
    browser, _ = everybody["accepted"]
    browser.decide("withdraw")
    assert "data-consentkit-sweep" in browser.get(page).body
    after = browser.get(page)
    assert shown(after) == REFUSED
    assert "data-consentkit-sweep" not in after.body


@pytest.mark.parametrize("mode", ["variant", "private"])
def test_no_cache_answers_for_a_service_worker(
    connect: Callable[[str], Connection], mode: str
) -> None:
    """The same script is kept for pages, which may load it as it is."""
    everybody = visitors(connect(mode))
    script = fresh("/worker/")
    for name in ("new", "accepted", "refused") * 2:
        browser, (granted, _) = everybody[name]
        assert browser.get(script, Sec_Fetch_Dest="script").body == WORKER
        started = browser.get(script, Service_Worker="script").body
        assert (started == WORKER) is granted
        assert ("unregister" in started) is not granted


# -- (b) -------------------------------------------------------------------------------


@pytest.mark.parametrize("mode", ["variant", "private"])
def test_no_condition_revives_another_state(
    connect: Callable[[str], Connection], mode: str
) -> None:
    browser, page = Browser(connect(mode)), fresh("/page/")
    tags: dict[str, tuple[bool, bool]] = {}
    expected = UNDECIDED
    for decision in (None, "accept_all", "withdraw", "accept_all", "reject_all"):
        if decision:
            browser.decide(decision)
            expected = ACCEPTED if decision == "accept_all" else REFUSED
        if decision == "withdraw":
            browser.get(page)  # the one that empties storage is nobody else's
        for _ in range(2):  # from an empty cache, and from a full one
            for tag, state in tags.items():
                answer = browser.get(page, If_None_Match=tag)
                # nginx itself asks without conditions for what it may not keep.
                if mode == "variant" and state == expected:
                    assert answer.status == 304
                revived = answer.status == 304 and state == expected
                assert revived or shown(answer) == expected
            answer = browser.get(page, If_None_Match=", ".join(tags) or '"none"')
            assert answer.status == 304 or shown(answer) == expected
        answer = browser.get(page)
        assert shown(answer) == expected
        assert tags.setdefault(answer["etag"], expected) == expected
    assert len(tags) == 3


def test_browsers_ask_before_they_show_a_page_of_theirs_again(
    shared: Connection,
) -> None:
    for browser, _ in visitors(shared).values():
        rules = browser.get(fresh("/page/"))["cache-control"]
        assert "max-age=0" in rules or "no-store" in rules


# -- (c) -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("decision", "expected"), [("accept_all", ACCEPTED), ("reject_all", REFUSED)]
)
def test_a_page_cached_a_week_ago_records_a_choice(
    shared: Connection, decision: str, expected: tuple[bool, bool]
) -> None:
    page = fresh("/page/")
    visitor = a_week_later(shared, page, decision)
    assert shown(visitor.get(page)) == expected


# -- (d) -------------------------------------------------------------------------------


def test_most_visitors_are_answered_by_the_cache(shared: Connection) -> None:
    """A thousand visitors in three states: at most one in twenty reaches the shop."""
    everybody = visitors(shared)
    page = fresh("/page/")
    made: set[str] = set()
    kinds = itertools.cycle([everybody[k] for k in ("accepted", "refused", "new")])
    cookies = {name: signed(name == "accepted") for name in ("accepted", "refused")}
    names = itertools.cycle(["accepted", "refused", "new"])
    for number, (like, expected), name in zip(range(1000), kinds, names, strict=False):
        visitor = Browser(shared, cookies={"session": secrets.token_hex(8)})
        if name in cookies:
            visitor.cookies["consent"] = next(cookies[name])
            visitor.cookies["consent_variant"] = like.cookies["consent_variant"]
        answer = visitor.get(page)
        assert shown(answer) == expected, number
        made.add(answer["made"])
    assert len(made) <= 50


def signed(granted: bool) -> Iterator[str]:  # noqa: FBT001  an answer, yes or no
    """Get the cookies of ever new visitors."""
    policy = load_policy(POLICY)
    cookie = ConsentCookie(["k" * 32], CookieTerms())
    keys = policy.optional if granted else frozenset()
    while True:
        decision = decide(
            policy,
            keys,
            consent_id=secrets.token_hex(16),
            source="banner",
            gpc=False,
            now=datetime.now(UTC),
        )
        yield cookie.dumps(decision, "variant.example")
