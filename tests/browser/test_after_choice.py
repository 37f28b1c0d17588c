"""What happens to an open page once a choice is made, on it or in another tab."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from selenium.webdriver.common.keys import Keys

from tests.browser import after_choice
from tests.browser.world import new_visitor

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.browser.pages import ShopPage
    from tests.browser.world import World

TYPED = {
    "name": "Ada Ünal",
    "note": "two\nlines",
    "word": "hidden",
    "number": "4111111111111111",
    "free": "4111 1111 1111 1111",
}
_FIELDS = """
const found = {};
for (const { name, type, value, checked } of document.querySelector(
    "form[action='/answer']").elements)
  if (name) found[type === "radio" ? name + value : name] =
    type === "radio" || type === "checkbox" ? checked : value;
return found;
"""
#: Remembers what is said on a page, which doesn't stay there for long.
_OVERHEAR = """
window.said = [];
new MutationObserver(() => {
  const status = document.querySelector("[role=status]");
  const position = status && getComputedStyle(status).position;
  const text = status?.textContent;
  if (text && !said.length) said.push([text, position]);
}).observe(document, { childList: true, subtree: true });
"""
_FRAME = f"iframe[src='{after_choice.VIDEO}']"


@pytest.fixture
def page(world: World) -> Iterator[ShopPage]:
    page = new_visitor(world, f"https://{after_choice.HOST}")
    world.forms.config["LOADS"].clear()
    first = page.driver.current_window_handle
    yield page
    for handle in page.driver.window_handles:
        if handle != first:
            page.driver.switch_to.window(handle)
            page.driver.close()
    page.driver.switch_to.window(first)


@pytest.fixture
def loads(world: World) -> list[str]:
    found: list[str] = world.forms.config["LOADS"]
    return found


def run(page: ShopPage, script: str) -> Any:
    return page.driver.execute_script(script)


def fill(page: ShopPage) -> None:
    for name, value in TYPED.items():
        page.find(f"form[action='/answer'] [name={name}]").send_keys(value)
    run(
        page,
        "const form = document.querySelector(\"form[action='/answer']\");"
        "form.gift.checked = true; form.size.value = 'l'; form.colour.value = 'blue';",
    )


def tab(page: ShopPage) -> str:
    """Open another tab of the same visitor and go there."""
    page.driver.switch_to.new_window("tab")
    return page.driver.current_window_handle


def updates(page: ShopPage) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = run(
        page, "return dataLayer.filter(e => e.event === 'consent_update')"
    )
    return found


@pytest.mark.parametrize("path", ["/", "/bare"])
def test_the_page_comes_again_once_as_it_was_left(
    page: ShopPage, loads: list[str], path: str
) -> None:
    page.open(path)
    fill(page)
    run(page, "history.replaceState({mine: 1}, ''); scrollTo(0, 700)")
    page.accept()
    page.wait(lambda: run(page, _FIELDS)["name"])
    assert page.all(_FRAME)
    assert loads == [f"GET {path}"] * 2
    kept = run(page, _FIELDS)
    assert kept | {"key": ""} == {
        "name": "Ada Ünal",
        "note": "two\nlines",
        "gift": True,
        "sizes": False,
        "sizel": True,
        "colour": "blue",
        "word": "",
        "number": "",
        "free": "",
        "key": "",
    }
    assert kept["key"] == "2", "a hidden field is the new page's own"
    assert run(page, "return [scrollY, history.state]") == [700, {"mine": 1}]
    assert page.storage == set()


@pytest.mark.parametrize("path", ["/", "/bare"])
def test_who_goes_on_from_there_sees_no_frame_around_the_page(
    page: ShopPage, path: str
) -> None:
    page.show(path)
    page.button("accept_all").send_keys(Keys.ENTER)
    page.wait(lambda: page.find("[role=status]").text)
    page.wait(lambda: run(page, "return document.activeElement.matches('main, h1')"))
    assert run(page, _OUTLINE) == "none"
    page.driver.switch_to.active_element.send_keys(Keys.TAB)
    page.wait(lambda: run(page, "return !document.activeElement.matches('main, h1')"))
    assert run(page, _OUTLINE) != "none"


_OUTLINE = "return getComputedStyle(document.activeElement).outlineStyle"


def test_nothing_withheld_nothing_fetched(page: ShopPage, loads: list[str]) -> None:
    page.open("/plain").accept()
    assert loads == ["GET /plain"]
    assert [u["granted"] for u in updates(page)] == [["personalisation", "youtube"]]


def test_the_data_layer_hears_of_a_choice_once_on_the_page_that_follows(
    page: ShopPage,
) -> None:
    page.open("/").accept()
    page.wait(lambda: updates(page))
    assert [u["granted"] for u in updates(page)] == [["personalisation", "youtube"]]
    assert updates(page.reload()) == []


def test_the_saved_choice_is_read_out_after_the_page_came_again(
    page: ShopPage,
) -> None:
    on_every_page = "Page.addScriptToEvaluateOnNewDocument"
    added = page.driver.execute_cdp_cmd(on_every_page, {"source": _OVERHEAR})
    try:
        page.open("/").accept()
        page.wait(lambda: run(page, "return window.said?.length"))
        assert run(page, "return said") == [["Your choice is saved.", "fixed"]]
    finally:
        page.driver.execute_cdp_cmd("Page.removeScriptToEvaluateOnNewDocument", added)


def test_a_form_is_never_sent_again(page: ShopPage, loads: list[str]) -> None:
    page.open("/")
    run(page, "document.querySelector(\"form[action='/answer']\").submit()")
    page.wait(lambda: page.path == "/answer")
    page.settle()
    run(page, _OVERHEAR)
    page.accept()
    page.wait(lambda: run(page, "return said.length"))
    assert "shows from the next page on" in run(page, "return said[0][0]")
    assert loads == ["GET /", "POST /answer"]
    assert page.open("/").all(_FRAME)


@pytest.mark.parametrize(
    ("path", "then"), [("/answer", "/answer"), ("/sent", "/consent/")]
)
def test_a_withdrawal_leaves_the_answer_of_a_form_by_a_plain_request(
    page: ShopPage, loads: list[str], path: str, then: str
) -> None:
    page.open("/").accept()
    run(
        page,
        f"const form = document.querySelector(\"form[action='/answer']\");"
        f"form.action = '{path}'; form.submit()",
    )
    page.wait(lambda: page.path == path and page.all(_FRAME))
    page.settle()
    run(page, "consentkit.save([])")
    page.wait(lambda: not page.all(_FRAME) and page.path == then)
    assert loads.count(f"POST {path}") == 1


def test_open_tabs_agree_at_once(page: ShopPage, loads: list[str]) -> None:
    page.open("/")
    fill(page)
    first = page.driver.current_window_handle
    second = tab(page)
    page.open("/").accept()
    page.driver.switch_to.window(first)
    # A password is typed there: a grant can wait for the next page.
    page.wait(lambda: run(page, "return window.consentkit?.has('youtube')"))
    assert page.banner is None
    assert run(page, _FIELDS)["word"] == "hidden"
    run(page, "document.querySelector('[type=password]').value = ''")
    page.driver.switch_to.window(second)
    page.withdraw()
    page.driver.switch_to.window(first)
    page.wait(lambda: run(page, "return window.consentkit?.has('youtube') === false"))
    page.settle()
    assert loads.count("GET /") == 3 + 1


def test_a_grant_in_another_tab_shows_what_was_withheld(page: ShopPage) -> None:
    page.open("/").find("[name=name]").send_keys("Ada")
    first = page.driver.current_window_handle
    tab(page)
    page.open("/plain").accept()
    page.driver.switch_to.window(first)
    page.wait(lambda: page.all(_FRAME))
    page.wait(lambda: run(page, _FIELDS)["name"] == "Ada")


def test_a_page_from_the_browsers_memory_shows_the_present_state(
    page: ShopPage, loads: list[str]
) -> None:
    page.open("/").reject()
    page.open("/plain")
    run(page, "return consentkit.save(['youtube'])")
    page.wait(lambda: run(page, "return window.consentkit?.has('youtube')"))
    page.settle()
    page.driver.back()
    page.wait(lambda: page.path == "/" and page.all(_FRAME))


def test_waking_up_asks_what_holds_now(page: ShopPage) -> None:
    page.open("/").reject()
    run(
        page,
        "return fetch('/consent/', {method: 'POST', body: JSON.stringify("
        "{decision: 'accept_all'}), headers: {'Content-Type': 'application/json'}})"
        ".then(() => {})",
    )
    assert not page.all(_FRAME)
    run(
        page,
        "dispatchEvent(new PageTransitionEvent('pagehide', {persisted: true}));"
        "dispatchEvent(new PageTransitionEvent('pageshow', {persisted: true}));",
    )
    page.wait(lambda: page.all(_FRAME))


@pytest.mark.parametrize(
    ("control", "granted"),
    [
        ("accept-all", ["personalisation", "youtube"]),
        ("accept-necessary", []),
        ("accept-custom", ["personalisation", "youtube"]),
    ],
)
def test_controls_of_other_banners_decide(
    page: ShopPage, control: str, granted: list[str]
) -> None:
    page.open("/plain").find(f"[data-cc={control}]").click()
    page.wait(lambda: updates(page))
    assert updates(page)[0]["granted"] == granted


@pytest.mark.parametrize(
    "control", ["[data-cc=show-preferencesModal]", "[href='#tarteaucitron']"]
)
def test_controls_of_other_banners_lead_to_the_choices(
    page: ShopPage, control: str
) -> None:
    page.open("/plain").find(control).click()
    page.wait(lambda: page.path.startswith("/consent/") or page.all("dialog[open]"))


def test_scripts_that_another_banner_held_back_run_once_in_order(
    page: ShopPage,
) -> None:
    page.open("/held")
    assert run(page, "return ran") == [3]
    page.accept()
    page.wait(lambda: len(run(page, "return window.ran ?? []")) > 1)
    assert run(page.settle(), "return ran") == [1, 2, 3, 4, 5]


def test_late_listeners_get_the_state_and_can_leave(page: ShopPage) -> None:
    page.open("/plain")
    run(
        page,
        "window.heard = []; consentkit.on('ready', s => heard.push(s.decided));"
        "const off = consentkit.on('change', s => heard.push('off')); off();"
        "consentkit.on('change', s => heard.push(s.granted));"
        "addEventListener('consentkit:change', e => heard.push(e.detail.decided))",
    )
    page.reject()
    assert run(page, "return heard") == [False, [], True]
