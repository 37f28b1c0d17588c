"""Pages that are the same for everybody: what is put in, for whom, and how."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.browser import for_all, signalling
from tests.browser.for_all import ORDER
from tests.browser.test_vendor_signals import KEYS, heard, states
from tests.browser.world import new_visitor

if TYPE_CHECKING:
    from tests.browser.pages import ShopPage
    from tests.browser.world import World

_FRAME = f"iframe[src='{for_all.VIDEO}']"
_OPTED_OUT = """
Object.defineProperty(Navigator.prototype, "globalPrivacyControl", {get: () => true});
"""


@pytest.fixture
def page(world: World) -> ShopPage:
    found = new_visitor(world, f"https://{for_all.HOST}")
    world.for_all.config["ASKED"].clear()
    return found


@pytest.fixture
def scriptless_page(world: World) -> ShopPage:
    return new_visitor(world, f"https://{for_all.HOST}", javascript=False)


@pytest.fixture
def asked(world: World) -> list[str]:
    """Get the paths that the shop was asked for."""
    found: list[str] = world.for_all.config["ASKED"]
    return found


def run(page: ShopPage, script: str) -> Any:
    return page.driver.execute_script(script)


def ran(page: ShopPage) -> list[str]:
    """Get what ran, but for what may run at any time."""
    return [name for name in run(page, "return ran") if name != "any"]


def await_all(page: ShopPage) -> None:
    page.wait(lambda: len(ran(page)) >= len(ORDER))
    page.settle()


def assert_nothing(page: ShopPage, asked: list[str]) -> None:
    assert run(page, "return ran") == []
    assert page.strangers == set()
    assert not [path for path in asked if path.startswith("/tags/")]
    assert page.placeholder.is_displayed()
    assert not page.all("#block")


def test_before_a_choice_nothing_runs_and_nobody_is_asked(
    page: ShopPage, asked: list[str]
) -> None:
    page.open()
    assert page.banner
    assert_nothing(page, asked)
    assert "/consent/state" not in asked


@pytest.mark.parametrize("path", ["/", "/strict", "/nonces"])
def test_what_is_granted_is_put_in_place_in_order_and_once(
    page: ShopPage, asked: list[str], path: str
) -> None:
    page.open(path)
    run(page, "window.same = true")
    page.accept()
    await_all(page)
    assert run(page, "return window.same")
    assert ran(page) == ORDER
    assert run(page, "return policies") == ["no-referrer"]
    assert len(asked) == len(set(asked))
    assert {"/tags/any.js", "/tags/wrong.js", "/tags/pixel.gif"} <= set(asked)
    assert page.find("main > #block").value_of_css_property("color") == (
        "rgba(1, 2, 3, 1)"
    )
    assert page.find(_FRAME).is_displayed()
    assert not page.all(".consentkit-placeholder")
    assert "over" not in page.text
    assert page.vendors.requests("www.youtube.com/embed/x")


@pytest.mark.parametrize("path", ["/", "/strict", "/nonces"])
def test_who_granted_before_gets_it_with_the_page(
    page: ShopPage, asked: list[str], path: str
) -> None:
    page.open("/own").accept()
    asked.clear()
    page.open(path)
    await_all(page)
    assert ran(page) == ORDER
    assert page.banner is None
    assert asked.count("/consent/state") == 1
    assert run(page, "return consentkit.has('tags') && consentkit.state.decided")


def test_who_refused_is_neither_asked_again_nor_asked_about(
    page: ShopPage, asked: list[str]
) -> None:
    page.open().reject()
    asked.clear()
    page.open()
    assert page.banner is None
    assert_nothing(page, asked)
    assert "/consent/state" not in asked
    assert run(page, "return consentkit.state.decided")


def test_a_forged_word_grants_nothing(page: ShopPage, asked: list[str]) -> None:
    page.open()
    mark = page.find("[data-consentkit-universal]").get_attribute("data-mark")
    for value in (f"granted.{mark}", "granted.ffffffff"):
        page.set_cookie("consent_variant", value)
        asked.clear()
        page.open()
        page.wait(lambda: "/consent/state" in asked)
        page.wait(lambda: page.banner)
        page.settle()
        assert_nothing(page, asked)
        assert "consent_variant" not in page.cookies


def test_a_withdrawal_ends_it(page: ShopPage, asked: list[str]) -> None:
    page.open().accept()
    await_all(page)
    run(page, "localStorage.setItem('tags_id', '1'); scrollTo(0, 50)")
    asked.clear()
    page.forget()
    run(page, "window.same = true; consentkit.save([])")
    page.wait(lambda: run(page, "return !window.same && !!window.consentkit?.has"))
    page.settle()
    assert_nothing(page, asked)
    page.wait(lambda: "tags_id" not in page.storage)
    assert page.banner is None


def test_a_withdrawal_elsewhere_ends_it(page: ShopPage, asked: list[str]) -> None:
    page.open().accept()
    await_all(page)
    page.withdraw()
    asked.clear()
    page.forget()
    page.open()
    assert_nothing(page, asked)
    page.driver.back()
    page.driver.forward()
    page.settle()
    assert_nothing(page, asked)


def test_global_privacy_control_ends_it(page: ShopPage, asked: list[str]) -> None:
    page.open().accept()
    await_all(page)
    page.send_gpc()
    asked.clear()
    page.forget()
    page.open()
    page.wait(lambda: "/consent/state" in asked)
    page.settle()
    assert_nothing(page, asked)
    assert page.banner is None


def test_who_opts_out_by_signal_is_not_asked(page: ShopPage) -> None:
    command = "Page.addScriptToEvaluateOnNewDocument"
    added = page.driver.execute_cdp_cmd(command, {"source": _OPTED_OUT})
    try:
        page.send_gpc()
        page.open()
        assert page.banner is None
        assert run(page, "return consentkit.state.decided")
    finally:
        page.driver.execute_cdp_cmd("Page.removeScriptToEvaluateOnNewDocument", added)


def test_without_scripts_nothing_is_put_in_and_nobody_asked(
    scriptless_page: ShopPage, world: World
) -> None:
    page, asked = scriptless_page, world.for_all.config["ASKED"]
    page.open("/own").accept()
    asked.clear()
    page.forget()
    page.open()
    assert page.banner is None
    assert page.placeholder.is_displayed()
    assert page.strangers == set()
    assert not [path for path in asked if path.startswith("/tags/")]
    # What isn't for everybody shows what was granted.
    assert page.open("/own").all("#block")


def test_without_scripts_what_is_allowed_is_shown(scriptless_page: ShopPage) -> None:
    page = scriptless_page
    page.open("/own").reject()
    page.open().placeholder.find_element("name", "once").click()
    page.wait(lambda: page.all(_FRAME))
    assert page.open().placeholder.is_displayed()
    page.allow_in_place()
    page.wait(lambda: page.all(_FRAME))
    assert page.reload().all(_FRAME)


@pytest.mark.parametrize("path", ["/", "/strict"])
def test_what_is_allowed_in_its_place_comes_alone(
    page: ShopPage, asked: list[str], path: str
) -> None:
    page.open(path).reject()
    run(page, "window.same = true")
    page.allow_in_place()
    page.wait(lambda: page.all(_FRAME))
    page.settle()
    assert run(page, "return window.same")
    assert run(page, "return document.activeElement.localName") == "iframe"
    assert ran(page) == []
    assert page.vendors.requests("www.youtube.com/embed/x")
    assert not [path for path in asked if path.startswith("/tags/")]


def test_what_visitors_wrote_is_none_of_what_is_put_in(page: ShopPage) -> None:
    page.open("/review").accept()
    page.wait(lambda: "one" in ran(page))
    page.settle()
    assert ran(page) == ["one"]


def test_an_element_by_name_tells_nothing_of_the_visitor(page: ShopPage) -> None:
    page.open("/own").reject()
    page.open("/own/review").settle()
    page.wait(lambda: run(page, "return window.consentkit?.has('essential')"))
    assert run(page, "return consentkit.state.granted") == []
    assert run(page, "return consentkit.has('tags')") is False


def test_what_is_allowed_once_is_shown_once(page: ShopPage) -> None:
    page.open().reject()
    refused = page.consent_cookie
    page.allow_once()
    assert page.vendors.requests("www.youtube.com/embed/x")
    page.forget()
    page.reload()
    assert page.placeholder.is_displayed()
    assert page.strangers == set()
    assert page.consent_cookie == refused
    assert page.banner is None


def test_open_tabs_agree(page: ShopPage) -> None:
    page.open()
    first = page.driver.current_window_handle
    page.driver.switch_to.new_window("tab")
    page.open().accept()
    await_all(page)
    page.driver.close()
    page.driver.switch_to.window(first)
    await_all(page)
    assert ran(page) == ORDER
    assert page.banner is None


def test_pages_of_ones_own_know_what_holds(page: ShopPage) -> None:
    page.open("/own").accept()
    page.open("/own")
    page.wait(lambda: run(page, "return consentkit.has('tags')"))
    assert page.banner is None


@pytest.fixture
def american(world: World) -> ShopPage:
    return new_visitor(world, f"https://{for_all.OPT_OUT}")


def test_where_tags_run_until_they_are_refused_they_do(american: ShopPage) -> None:
    page = american
    region = {"headers": {"X-Region": "US-CA"}}
    page.driver.execute_cdp_cmd("Network.setExtraHTTPHeaders", region)
    page.open()
    await_all(page)
    assert page.banner is None
    assert "Your privacy choices" in page.find(".ck-strip").text
    region["headers"]["Sec-GPC"] = "1"
    page.driver.execute_cdp_cmd("Network.setExtraHTTPHeaders", region)
    page.open()
    page.wait(lambda: page.all(".ck-strip"))
    page.settle()
    assert ran(page) == []
    assert "Opt-out request honoured" in page.find(".ck-strip").text


def test_where_visitors_are_asked_first_they_are(american: ShopPage) -> None:
    page = american
    page.open()
    page.wait(lambda: page.banner)
    assert ran(page) == []
    assert not page.all(".ck-strip")


def test_what_needs_no_grant_is_told_first_and_then_what_was_granted(
    page: ShopPage,
) -> None:
    told = heard(page.open("/manager"))["layer"]
    assert told[3] == ["consent", "update", states("security_storage")]
    page.accept()
    page.wait(lambda: page.vendors.requests("www.googletagmanager.com/gtag/js"))
    layer = [entry for entry in heard(page)["layer"] if "event" not in entry]
    assert layer[: len(told)] == told
    update = layer[-1]
    assert update[:2] == ["consent", "update"]
    assert update[2]["analytics_storage"] == "granted"


@pytest.fixture
def signals(world: World) -> ShopPage:
    return new_visitor(world, f"https://{signalling.FOR_ALL}")


@pytest.mark.parametrize("path", ["/", "/strict"])
@pytest.mark.parametrize("before", [False, True])
def test_vendors_are_told_before_anything_of_theirs_runs(
    signals: ShopPage, path: str, *, before: bool
) -> None:
    signals.open(path).accept()
    if before:
        signals.open(path)
    signals.wait(lambda: heard(signals)["shopify"])
    told = heard(signals)
    layer = [entry for entry in told["layer"] if "event" not in entry]
    assert layer[:5] == [
        ["consent", "default", states("security_storage")],
        ["set", "ads_data_redaction", False],
        ["set", "url_passthrough", False],
        ["consent", "update", states(*KEYS)],
        {"pageType": "home"},
    ]
    assert [entry[0] for entry in layer[5:7]] == ["js", "config"]
    assert told["uet"][:3] == ["consent", "default", {"ad_storage": "denied"}]
    assert told["meta"][3] == ["consent", "grant"]
    assert told["clarity"][0][0] == "consentv2"
    assert signals.complaints == []
