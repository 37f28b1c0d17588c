"""Which rules may load a link to another site ahead of a click."""

from __future__ import annotations

import json

import pytest

from consentkit.enforce.speculation import follows_any_link

OWN = {"href_matches": "/*"}
SOME = {"selector_matches": "a"}


@pytest.mark.parametrize(
    "where",
    [
        SOME,
        {},
        {"href_matches": "https://*/*"},
        {"href_matches": "//*"},
        {"href_matches": "/\\*"},
        {"href_matches": ["/*", "*"]},
        {"href_matches": {"hostname": "*"}},
        {"not": OWN},
        {"or": [OWN, SOME]},
        {"and": [SOME, {"not": OWN}]},
        {"and": []},
        7,
    ],
)
@pytest.mark.parametrize("kind", ["prefetch", "prerender"])
def test_rules_for_any_link(where: object, kind: str) -> None:
    assert follows_any_link(json.dumps({kind: [{"where": where}]}))


def test_rules_without_a_condition() -> None:
    assert follows_any_link('{"prefetch": [{"source": "document"}]}')
    assert follows_any_link('{"prefetch": [1, {"source": "document"}]}')


@pytest.mark.parametrize(
    "where",
    [
        OWN,
        {"href_matches": "?a=*"},
        {"href_matches": ["/a", "/b"]},
        {"href_matches": {"pathname": "/*"}},
        {"and": [OWN, SOME]},
        {"and": [SOME, {"or": [OWN, OWN]}]},
    ],
)
def test_rules_for_the_shops_own_links(where: object) -> None:
    assert not follows_any_link(json.dumps({"prefetch": {"where": where}}))


@pytest.mark.parametrize(
    "text",
    ["", "a()", "{", "{a:1}", "[]", "1", '{"prefetch": [{"urls": ["/a"]}]}', "{}"],
)
def test_what_follows_no_link(text: str) -> None:
    assert not follows_any_link(text)
