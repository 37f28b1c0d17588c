"""One page for everybody, seen from the shop's side."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import pytest
from flask import Flask, Response, render_template_string, request, stream_with_context

from consentkit import ConfigError, ConsentKit, current_consent
from consentkit.enforce.delivery import for_oneself
from tests.conftest import PAGE, POLICY, TAG

if TYPE_CHECKING:
    from collections.abc import Iterator

    from flask.testing import FlaskClient

    from tests.conftest import MakeShop

SHARED = "public, max-age=600"
RENEWED = {**POLICY, "notice": POLICY["notice"] | {"revision": 2}}
OPT_OUT: dict[str, Any] = {**POLICY, "regimes": {"opt_out": ["US"]}}
RESERVE = f'<template data-consentkit-reserve="spin">{TAG}</template>'
WORDS = """<!doctype html><html lang="en"><body><p>{{ words }}</p>{{ consent_link() }}
</body></html>"""


def of_all(page: str, kind: str = "text/html") -> Response:
    response = Response(page, mimetype=kind)
    response.headers["Cache-Control"] = SHARED
    response.set_etag("v1")
    return response


def conditional() -> Response:
    response = of_all(PAGE)
    response.make_conditional(request)
    return response


def shop_of(make_shop: MakeShop, *given: Any, **config: Any) -> Flask:
    app = make_shop(*given, CONSENTKIT_DELIVERY="universal", **config)
    app.add_url_rule("/all", "all", conditional)
    return app


@pytest.fixture
def shop(make_shop: MakeShop) -> Flask:
    return shop_of(make_shop)


def ask(visitor: FlaskClient, path: str = "/all", **headers: str) -> Any:
    sent = {name.replace("_", "-"): value for name, value in headers.items()}
    return visitor.get(path, headers={"Accept": "text/html", **sent})


def visitors(shop: Flask) -> dict[str, FlaskClient]:
    """Get one visitor of each kind."""
    kinds = ("new", "accepted", "refused", "withdrew", "forger", "held")
    found = {kind: shop.test_client() for kind in kinds}
    for kind, decision in {
        "accepted": "accept_all",
        "refused": "reject_all",
        "withdrew": "accept_all",
    }.items():
        found[kind].post("/consent/", data={"decision": decision})
    found["withdrew"].post("/consent/", data={"decision": "withdraw"})
    found["forger"].set_cookie("consent", "forged")
    found["forger"].set_cookie("consent_variant", "granted.ffffffff")
    found["held"].set_cookie("spin_result", "7")
    found["held"].set_cookie("consent_once", "x")
    return found


def state_of(visitor: FlaskClient, **headers: str) -> Any:
    return ask(visitor, "/consent/state", **headers).json


def word(visitor: FlaskClient) -> str | None:
    cookie = visitor.get_cookie("consent_variant")
    return cookie.value.partition(".")[0] if cookie else None


def test_everybody_gets_the_same_page(shop: Flask) -> None:
    answers = {kind: ask(visitor) for kind, visitor in visitors(shop).items()}
    answers["opting out"] = ask(shop.test_client(), Sec_GPC="1")
    answers["German"] = ask(shop.test_client(), Accept_Language="de")
    answers["frame"] = ask(shop.test_client(), Sec_Fetch_Dest="iframe")
    assert len({answer.data for answer in answers.values()}) == 1
    assert len({answer.headers["ETag"] for answer in answers.values()}) == 1
    # What is allowed once ends with the page that the browser opens next.
    assert answers.pop("held").headers["Cache-Control"] == "private, no-store"
    for answer in answers.values():
        assert answer.headers["Cache-Control"] == SHARED
        assert "Vary" not in answer.headers
        assert "Set-Cookie" not in answer.headers


def test_what_is_withheld_stands_in_reserve(shop: Flask) -> None:
    page = ask(visitors(shop)["accepted"]).text
    assert page.count(TAG) == 1
    assert RESERVE in page


def test_the_question_is_in_the_page_and_hidden(shop: Flask) -> None:
    page = ask(visitors(shop)["refused"]).text
    held = page.index('<div class="ck-held" hidden>')
    assert (
        held < page.index('id="consentkit"') < page.index("data-consentkit-universal")
    )
    assert "data-consentkit-withheld" not in page


def test_where_no_question_is_wanted_the_script_stands_alone(
    make_shop: MakeShop,
) -> None:
    page = ask(shop_of(make_shop, CONSENTKIT_AUTO_BANNER=False).test_client()).text
    assert 'id="consentkit"' not in page
    assert "data-consentkit-universal" in page
    assert RESERVE in page


def test_what_the_shop_does_not_share_is_made_for_its_visitor(shop: Flask) -> None:
    everybody = visitors(shop)
    for kind, tags in (("accepted", True), ("refused", False), ("new", False)):
        page = ask(everybody[kind], "/")
        assert (TAG in page.text) is tags
        assert "data-consentkit-reserve" not in page.text
        assert page.headers["Cache-Control"].startswith("private")
        assert "Cookie" in page.headers["Vary"]


def asked() -> Response:
    return of_all(f"<!doctype html><p>{current_consent.has('spin')}{TAG}")


def data() -> Response:
    return of_all(f"{current_consent.has('spin')}", "text/plain")


def with_cookie() -> Response:
    response = of_all(PAGE)
    response.set_cookie("spin_result", "7")
    return response


@pytest.mark.parametrize("view", [asked, data, with_cookie])
def test_what_hangs_on_consent_is_private(shop: Flask, view: Any) -> None:
    shop.add_url_rule("/one", "one", view)
    everybody = visitors(shop)
    for kind in ("accepted", "refused"):
        answer = ask(everybody[kind], "/one")
        assert answer.headers["Cache-Control"].startswith("private")
        assert "Cookie" in answer.headers["Vary"]


def test_who_asks_too_late_is_told_what_nobody_granted(shop: Flask) -> None:
    """Once the page is on its way as everybody's, nothing of one gets into it."""

    def late() -> Iterator[str]:
        yield "<!doctype html><html><body><p>"
        yield f"{current_consent.has('spin')}"

    streamed = lambda: of_all(stream_with_context(late()))  # type: ignore[arg-type]  # noqa: E731
    shop.add_url_rule("/late", "late", streamed)
    answer = ask(visitors(shop)["accepted"], "/late")
    assert answer.text.endswith("False")
    assert answer.headers["Cache-Control"] == SHARED


