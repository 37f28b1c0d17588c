"""The auditors' dashboard in a real browser: for everybody, and in nobody's frame."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from flask import Flask

from consentkit import ConsentKit
from tests.browser.axe import faults
from tests.browser.serving import served
from tests.browser.world import new_visitor

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.browser.pages import ShopPage
    from tests.browser.world import World

HOME = "/consent/audit/"
LIGHT = {"prefers_color_scheme": "light", "forced_colors": "none"}
DARK = {"prefers_color_scheme": "dark", "forced_colors": "none"}
FORCED = {"forced_colors": "active"}
_POLICY = {
    "notice": {"controller": "Harbour Books Ltd", "contact": "us@harbour.example"},
    "services": {"youtube": {}, "google_analytics": {}},
}


def _shop(folder: Any) -> Flask:
    app = Flask("audited", instance_path=str(folder))
    app.config.from_mapping(
        TESTING=True, SECRET_KEY="audited" * 6, CONSENTKIT_POLICY=_POLICY
    )
    consent = ConsentKit(app)
    consent.audit_access(lambda: "Dana Weiss")
    app.add_url_rule("/", "home", lambda: "<!doctype html><title>Books</title>")
    for number, decision in enumerate(("accept_all", "reject_all", "save")):
        visitor = app.test_client()
        sent = {"decision": decision, "granted": "youtube", "next": f"/{number}"}
        visitor.post("/consent/", data=sent)
        visitor.post("/consent/", data={"decision": "withdraw"})
    shop = app.extensions["consentkit"]
    shop.log.seal()
    shop.counters.count("tag", ["youtube"] * 3)
    hosts = ["cdn.unknown.example", f"cdn.{'very-' * 9}long.example"]
    shop.counters.count("host", hosts)
    return app


@pytest.fixture(scope="module")
def audited(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Flask, str]]:
    """Get a shop whose dashboard is open, and its origin."""
    app = _shop(tmp_path_factory.mktemp("audited"))
    with served(app) as port:
        yield app, f"http://127.0.0.1:{port}"
    app.extensions["consentkit"].log.engine.dispose()


@pytest.fixture
def auditor(world: World, audited: tuple[Flask, str]) -> ShopPage:
    return new_visitor(world, audited[1])


def _pages(app: Flask) -> list[str]:
    record = next(app.extensions["consentkit"].log.records())
    names = ("", "records?since=soon", "checkpoints", "notices", "exports", "accesses")
    more = (f"records/{record.id}", f"notices/{record.notice_hash}")
    return [HOME + path for path in (*names, *more)]


def test_axe_finds_nothing_and_nothing_sticks_out(
    auditor: ShopPage, audited: tuple[Flask, str]
) -> None:
    for path in _pages(audited[0]):
        auditor.show(path)
        for width, scheme in ((320, LIGHT), (1280, DARK)):
            auditor.resize(width, 800)
            auditor.prefer(**scheme)
            assert faults(auditor) == [], f"{path}, {width} px wide"
            reach: Any = auditor.driver.execute_script(
                "return document.documentElement.scrollWidth"
            )
            assert reach <= width, path
    auditor.show(HOME)
    auditor.prefer(**FORCED)
    assert faults(auditor) == []


def test_its_own_policy_stops_nothing_of_it(
    auditor: ShopPage, audited: tuple[Flask, str]
) -> None:
    for path in _pages(audited[0]):
        auditor.show(path)
        background: Any = auditor.driver.execute_script(
            "return getComputedStyle(document.querySelector('main')).display"
            " + document.styleSheets.length"
        )
        assert background == "block1"
    assert auditor.complaints == []


def test_no_page_can_frame_it(auditor: ShopPage) -> None:
    auditor.show("/")
    framed: Any = auditor.driver.execute_async_script(
        """
        const done = arguments[0], frame = document.createElement("iframe");
        frame.onload = () => done(frame.contentDocument ? "framed" : "refused");
        frame.src = "/consent/audit/";
        document.body.append(frame);
        """
    )
    assert framed == "refused"


def test_nothing_sticks_out_of_a_printed_page(
    auditor: ShopPage, audited: tuple[Flask, str]
) -> None:
    for path in _pages(audited[0]):
        auditor.show(path)
        auditor.resize(720, 1000)
        auditor.driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": "print"})
        reach: Any = auditor.driver.execute_script(
            """
            const SHOWN = NodeFilter.SHOW_TEXT;
            const texts = document.createTreeWalker(document.body, SHOWN);
            const range = document.createRange(), rights = [0];
            while (texts.nextNode()) {
              range.selectNodeContents(texts.currentNode);
              rights.push(range.getBoundingClientRect().right);
            }
            return Math.max(...rights);
            """
        )
        assert reach <= 720, path


def test_charts_are_as_wide_as_there_is_room(auditor: ShopPage) -> None:
    auditor.show(HOME)
    for width in (320, 1280):
        auditor.resize(width, 800)
        inside: Any = auditor.driver.execute_script(
            """
            return [...document.querySelectorAll("svg rect, svg text")].every(part => {
              const own = part.getBoundingClientRect();
              const all = part.closest(".card").getBoundingClientRect();
              return !own.width || own.left >= all.left && own.right <= all.right;
            });
            """
        )
        assert inside
        apart: Any = auditor.driver.execute_script(
            """
            const boxes = selector => [...document.querySelectorAll(selector)]
              .map(text => text.getBoundingClientRect()).filter(box => box.width);
            const days = boxes(".columns text"), words = boxes(".bars .name");
            return days.every((day, n) => !n || days[n - 1].right < day.left)
              && boxes(".bars .value").every((value, n) => words[n].right < value.left);
            """
        )
        assert apart
