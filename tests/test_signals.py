from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from consentkit import (
    consent_changed,
    consent_given,
    consent_withdrawn,
    cookie_withheld,
    tag_withheld,
    undeclared_seen,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from flask import Flask
    from webtest import TestApp

Heard = list[tuple[str, dict[str, Any]]]
SIGNALS = [
    consent_changed,
    consent_given,
    consent_withdrawn,
    cookie_withheld,
    tag_withheld,
    undeclared_seen,
]


@pytest.fixture
def heard(shop: Flask) -> Iterator[Heard]:
    """Get what the shop's signals say, in their order."""
    heard: Heard = []
    receivers = []
    for signal in SIGNALS:

        def listen(sender: Flask, *, told: str = signal.name, **facts: Any) -> None:
            heard.append((told, facts))

        receivers.append(listen)
        signal.connect(listen, shop)
    yield heard
    for signal, receiver in zip(SIGNALS, receivers, strict=True):
        signal.disconnect(receiver, shop)


def names(heard: Heard) -> list[str]:
    return [name for name, _ in heard]


def test_each_decision_says_what_it_changed(visitor: TestApp, heard: Heard) -> None:
    for decision, expected in [
        ("reject_all", ["consent-changed"]),
        ("accept_all", ["consent-changed", "consent-given"]),
        ("accept_all", []),
        ("withdraw", ["consent-changed", "consent-withdrawn"]),
        ("reject_all", []),
    ]:
        heard.clear()
        visitor.post("/consent/", {"decision": decision})
        assert names(heard) == expected


def test_a_change_comes_with_its_evidence(visitor: TestApp, heard: Heard) -> None:
    visitor.post("/consent/", {"decision": "save", "granted": "spin"})
    facts = heard[0][1]
    assert facts["consent"].granted == {"spin"}
    assert facts["previous"].granted == frozenset()
    assert facts["record"].granted == ("spin",)


def test_what_is_withheld_is_told(visitor: TestApp, heard: Heard) -> None:
    visitor.get("/")
    visitor.get("/spin")
    (tag, (name, cookie)) = heard
    assert tag[0] == "tag-withheld"
    assert [found.service for found in tag[1]["withheld"]] == ["spin"]
    assert name == "cookie-withheld"
    assert (cookie["name"], cookie["service"]) == ("spin_result", "spin")


def test_undeclared_hosts_are_told(shop: Flask, visitor: TestApp, heard: Heard) -> None:
    page = '<!doctype html><body><img src="https://odd.example/p.gif">'
    shop.add_url_rule("/odd", view_func=lambda: page)
    visitor.get("/odd")
    assert heard[-1][0] == "undeclared-seen"
    assert heard[-1][1]["hosts"] == ("odd.example",)