def test_only_what_is_asked_for_plainly_is_shared(shop: Flask) -> None:
    shop.add_url_rule("/any", "any", lambda: of_all(PAGE), methods=["POST"])
    visitor = visitors(shop)["accepted"]
    page = visitor.post("/any")
    assert TAG in page.text
    assert RESERVE not in page.text
    assert "private" in page.headers["Cache-Control"]
    head = visitor.head("/all", headers={"Accept": "text/html"})
    assert head.headers["Cache-Control"] == SHARED
    assert head.headers["ETag"] == ask(visitor).headers["ETag"]


def test_headers_load_nothing_for_anybody(shop: Flask) -> None:
    def linked() -> Response:
        response = of_all("{}", "application/json")
        response.headers["Link"] = "<https://cdn.spin.example/x>; rel=preload"
        return response

    shop.add_url_rule("/linked", "linked", linked)
    for visitor in visitors(shop).values():
        answer = ask(visitor, "/linked")
        assert "cdn.spin.example" not in answer.headers.get("Link", "")


# -- conditions ------------------------------------------------------------------------


def test_a_condition_holds_whoever_asks(shop: Flask) -> None:
    tag = ask(shop.test_client()).headers["ETag"]
    for kind, visitor in visitors(shop).items():
        answer = ask(visitor, If_None_Match=tag)
        assert answer.status_code == 304, kind
        assert answer.headers["ETag"] == tag


def test_a_condition_of_ones_own_page_revives_it_for_nobody_else(shop: Flask) -> None:
    shop.config["PRIVATE"] = True

    def changing() -> Response:
        response = conditional()
        if shop.config["PRIVATE"]:
            response.headers["Cache-Control"] = "private, max-age=60"
        return response

    shop.add_url_rule("/changing", "changing", changing)
    everybody = visitors(shop)
    accepted, refused = everybody["accepted"], everybody["refused"]
    own = ask(accepted, "/changing")
    assert TAG in own.text
    tag = own.headers["ETag"]
    assert ask(accepted, "/changing", If_None_Match=tag).status_code == 304
    assert ask(refused, "/changing", If_None_Match=tag).status_code == 200
    shop.config["PRIVATE"] = False
    assert RESERVE in ask(refused, "/changing", If_None_Match=tag).text
    kept = ask(accepted, "/changing", If_None_Match=tag)
    assert kept.status_code == 304
    assert kept.headers["ETag"] == tag
    assert "private" in kept.headers["Cache-Control"]


