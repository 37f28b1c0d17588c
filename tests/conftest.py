from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

import pytest
from flask import Flask, Response
from hypothesis import HealthCheck, settings
from jinja2 import BytecodeCache, FileSystemBytecodeCache
from webtest import TestApp

from consentkit import ConsentKit

if TYPE_CHECKING:
    from pathlib import Path

# No test depends on how fast a machine is. What else is set stays: where CI is named
# in the environment, Hypothesis tries the same examples each time.
settings.register_profile(
    "unhurried",
    settings.get_profile(settings.get_current_profile_name()),
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
)
settings.load_profile("unhurried")

POLICY: Mapping[str, Any] = {
    "notice": {"controller": "Pebble & Pine", "contact": "privacy@pebble.example"},
    "services": {
        "meta_pixel": {},
        "spin": {
            "name": "Spin to win",
            "group": "personalisation",
            "hosts": ["cdn.spin.example"],
            "cookies": [
                {"name": "spin_*", "lifetime": "90 days", "purpose": "Your spin"}
            ],
        },
    },
    "hooks": {
        "cart_reminder": {
            "group": "personalisation",
            "service": "spin",
            "purpose": "Reminds you of your basket",
        }
    },
}
TAG = '<script src="https://cdn.spin.example/wheel.js"></script>'
PAGE = f'<!doctype html><html lang="en"><body>{TAG}<p>Lamps</p></body></html>'

MakeShop = Callable[..., Flask]


@pytest.fixture(scope="session")
def compiled(tmp_path_factory: pytest.TempPathFactory) -> BytecodeCache:
    return FileSystemBytecodeCache(str(tmp_path_factory.mktemp("templates")))


@pytest.fixture
def make_shop(tmp_path: Path, compiled: BytecodeCache) -> Iterator[MakeShop]:
    """Get what makes a shop whose front page carries a tag; its log is closed."""
    made: list[Flask] = []

    def make(
        policy: Mapping[str, Any] = POLICY,
        consent: ConsentKit | None = None,
        **config: Any,
    ) -> Flask:
        folder = tmp_path / str(len(made))
        app = Flask(f"shop{len(made)}", instance_path=str(folder))
        settings = {"SECRET_KEY": "k" * 32, "CONSENTKIT_POLICY": policy}
        app.config.update({"TESTING": True} | settings | config)
        # Templates are compiled once for all tests.
        app.jinja_options = {"bytecode_cache": compiled}
        (consent or ConsentKit()).init_app(app)
        made.append(app)
        app.add_url_rule("/", "front", lambda: PAGE)
        app.add_url_rule("/spin", "spin", _spin)
        return app

    yield make
    for app in made:
        app.extensions["consentkit"].log.engine.dispose()


def _spin() -> Response:
    response = Response("<!doctype html><body>spun")
    response.set_cookie("spin_result", "7", httponly=True)
    return response


@pytest.fixture
def shop(make_shop: MakeShop) -> Flask:
    return make_shop()


@pytest.fixture
def visitor(shop: Flask) -> TestApp:
    """Get a browser of sorts, which checks every answer against PEP 3333."""
    return TestApp(shop, extra_environ={"HTTP_ACCEPT": "text/html"})
