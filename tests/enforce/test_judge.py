"""What start tags and scripts would load."""

from __future__ import annotations

import pytest

from consentkit import load_policy
from consentkit.enforce.judge import UNDECLARED, Judge, judge_for
from consentkit.enforce.matcher import Matcher
from consentkit.enforce.urls import page_address

NOTICE = {"controller": "Pebble & Pine Ltd", "contact": "privacy@pebble.example"}
POLICY = load_policy(
    {
        "notice": NOTICE,
        "services": {
            "spin": {"name": "Spin", "hosts": ["spin.example"], "inline": ["Spin.go("]},
            "chat": {"name": "Chat", "hosts": ["spin.example/chat"]},
            "visits": {"name": "Beacon", "hosts": ["/beacon"]},
        },
    }
)
PAGE = page_address("https://shop.example/p/")


def judge() -> Judge:
    return Judge(Matcher(POLICY))


def services(raw: str) -> set[str]:
    verdict = judge().tag(raw.encode(), PAGE, PAGE.host)
    return {claim.service for claim in verdict.claims}


@pytest.mark.parametrize(
    "raw",
    [
        "<script src=//spin.example/x>",
        "<script type=rocketlazyloadscript data-rocket-src=//spin.example/x>",
        "<script type=litespeed/javascript data-src=//spin.example/x>",
        "<script type=text/plain data-src=//spin.example/x>",
        "<script href=//spin.example/x>",
        "<iframe src=//spin.example/x>",
        "<iframe data-lazy-src=//spin.example/x>",
        "<frame src=//spin.example/x>",
        "<img src=//spin.example/x>",
        "<img srcset='a.jpg 1x, //spin.example/x 2x'>",
        "<img srcset=//spin.example/x>",
        "<img data-srcset='a.jpg,//b.test/c 1x, //spin.example/x'>",
        "<source srcset=//spin.example/x>",
        "<source src=//spin.example/x>",
        "<track src=//spin.example/x>",
        "<audio src=//spin.example/x>",
        "<embed src=//spin.example/x>",
        "<object data=//spin.example/x>",
        "<input type=image src=//spin.example/x>",
        "<image xlink:href=//spin.example/x>",
        "<feimage href=//spin.example/x>",
        "<link rel=stylesheet href=//spin.example/x>",
        "<link rel='alternate STYLESHEET' href=//spin.example/x>",
        "<link rel=preload as=image imagesrcset='//spin.example/x 2x'>",
        "<link rel=modulepreload href=//spin.example/x>",
        "<link rel=prefetch href=//spin.example/x>",
        "<link rel=icon href=//spin.example/x>",
    ],
)
def test_whatever_loads_is_claimed(raw: str) -> None:
    assert "spin" in services(raw)


@pytest.mark.parametrize(
    "raw",
    [
        "<script type=application/ld+json src=//spin.example/x>",
        "<script type=application/json>",
        "<script type='text/template' src=//spin.example/x>",
        "<script type=importmap>",
        "<link rel=canonical href=//spin.example/x>",
        "<link href=//spin.example/x>",
        "<input type=text value=x src=//spin.example/x>",
        "<a href=//spin.example/x>",
        "<form action=//spin.example/x>",
        "<div data-src=//spin.example/x>",
        "<meta content=//spin.example/x>",
        "<img alt=//spin.example/x src=/x>",
        "<img src=/x?u=//spin.example/x>",
    ],
)
def test_whatever_loads_nothing_is_not(raw: str) -> None:
    assert services(raw) == set()


def test_a_hint_claims_all_services_of_its_host_and_needs_one() -> None:
    raw = b"<link rel='dns-prefetch preconnect' href=//spin.example>"
    verdict = judge().tag(raw, PAGE, PAGE.host)

    assert {claim.service for claim in verdict.claims} == {"spin", "chat"}
    assert verdict.any_claim


def test_other_third_parties_are_undeclared() -> None:
    assert services("<img src=//other.test/a>") == {UNDECLARED}
    assert services("<link rel=preconnect href=//other.test>") == {UNDECLARED}
    assert services("<img src=/a>") == set()


def test_own_addresses_are_known_without_a_page_s_address() -> None:
    nowhere = page_address("")
    verdict = judge().tag(b"<script src=/beacon>", nowhere, nowhere.host)

    assert [claim.service for claim in verdict.claims] == ["visits"]


def test_a_base_changes_where_addresses_lead_and_not_whose_they_are() -> None:
    base = page_address("https://other.test/")
    verdict = judge().tag(b"<script src=a.js>", base, PAGE.host)

    assert [claim.service for claim in verdict.claims] == [UNDECLARED]


@pytest.mark.parametrize(
    "raw",
    [
        "<script src='data:text/javascript,Spin.go(1)'>",
        "<script src='data:text/javascript;base64,U3Bpbi5nbygxKQ=='>",
        "<script src='DATA:;base64,U3Bpbi5nbygxKQ=='>",
        "<script src='data:,%53pin.go(1)'>",
    ],
)
def test_code_in_an_address_is_judged(raw: str) -> None:
    assert services(raw) == {"spin"}


def test_pages_in_attributes_are_found() -> None:
    raw = b"<iframe srcdoc='&lt;p&gt;' data-src='data:text/html;base64,PGI+'>"

    assert judge().tag(raw, PAGE, "").documents == (b"<p>", b"<b>")


@pytest.mark.parametrize(
    ("raw", "runs"),
    [
        ("<script>", True),
        ("<script type=module>", True),
        ("<script data-src=x>", True),
        ("<script src=''>", True),
        ("<script src=x>", False),
        ("<script type=application/json>", False),
    ],
)
def test_whether_a_script_s_text_may_run(raw: str, *, runs: bool) -> None:
    assert judge().tag(raw.encode(), PAGE, "").runs is runs


def test_verdicts_are_remembered_but_for_relative_addresses() -> None:
    one = judge()
    rooted, relative = b"<img src=/a srcset='/b 2x'>", b"<img src=a>"

    assert one.tag(rooted, PAGE, "") is one.tag(rooted, PAGE, "")
    assert one.tag(relative, PAGE, "") is not one.tag(relative, PAGE, "")


def test_an_address_is_judged_anew_on_another_host() -> None:
    one = judge()
    other = page_address("https://spin.example/")

    assert not one.tag(b"<img src=/a>", PAGE, PAGE.host).claims
    assert one.tag(b"<img src=/a>", other, PAGE.host).claims


def test_memory_is_bounded() -> None:
    one = judge()
    for number in range(9000):
        one.script(b"a" * 200 + b"%d" % number)
    one.script(b"b" * 20000)

    assert sum(map(len, one._scripts)) < 1 << 20  # noqa: SLF001  it has no other sign
    assert b"b" * 20000 not in one._scripts  # noqa: SLF001


def test_a_type_made_to_last_does_not() -> None:
    assert not services("<script type='" + "/" * 200_000 + "' src=/x>")


def test_a_policy_has_one_judge() -> None:
    assert judge_for(POLICY) is judge_for(POLICY)


def test_what_is_harmless_may_be_forgotten_at_any_time(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    class Forgotten(dict[str, object]):
        def __contains__(self, key: object) -> bool:
            found = super().__contains__(key)
            self.clear()  # as another thread may, that reads pages of other hosts
            return found

    one = judge()
    monkeypatch.setattr(one, "_harmless", Forgotten({"shop.example": {}}))

    assert one.harmless("shop.example") == {}
