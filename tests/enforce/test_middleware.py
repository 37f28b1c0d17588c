from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from flask import (
    Flask,
    Response,
    make_response,
    request,
    send_file,
    stream_with_context,
)
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from webtest import TestApp

from consentkit import current_consent

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from webtest import TestResponse

TAG = "cdn.spin.example"
HELD = "spin_result=7; spin_result=8; _fbp=fb.1; basket=3"


def decide(visitor: TestApp, decision: str) -> TestResponse:
    return visitor.post("/consent/", {"decision": decision})


def headers_of(response: TestResponse, name: str) -> list[str]:
    return [v for k, v in response.headerlist if k.lower() == name]


def expired(response: TestResponse) -> set[str]:
    values = headers_of(response, "set-cookie")
    return {v.partition("=")[0] for v in values if "Max-Age=0" in v}


@pytest.fixture
def seen(shop: Flask) -> list[dict[str, str]]:
    """Get the cookies that the shop itself was shown, request by request."""
    cookies: list[dict[str, str]] = []
    shop.before_request(lambda: cookies.append(dict(request.cookies)))
    return cookies


# -- pages -----------------------------------------------------------------------------


def test_a_tag_comes_with_consent_and_goes_with_it(visitor: TestApp) -> None:
    assert TAG not in visitor.get("/")
    decide(visitor, "accept_all")
    assert TAG in visitor.get("/")
    decide(visitor, "withdraw")
    page = visitor.get("/")
    assert TAG not in page
    assert 'id="consentkit"' not in page


def test_before_a_decision_nothing_is_kept_of_a_visitor(visitor: TestApp) -> None:
    for path in ("/", "/consent/", "/consent/state", "/spin"):
        assert headers_of(visitor.get(path), "set-cookie") == []
    assert not visitor.cookies


# -- cookies ---------------------------------------------------------------------------


def test_refused_cookies_are_hidden_from_the_shop(
    visitor: TestApp, seen: list[dict[str, str]]
) -> None:
    visitor.get("/", headers={"Cookie": HELD})
    assert seen == [{"basket": "3"}]


def test_granted_cookies_reach_the_shop(
    visitor: TestApp, seen: list[dict[str, str]]
) -> None:
    decide(visitor, "accept_all")
    visitor.set_cookie("spin_result", "7")
    visitor.get("/")
    assert seen[-1]["spin_result"] == "7"


def test_a_refused_cookie_is_not_set(visitor: TestApp) -> None:
    assert headers_of(visitor.get("/spin"), "set-cookie") == []
    decide(visitor, "accept_all")
    assert "HttpOnly" in headers_of(visitor.get("/spin"), "set-cookie")[0]


def test_the_shop_may_delete_a_refused_cookie(shop: Flask, visitor: TestApp) -> None:
    def forget() -> Response:
        response = make_response("gone")
        response.delete_cookie("spin_result")
        return response

    shop.add_url_rule("/forget", view_func=forget)
    assert "spin_result" in headers_of(visitor.get("/forget"), "set-cookie")[0]


@pytest.mark.parametrize(
    "cookie",
    [
        "spin_result=7; Max-Age=0; Max-Age=600",  # the last counts
        "spin_result=max-age=0; Path=/",
        "=spin_result=7",  # a cookie without a name, sent as its value
        " spin_result =7",
        "spin_result",
    ],
)
def test_a_refused_cookie_is_not_set_however_it_is_written(
    shop: Flask, visitor: TestApp, cookie: str
) -> None:
    shop.add_url_rule(
        "/set", view_func=lambda: Response("a", headers={"Set-Cookie": cookie})
    )
    assert headers_of(visitor.get("/set"), "set-cookie") == []


def test_early_hints_name_no_refused_service(shop: Flask, visitor: TestApp) -> None:
    hinted: list[list[tuple[str, str]]] = []

    def hint() -> str:
        links = [
            ("Link", f"<https://{TAG}/wheel.js>; rel=preload; as=script"),
            ("Link", "</own.css>; rel=preload; as=style"),
        ]
        request.environ["wsgi.early_hints"](links)
        request.environ["wsgi.early_hints"](links[:1])
        return "a"

    shop.add_url_rule("/hint", view_func=hint)
    visitor.get("/hint", extra_environ={"wsgi.early_hints": hinted.append})
    assert hinted == [[("Link", "</own.css>; rel=preload; as=style")]]