def test_the_copy_for_everybody_is_never_taken_for_ones_own(shop: Flask) -> None:
    def changing() -> Response:
        current_consent.has("spin")
        return conditional()

    shop.add_url_rule("/asking", "asking", changing)
    everybody = visitors(shop)
    tag = ask(everybody["new"]).headers["ETag"]
    for kind, visitor in everybody.items():
        answer = ask(visitor, "/asking", If_None_Match=tag)
        assert answer.status_code == 200, kind
        assert (TAG in answer.text) is (kind == "accepted")


# -- what scripts are told -------------------------------------------------------------


def test_a_word_says_whether_there_is_anything_to_ask(shop: Flask) -> None:
    words = {kind: word(visitor) for kind, visitor in visitors(shop).items()}
    assert words["new"] is None
    assert words["accepted"] == "granted"
    assert words["refused"] == words["withdrew"] == "refused"


def test_the_word_carries_the_policys_mark(shop: Flask) -> None:
    visitor = visitors(shop)["accepted"]
    mark = re.search(r'data-mark="(\w+)"', ask(visitor).text)
    cookie = visitor.get_cookie("consent_variant")
    assert mark
    assert cookie
    assert cookie.value == f"granted.{mark[1]}"
    assert not cookie.http_only


def test_a_wrong_word_is_put_right_by_the_state(shop: Flask) -> None:
    forger = visitors(shop)["forger"]
    state = ask(forger, "/consent/state")
    assert state.json["granted"] == []
    assert not state.json["decided"]
    assert state.headers["Cache-Control"] == "private, no-store"
    assert word(forger) is None


def test_the_state_honours_global_privacy_control(shop: Flask) -> None:
    visitor = visitors(shop)["accepted"]
    assert "spin" in state_of(visitor)["granted"]
    assert state_of(visitor, Sec_GPC="1")["granted"] == []
    assert word(visitor) == "refused"


def test_the_state_says_what_vendors_are_told(make_shop: MakeShop) -> None:
    services: dict[str, Any] = {"google_analytics": {}, "meta_pixel": {}}
    policy = {"notice": POLICY["notice"], "services": services}
    app = shop_of(make_shop, policy)
    visitor = visitors(app)["accepted"]
    page, state = ask(visitor).text, state_of(visitor)
    assert "<template data-consentkit-vendors><script src=" in page
    assert state["signals"]["meta"] == "grant"
    assert "analytics_storage" in state["signals"]["google"]
    assert "signals" not in state_of(make_shop().test_client())


def test_a_new_policy_asks_by_the_mark(make_shop: MakeShop) -> None:
    marks = {
        re.findall(r'data-mark="(\w+)"', ask(app.test_client()).text)[0]
        for app in (
            shop_of(make_shop),
            shop_of(
                make_shop, {**POLICY, "notice": POLICY["notice"] | {"revision": 2}}
            ),
        )
    }
    assert len(marks) == 2


def test_where_tags_run_until_they_are_refused_the_state_says_so(
    make_shop: MakeShop,
) -> None:
    app = shop_of(make_shop, OPT_OUT, CONSENTKIT_REGION_HEADER="X-Region")
    visitor = app.test_client()
    page = ask(visitor, X_Region="US-CA")
    assert page.headers["Cache-Control"] == SHARED
    assert "Vary" not in page.headers
    assert page.data == ask(app.test_client(), X_Region="DE").data
    assert " data-asks" in page.text
    assert 'data-consentkit-line="may"' in page.text
    assert "Opt-out request honoured" in page.text
    state = state_of(visitor, X_Region="US-CA")
    assert state["regime"] == "opt-out"
    assert "spin" in state["granted"]


def test_whether_a_child_reads_the_page_the_state_knows(make_shop: MakeShop) -> None:
    consent = ConsentKit()
    consent.is_child(lambda: True)
    app = shop_of(make_shop, POLICY, consent)
    visitor = app.test_client()
    assert " data-asks" in ask(visitor).text
    assert state_of(visitor)["decided"]
    assert " data-asks" not in ask(shop_of(make_shop).test_client()).text


# -- what the shop puts into its pages -------------------------------------------------


def test_the_link_is_the_same_for_everybody(shop: Flask) -> None:
    shop.add_url_rule(
        "/link", "link", lambda: of_all(render_template_string(WORDS, words="a"))
    )
    pages = {ask(visitor, "/link").data for visitor in visitors(shop).values()}
    assert len(pages) == 1
    link = re.search(r'<a class="ck-link"[^>]*>', pages.pop().decode())
    assert link
    assert "data-asks" in link[0]
    assert "data-granted" not in link[0]


