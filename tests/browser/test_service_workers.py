"""A service worker ends with the consent to its service."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from flask import Flask, Response

from consentkit import ConsentKit
from tests.browser.serving import served
from tests.browser.world import World, new_visitor

if TYPE_CHECKING:
    from pathlib import Path

PAGE = '<!doctype html><html lang="en"><title>Push</title><p>Lamps'
#: What vendors have shops put on their own host.
SCRIPT = "addEventListener('fetch', () => {});"
REGISTER = """
const done = arguments[arguments.length - 1];
navigator.serviceWorker.register("/push.js")
    .then(() => navigator.serviceWorker.ready).then(() => done("ready"), done);
"""
UPDATE = """
const done = arguments[arguments.length - 1];
navigator.serviceWorker.getRegistrations()
    .then((all) => Promise.allSettled(all.map((one) => one.update())))
    .then(() => done(), done);
"""
COUNT = """
const done = arguments[arguments.length - 1];
navigator.serviceWorker.getRegistrations().then((all) => done(all.length));
"""


def test_a_service_worker_ends_with_the_consent_to_its_service(
    world: World, tmp_path: Path
) -> None:
    app = Flask("pushing", instance_path=str(tmp_path))
    push = {"name": "Push", "group": "personalisation", "hosts": ["/push.js"]}
    app.config.from_mapping(
        SECRET_KEY="pushing" * 6,
        CONSENTKIT_POLICY={
            "notice": {"controller": "Push Ltd", "contact": "us@push.example"},
            "services": {"push": push},
        },
    )
    ConsentKit(app)
    app.add_url_rule("/", "home", lambda: PAGE)
    app.add_url_rule(
        "/push.js", "push", lambda: Response(SCRIPT, mimetype="text/javascript")
    )
    with served(app) as port:
        page = new_visitor(world, f"http://127.0.0.1:{port}")

        def run(script: str) -> Any:
            return page.driver.execute_async_script(script)

        page.open().accept()
        page.open()
        assert run(REGISTER) == "ready"
        run(UPDATE)
        assert run(COUNT) == 1
        page.withdraw()
        page.open()
        run(UPDATE)  # browsers do it by themselves, in their own time
        page.wait(lambda: run(COUNT) == 0)
    app.extensions["consentkit"].log.engine.dispose()
