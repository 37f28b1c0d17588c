from __future__ import annotations

import asyncio
from importlib import import_module
from typing import TYPE_CHECKING, Any

import pytest
from flask import Blueprint, Flask, abort, g
from webtest import TestApp
from werkzeug.middleware.dispatcher import DispatcherMiddleware
from werkzeug.middleware.proxy_fix import ProxyFix

from consentkit import ConfigError, ConsentKit, PolicyError, cli, current_consent

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path
    from wsgiref.types import WSGIApplication

TAG = "cdn.spin.example"
BANNER = 'id="consentkit"'
PROXIED = {
    "X-Forwarded-Proto": "https",
    "X-Forwarded-Host": "shop.example",
    "Host": "10.0.0.7",
}


def test_one_app_is_set_up_once(shop: Flask) -> None:
    with pytest.raises(RuntimeError, match="already"):
        ConsentKit(shop)


def test_one_extension_serves_many_apps(make_shop: Callable[..., Flask]) -> None:
    consent = ConsentKit()
    first, second = (TestApp(make_shop(consent=consent)) for _ in range(2))
    first.post("/consent/", {"decision": "accept_all"})
    assert first.get("/consent/state").json["granted"]
    assert second.get("/consent/state").json["granted"] == []
    assert len(first.get("/consent/receipts").json) == 1


def test_a_broken_policy_stops_the_start(make_shop: Callable[..., Flask]) -> None:
    with pytest.raises(PolicyError, match="controller"):
        make_shop({"notice": {"contact": "privacy@pebble.example"}})


@pytest.mark.parametrize("url", ["nosuch://x/y", "postgresql+nosuch://u:pw@h/d"])
def test_a_database_without_a_driver_stops_the_start(
    make_shop: Callable[..., Flask], url: str
) -> None:
    with pytest.raises(ConfigError, match="CONSENTKIT_DATABASE_URL") as caught:
        make_shop(CONSENTKIT_DATABASE_URL=url)
    assert "pw" not in str(caught.value)


@pytest.mark.parametrize("before", [True, False])
def test_a_proxys_word_counts_whenever_it_was_added(
    make_shop: Callable[..., Flask], *, before: bool
) -> None:
    def behind_proxy(app: Flask) -> None:
        app.wsgi_app = ProxyFix(app.wsgi_app, x_host=1)  # type: ignore[method-assign]

    class Early(ConsentKit):
        def init_app(self, app: Flask) -> None:
            if before:
                behind_proxy(app)
            super().init_app(app)

    app = make_shop(consent=Early())
    if not before:
        behind_proxy(app)
    visitor = TestApp(app)
    answer = visitor.post("/consent/", {"decision": "accept_all"}, headers=PROXIED)
    name, _, value = answer.headers["Set-Cookie"].partition(";")[0].partition("=")
    assert name == "__Host-consent"
    cookie = {"Cookie": f"{name}={value}"}
    page = visitor.get("/", headers={**PROXIED, **cookie})
    assert TAG in page
    other = {**PROXIED, **cookie, "X-Forwarded-Host": "other.example"}
    assert TAG not in visitor.get("/", headers=other)


def test_an_app_below_a_path_keeps_to_it(shop: Flask) -> None:
    def nothing(environ: Any, start_response: Any) -> list[bytes]:
        start_response("404 Not Found", [("Content-Type", "text/plain")])
        return []

    mounts: dict[str, WSGIApplication] = {"/caf\xc3\xa9": shop}
    visitor = TestApp(DispatcherMiddleware(nothing, mounts))
    visitor.extra_environ["HTTP_ACCEPT"] = "text/html"
    page = visitor.get("/caf%C3%A9/")
    assert page.form.action == "/caf%C3%A9/consent/"
    assert page.form["next"].value == "/caf%C3%A9/"
    answer = page.form.submit("decision", value="accept_all")
    assert answer.headers["Location"] == "/caf%C3%A9/"
    assert TAG in visitor.get("/caf%C3%A9/")


def test_error_pages_are_pages_too(shop: Flask, visitor: TestApp) -> None:
    shop.config["PROPAGATE_EXCEPTIONS"] = False
    shop.add_url_rule("/fails", "fails", view_func=lambda: str(1 / 0))
    shop.add_url_rule("/forbidden", "forbidden", view_func=lambda: abort(403))
    shop.register_error_handler(403, lambda _: (f'<p><script src="//{TAG}">', 403))
    for path, status in [("/nowhere", 404), ("/fails", 500), ("/forbidden", 403)]:
        page = visitor.get(path, status=status)
        assert BANNER in page
        assert TAG not in page


def test_a_blueprints_missing_file_is_a_page_too(
    make_shop: Callable[..., Flask], tmp_path: Path
) -> None:
    app = make_shop()
    folder = tmp_path / "static"
    app.register_blueprint(
        Blueprint("b", __name__, static_folder=folder, url_prefix="/b")
    )
    page = TestApp(app).get("/b/static/x", headers={"Accept": "text/html"}, status=404)
    assert BANNER in page


