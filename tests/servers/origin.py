"""The shops behind the caches, as gunicorn loads them: one for each delivery mode."""

from __future__ import annotations

import os
import secrets
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import time_machine
from flask import Flask, Response, jsonify

from consentkit import ConsentKit, current_consent
from tests.conftest import POLICY, TAG

if TYPE_CHECKING:
    from collections.abc import Iterable
    from wsgiref.types import StartResponse, WSGIApplication

#: Where the shops' logs are kept.
FOLDER: Final = "TEST_SHOP_FOLDER"
#: A request that carries this header is answered by a shop so many days older.
DAYS_LATER: Final = "Test-Days-Later"
MODES: Final = ("private", "variant", "universal")
WORKER: Final = "importScripts('https://cdn.spin.example/worker.js')"
_MONTH: Final = 30 * 24 * 3600


def shops() -> WSGIApplication:
    """Make the shops, told apart by the first word of the host that is asked."""
    folder = Path(os.environ[FOLDER])
    apps = {mode: _dated(_shop(mode, folder / mode)) for mode in MODES}

    def run(environ: dict[str, Any], start: StartResponse) -> Iterable[bytes]:
        mode, _, _ = environ.get("HTTP_HOST", "").partition(".")
        return apps.get(mode, apps["private"])(environ, start)

    return run


def _shop(delivery: str, folder: Path) -> Flask:
    app = Flask(delivery, instance_path=str(folder))
    app.config.update(
        SECRET_KEY="k" * 32,
        CONSENTKIT_POLICY=POLICY,
        CONSENTKIT_DELIVERY=delivery,
    )
    ConsentKit(app)
    app.add_url_rule("/health", "health", lambda: "well")
    app.add_url_rule("/page/<name>", "page", _page)
    app.add_url_rule("/data/<name>", "data", _data)
    app.add_url_rule("/spin/<name>", "spin", _spin)
    app.add_url_rule("/worker/<name>", "worker", _worker)
    app.add_url_rule("/basket/<name>", "basket", _html)
    app.after_request(_number)
    return app


def _html(name: str) -> Response:
    return Response(f'<!doctype html><html lang="en"><body>{TAG}<h1>{name}</h1>')


def _for_all(response: Response) -> Response:
    response.headers["Cache-Control"] = f"public, max-age={_MONTH}"
    return response


def _page(name: str) -> Response:
    response = _for_all(_html(name))
    response.set_etag("first-edition")
    return response


def _data(name: str) -> Response:
    return _for_all(jsonify(name=name, spins=current_consent.has("spin")))


def _worker(name: str) -> Response:
    return _for_all(Response(WORKER, mimetype="text/javascript"))


def _spin(name: str) -> Response:
    response = _for_all(_html(name))
    response.set_cookie("spin_result", name)
    return response


def _number(response: Response) -> Response:
    """Give each answer a number, by which copies of it are known."""
    number = secrets.token_hex(8)
    response.headers["Made"] = number
    # Where scripts can read it.
    response.headers["Server-Timing"] = f'made;desc="{number}"'
    return response


def _dated(app: WSGIApplication) -> WSGIApplication:
    name = "HTTP_" + DAYS_LATER.upper().replace("-", "_")

    def run(environ: dict[str, Any], start: StartResponse) -> Iterable[bytes]:
        if name not in environ:
            return app(environ, start)
        then = datetime.now(UTC) + timedelta(days=int(environ[name]))
        with time_machine.travel(then), closing(_Read(app(environ, start))) as body:
            return [*body]

    return run


class _Read:
    """A body that can be closed, whether the app's can or not."""

    def __init__(self, body: Iterable[bytes]) -> None:
        self._body = body

    def __iter__(self) -> Any:
        return iter(self._body)

    def close(self) -> None:
        getattr(self._body, "close", lambda: None)()
