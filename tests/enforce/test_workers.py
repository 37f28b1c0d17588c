from __future__ import annotations

import gzip
from typing import TYPE_CHECKING, Any

import pytest
from flask import Flask, Response, request

from consentkit.enforce.workers import ENDING
from tests.conftest import PAGE, POLICY, TAG

if TYPE_CHECKING:
    from flask.testing import FlaskClient

    from tests.conftest import MakeShop

OWN = "self.addEventListener('fetch', () => {}); const a = '</script><!--';"
HOST = "https://cdn.spin.example"
REFUSED = {
    "a classic import": f"importScripts('/own.js', '{HOST}/sw.js');" + OWN,
    "an import with blanks": f'importScripts ( "{HOST}/sw.js" )',
    "a static import": f'import * as spin from "{HOST}/sw.js";' + OWN,
    "a bare import": f"import '{HOST}/sw.js'",
    "a dynamic import": f"import(`{HOST}/sw.js`)",
    "no scheme": "importScripts('//cdn.spin.example/sw.js')",
}
HARMLESS = {
    "of the shop": OWN,
    "an import of the shop": "importScripts('/own.js');" + OWN,
    "a look-alike": "importScripts('https://cdn.spin.example.org/sw.js')",
    "a query": "importScripts('/own.js?from=https://cdn.spin.example/')",
}
SERVICE_WORKER = {"Service-Worker": "script", "Sec-Fetch-Dest": "serviceworker"}


def sent(script: bytes) -> Response:
    response = Response(script, mimetype="text/javascript")
    response.headers["Cache-Control"] = "public, max-age=600"
    response.headers["Service-Worker-Allowed"] = "/"
    response.set_etag("v1")
    response.make_conditional(request)
    return response


def shop_with(make_shop: MakeShop, script: str, **config: Any) -> Flask:
    app = make_shop(**config)
    app.add_url_rule("/sw.js", "worker", lambda: sent(script.encode()))
    return app


def granting(app: Flask) -> FlaskClient:
    visitor = app.test_client()
    visitor.post("/consent/", data={"decision": "accept_all"})
    return visitor


@pytest.mark.parametrize("name", REFUSED)
@pytest.mark.parametrize("header", SERVICE_WORKER)
def test_a_refused_service_worker_is_ended(
    make_shop: MakeShop, name: str, header: str
) -> None:
    app = shop_with(make_shop, REFUSED[name])
    asked = {header: SERVICE_WORKER[header], "If-None-Match": '"v1"'}
    answer = app.test_client().get("/sw.js", headers=asked)
    assert answer.data == ENDING
    assert answer.status_code == 200
    assert answer.mimetype == "text/javascript"
    assert answer.headers["Service-Worker-Allowed"] == "/"
    assert "private" in answer.headers["Cache-Control"]
    granted = granting(app).get("/sw.js", headers=SERVICE_WORKER)
    assert granted.text == REFUSED[name]
    assert granted.headers["Cache-Control"] == "public, max-age=600"


@pytest.mark.parametrize("name", HARMLESS)
def test_a_service_worker_of_the_shop_stays(make_shop: MakeShop, name: str) -> None:
    app = shop_with(make_shop, HARMLESS[name])
    answer = app.test_client().get("/sw.js", headers=SERVICE_WORKER)
    assert answer.text == HARMLESS[name]
    assert answer.headers["Content-Length"] == str(len(HARMLESS[name]))


def test_one_that_is_declared_by_its_path_is_ended(make_shop: MakeShop) -> None:
    push = {"name": "Push", "group": "personalisation", "hosts": ["/sw.js"]}
    policy = {**POLICY, "services": {"push": push}, "hooks": {}}
    app = make_shop(policy)
    app.add_url_rule("/sw.js", "worker", lambda: sent(b"// nothing gives it away"))
    answer = app.test_client().get("/sw.js", headers=SERVICE_WORKER)
    assert answer.data == ENDING


def test_what_is_coded_is_read(make_shop: MakeShop) -> None:
    app = make_shop()
    coded = gzip.compress(REFUSED["a classic import"].encode())

    def worker() -> Response:
        response = sent(coded)
        response.headers["Content-Encoding"] = "gzip"
        return response

    app.add_url_rule("/sw.js", "worker", worker)
    answer = app.test_client().get("/sw.js", headers=SERVICE_WORKER)
    assert answer.data == ENDING
    assert "Content-Encoding" not in answer.headers


@pytest.mark.parametrize("coding", ["x-none", "gzip"])
def test_what_cannot_be_read_is_under_a_policy(
    make_shop: MakeShop, coding: str
) -> None:
    app = make_shop()

    def worker() -> Response:
        response = sent(b"no gzip at all")
        response.headers["Content-Encoding"] = coding
        return response

    app.add_url_rule("/sw.js", "worker", worker)
    answer = app.test_client().get("/sw.js", headers=SERVICE_WORKER)
    assert answer.data == b"no gzip at all"
    assert "default-src 'self'" in answer.headers["Content-Security-Policy"]


def test_as_a_script_of_a_page_it_stays_as_it_is(make_shop: MakeShop) -> None:
    app = shop_with(make_shop, REFUSED["a classic import"])
    answer = app.test_client().get("/sw.js", headers={"Sec-Fetch-Dest": "script"})
    assert answer.text == REFUSED["a classic import"]
    assert answer.headers["Cache-Control"] == "public, max-age=600"
    assert "Vary" not in answer.headers


@pytest.mark.parametrize("kind", ["text/html", "application/xhtml+xml", ""])
@pytest.mark.parametrize("csp", ["off", "enforce"])
def test_who_pretends_to_want_a_worker_gets_no_page_unread(
    make_shop: MakeShop, kind: str, csp: str
) -> None:
    app = make_shop(CONSENTKIT_CSP=csp)
    app.add_url_rule("/page", "page", lambda: Response(PAGE, content_type=kind))
    plain = app.test_client().get("/page")
    pretended = app.test_client().get("/page", headers=SERVICE_WORKER)
    assert pretended.data == plain.data
    policy = pretended.headers.get("Content-Security-Policy", "")
    assert TAG not in pretended.text or "default-src 'self'" in policy


@pytest.mark.parametrize("kind", ["worker", "sharedworker", "serviceworker"])
def test_a_worker_is_under_the_policy_of_pages(make_shop: MakeShop, kind: str) -> None:
    """It doesn't follow that of the page which starts it (HTML, "run a worker")."""
    app = shop_with(make_shop, OWN, CONSENTKIT_CSP="enforce")
    asked = {"Sec-Fetch-Dest": kind, "If-None-Match": '"v1"'}
    for visitor, granted in ((app.test_client(), False), (granting(app), True)):
        answer = visitor.get("/sw.js", headers=asked)
        assert answer.text == OWN
        policy = answer.headers["Content-Security-Policy"]
        assert ("cdn.spin.example" in policy) is granted
        assert "private" in answer.headers["Cache-Control"]
        assert "Cookie" in answer.headers["Vary"]