def test_the_banner_may_be_placed_by_hand(shop: Flask) -> None:
    page = WORDS.replace("{{ words }}", "here {{ consent_banner() }}")
    shop.add_url_rule("/hand", "hand", lambda: of_all(render_template_string(page)))
    pages = {ask(visitor, "/hand").data for visitor in visitors(shop).values()}
    assert len(pages) == 1
    text = pages.pop().decode()
    assert text.count('id="consentkit"') == 1
    assert text.index("here") < text.index('id="consentkit"')


@pytest.mark.parametrize("placed", ["", "{{ consent_banner() }}"])
def test_a_query_is_of_who_asked_first_and_in_no_copy(shop: Flask, placed: str) -> None:
    frame = '<iframe src="https://cdn.spin.example/f"></iframe>'
    page = WORDS + frame + placed

    def view() -> Response:
        return of_all(render_template_string(page, words="a"))

    shop.add_url_rule("/words", view_func=view)
    answer = ask(shop.test_client(), "/words?click=1")
    assert answer.headers["Cache-Control"] == SHARED
    assert "consentkit-placeholder" in answer.text
    assert answer.data == ask(shop.test_client(), "/words").data


def test_a_page_of_ones_own_leads_back_to_its_query(shop: Flask) -> None:
    assert 'value="/?page=2"' in ask(shop.test_client(), "/?page=2").text


def test_a_page_from_a_cache_records_a_choice(shop: Flask) -> None:
    page = ask(shop.test_client()).text
    fields = dict(re.findall(r'type="hidden" name="(\w+)" value="([^"]*)"', page))
    visitor = shop.test_client()
    answer = visitor.post("/consent/", data=fields | {"decision": "accept_all"})
    assert (answer.status_code, answer.headers["Location"]) == (303, "/all")
    assert word(visitor) == "granted"


# -- settings --------------------------------------------------------------------------


def test_a_policy_for_each_visitor_is_no_policy_for_everybody(
    make_shop: MakeShop,
) -> None:
    with pytest.raises(ConfigError) as caught:
        shop_of(make_shop, CONSENTKIT_CSP="enforce")
    assert caught.value.key == "CONSENTKIT_CSP"
    assert "universal" in caught.value.remedy


def test_reports_are_of_what_nobody_could_grant(make_shop: MakeShop) -> None:
    app = shop_of(make_shop, CONSENTKIT_CSP="report-only")
    headers = {
        ask(visitor).headers["Content-Security-Policy-Report-Only"]
        for visitor in visitors(app).values()
    }
    assert len(headers) == 1
    assert "cdn.spin.example" in headers.pop()


def test_a_page_that_cannot_be_read_is_under_a_policy_for_everybody(
    shop: Flask,
) -> None:
    wide = PAGE.encode("utf-16")
    make = lambda: of_all(wide, "text/html; charset=utf-16")  # type: ignore[arg-type]  # noqa: E731
    shop.add_url_rule("/wide", "wide", make)
    answers = [ask(visitor, "/wide") for visitor in visitors(shop).values()]
    policies = {answer.headers["Content-Security-Policy"] for answer in answers}
    assert len(policies) == 1
    assert "cdn.spin.example" not in policies.pop()


@pytest.mark.parametrize("button", ["once", "add"])
def test_without_scripts_what_is_allowed_comes_in_a_page_of_ones_own(
    shop: Flask, button: str
) -> None:
    visitor = shop.test_client()
    choice = {
        "decision": "save",
        "surface": "placeholder",
        button: "spin",
        "next": "/all?a=b",
    }
    address = visitor.post("/consent/", data=choice).headers["Location"]
    assert address == "/all?a=b&consent_own"
    own = ask(visitor, address)
    assert "private" in own.headers["Cache-Control"]
    assert "Cookie" in own.headers["Vary"]
    assert TAG in own.text
    assert RESERVE not in own.text
    nobodys = ask(shop.test_client(), address)
    assert "private" in nobodys.headers["Cache-Control"]
    assert TAG not in nobodys.text


def test_scripts_stay_on_the_page_for_everybody(shop: Flask) -> None:
    visitor = shop.test_client()
    visitor.post("/consent/", data={"decision": "accept_all", "next": "/all"})
    assert RESERVE in ask(visitor).text
    assert RESERVE in ask(visitor, "/all?consent_own_too").text


@pytest.mark.parametrize(
    ("target", "own"),
    [
        ("/all", "/all?consent_own"),
        ("/all?", "/all?consent_own"),
        ("/all?consent_own", "/all?consent_own"),
        ("/all?a=b&c#d?e", "/all?a=b&c&consent_own#d?e"),
    ],
)
def test_an_address_for_oneself_is_the_same_but_for_its_query(
    target: str, own: str
) -> None:
    assert for_oneself(target) == own
