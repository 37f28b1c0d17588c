"""Takes pictures of everything visitors see of us: ``make screenshots``."""

from __future__ import annotations

import base64
import sys
import tempfile
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from tests.browser.gallery import PARTS, opened
from tests.browser.shop import PRODUCT, VIDEO_PRODUCT, fill_basket
from tests.browser.states import HOST
from tests.browser.world import SHOP, new_visitor, the_world

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from flask import Flask

    from tests.browser.pages import ShopPage
    from tests.browser.world import World

FOLDER = Path("screenshots")
THEMES = Path("docs/how-to/themes")
DESKTOP = (1280, 860)
PHONE = (390, 844)
SMALL = (320, 568)
TABLET = (768, 1024)
#: 400 % of a window that is 1280 pixels wide and 1024 high (WCAG 1.4.10).
ZOOMED = (320, 256)


@dataclass(frozen=True)
class Scene:
    """One picture: what is done before it, how large, and what the visitor prefers."""

    name: str
    size: tuple[int, int]
    act: Callable[[ShopPage], object]
    prefers: dict[str, str] = field(default_factory=dict)
    theme: str = ""
    at: str = "shop"  #: or in the gallery, or of a visitor in California
    javascript: bool = True


DARK = {"prefers_color_scheme": "dark"}
FORCED = {"forced_colors": "active"}


def _open(path: str) -> Callable[[ShopPage], object]:
    return lambda page: page.open(path)


def _decided(path: str, *services: str) -> Callable[[ShopPage], object]:
    def act(page: ShopPage) -> None:
        page.choose_services(*services)
        page.open(path)

    return act


def _dialog(page: ShopPage) -> None:
    page.open("/").open_dialog()


def _dialog_in(language: str) -> Callable[[ShopPage], object]:
    return lambda page: page.open(f"/?lang={language}").open_dialog()


def _refused(page: ShopPage) -> None:
    page.open("/").button("reject_all").click()
    page.wait(lambda: page.find("[role=status]").text)


def _scrolled(page: ShopPage) -> None:
    page.open("/consent/")
    page.driver.execute_script("scrollTo(0, 900)")


def _unfolded(page: ShopPage) -> None:
    page.open_preferences()
    page.driver.execute_script(
        "document.querySelector('.ck-services details').scrollIntoView()"
    )


def _with_history(page: ShopPage) -> None:
    page.open("/").reject()
    page.choose_services("youtube")
    page.open("/consent/")
    page.driver.execute_script("document.querySelector('#ck-history').scrollIntoView()")


def _scenes() -> Iterator[Scene]:
    for suffix, size in (("", DESKTOP), ("-phone", PHONE)):
        yield Scene(f"banner{suffix}", size, _open("/"))
        yield Scene(f"banner-dark{suffix}", size, _open("/"), DARK, at="gallery")
        yield Scene(f"preferences{suffix}", size, _open("/consent/"))
        yield Scene(f"dialog{suffix}", size, _dialog)
        yield Scene(f"dialog-dark{suffix}", size, _dialog, DARK, at="gallery")
        yield Scene(f"history{suffix}", size, _with_history)
        yield Scene(f"cookies{suffix}", size, _unfolded)
        yield Scene(f"declared{suffix}", size, _open("/declared"), at="gallery")
        yield Scene(f"scrolled{suffix}", size, _scrolled)
        yield Scene(f"refused{suffix}", size, _decided("/consent/"))
        for part in PARTS:
            if part != "/declared":
                name = f"withheld{part.replace('/', '-')}{suffix}"
                yield Scene(name, size, _decided(part), at="gallery")
        for theme in sorted(THEMES.glob("*.css")):
            name = f"theme-{theme.stem}{suffix}"
            yield Scene(name, size, _open("/"), theme=theme.stem, at="gallery")
        yield Scene(f"rights{suffix}", size, _open("/consent/rights"), at="states")
        yield Scene(f"opt-out{suffix}", size, _open("/"), at="states")
    yield Scene("banner-small", SMALL, _open("/"))
    yield Scene("banner-zoomed", ZOOMED, _open("/"))
    yield Scene("banner-tablet", TABLET, _open("/"))
    yield Scene("banner-german", SMALL, _open("/?lang=de"), at="gallery")
    yield Scene("banner-german-zoomed", ZOOMED, _open("/?lang=de"), at="gallery")
    yield Scene("banner-arabic", PHONE, _open("/?lang=ar"), at="gallery")
    yield Scene("dialog-arabic", PHONE, _dialog_in("ar"), at="gallery")
    yield Scene("declared-arabic", DESKTOP, _decided("/declared?lang=ar"), at="gallery")
    yield Scene("refused-at-once", PHONE, _refused)
    yield Scene("banner-forced", DESKTOP, _open("/"), FORCED, at="gallery")
    yield Scene("dialog-forced", PHONE, _dialog, FORCED, at="gallery")
    yield Scene("dialog-small", SMALL, _dialog)
    yield Scene("preferences-scriptless", PHONE, _open("/consent/"), javascript=False)
    yield Scene("withheld-dark", PHONE, _decided("/video"), DARK, at="gallery")
    yield Scene(
        "withheld-shop", DESKTOP, lambda page: page.open(VIDEO_PRODUCT).reject()
    )
    yield Scene("granted-product", DESKTOP, lambda page: page.open(PRODUCT).accept())
    yield Scene("wheel", DESKTOP, lambda page: page.open("/spin").accept())
    yield Scene("basket", DESKTOP, fill_basket)


def main(wanted: list[str]) -> None:
    """Take those pictures whose names begin so, or all."""
    FOLDER.mkdir(exist_ok=True)
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        world = stack.enter_context(the_world(folder))
        origin, app = stack.enter_context(opened(folder / "gallery"))
        for scene in _scenes():
            if not wanted or any(scene.name.startswith(name) for name in wanted):
                target = FOLDER / f"{scene.name}.png"
                target.write_bytes(_picture(scene, world, origin, app))
                sys.stdout.write(f"{target}\n")


def _picture(scene: Scene, world: World, origin: str, app: Flask) -> bytes:
    look = app.config["LOOK"]
    if scene.theme:
        theme = THEMES / f"{scene.theme}.css"
        app.config["LOOK"] = look + theme.read_text(encoding="utf-8")
    origins = {
        "gallery": origin,
        "states": f"https://{HOST}",
        "shop": f"https://{SHOP}",
    }
    page = new_visitor(world, origins[scene.at], javascript=scene.javascript)
    page.resize(*scene.size)
    page.prefer(**scene.prefers)
    scene.act(page)
    app.config["LOOK"] = look
    picture = page.driver.execute_cdp_cmd("Page.captureScreenshot", {"format": "png"})
    return base64.b64decode(picture["data"])


if __name__ == "__main__":
    main(sys.argv[1:])
