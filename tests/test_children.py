"""For a child nothing but essentials run, until a guardian allows more."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from flask import request
from webtest import TestApp

from consentkit import ConsentKit
from tests.conftest import POLICY

if TYPE_CHECKING:
    from flask import Flask

    from tests.conftest import MakeShop

TAG = "cdn.spin.example"
CHILD = {"Age": "12"}
SETTLED = {**POLICY, "regimes": {"opt_out": ["US"]}}


@pytest.fixture
def consent() -> ConsentKit:
    consent = ConsentKit()

    @consent.is_child
    def is_child() -> bool:
        return int(request.headers.get("Age", "30")) < 16

    return consent


@pytest.fixture
def shop(make_shop: MakeShop, consent: ConsentKit) -> Flask:
    shop = make_shop(SETTLED, consent, CONSENTKIT_REGION_HEADER="Region")

    def allowed() -> str:
        consent.authorise(*request.args.getlist("key"))
        return "thank you"

    shop.add_url_rule("/guardian", "guardian", allowed, methods=["POST"])
    return shop


@pytest.fixture
def visitor(shop: Flask) -> TestApp:
    return TestApp(shop)


@pytest.mark.parametrize("region", [{}, {"Region": "US-CA"}])
def test_no_child_is_asked(visitor: TestApp, region: dict[str, str]) -> None:
    page = visitor.get("/", headers=CHILD | region)
    assert TAG not in page
    assert 'role="dialog"' not in page
    assert 'role="dialog"' in visitor.get("/")


@pytest.mark.parametrize(
    "choice",
    [
        {"decision": "accept_all"},
        {"decision": "save", "granted": ["spin"]},
        {"decision": "save", "add": "spin"},
        {"decision": "save", "once": "spin", "next": "/"},
    ],
)
def test_a_childs_grant_is_refused(
    shop: Flask, visitor: TestApp, choice: dict[str, Any]
) -> None:
    answer = visitor.post_json("/consent/", choice, headers=CHILD, status=403)
    assert "guardian" in answer.json["error"]["why"]
    assert list(shop.extensions["consentkit"].log.records()) == []
    page = visitor.post("/consent/", choice, headers=CHILD, status=403)
    assert "until a parent or guardian has allowed it" in page


def test_a_grant_from_before_the_age_was_known_counts_no_more(
    visitor: TestApp,
) -> None:
    visitor.post_json("/consent/", {"decision": "accept_all"})
    assert TAG in visitor.get("/")
    assert TAG not in visitor.get("/", headers=CHILD)


def test_a_guardians_authorisation_is_recorded_and_counts(
    shop: Flask, visitor: TestApp
) -> None:
    visitor.post("/guardian?key=spin", headers=CHILD)
    assert TAG in visitor.get("/", headers=CHILD)
    [record] = shop.extensions["consentkit"].log.records()
    assert (record.decision, record.surface) == ("guardian", "guardian")
    assert record.granted == ("spin",)
    shown = visitor.get("/consent/", headers=CHILD)
    assert "Allowed by a parent or guardian" in shown
    visitor.post("/guardian", headers=CHILD)
    assert TAG not in visitor.get("/", headers=CHILD)


def test_a_child_can_end_what_a_guardian_allowed(visitor: TestApp) -> None:
    visitor.post("/guardian?key=spin", headers=CHILD)
    visitor.post_json("/consent/", {"decision": "withdraw"}, headers=CHILD)
    assert TAG not in visitor.get("/", headers=CHILD)


def test_who_cant_be_told_from_a_child_counts_as_one(visitor: TestApp) -> None:
    visitor.post_json("/consent/", {"decision": "accept_all"})
    assert TAG not in visitor.get("/", headers={"Age": "unknown"})