def test_the_prefix_is_the_shops_choice(make_shop: Callable[..., Flask]) -> None:
    visitor = TestApp(make_shop(CONSENTKIT_URL_PREFIX="/my/choices"))
    page = visitor.get("/", headers={"Accept": "text/html"})
    assert page.form.action == "/my/choices/"
    visitor.get("/my/choices/state")
    visitor.get("/consent/", status=404)


def test_our_markup_needs_nothing_of_the_shops_requests(
    shop: Flask, visitor: TestApp
) -> None:
    # A context processor that fails where no before_request has run.
    shop.before_request(lambda: setattr(g, "user", "ann"))
    shop.context_processor(lambda: {"user": g.user})
    assert BANNER in visitor.get("/")
    assert visitor.get("/consent/").status_int == 200


@pytest.mark.parametrize("testing", [True, False])
def test_a_broken_template_breaks_no_page(
    make_shop: Callable[..., Flask],
    tmp_path: Path,
    caplog: pytest.LogCaptureFixture,
    *,
    testing: bool,
) -> None:
    app = make_shop(TESTING=testing)
    folder = tmp_path / "templates" / "consentkit"
    folder.mkdir(parents=True)
    (folder / "banner.html").write_text("{{ 1 / 0 }}")
    app.root_path = str(tmp_path)
    app.template_folder = "templates"
    client = app.test_client()
    if testing:
        with pytest.raises(ZeroDivisionError):
            client.get("/")
    else:
        page = client.get("/").text
        assert TAG not in page
        assert "Lamps" in page
        assert "template" in caplog.text


def test_a_banner_can_be_placed_by_hand_alone(make_shop: Callable[..., Flask]) -> None:
    visitor = TestApp(make_shop(CONSENTKIT_AUTO_BANNER=False))
    assert BANNER not in visitor.get("/", headers={"Accept": "text/html"})


@pytest.mark.parametrize(("mode", "left"), [("report", True), ("block", False)])
def test_what_nothing_declares_is_reported_or_blocked(
    make_shop: Callable[..., Flask],
    caplog: pytest.LogCaptureFixture,
    mode: str,
    *,
    left: bool,
) -> None:
    app = make_shop(CONSENTKIT_UNDECLARED=mode)
    page = '<!doctype html><body><script src="//odd.example/x.js"></script>'
    app.add_url_rule("/odd", view_func=lambda: page)
    visitor = TestApp(app)
    assert ("odd.example" in visitor.get("/odd")) is left
    visitor.get("/odd")
    assert caplog.text.count("pages load from odd.example") == 1


def test_asynchronous_views_see_the_consent(shop: Flask, visitor: TestApp) -> None:
    async def view() -> dict[str, bool]:
        await asyncio.sleep(0)
        return {"spin": current_consent.has("spin")}

    shop.add_url_rule("/async", view_func=view)
    visitor.post("/consent/", {"decision": "accept_all"})
    assert visitor.get("/async").json == {"spin": True}


@pytest.mark.parametrize("command", ["check", "services"])
def test_the_command_line_works_while_the_policy_is_broken(
    tmp_path: Path, command: str
) -> None:
    app = Flask(__name__, root_path=str(tmp_path))
    app.config["CONSENTKIT_POLICY"] = {"notice": {}}
    result = app.test_cli_runner().invoke(cli.consent, [command])
    assert result.exit_code == (1 if command == "check" else 0)
    assert not isinstance(result.exception, ConfigError)


def test_a_shop_extends_one_block_of_ours(
    make_shop: Callable[..., Flask], tmp_path: Path
) -> None:
    app = make_shop()
    folder = tmp_path / "templates" / "consentkit"
    folder.mkdir(parents=True)
    (folder / "banner.html").write_text(
        '{% extends "consentkit_original/banner.html" %}'
        "{% block text %}<p>Our words</p>{{ super() }}{% endblock %}"
    )
    app.root_path = str(tmp_path)
    app.template_folder = "templates"
    page = app.test_client().get("/").text
    assert "<p>Our words</p>" in page
    assert "Accept all" in page


class _Protected(ConsentKit):
    """Set up after Flask-WTF, as in its documentation."""

    def init_app(self, app: Flask) -> None:
        import_module("flask_wtf.csrf").CSRFProtect(app)
        super().init_app(app)


def test_our_origin_check_stands_in_for_flask_wtfs_token(
    make_shop: Callable[..., Flask],
) -> None:
    client = make_shop(consent=_Protected()).test_client()
    refusal = {"decision": "reject_all"}
    assert client.post("/consent/", data=refusal).status_code == 303
    elsewhere = {"Sec-Fetch-Site": "cross-site"}
    answer = client.post("/consent/", data=refusal, headers=elsewhere)
    assert answer.status_code == 403
    assert "did not come from a page of ours" in answer.text
