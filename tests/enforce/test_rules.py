"""Rules are looked up and give what asking them one by one would give."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from consentkit.enforce.rules import HostRules, Rule
from consentkit.enforce.urls import Address
from consentkit.policy import HostRule

PIECES = ["/", "/a", "/ab", "b", "-", ".js", "/x/", "*", "/*", "_"]
PATHS = st.lists(st.sampled_from(PIECES), max_size=5).map("".join)
RULE_PATHS = PATHS.filter(lambda path: not path or path.startswith("/"))
ADDRESS_PATHS = PATHS.map(lambda path: "/" + path.replace("*", "z").lstrip("/"))
QUERIES = st.sampled_from(["", "id=1"])


@given(
    st.lists(st.tuples(RULE_PATHS, QUERIES), max_size=8),
    ADDRESS_PATHS,
    QUERIES,
)
def test_looking_up_equals_asking_one_by_one(
    rules: list[tuple[str, str]], path: str, query: str
) -> None:
    ordered = [
        Rule.of(f"{rank}", HostRule("t.example", *rule))
        for rank, rule in enumerate(
            sorted(rules, key=lambda r: (-len(r[0]), -len(r[1])))
        )
    ]
    address = Address("https", "t.example", path, query)
    expected = next((rule.service for rule in ordered if rule.claims(address)), None)

    assert HostRules(ordered).service(address) == expected


def test_a_prefix_ends_on_a_border() -> None:
    rules = HostRules([Rule.of("pixel", HostRule("t.example", "/tr"))])

    claimed = [
        rules.service(Address("https", "t.example", path))
        for path in ("/tr", "/tr/", "/tr.gif", "/track", "/a/tr")
    ]

    assert claimed == ["pixel", "pixel", "pixel", None, None]


def test_a_host_may_have_wild_cards() -> None:
    rules = HostRules([Rule.of("pixel", HostRule("px*.t.example"))])

    assert rules.service(Address("https", "px12.t.example")) == "pixel"
    assert rules.service(Address("https", "a.px1.t.example")) == "pixel"
    assert rules.service(Address("https", "www.t.example")) is None
