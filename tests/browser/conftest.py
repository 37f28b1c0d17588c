"""A visitor with a real browser, a shop with a real server, and all the vendors."""

from __future__ import annotations

from contextlib import ExitStack
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest
from flask import Flask

from tests.browser.certificates import Authority
from tests.browser.chromium import Chromiums, resolver_rules
from tests.browser.pages import ShopPage
from tests.browser.serving import served
from tests.browser.vendors import Vendors

if TYPE_CHECKING:
    from collections.abc import Iterator

    from selenium.webdriver import Chrome

SHOP = "www.pebble.example"
CONTROL = "www.control.example"


@dataclass(frozen=True)
class World:
    """Everything that runs for the whole session."""

    app: Flask
    vendors: Vendors
    plain_origin: str  #: the same shop without TLS
    chromiums: Chromiums


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if "browser" in item.path.parts:
            item.add_marker(pytest.mark.browser)


@pytest.fixture(scope="session")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    from example_app import create_app  # noqa: PLC0415  only the real tests need it

    folder = tmp_path_factory.mktemp("world")
    authority = Authority(folder)
    app = create_app({"EXAMPLE_INSTANCE": str(folder / "instance")})
    with ExitStack() as stack:
        vendors = stack.enter_context(Vendors(authority))
        shop = stack.enter_context(served(app, authority.context()))
        plain = stack.enter_context(served(app))
        control = stack.enter_context(served(_control(), authority.context()))
        rules = resolver_rules({SHOP: shop, CONTROL: control}, vendors.ports)
        chromiums = Chromiums(folder, rules=rules, pin=authority.pin)
        stack.callback(chromiums.quit)
        yield World(app, vendors, f"http://127.0.0.1:{plain}", chromiums)


def _control() -> Flask:
    """Make a page without ConsentKit, on which every kind of contact happens."""
    app = Flask("control")

    @app.get("/")
    def leaks() -> str:
        return _LEAKS

    return app


_LEAKS = """<!doctype html><title>Leaks</title>
<link rel="preconnect" href="https://preconnect.example.net">
<link rel="stylesheet" href="https://style.example.net/a.css">
<script async src="https://www.googletagmanager.com/gtag/js?id=G-1"></script>
<script src="https://connect.facebook.net/en_US/fbevents.js"></script>
<script src="https://analytics.tiktok.com/i18n/pixel/events.js"></script>
<img src="https://pixel.example.net/p" alt="">
<iframe src="https://frame.example.net/f" title="frame"></iframe>
<noscript><img src="https://noscript.example.net/n" alt=""></noscript>
<script>navigator.sendBeacon("https://beacon.example.net/b", "x")</script>
"""


def _visitor(world: World, driver: Chrome, origin: str = f"https://{SHOP}") -> ShopPage:
    page = ShopPage(driver, world.vendors, origin)
    page.start_afresh()
    return page


@pytest.fixture
def visitor(world: World) -> ShopPage:
    """Get a new visitor whose browser runs scripts."""
    return _visitor(world, world.chromiums.with_script)


@pytest.fixture
def plain_visitor(world: World) -> ShopPage:
    """Get a new visitor whose browser runs no scripts."""
    return _visitor(world, world.chromiums.without_script)


@pytest.fixture(params=["with JavaScript", "without JavaScript"])
def any_visitor(request: pytest.FixtureRequest, world: World) -> ShopPage:
    """Get a new visitor, once with and once without scripts."""
    if request.param == "with JavaScript":
        return _visitor(world, world.chromiums.with_script)
    return _visitor(world, world.chromiums.without_script)


@pytest.fixture
def plain_http_visitor(world: World) -> ShopPage:
    """Get a new visitor who comes without TLS."""
    return _visitor(world, world.chromiums.with_script, world.plain_origin)


@pytest.fixture
def control(world: World) -> ShopPage:
    """Get a visitor of a page where nothing is withheld."""
    return _visitor(world, world.chromiums.with_script, f"https://{CONTROL}")


@pytest.fixture
def plain_control(world: World) -> ShopPage:
    """Get the same without scripts."""
    return _visitor(world, world.chromiums.without_script, f"https://{CONTROL}")
