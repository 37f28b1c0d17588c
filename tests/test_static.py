"""The two static files: their weight, and what must not be in them."""

from __future__ import annotations

import gzip
import re
from importlib.resources import files
from pathlib import Path

import pytest
from jinja2 import Environment, PackageLoader

from consentkit.assets import ASSETS, SCRIPT, STYLES
from consentkit.notice import build_notice
from consentkit.policy import Group, NoticeTerms, Policy, Service
from consentkit.texts import available

STATIC = files("consentkit") / "static"
CSS = (STATIC / "consentkit.css").read_text(encoding="utf-8")
ALL_CSS = "".join(asset.content.decode() for asset in ASSETS.values() if asset.is_style)
JS = "".join(asset.content.decode() for asset in ASSETS.values() if not asset.is_style)

MOST = 5 * 1024


def _weight(text: str) -> int:
    return len(gzip.compress(text.encode(), 9))


def _banner(language: str) -> str:
    groups = {key: Group(key) for key in ("essential", "personalisation")}
    service = Service("ga", "Google Analytics", "personalisation", "Google")
    terms = NoticeTerms("Pebble & Pine Ltd", "privacy@pebble.example", "/privacy")
    notice = build_notice(Policy(terms, groups, {"ga": service}), language)
    templates = Environment(loader=PackageLoader("consentkit"), autoescape=True)
    return templates.get_template("consentkit/banner.html").render(
        notice=notice.content,
        notice_hash=notice.hash,
        action="/consent/",
        preferences_url="/consent/?lang=en&next=/cups",
        next="/cups",
        css_url="/consent/static/consentkit/consentkit.0123456789ab.css",
        js_url="/consent/static/consentkit/consentkit.0123456789ab.js",
    )


@pytest.mark.parametrize("language", available())
def test_the_question_weighs_at_most_five_kilobytes(language: str) -> None:
    """Markup, styles and script together, each compressed as it is sent."""
    parts = {
        "HTML": _weight(_banner(language)),
        "CSS": _weight(STYLES.content.decode()),
        "JS": _weight(SCRIPT.content.decode()),
    }
    total = sum(parts.values())
    print(f"\n{language}: {parts}, together {total} of {MOST} bytes")  # noqa: T201  the figure is wanted
    assert total <= MOST
    assert parts["JS"] <= 2 * 1024


def test_the_script_makes_no_code_and_no_markup_from_text() -> None:
    banned = (
        r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\(|Function\("
    )
    assert not re.search(banned, JS)
    assert not re.search(r"""setTimeout\(["'`]|DOMParser|\.src\s*=""", JS)


def test_the_script_keeps_nothing_in_the_browser() -> None:
    assert not re.search(r"setItem|indexedDB|\.cookie\b", JS)


def test_neither_file_names_another_host() -> None:
    assert not re.search(r"https?:|//[a-z]|@import|url\(", ALL_CSS)
    assert not re.search(r"https?:", JS)


def test_no_key_grants_anything() -> None:
    # Once a choice is made, what a visitor does cancels the way back to a position.
    deciding = [
        a for name, a in ASSETS.items() if name.endswith(".js") and name != "after.js"
    ]
    for asset in deciding:
        script = asset.content.decode()
        assert not re.search(r"keydown|keyup|keypress|Escape|[\"']scroll", script)


def test_the_layout_mirrors_for_right_to_left() -> None:
    assert not re.search(r"[-\s](?:left|right)\b", ALL_CSS)
    four = r"(?:padding|margin): [^\s(]+ ([^\s(]+) [^\s(]+ ([^\s(]+);"
    assert all(right == left for right, left in re.findall(four, ALL_CSS))


@pytest.mark.parametrize(
    "query",
    [
        "prefers-color-scheme: dark",
        "prefers-reduced-motion",
        "forced-colors: active",
        "print",
    ],
)
def test_the_styles_follow_the_visitors_settings(query: str) -> None:
    assert query in ALL_CSS


def test_three_finished_themes_are_documented() -> None:
    page = (THEMES[0].parent.parent / "place-and-restyle-the-banner.md").read_text()
    assert len(THEMES) == 3
    for theme in THEMES:
        assert f"(themes/{theme.name})" in page


def test_every_property_is_documented() -> None:
    page = (THEMES[0].parent.parent / "place-and-restyle-the-banner.md").read_text()
    used = set(re.findall(r"--ck-[a-z-]+", ALL_CSS)) - {"--ck-scheme"}
    assert {name for name in used if f"`{name}`" not in page} == set()
    for theme in THEMES:
        assert set(re.findall(r"--ck-[a-z-]+", theme.read_text())) <= used


def _luminance(colour: str) -> float:
    digits = colour * 2 if len(colour) == 3 else colour
    channels = [int(digits[i : i + 2], 16) / 255 for i in (0, 2, 4)]
    linear = [
        c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels
    ]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def _contrast(one: str, other: str) -> float:
    dark, light = sorted((_luminance(one), _luminance(other)))
    return (light + 0.05) / (dark + 0.05)


THEMES = sorted((Path(__file__).parent.parent / "docs/how-to/themes").glob("*.css"))


@pytest.mark.parametrize("scheme", [0, 1], ids=["light", "dark"])
@pytest.mark.parametrize(
    "css",
    [CSS, *(theme.read_text(encoding="utf-8") for theme in THEMES)],
    ids=["default", *(theme.stem for theme in THEMES)],
)
def test_colours_contrast_as_wcag_asks(css: str, scheme: int) -> None:
    """Text 4.5 to 1 (WCAG 1.4.3); edges and switches 3 to 1 (1.4.11)."""
    schemes = re.findall(r"\.consentkit[^{]*\{(.*?)\}", css, re.DOTALL)
    colours: dict[str, str] = dict(
        re.findall(r"--ck-([\w-]+): #([0-9a-f]{3,6});", schemes[scheme])
    )
    button = colours.get("button", colours["ink"])
    assert _contrast(button, colours.get("button-ink", colours["paper"])) >= 4.5
    for ground in ("paper", "soft"):
        for text in ("ink", "quiet", "accent"):
            assert _contrast(colours[text], colours[ground]) >= 4.5, (text, ground)
        assert _contrast(colours["edge"], colours[ground]) >= 3, ground
