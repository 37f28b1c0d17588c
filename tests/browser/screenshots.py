"""Takes the pictures of the shop that the documentation shows: ``make screenshots``."""

from __future__ import annotations

import base64
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from tests.browser.shop import PRODUCT, VIDEO_PRODUCT, fill_basket
from tests.browser.world import new_visitor, the_world

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.browser.pages import ShopPage

FOLDER = Path("screenshots")
DESKTOP = (1280, 860)
PHONE = (390, 844)

Scene = tuple[str, tuple[int, int], "Callable[[ShopPage], object]"]

SCENES: list[Scene] = [
    ("banner", DESKTOP, lambda page: page.open()),
    ("banner-phone", PHONE, lambda page: page.open()),
    ("preferences", DESKTOP, lambda page: page.open("/consent/")),
    ("preferences-phone", PHONE, lambda page: page.open("/consent/")),
    ("refused-home", DESKTOP, lambda page: page.open().reject()),
    ("refused-product", DESKTOP, lambda page: page.open(VIDEO_PRODUCT).reject()),
    ("granted-product", DESKTOP, lambda page: page.open(PRODUCT).accept()),
    ("wheel", DESKTOP, lambda page: page.open("/spin").accept()),
    ("basket", DESKTOP, fill_basket),
    ("cookies", DESKTOP, lambda page: page.open("/cookies").reject()),
]


def main() -> None:
    FOLDER.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as folder, the_world(Path(folder)) as world:
        for name, size, act in SCENES:
            page = new_visitor(world)
            page.resize(*size)
            act(page)
            picture = page.driver.execute_cdp_cmd(
                "Page.captureScreenshot", {"format": "png"}
            )
            target = FOLDER / f"{name}.png"
            target.write_bytes(base64.b64decode(picture["data"]))
            sys.stdout.write(f"{target}\n")


if __name__ == "__main__":
    main()
