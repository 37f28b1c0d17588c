"""A grant is what a visitor said and the log proves, and never more."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from flask import Response, g, jsonify, request
from webtest import TestApp

from consentkit import LogUnavailable, current_consent
from consentkit.enforce.coding import readable

if TYPE_CHECKING:
    from collections.abc import Callable

    import pytest
    from flask import Flask

FILM = (
    '<iframe src="https://www.youtube.com/embed/1" width="300" height="200"></iframe>'
)
POLICY: dict[str, Any] = {
    "notice": {"controller": "Shop", "contact": "privacy@shop.example"},
    "services": {"youtube": {}},
    "hooks": {"cart_reminder": {"group": "personalisation", "purpose": "Reminds"}},
}
GPC = {"Sec-GPC": "1"}


def fail(*_: object) -> None:
    raise LogUnavailable


def post(visitor: Any, **choice: Any) -> Any:
    headers = choice.pop("headers", {})
    status = choice.pop("status", 200)
    return visitor.post_json("/consent/", choice, headers=headers, status=status)


def test_a_placeholder_grants_its_service_alone(
    make_shop: Callable[..., Flask],
) -> None:
    """Not the group's hooks, and nothing else that follows the group."""
    visitor = TestApp(make_shop(POLICY))
    answer = post(visitor, decision="save", add="youtube")
    assert answer.json["granted"] == ["youtube"]


def test_all_services_of_the_page_of_choices_are_their_group(
    make_shop: Callable[..., Flask],
) -> None:
    visitor = TestApp(make_shop(POLICY))
    answer = post(visitor, decision="save", granted=["youtube"])
    assert answer.json["granted"] == ["personalisation", "youtube"]


def test_no_button_of_one_service_grants_a_group(
    make_shop: Callable[..., Flask],
) -> None:
    app = make_shop({**POLICY, "services": {}})
    app.add_url_rule("/film", "film", lambda: f"<!doctype html><p>{FILM}")
    page = TestApp(app).get("/film")
    assert "consentkit-placeholder" in page
    assert "Always allow" not in page


def test_less_than_before_holds_without_the_log(
    shop: Flask, visitor: TestApp, monkeypatch: pytest.MonkeyPatch
) -> None:
    post(visitor, decision="accept_all")
    monkeypatch.setattr(type(shop.extensions["consentkit"].log), "append", fail)
    assert post(visitor, decision="save", granted=["spin"]).json["granted"] == ["spin"]
    post(visitor, decision="save", granted=["spin", "meta_pixel"], status=503)
    assert visitor.get("/consent/state").json["granted"] == ["spin"]


def test_a_grant_under_the_signal_has_a_record_of_its_own(
    shop: Flask, visitor: TestApp
) -> None:
    post(visitor, decision="accept_all")
    post(visitor, decision="accept_all", headers=GPC)
    records = list(shop.extensions["consentkit"].log.records())
    assert [record.gpc for record in records] == [False, True]


def test_a_grant_after_an_unrecorded_refusal_has_a_record_of_its_own(
    shop: Flask, visitor: TestApp, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = post(visitor, decision="accept_all").json["receipt"]
    with monkeypatch.context() as broken:
        broken.setattr(type(shop.extensions["consentkit"].log), "append", fail)
        post(visitor, decision="reject_all")
    again = post(visitor, decision="accept_all").json["receipt"]
    assert again["sequence"] == first["sequence"] + 1


def test_a_teardown_that_needs_its_request_keeps_the_banner(
    shop: Flask, visitor: TestApp
) -> None:
    shop.before_request(lambda: setattr(g, "start", 1))
    shop.teardown_request(lambda _error: g.start and None)
    assert 'id="consentkit"' in visitor.get("/", headers={"Accept": "text/html"})


def test_any_bytes_in_a_query_are_answered(shop: Flask, visitor: TestApp) -> None:
    post(visitor, decision="accept_all")
    environ = {"QUERY_STRING": "q=caf\xe9&next=/\xe9"}
    for path in ("/", "/consent/"):
        page = visitor.get(path, extra_environ=environ, headers=GPC)
        assert page.status_int == 200


def test_apps_are_asked_for_no_coding_that_cant_be_read() -> None:
    assert readable("gzip, deflate, dcb, dcz") == "gzip, deflate"
    assert readable("dcb;q=1.0, GZIP;q=0.8, *;q=0.1") == "GZIP;q=0.8"
    assert readable("dcb") == "identity"


def test_no_answer_that_asked_for_consent_is_revived(
    shop: Flask, visitor: TestApp
) -> None:
    def ads() -> Response:
        response = jsonify(ads=current_consent.has("spin"))
        response.set_etag("v1")
        response.make_conditional(request)
        return response

    shop.add_url_rule("/ads", "ads", ads)
    post(visitor, decision="accept_all")
    granted = visitor.get("/ads")
    tag = granted.headers["ETag"]
    kept = visitor.get("/ads", headers={"If-None-Match": tag}, status=304)
    assert kept.headers["ETag"] == tag
    post(visitor, decision="withdraw")
    for condition in (tag, '"v1"'):
        refused = visitor.get("/ads", headers={"If-None-Match": condition})
        assert refused.json == {"ads": False}
