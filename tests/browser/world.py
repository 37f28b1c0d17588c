"""Everything that runs around a test: the shop, the vendors, the browsers."""

from __future__ import annotations

from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from flask import Flask, Response

from tests.browser import after_choice, signalling, states
from tests.browser.certificates import Authority
from tests.browser.chromium import Chromiums, resolver_rules
from tests.browser.pages import ShopPage
from tests.browser.serving import served
from tests.browser.vendors import Vendors

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

SHOP = "www.pebble.example"
CONTROL = "www.control.example"
STRICT = "www.strict.example"


@dataclass(frozen=True)
class World:
    """The shop and its surroundings, as long as they run."""

    app: Flask
    vendors: Vendors
    plain_origin: str  #: the same shop without TLS
    chromiums: Chromiums
    forms: Flask  #: a shop that counts what is asked of it


@contextmanager
def the_world(folder: Path) -> Iterator[World]:
    """Open the shop, the vendors and a page that withholds nothing."""
    from example_app import create_app  # noqa: PLC0415  the rest works without it

    authority = Authority(folder)
    app = create_app({"EXAMPLE_INSTANCE": str(folder / "instance")})
    with ExitStack() as stack:
        vendors = stack.enter_context(Vendors(authority))
        shop = stack.enter_context(served(app, authority.context()))
        plain = stack.enter_context(served(app))
        control = stack.enter_context(served(_control(), authority.context()))
        strict = stack.enter_context(served(_strict(folder), authority.context()))
        forms = after_choice.make(folder)
        port = stack.enter_context(served(forms, authority.context()))
        hosts = {SHOP: shop, CONTROL: control, STRICT: strict, after_choice.HOST: port}
        signals = served(signalling.make(folder), authority.context())
        hosts[signalling.HOST] = stack.enter_context(signals)
        states_shop = served(states.make(folder), authority.context())
        hosts[states.HOST] = stack.enter_context(states_shop)
        rules = resolver_rules(hosts, vendors.ports)
        chromiums = Chromiums(folder, rules=rules, pin=authority.pin)
        stack.callback(chromiums.quit)
        yield World(app, vendors, f"http://127.0.0.1:{plain}", chromiums, forms)


def new_visitor(
    world: World, origin: str = f"https://{SHOP}", *, javascript: bool = True
) -> ShopPage:
    """Get a visitor whom nobody knows yet."""
    browsers = world.chromiums
    driver = browsers.with_script if javascript else browsers.without_script
    page = ShopPage(driver, world.vendors, origin)
    page.start_afresh()
    return page


def _control() -> Flask:
    app = Flask("control")

    @app.get("/")
    def leaks() -> str:
        return _LEAKS

    return app


def _strict(folder: Path) -> Flask:
    """Make a shop with as strict a security policy as browsers know."""
    from consentkit import ConsentKit  # noqa: PLC0415  the rest works without it

    app = Flask("strict", instance_path=str(folder / "strict"))
    app.config.from_mapping(
        SECRET_KEY="strict" * 6,
        CONSENTKIT_POLICY={
            "notice": {"controller": "Strict Ltd", "contact": "us@strict.example"},
            "services": {"meta_pixel": {}, "youtube": {}},
        },
    )
    ConsentKit(app)

    def strict(policy: str) -> Response:
        page = Response(_STRICT_PAGE, mimetype="text/html")
        page.headers["Content-Security-Policy"] = f"{policy}; {_TRUSTED_TYPES}"
        return page

    for path, policy in _STRICT_POLICIES.items():
        app.add_url_rule(path, path, strict, defaults={"policy": policy})
    return app


_TRUSTED_TYPES = "require-trusted-types-for 'script'; trusted-types 'none'"
#: By the path of the page that has it.
_STRICT_POLICIES = {
    "/": "default-src 'self'; frame-src https://www.youtube.com",
    "/nonce": "script-src 'nonce-r4nd0m'; style-src 'nonce-r4nd0m'; object-src 'none';"
    " base-uri 'none'",
}
_STRICT_PAGE = """<!doctype html><html lang="en"><title>Strict</title>
<main><h1>Strict</h1>
<iframe src="https://www.youtube.com/embed/x" width="400" height="300"></iframe></main>
"""

#: A page on which every kind of contact happens.
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
