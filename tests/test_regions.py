"""What holds where tags run until they are refused."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from flask import request
from webtest import TestApp

from consentkit import ConsentKit, current_consent
from consentkit.errors import ConfigError, PolicyError
from tests.conftest import POLICY

if TYPE_CHECKING:
    from flask import Flask

    from consentkit.log import Record
    from tests.conftest import MakeShop

TAG = "cdn.spin.example"
US: dict[str, Any] = {
    **POLICY,
    "regimes": {"opt_out": ["US"]},
    "services": {
        **POLICY["services"],
        "quiz": {
            "name": "Health quiz",
            "group": "personalisation",
            "hosts": ["quiz.example"],
            "uses": ["sensitive"],
        },
        "counter": {
            "name": "Counter",
            "group": "personalisation",
            "hosts": ["count.example"],
            "uses": ["profiling"],
        },
    },
}
CALIFORNIA = {"Region": "US-CA"}
COLORADO = {"Region": "US-CO"}
GPC = {"Sec-GPC": "1", "Accept": "text/html"}


@pytest.fixture
def shop(make_shop: MakeShop) -> Flask:
    shop = make_shop(US, CONSENTKIT_REGION_HEADER="Region")
    hook = shop.extensions["consentkit"]
    assert hook.policy.opt_out == ("US",)
    shop.add_url_rule("/linked", "linked", _linked)
    return shop


def _linked() -> str:
    from flask import render_template_string  # noqa: PLC0415

    return render_template_string("<!doctype html><body>{{ consent_link() }}")


@pytest.fixture
def visitor(shop: Flask) -> TestApp:
    return TestApp(shop, extra_environ={"HTTP_HOST": "shop.example"})


def records(shop: Flask) -> list[Record]:
    return list(shop.extensions["consentkit"].log.records())


def granted(visitor: TestApp, region: dict[str, str]) -> set[str]:
    return set(visitor.get("/consent/state", headers=region).json["granted"])


def opted_out(page: Any) -> dict[str, bool]:
    boxes = page.html.select("input[name=opted_out]")
    return {box["value"]: box.has_attr("checked") for box in boxes}


def test_tags_run_until_they_are_refused(shop: Flask, visitor: TestApp) -> None:
    page = visitor.get("/", headers=CALIFORNIA)
    assert TAG in page
    assert 'role="dialog"' not in page
    assert "Do not sell or share" in page
    assert records(shop) == []  # no decision, so no identifier
    assert "Set-Cookie" not in page.headers


@pytest.mark.parametrize("region", [{}, {"Region": "DE"}, {"Region": "nonsense"}])
def test_everybody_else_is_asked_first(
    visitor: TestApp, region: dict[str, str]
) -> None:
    page = visitor.get("/", headers=region)
    assert TAG not in page
    assert 'role="dialog"' in page


def test_no_region_counts_that_no_setting_names(make_shop: MakeShop) -> None:
    page = TestApp(make_shop(US)).get("/", headers=CALIFORNIA)
    assert TAG not in page


def test_sensitive_data_wait_for_a_grant_where_the_law_has_it(visitor: TestApp) -> None:
    assert granted(visitor, CALIFORNIA) >= {"spin", "quiz", "personalisation"}
    assert granted(visitor, COLORADO) >= {"spin", "counter"}
    assert granted(visitor, COLORADO).isdisjoint({"quiz", "personalisation"})


def test_the_state_names_the_regime(visitor: TestApp) -> None:
    answer = visitor.get("/consent/state", headers=CALIFORNIA)
    assert answer.json["regime"] == "opt-out"
    assert visitor.get("/consent/state").json["regime"] == "opt-in"


def test_a_page_with_our_link_needs_no_strip(visitor: TestApp) -> None:
    page = visitor.get("/linked", headers=CALIFORNIA)
    assert "ck-strip" not in page
    assert "/consent/rights" in page
    assert "Your privacy choices: Do not sell or share" in page
    assert "/consent/rights" not in visitor.get("/linked")


def test_one_right_is_opted_out_of_without_a_script(
    shop: Flask, visitor: TestApp
) -> None:
    page = visitor.get("/consent/rights", headers=CALIFORNIA)
    rights = ["sale", "sharing", "profiling", "sensitive"]
    assert opted_out(page) == dict.fromkeys(rights, False)
    form = page.form
    form.set("opted_out", True, index=0)  # noqa: FBT003  as WebTest ticks a box
    answer = form.submit("decision", value="save", headers=CALIFORNIA)
    assert answer.status_int == 303
    assert granted(visitor, CALIFORNIA) == {"quiz", "counter"}
    assert TAG not in visitor.get("/", headers=CALIFORNIA)
    [record] = records(shop)
    assert (record.surface, record.regime) == ("rights", "opt-out US-CA")
    assert set(record.previous_granted) >= {"spin", "quiz", "counter"}
    shown = opted_out(visitor.get("/consent/rights", headers=CALIFORNIA))
    assert [right for right, is_on in shown.items() if is_on] == ["sale", "sharing"]


def test_all_is_opted_out_of_at_once(visitor: TestApp) -> None:
    form = visitor.get("/consent/rights", headers=CALIFORNIA).form
    form.submit("decision", value="reject_all", headers=CALIFORNIA)
    assert granted(visitor, CALIFORNIA) == set()


def test_an_empty_box_grants_nothing_that_has_to_be_asked_for(
    visitor: TestApp,
) -> None:
    choice = {"decision": "save", "surface": "rights", "opted_out": []}
    visitor.post_json("/consent/", choice, headers=COLORADO)
    assert "quiz" not in granted(visitor, COLORADO)
    visitor.reset()
    answer = visitor.post_json("/consent/", choice)
    assert answer.json["granted"] == []


@pytest.mark.parametrize(
    ("state", "posted"),
    [
        ("US-TX", ["NOTICE: We may sell your sensitive personal data."]),
        ("US-FL", ["NOTICE: This website may sell your sensitive personal data."]),
        ("US-CO", []),
    ],
)
def test_the_notices_of_a_state_are_posted_by_who_sells_sensitive_data(
    make_shop: MakeShop, state: str, posted: list[str]
) -> None:
    for uses, expected in ((["sale", "sensitive"], posted), (["sensitive"], [])):
        quiz = {**US["services"]["quiz"], "uses": uses}
        policy = {
            **POLICY,
            "regimes": US["regimes"],
            "services": {**POLICY["services"], "quiz": quiz},
        }
        visitor = TestApp(make_shop(policy, CONSENTKIT_REGION_HEADER="Region"))
        page = visitor.get("/consent/rights", headers={"Region": state})
        assert [each.text for each in page.html.select("[lang=en] > b")] == expected


def test_an_unknown_right_is_refused(visitor: TestApp) -> None:
    choice = {"decision": "save", "surface": "rights", "opted_out": ["sold"]}
    answer = visitor.post_json("/consent/", choice, status=400)
    assert answer.json["error"]["field"] == "opted_out"


def test_an_opt_out_outlasts_the_shops_terms(
    make_shop: MakeShop, visitor: TestApp
) -> None:
    answer = visitor.post_json(
        "/consent/", {"decision": "reject_all"}, headers=CALIFORNIA
    )
    cookie = next(
        c for c in answer.headers.getall("Set-Cookie") if c.startswith("consent=")
    )
    assert f"Max-Age={395 * 86400}" in cookie
    notice = {**US["notice"], "revision": 2}
    newer = make_shop(US | {"notice": notice}, CONSENTKIT_REGION_HEADER="Region")
    later: TestApp = TestApp(newer, extra_environ={"HTTP_HOST": "shop.example"})
    sent = {"Cookie": cookie.partition(";")[0]} | CALIFORNIA
    assert granted(later, sent) == set()
    assert TAG not in later.get("/", headers=sent)


def test_the_signal_is_an_opt_out_that_stays(shop: Flask, visitor: TestApp) -> None:
    page = visitor.get("/", headers=GPC | CALIFORNIA)
    assert TAG not in page
    assert "Opt-out request honoured" in page
    assert TAG not in visitor.get("/", headers=CALIFORNIA)
    visitor.get("/", headers=GPC | CALIFORNIA)
    [record] = records(shop)
    assert (record.decision, record.regime) == ("gpc", "opt-out US-CA")
    assert set(record.previous_granted) >= {"spin"}


def test_files_of_a_page_are_no_decision(shop: Flask, visitor: TestApp) -> None:
    visitor.get("/spin", headers={"Sec-GPC": "1", "Accept": "image/png"} | CALIFORNIA)
    assert records(shop) == []


def test_the_host_tells_the_region(make_shop: MakeShop) -> None:
    consent = ConsentKit()

    @consent.region
    def region() -> str | None:
        if request.path == "/broken":
            raise LookupError("no such address")
        return request.args.get("from")

    shop = make_shop(US, consent)
    shop.add_url_rule("/kind", "kind", lambda: current_consent.regime.kind)
    shop.add_url_rule("/broken", "broken", lambda: current_consent.regime.kind)
    visitor = TestApp(shop)
    assert visitor.get("/kind?from=US-CA").text == "opt-out"
    assert visitor.get("/kind").text == "opt-in"
    assert visitor.get("/broken?from=US").text == "opt-in"


def test_places_without_such_a_law_are_refused(make_shop: MakeShop) -> None:
    with pytest.raises(PolicyError, match="have to be asked first"):
        make_shop(US | {"regimes": {"opt_out": ["DE"]}})


def test_a_header_that_cant_be_one_is_refused(make_shop: MakeShop) -> None:
    with pytest.raises(ConfigError, match="CF-IPCountry"):
        make_shop(US, CONSENTKIT_REGION_HEADER="not a header")


def test_what_is_said_of_its_time_is_so(shop: Flask, visitor: TestApp) -> None:
    visitor.post_json("/consent/", {"decision": "reject_all"}, headers=CALIFORNIA)
    page = visitor.get("/consent/", headers=CALIFORNIA)
    assert "We remember your choice for" not in page
    notice = shop.extensions["consentkit"].notices["en"].content
    own = notice["groups"][0]["services"][0]["cookies"]
    assert own[0]["lifetime"] == "13 months"
