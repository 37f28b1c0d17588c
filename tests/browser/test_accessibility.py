"""Everything that visitors meet of ours, by axe-core and by what it can't see."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from selenium.webdriver import ActionChains, Keys

from consentkit.texts import texts
from tests.browser.axe import faults
from tests.browser.gallery import decide, opened, unfold
from tests.browser.screenshots import THEMES
from tests.browser.states import HOST
from tests.browser.world import World, new_visitor

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from tests.browser.pages import ShopPage

LIGHT = {"prefers_color_scheme": "light"}
SCHEMES = {
    "light": LIGHT,
    "dark": {"prefers_color_scheme": "dark"},
    "forced colours": {"forced_colors": "active"},
}
WIDTHS = (320, 1280)


def _banner(page: ShopPage) -> None:
    page.show("/")


def _dialog(page: ShopPage) -> None:
    page.show("/").open_dialog()
    unfold(page)


def _preferences(page: ShopPage) -> None:
    decide(page, "save", "youtube")
    page.show("/consent/")
    unfold(page)


def _placeholder(page: ShopPage) -> None:
    decide(page, "reject_all")
    page.show("/video")


def _declaration(page: ShopPage) -> None:
    decide(page, "reject_all")
    page.show("/declared")


@pytest.mark.parametrize(
    "show", [_banner, _dialog, _preferences, _placeholder, _declaration]
)
def test_axe_finds_nothing(reader: ShopPage, show: Callable[[ShopPage], None]) -> None:
    reader.resize(1280, 800)
    reader.prefer(**LIGHT)
    show(reader)
    assert_faultless(reader)


@pytest.mark.parametrize("path", ["/", "/consent/rights"])
def test_axe_finds_nothing_where_visitors_opt_out(world: World, path: str) -> None:
    visitor = new_visitor(world, f"https://{HOST}")
    visitor.show(path)
    assert_faultless(visitor)


def assert_faultless(page: ShopPage) -> None:
    for width in WIDTHS:
        page.resize(width, 800)
        for name, preferences in SCHEMES.items():
            page.prefer(**preferences)
            assert faults(page) == [], f"{name}, {width} px wide"


def test_axe_sees_faults(reader: ShopPage) -> None:
    """The tests' own eyes: a nameless button and pale text are found."""
    decide(reader, "reject_all")
    reader.show("/")
    reader.driver.execute_script(
        "const b = document.querySelector('main').appendChild("
        "document.createElement('button')); b.style.color = '#eee';"
        "const p = document.querySelector('main p'); p.style.color = '#ddd'"
    )
    found = {fault.partition(":")[0] for fault in faults(reader)}
    assert {"button-name", "color-contrast"} <= found


def test_the_keyboard_reaches_all_choices_in_the_order_they_are_read(
    reader: ShopPage,
) -> None:
    reader.show("/consent/")
    order = reader.driver.execute_script(_STOPS)
    assert order == sorted(order)
    assert len(order) > 10


@pytest.mark.parametrize("language", ["en", "ar"])
def test_a_screen_reader_hears_who_asks_what_and_then_the_answers(
    reader: ShopPage, language: str
) -> None:
    reader.show(f"/?lang={language}")
    words = texts(language)
    dialog, *parts = _heard(reader)
    assert dialog[0] == "dialog"
    assert dialog[1] == parts[0][1]
    assert "Harbour Books Ltd" in dialog[1]
    assert dialog[2].startswith(words["intro"])
    controls = ("privacy_policy", "accept_all", "reject_all", "manage")
    roles = ("link", "button", "button", "link")
    assert parts[0][0] == "heading"
    assert [part[:2] for part in parts[1:]] == [
        (role, words[key]) for role, key in zip(roles, controls, strict=True)
    ]


def test_a_screen_reader_hears_of_each_switch_whose_it_is_and_how_it_stands(
    reader: ShopPage,
) -> None:
    decide(reader, "save", "youtube")
    reader.show("/consent/")
    heard = [(name, checked) for _, name, _, checked in _heard(reader, "checkbox")]
    assert ("All of Videos and maps", "mixed") in heard
    assert ("YouTube videos Provided by Google", "true") in heard
    assert ("All of Personalisation", "false") in heard
    assert all(name for name, _ in heard)


def _heard(page: ShopPage, *roles: str) -> list[tuple[str, str, str, str]]:
    """Get role, name, description and state of what is read, up to our last part."""
    wanted = roles or ("dialog", "heading", "link", "button")
    tree = page.driver.execute_cdp_cmd("Accessibility.getFullAXTree", {})["nodes"]
    nodes = {node["nodeId"]: node for node in tree}
    order = list(_walked(tree[0], nodes))
    if not roles:
        first = next(n for n in order if n["role"]["value"] == "dialog")
        order = list(_walked(first, nodes))
    return [_said(node) for node in order if node["role"]["value"] in wanted]


def _walked(node: dict[str, Any], nodes: dict[str, Any]) -> Iterator[dict[str, Any]]:
    if not node["ignored"]:
        yield node
    for child in node.get("childIds", ()):
        if child in nodes:
            yield from _walked(nodes[child], nodes)


def _said(node: dict[str, Any]) -> tuple[str, str, str, str]:
    states = {p["name"]: p["value"].get("value", "") for p in node["properties"]}
    description = node.get("description", {}).get("value", "")
    checked = str(states.get("checked", ""))
    return node["role"]["value"], node["name"]["value"], description, checked


