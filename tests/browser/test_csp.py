"""What a granted script fetches of a refused service is stopped by the browser."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from flask import Flask, Response

from consentkit import ConsentKit, undeclared_seen
from tests.browser.serving import served
from tests.browser.world import World, new_visitor

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.browser.pages import ShopPage

GRANTED, STRANGER = "cdn.spin.example", "stranger.example"
WAYS = "script beacon fetch image frame socket style audio worker module thread".split()
REFUSED = {f"{kind}.track.example" for kind in WAYS}
PAGE = (
    '<!doctype html><html lang="en"><title>Spin</title><script src="/spin.js"></script>'
)
#: A script that the visitor granted, and all that it does besides its work.
SCRIPT = f"""
const insert = (name, host) => document.documentElement.append(
    Object.assign(document.createElement(name), {{src: `https://${{host}}/x`}}));
insert("script", "script.track.example");
insert("iframe", "frame.track.example");
insert("img", "image.track.example");
insert("audio", "audio.track.example");
insert("img", "{STRANGER}");
document.head.append(Object.assign(document.createElement("link"),
    {{rel: "stylesheet", href: "https://style.track.example/x"}}));
const work = code => new Worker(URL.createObjectURL(
    new Blob([code], {{type: "text/javascript"}})));
new Worker("/thread.js");
work("importScripts('https://worker.track.example/x')");
work("import('https://module.track.example/x').catch(() => 0)");
insert("script", "{GRANTED}");
navigator.sendBeacon("https://beacon.track.example/x", "seen");
fetch("https://fetch.track.example/x", {{mode: "no-cors"}}).catch(() => 0);
fetch("https://{GRANTED}/fetched", {{mode: "no-cors"}}).catch(() => 0);
try {{ new WebSocket("wss://socket.track.example/x") }} catch {{}}
try {{ new WebSocket("wss://{GRANTED}/socket") }} catch {{}}
"""


#: A worker in a file follows the policy that the file came with.
THREAD = "importScripts('https://thread.track.example/x')"


#: Read as a page, but never rewritten.
DRAWING = f"""<svg xmlns="http://www.w3.org/2000/svg">
<script href="https://script.track.example/x"/><script href="https://{GRANTED}/drawn"/>
</svg>"""


@contextmanager
def shop(world: World, folder: Path, csp: str) -> Iterator[tuple[ShopPage, Flask]]:
    """Open a shop, and let in a visitor who granted one of its two services."""
    app = Flask("guarded", instance_path=str(folder))
    service: dict[str, Any] = {"group": "personalisation"}
    app.config.from_mapping(
        SECRET_KEY="guarded" * 6,
        CONSENTKIT_CSP=csp,
        CONSENTKIT_POLICY={
            "notice": {"controller": "Guarded Ltd", "contact": "us@guarded.example"},
            "services": {
                "spin": service | {"name": "Spin", "hosts": ["/spin.js", GRANTED]},
                "track": service | {"name": "Track", "hosts": ["track.example"]},
            },
        },
    )
    ConsentKit(app)
    app.add_url_rule("/", "home", lambda: PAGE)
    app.add_url_rule(
        "/spin.js", "spin", lambda: Response(SCRIPT, mimetype="text/javascript")
    )
    app.add_url_rule(
        "/drawing.svg", "drawing", lambda: Response(DRAWING, mimetype="image/svg+xml")
    )
    app.add_url_rule(
        "/thread.js", "thread", lambda: Response(THREAD, mimetype="text/javascript")
    )
    with served(app) as port:
        page = new_visitor(world, f"http://127.0.0.1:{port}")
        page.choose_services("spin")
        page.forget()
        yield page, app
    app.extensions["consentkit"].log.engine.dispose()


def test_a_granted_script_reaches_no_refused_service(
    world: World, tmp_path: Path
) -> None:
    with shop(world, tmp_path, "enforce") as (page, _):
        page.open()
        page.wait(lambda: page.vendors.requests(f"{GRANTED}/fetched"))
        page.settle()
        # For a frame, Chromium connects before it looks at the policy; it asks nothing.
        asked = {contact.host for contact in page.vendors.contacts if contact.method}
        assert asked == {GRANTED}
        assert page.vendors.requests(f"{GRANTED}/socket")


def test_a_drawing_reaches_no_refused_service(world: World, tmp_path: Path) -> None:
    with shop(world, tmp_path, "off") as (page, _):
        page.open("/drawing.svg")
        page.wait(lambda: page.vendors.requests(f"{GRANTED}/drawn"))
        page.settle()
        assert page.vendors.hosts == {GRANTED}


def test_a_policy_that_only_reports_stops_nothing_and_finds_strangers(
    world: World, tmp_path: Path
) -> None:
    """It also proves that every way out, which the test above closes, is one."""
    found: set[str] = set()

    def note(sender: Flask, **facts: Any) -> None:
        found.update(facts["hosts"])

    with shop(world, tmp_path, "report-only") as (page, app):
        with undeclared_seen.connected_to(note, app):
            page.open()
            page.wait(lambda: page.vendors.hosts >= REFUSED and found)
        assert found == {STRANGER}