def test_a_page_expires_what_the_browser_still_holds(visitor: TestApp) -> None:
    page = visitor.get("/", headers={"Cookie": HELD, "Host": "www.shop.example"})
    assert expired(page) == {"spin_result", "_fbp"}
    domains = {v.partition("Domain=")[2] for v in headers_of(page, "set-cookie")}
    assert domains == {"", "shop.example", "www.shop.example"}


@pytest.mark.parametrize("decision", ["withdraw", "reject_all"])
def test_a_withdrawal_expires_http_only_cookies_at_once(
    visitor: TestApp, decision: str
) -> None:
    decide(visitor, "accept_all")
    visitor.get("/spin")
    assert "spin_result" in visitor.cookies
    assert "spin_result" in expired(decide(visitor, decision))
    assert "spin_result" not in visitor.cookies
    assert expired(visitor.get("/")) == {"consent_sweep"}
    assert expired(visitor.get("/")) == set()


@pytest.mark.parametrize(
    ("cache_control", "sent"),
    [
        ("public, max-age=60", False),
        ("no-cache", False),
        (None, False),
        ("private", True),
        ("no-store", True),
    ],
)
def test_no_expiry_goes_where_a_shared_cache_keeps_it(
    shop: Flask, visitor: TestApp, cache_control: str | None, *, sent: bool
) -> None:
    headers = {"Cache-Control": cache_control} if cache_control else {}
    shop.add_url_rule("/data", view_func=lambda: ({"a": 1}, headers))
    answer = visitor.get("/data", headers={"Cookie": HELD})
    assert bool(expired(answer)) is sent


# -- caches ----------------------------------------------------------------------------


@pytest.fixture
def tagged(shop: Flask, tmp_path: Path) -> TestApp:
    """Get a shop whose /page has an entity tag, a date and ranges."""
    path = tmp_path / "page.html"
    path.write_text(f'<!doctype html><body><script src="//{TAG}/w.js"></script>ok')

    def page() -> Response:
        return send_file(path, max_age=60)

    shop.add_url_rule("/page", view_func=page)
    return TestApp(shop, extra_environ={"HTTP_ACCEPT": "text/html"})


def test_a_page_is_validated_by_its_variant_alone(tagged: TestApp) -> None:
    page = tagged.get("/page")
    assert "Last-Modified" not in page.headers
    assert "Accept-Ranges" not in page.headers
    assert page.headers["Cache-Control"] == "private, max-age=60"
    again = tagged.get("/page", headers={"If-None-Match": page.headers["ETag"]})
    assert again.status_int == 304
    assert again.headers["ETag"] == page.headers["ETag"]
    assert "Cookie" in again.headers["Vary"]


def test_no_304_revives_another_state(tagged: TestApp) -> None:
    tags: dict[str, str] = {}
    for decision in ("accept_all", "withdraw", "accept_all"):
        decide(tagged, decision)
        for tag in tags.values():
            if decision not in tags or tag != tags[decision]:
                answer = tagged.get("/page", headers={"If-None-Match": tag})
                assert answer.status_int == 200
        tags[decision] = tagged.get("/page").headers["ETag"]
    assert len(set(tags.values())) == 2


def test_a_page_from_before_the_installation_is_not_revived(tagged: TestApp) -> None:
    bare = tagged.get("/page").headers["ETag"].partition("-ck.")[0] + '"'
    for headers in (
        {"If-None-Match": bare},
        {"If-None-Match": "*"},
        {"If-Modified-Since": "Sun, 01 Jan 2090 00:00:00 GMT"},
    ):
        assert tagged.get("/page", headers=headers).status_int == 200