#: Where each stop of the Tab key stands on the page, from top to bottom.
_STOPS = """
return [...document.querySelectorAll('.ck-page :is(a, button, summary, input)')]
  .filter(e => e.tabIndex >= 0 && e.checkVisibility() && !e.closest('.ck-bar'))
  .map(e => Math.round((e.getBoundingClientRect().top + scrollY) / 24));
"""

#: Targets that are smaller than a fingertip; links within a sentence are exempt.
_SMALL = """
return [...document.querySelectorAll(
  '.consentkit :is(button, summary, .ck-switch, a.ck-button, header a)')]
  .filter(e => e.checkVisibility())
  .filter(e => { const r = e.getBoundingClientRect();
                 return r.width < 44 || r.height < 43.5 })
  .map(e => e.outerHTML.slice(0, 80));
"""


@pytest.mark.parametrize("show", [_banner, _dialog, _preferences, _placeholder])
def test_targets_are_as_large_as_a_fingertip(
    reader: ShopPage, show: Callable[[ShopPage], None]
) -> None:
    """44 by 44 pixels, more than the 24 that WCAG 2.5.8 asks for."""
    reader.resize(320, 640)
    show(reader)
    assert reader.driver.execute_script(_SMALL) == []


_HIDDEN = """
const focused = document.activeElement, banner = document.getElementById('consentkit');
if (banner.contains(focused) || focused === document.body) return '';
const {top, bottom} = focused.getBoundingClientRect();
const hidden = top >= banner.getBoundingClientRect().top || bottom <= 0;
return hidden ? focused.outerHTML : '';
"""


@pytest.mark.parametrize("size", [(390, 844), (320, 568), (1280, 800)])
def test_the_banner_never_covers_what_has_the_focus(
    reader: ShopPage, size: tuple[int, int]
) -> None:
    """Neither wholly (WCAG 2.4.11) on the way down, nor on the way back."""
    reader.resize(*size)
    reader.show("/")
    for back in [False] * 20 + [True] * 8:
        chain = ActionChains(reader.driver, duration=0)
        if back:
            chain.key_down(Keys.SHIFT)
        chain.send_keys(Keys.TAB).key_up(Keys.SHIFT).perform()
        assert reader.driver.execute_script(_HIDDEN) == ""


_UNDER = """
const focused = document.activeElement, banner = document.getElementById('consentkit');
if (banner.contains(focused) || focused === document.body) return '';
const a = focused.getBoundingClientRect(), b = banner.getBoundingClientRect();
const under = a.left >= b.left && a.right <= b.right
  && a.top >= b.top && a.bottom <= b.bottom;
return under ? focused.outerHTML : '';
"""


@pytest.mark.parametrize(
    ("theme", "side"), [("harbour", "center"), ("ink", "center"), ("linen", "end")]
)
@pytest.mark.parametrize("size", [(1280, 800), (1280, 600), (800, 700)])
def test_no_theme_covers_what_has_the_focus(
    world: World, tmp_path: Path, theme: str, side: str, size: tuple[int, int]
) -> None:
    with opened(tmp_path) as (origin, app):
        app.config["LOOK"] += (THEMES / f"{theme}.css").read_text("utf-8")
        app.config["LOOK"] += f"main, footer {{ text-align: {side} }}"
        reader = new_visitor(world, origin)
        reader.resize(*size)
        reader.show("/")
        for back in [False] * 20 + [True] * 12:
            chain = ActionChains(reader.driver, duration=0)
            if back:
                chain.key_down(Keys.SHIFT)
            chain.send_keys(Keys.TAB).key_up(Keys.SHIFT).perform()
            assert reader.driver.execute_script(_UNDER) == ""


def test_with_reduced_motion_nothing_moves(reader: ShopPage) -> None:
    ask = (
        "return getComputedStyle(document.querySelector('[type=checkbox]'),"
        " '::before').transitionDuration"
    )
    reader.show("/consent/")
    reader.prefer(prefers_reduced_motion="reduce")
    assert reader.driver.execute_script(ask) == "0s"
    reader.prefer(prefers_reduced_motion="no-preference")
    assert reader.driver.execute_script(ask) != "0s"


def test_forced_colours_leave_switches_to_the_system(reader: ShopPage) -> None:
    reader.prefer(forced_colors="active")
    reader.show("/consent/")
    switch = reader.find("[type=checkbox]")
    assert switch.value_of_css_property("appearance") == "auto"


@pytest.mark.parametrize("decision", ["reject_all", "accept_all"])
def test_a_choice_is_announced_once_it_holds(reader: ShopPage, decision: str) -> None:
    """Also where the page is fetched again for it (WCAG 4.1.3)."""
    reader.show("/video").button(decision).click()
    reader.wait(lambda: reader.find("[role=status]").text == "Your choice is saved.")
    reader.settle()


_SPACED = """
document.head.append(Object.assign(document.createElement('style'), {textContent:
  '* { line-height: 1.5 !important; letter-spacing: .12em !important;' +
  'word-spacing: .16em !important } p { margin-block-end: 2em !important }'}));
"""
_CUT = """
return [...document.querySelectorAll('.consentkit :is(button, .ck-button, h2, li)')]
  .filter(e => e.checkVisibility() && e.scrollWidth > e.clientWidth + 1)
  .map(e => e.outerHTML.slice(0, 80));
"""


@pytest.mark.parametrize("show", [_banner, _preferences, _placeholder])
def test_wide_spacing_cuts_no_words(
    reader: ShopPage, show: Callable[[ShopPage], None]
) -> None:
    """WCAG 1.4.12."""
    reader.resize(320, 640)
    show(reader)
    reader.driver.execute_script(_SPACED)
    assert reader.driver.execute_script(_CUT) == []
