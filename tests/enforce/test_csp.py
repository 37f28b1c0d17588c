from __future__ import annotations

import pytest

from consentkit import load_policy
from consentkit.enforce.csp import policy_for
from consentkit.enforce.matcher import Matcher

POLICY = load_policy(
    {
        "notice": {"controller": "Pebble & Pine", "contact": "p@pebble.example"},
        "site": {"hosts": ["images.shop.example"]},
        "services": {
            "spin": {
                "name": "Spin",
                "group": "personalisation",
                "hosts": ["cdn.spin.example", "/spin.js"],
            }
        },
    }
)


@pytest.mark.parametrize("granted", [frozenset(), frozenset({"personalisation"})])
def test_only_own_and_granted_hosts_are_allowed(granted: frozenset[str]) -> None:
    matcher = Matcher(POLICY)
    directive, *sources = policy_for(matcher, matcher.allowed(granted)).split()
    assert directive == "default-src"
    assert {"'self'", "images.shop.example"} <= set(sources)
    assert ("cdn.spin.example" in sources) is bool(granted)
    assert ("*.cdn.spin.example" in sources) is bool(granted)
    assert "*" not in sources
