"""Extensions that many shops have, set up before ours and after it."""

from __future__ import annotations

import gzip
import zlib
from importlib import import_module
from typing import TYPE_CHECKING, Any

import pytest
import zstandard
from flask import Flask, Response, jsonify, request, stream_with_context
from flask_caching import Cache
from flask_compress import Compress
from flask_talisman import Talisman  # type: ignore[import-untyped]

from consentkit import ConsentKit, current_consent
from tests.conftest import PAGE, POLICY, TAG

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from flask.testing import FlaskClient
    from werkzeug.test import TestResponse

#: Comes without types.
brotli: Any = import_module("brotli")
DECODERS: dict[str, Callable[[bytes], bytes]] = {
    "gzip": gzip.decompress,
    "deflate": zlib.decompress,
    "br": brotli.decompress,
    "zstd": lambda data: zstandard.ZstdDecompressor().decompressobj().decompress(data),
}
#: Long enough to be worth compressing.
LONG = PAGE.replace("<p>", "<p>Lamps of every kind. " * 99)
HTML = {"Accept": "text/html"}
GZIP = HTML | {"Accept-Encoding": "gzip"}


@pytest.fixture(params=["ours first", "ours last"])
def beside(
    request: pytest.FixtureRequest, tmp_path: Path
) -> Iterator[Callable[..., Flask]]:
    """Get what makes a shop with another extension, in both orders."""
    made: list[Flask] = []

    def make(other: Callable[[Flask], object], **config: Any) -> Flask:
        app = Flask("beside", instance_path=str(tmp_path))
        settings = {"SECRET_KEY": "k" * 32, "CONSENTKIT_POLICY": POLICY}
        app.config.update({"TESTING": True} | settings | config)
        both: list[Callable[[Flask], object]] = [ConsentKit().init_app, other]
        for set_up in both if request.param == "ours first" else both[::-1]:
            set_up(app)
        made.append(app)
        return app

    yield make
    for app in made:
        app.extensions["consentkit"].log.engine.dispose()


def everybody(app: Flask) -> dict[str, FlaskClient]:
    """Get a visitor who accepted, one who refused and a new one."""
    visitors = {name: app.test_client() for name in ("accept_all", "new", "reject_all")}
    for decision, visitor in visitors.items():
        if decision != "new":
            visitor.post("/consent/", data={"decision": decision})
    return visitors


# -- Flask-Compress --------------------------------------------------------------------


def decoded(page: TestResponse, coding: str) -> str:
    assert page.headers["Content-Encoding"] == coding
    length = page.headers.get("Content-Length", len(page.data))
    assert int(length) == len(page.data)
    return DECODERS[coding](page.data).decode()


@pytest.mark.parametrize("coding", DECODERS)
@pytest.mark.parametrize("streams", [False, True])
def test_what_flask_compress_makes_is_read(
    beside: Callable[..., Flask], coding: str, *, streams: bool
) -> None:
    app = beside(
        Compress,
        COMPRESS_ALGORITHM=[coding],
        COMPRESS_ALGORITHM_STREAMING=[coding],
        COMPRESS_STREAMS=True,
        COMPRESS_MIN_SIZE=1,
    )

    def pieces() -> Iterator[str]:
        yield LONG[:40]
        yield LONG[40:] if request.path == "/" else ""

    app.add_url_rule(
        "/", "front", lambda: stream_with_context(pieces()) if streams else LONG
    )
    for name, visitor in everybody(app).items():
        page = visitor.get("/", headers=HTML | {"Accept-Encoding": coding})
        body = decoded(page, coding)
        assert (TAG in body) is (name == "accept_all")
        assert ('id="consentkit"' in body) is (name == "new")
        assert body.count("Lamps of every kind.") == 99
        assert body.endswith(("</html>", "</template>"))


def test_flask_compress_validates_no_page_of_another_state(
    beside: Callable[..., Flask],
) -> None:
    app = beside(Compress, COMPRESS_MIN_SIZE=1)

    def page() -> Response:
        response = Response(LONG)
        response.set_etag("v1")
        return response

    app.add_url_rule("/", "front", page)
    visitors = everybody(app)
    tags = {n: v.get("/", headers=GZIP).headers["ETag"] for n, v in visitors.items()}
    assert len(set(tags.values())) == 3
    for name, visitor in visitors.items():
        for owner, tag in tags.items():
            headers = GZIP | {"If-None-Match": tag}
            answer = visitor.get("/", headers=headers)
            assert answer.status_code == (304 if owner == name else 200)
            if owner != name:
                shown = TAG in decoded(answer, "gzip")
                assert shown is (name == "accept_all")


# -- Flask-Caching ---------------------------------------------------------------------


def test_a_page_of_flask_caching_is_rewritten_for_each(
    beside: Callable[..., Flask],
) -> None:
    cache = Cache(config={"CACHE_TYPE": "SimpleCache"})
    app = beside(cache.init_app)
    calls: list[str] = []

    @app.route("/")
    @cache.cached(timeout=60)
    def front() -> str:
        calls.append("made")
        return PAGE

    visitors = everybody(app)
    for name, visitor in list(visitors.items()) * 2 + list(visitors.items())[::-1]:
        page = visitor.get("/", headers=HTML)
        assert (TAG in page.text) is (name == "accept_all")
        assert ('id="consentkit"' in page.text) is (name == "new")
        assert "private" in page.headers["Cache-Control"]
    assert calls == ["made"]


def test_what_asks_for_consent_is_cached_by_variant(
    beside: Callable[..., Flask],
) -> None:
    cache = Cache(config={"CACHE_TYPE": "SimpleCache"})
    app = beside(cache.init_app)
    calls: list[str] = []

    def key() -> str:
        return f"{request.path} {ConsentKit.variant()}"

    @app.route("/data")
    @cache.cached(timeout=60, make_cache_key=key)
    def data() -> Response:
        calls.append("made")
        return jsonify(granted=current_consent.has("spin"))

    visitors = everybody(app)
    for name, visitor in list(visitors.items()) * 2 + list(visitors.items())[::-1]:
        answer = visitor.get("/data")
        assert answer.json == {"granted": name == "accept_all"}
        # Also where the cache answers, so that the view isn't run.
        assert "private" in answer.headers["Cache-Control"]
        assert "Cookie" in answer.headers["Vary"]
    assert calls == ["made"] * 3


# -- Flask-Talisman --------------------------------------------------------------------


def test_flask_talismans_headers_stand_beside_ours(
    beside: Callable[..., Flask],
) -> None:
    def talisman(app: Flask) -> None:
        Talisman(
            app,
            force_https=False,
            content_security_policy={"script-src": "'self'"},
            content_security_policy_nonce_in=["script-src"],
        )

    app = beside(talisman, CONSENTKIT_CSP="enforce")
    app.add_url_rule("/", "front", lambda: PAGE)
    for name, visitor in everybody(app).items():
        page = visitor.get("/", headers=HTML)
        policies = page.headers.getlist("Content-Security-Policy")
        assert len(policies) == 2
        nonce = policies[0].partition("'nonce-")[2].partition("'")[0]
        assert nonce
        assert (TAG in page.text) is (name == "accept_all")
        # Our own script runs under the shop's policy.
        ours = f'nonce="{nonce}"></script>' in page.text
        assert ours is (name == "new")
        assert ("cdn.spin.example" in policies[1]) is (name == "accept_all")
