"""How the question looks: fair, small enough for every screen, and never in the way."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from consentkit.texts import available
from tests.browser.gallery import decide, opened, unfold
from tests.browser.screenshots import THEMES
from tests.browser.world import new_visitor

if TYPE_CHECKING:
    from pathlib import Path

    from tests.browser.pages import ShopPage
    from tests.browser.world import World

_STYLES = """
return Object.fromEntries([...arguments[0].computedStyleMap()]
  .map(([name, values]) => [name, values.map(String).join(', ')]));
"""


@pytest.mark.parametrize("width", [320, 1280])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_accept_and_reject_are_alike_in_every_computed_style(
    reader: ShopPage, width: int, scheme: str
) -> None:
    reader.resize(width, 800)
    reader.prefer(prefers_color_scheme=scheme)
    for path, root in (("/", "#consentkit"), ("/consent/", ".ck-bar")):
        reader.show(path)
        accept, reject = (
            reader.driver.execute_script(
                _STYLES, reader.find(f"{root} [value={decision}]")
            )
            for decision in ("accept_all", "reject_all")
        )
        assert len(accept) > 200
        assert _differences(accept, reject) == {}


@pytest.mark.parametrize("theme", ["", "harbour", "ink", "linen"])
@pytest.mark.parametrize("colours", ["none", "active"])
def test_no_theme_and_no_forced_colours_make_them_differ(
    world: World, tmp_path: Path, theme: str, colours: str
) -> None:
    with opened(tmp_path) as (origin, app):
        if theme:
            app.config["LOOK"] += (THEMES / f"{theme}.css").read_text("utf-8")
        reader = new_visitor(world, origin)
        reader.prefer(forced_colors=colours)
        reader.show("/")
        accept, reject = (
            reader.driver.execute_script(_STYLES, reader.button(decision))
            for decision in ("accept_all", "reject_all")
        )
        assert _differences(accept, reject) == {}


def _differences(one: dict[str, Any], other: dict[str, Any]) -> dict[str, Any]:
    return {name: (one[name], other[name]) for name in one if one[name] != other[name]}


@pytest.mark.parametrize("size", [(390, 844), (320, 568), (844, 390)])
def test_the_question_takes_at_most_half_of_a_phone(
    reader: ShopPage, size: tuple[int, int]
) -> None:
    reader.resize(*size)
    for language in ("en", "de", "el", "ar", "hu", "ja"):
        reader.show(f"/?lang={language}")
        assert reader.find("#consentkit").rect["height"] <= size[1] / 2
        assert _outside(reader) == []


def test_at_four_hundred_percent_nothing_is_cut(reader: ShopPage) -> None:
    """A window of 1280 by 1024 pixels, as WCAG 1.4.10 has it."""
    reader.resize(320, 256)
    reader.show("/")
    assert reader.find("#consentkit").rect["height"] <= 128
    assert _outside(reader) == []
    text = reader.find(".ck-text")
    reader.driver.execute_script("arguments[0].scrollTo(0, 9999)", text)
    link, box = text.find_element("css selector", "a").rect, text.rect
    assert box["y"] <= link["y"]
    assert link["y"] + link["height"] <= box["y"] + box["height"]


def _outside(page: ShopPage) -> list[str]:
    """Get the buttons that aren't wholly on the screen, or wider than their box."""
    found: list[str] = page.driver.execute_script(
        "return [...document.querySelectorAll('#consentkit .ck-button')].filter(e => {"
        "const r = e.getBoundingClientRect();"
        "return r.left < 0 || r.right > innerWidth || r.top < 0 ||"
        " r.bottom > innerHeight || e.scrollWidth > e.clientWidth})"
        ".map(e => e.textContent)"
    )
    return found


#: Words that stand in two lines, or stick out of what they stand in. They may be
#: divided at a soft hyphen, of which Chromium counts the letter after it a part.
_BROKEN = """
const found = [], {width} = visualViewport;
const at = document.createRange(), words = /(?<!\\u00ad)[\\p{L}\\p{M}]+/gu;
for (const box of document.querySelectorAll(arguments[0])) {
  if (!box.checkVisibility()) continue;
  const edges = box.getBoundingClientRect();
  const texts = document.createTreeWalker(box, NodeFilter.SHOW_TEXT);
  for (let text; (text = texts.nextNode());)
    for (const {index, 0: word} of text.data.matchAll(words)) {
      at.setStart(text, index);
      at.setEnd(text, index + word.length);
      const drawn = [...at.getClientRects()].filter((part) => part.width);
      const lines = new Set(drawn.map(({top}) => Math.round(top)));
      const start = Math.max(edges.left, 0), end = Math.min(edges.right, width);
      const fits = drawn.every(({left, right}) => left >= start && right <= end);
      if (lines.size > 1 || !fits) found.push(word);
    }
}
return found;
"""
#: The narrowest and lowest ones, and where the layout changes.
_SIZES = {
    "/": ((320, 256), (320, 568), (667, 375), (768, 1024)),
    "/consent/": ((320, 568),),
}
#: Their words may be broken between any two characters.
_UNSPACED = {"ja", "ko", "zh-Hans", "zh-Hant"}