def test_pictures_are_validated_as_ever(shop: Flask, tmp_path: Path) -> None:
    path = tmp_path / "lamp.png"
    path.write_bytes(b"png")
    shop.add_url_rule("/lamp.png", view_func=lambda: send_file(path))
    visitor = TestApp(shop, extra_environ={"HTTP_ACCEPT": "image/*"})
    picture = visitor.get("/lamp.png")
    tag = picture.headers["ETag"]
    assert "-ck." not in tag
    assert "Vary" not in picture.headers
    for headers in (
        {"If-None-Match": tag},
        {"If-Modified-Since": picture.headers["Last-Modified"]},
    ):
        assert visitor.get("/lamp.png", headers=headers).status_int == 304


def test_a_part_of_a_page_is_sent_whole(tagged: TestApp) -> None:
    page = tagged.get("/page", headers={"Range": "bytes=30-"})
    assert page.status_int == 200
    assert TAG not in page


@pytest.mark.parametrize("method", ["PUT", "POST", "DELETE"])
def test_other_methods_keep_their_conditions(
    shop: Flask, visitor: TestApp, method: str
) -> None:
    conditions: list[str | None] = []

    def store() -> str:
        conditions.append(request.headers.get("If-None-Match"))
        return "stored"

    shop.add_url_rule("/store", view_func=store, methods=[method])
    visitor.request("/store", method=method, headers={"If-None-Match": "*"})
    assert conditions == ["*"]


@pytest.mark.parametrize("granted", [True, False])
def test_an_answer_that_hangs_on_consent_is_private(
    shop: Flask, visitor: TestApp, *, granted: bool
) -> None:
    def offers() -> dict[str, bool]:
        return {"personal": current_consent.has("spin")}

    shop.add_url_rule("/offers", view_func=offers)
    decide(visitor, "accept_all" if granted else "reject_all")
    answer = visitor.get("/offers")
    assert answer.json == {"personal": granted}
    assert answer.headers["Vary"] == "Cookie, Sec-GPC"
    assert answer.headers["Cache-Control"] == "private"


header_values = st.text(st.characters(min_codepoint=32, max_codepoint=126), max_size=30)


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.dictionaries(
        st.sampled_from(
            ["ETag", "Vary", "Cache-Control", "Set-Cookie", "CDN-Cache-Control"]
        ),
        header_values,
        max_size=5,
    )
)
def test_whatever_headers_the_shop_sends_ours_stay_valid(
    make_shop: Callable[..., Any], headers: dict[str, str]
) -> None:
    app = _any_headers(make_shop)
    app.config["HEADERS"] = headers
    # WebTest checks every header's form.
    answer = TestApp(app).get("/any", headers={"Cookie": HELD})
    cache_control = answer.headers["Cache-Control"].lower()
    assert "private" in cache_control or "no-store" in cache_control
    assert "CDN-Cache-Control" not in answer.headers
    varies = answer.headers["Vary"].lower()
    assert "*" in varies or {"cookie", "sec-gpc"} <= {
        part.strip() for part in varies.split(",")
    }


def _any_headers(make_shop: Callable[..., Flask], made: list[Flask] = []) -> Flask:  # noqa: B006  one shop for all examples
    if not made:
        made.append(make_shop())
        app = made[0]
        app.add_url_rule(
            "/any", view_func=lambda: ("<!doctype html><p>x", app.config["HEADERS"])
        )
    return made[0]


def test_what_asks_too_late_for_a_cache_to_be_told_gets_no_consent(
    shop: Flask, visitor: TestApp
) -> None:
    def late() -> Response:
        def pieces() -> Iterator[str]:
            yield "spins: "
            yield str(current_consent.has("spin"))

        return Response(stream_with_context(pieces()), mimetype="text/csv")

    def own_late() -> Response:
        response = late()
        response.headers["Cache-Control"] = "private"
        return response

    def asked_early() -> Response:
        current_consent.has("spin")
        return late()

    views = {"/late": late, "/own": own_late, "/early": asked_early}
    for path, view in views.items():
        shop.add_url_rule(path, path.strip("/"), view)
    decide(visitor, "accept_all")
    answers = {path: visitor.get(path).text for path in views}
    assert answers == {
        "/late": "spins: False",
        "/own": "spins: True",
        "/early": "spins: True",
    }