def test_no_word_of_a_button_or_title_is_broken(reader: ShopPage) -> None:
    found = []
    for language in sorted(set(available()) - _UNSPACED):
        for path, sizes in _SIZES.items():
            reader.show(f"{path}?lang={language}")
            for size in sizes:
                reader.resize(*size)
                broken = reader.driver.execute_script(_BROKEN, ".ck-button, h1, h2")
                found += [(language, path, size, word) for word in broken]
    assert found == []


@pytest.mark.parametrize("width", [800, 1000, 1280])
def test_no_word_of_the_table_is_broken(reader: ShopPage, width: int) -> None:
    reader.resize(width, 800)
    for language in ("de", "el", "fi", "hu"):
        reader.show(f"/declared?lang={language}")
        parts = ".ck-declaration :is(th, td:not(:has(code)), caption)"
        assert reader.driver.execute_script(_BROKEN, parts) == []
        assert _sideways(reader) == width


@pytest.mark.parametrize("path", ["/", "/video", "/widget", "/filled", "/declared"])
def test_no_page_scrolls_sideways(reader: ShopPage, path: str) -> None:
    reader.resize(320, 568)
    reader.show(path)
    assert _sideways(reader) == 320


def test_the_history_and_the_cookies_fit_a_phone(reader: ShopPage) -> None:
    decide(reader, "save", "youtube")
    reader.resize(320, 568)
    reader.show("/consent/")
    unfold(reader)
    assert _sideways(reader) == 320
    inner = reader.driver.execute_script(
        "return [...document.querySelectorAll('.ck-page *')]"
        ".filter(e => e.checkVisibility() && e.scrollWidth > e.clientWidth + 1"
        " && getComputedStyle(e).display !== 'inline')"
        ".map(e => e.outerHTML.slice(0, 80))"
    )
    assert inner == []


def _sideways(page: ShopPage) -> int:
    return int(
        page.driver.execute_script("return document.documentElement.scrollWidth")
    )


def test_names_and_foreign_words_keep_their_order_from_right_to_left(
    reader: ShopPage,
) -> None:
    """A cookie's name begins at the left, and a full stop comes last."""
    reader.show("/consent/?lang=ar")
    unfold(reader)
    first, last = (
        reader.driver.execute_script(_PLACE, reader.find(selector), at)
        for selector, at in (("code", 0), ("code", -1))
    )
    assert reader.find("code").text.startswith("_")
    assert first < last
    # The gallery has no Arabic words for this group.
    purpose = reader.find("[aria-labelledby=ck-group-embeds] > p")
    assert purpose.text == "Content from other sites within the pages."
    stop, before = (
        reader.driver.execute_script(_PLACE, purpose, at) for at in (-1, -2)
    )
    assert before < stop


#: How far to the right a character stands.
_PLACE = """
const texts = document.createTreeWalker(arguments[0], NodeFilter.SHOW_TEXT);
const text = texts.nextNode(), at = document.createRange();
const index = arguments[1] < 0 ? text.data.length + arguments[1] : arguments[1];
at.setStart(text, index);
at.setEnd(text, index + 1);
return at.getBoundingClientRect().left;
"""


@pytest.mark.parametrize("size", [(390, 844), (320, 568), (1280, 800)])
def test_saving_is_within_reach_from_everywhere_in_the_choices(
    reader: ShopPage, size: tuple[int, int]
) -> None:
    reader.resize(*size)
    reader.show("/consent/")
    unfold(reader)
    save = reader.find(".ck-bar [value=save]")
    form = reader.find(".ck-page form:has(.ck-bar)")
    for part in (0.1, 0.5, 0.9):
        reader.driver.execute_script(
            "const {top, height} = arguments[0].getBoundingClientRect();"
            "scrollTo({top: scrollY + top + height * arguments[1] - innerHeight / 2,"
            " behavior: 'instant'})",
            form,
            part,
        )
        seen = reader.driver.execute_script(
            "const {top, bottom} = arguments[0].getBoundingClientRect();"
            "return top >= 0 && bottom <= innerHeight",
            save,
        )
        assert seen, part


def test_nothing_of_it_is_printed(reader: ShopPage) -> None:
    reader.show("/")
    reader.driver.execute_cdp_cmd(
        "Emulation.setEmulatedMedia", {"media": "print", "features": []}
    )
    assert reader.banner is None
    assert reader.find("body").value_of_css_property("padding-bottom") == "0px"


def test_a_page_can_ask_for_one_scheme(reader: ShopPage) -> None:
    ground = (
        "return getComputedStyle(document.getElementById('consentkit')).colorScheme"
    )
    force = "document.documentElement.dataset.ckScheme = arguments[0]"
    reader.prefer(prefers_color_scheme="dark")
    reader.show("/")
    assert reader.driver.execute_script(ground) == "dark"
    reader.driver.execute_script(force, "light")
    assert reader.driver.execute_script(ground) == "light"
    reader.prefer(prefers_color_scheme="light")
    reader.driver.execute_script(force, "dark")
    assert reader.driver.execute_script(ground) == "dark"
