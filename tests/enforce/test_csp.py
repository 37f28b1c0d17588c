from __future__ import annotations

from typing import Any

import pytest

from consentkit import catalogue, load_policy
from consentkit.enforce.csp import PageGuard, full_policy, guarded, policy_for
from consentkit.enforce.matcher import Matcher

NOTICE = {"controller": "Pebble & Pine", "contact": "p@pebble.example"}
SPIN: dict[str, Any] = {
    "name": "Spin",
    "group": "personalisation",
    "hosts": ["cdn.spin.example", "/spin.js"],
}
EVERYTHING = frozenset({"personalisation"})
NO_TOPICS = ("Permissions-Policy", "browsing-topics=()")


def matcher_of(hosts: list[str] | None = None, **services: dict[str, Any]) -> Matcher:
    site = {"hosts": hosts or []}
    return Matcher(load_policy({"notice": NOTICE, "site": site, "services": services}))


def sources(matcher: Matcher, *granted: str) -> list[str]:
    directive, *found = policy_for(matcher, matcher.allowed(frozenset(granted))).split()
    assert directive == "default-src"
    return found


def hosts(matcher: Matcher, *granted: str) -> set[str]:
    found = {source for source in sources(matcher, *granted) if "." in source}
    return {source for source in found if not source.startswith("wss:")}


@pytest.mark.parametrize("granted", [(), ("personalisation",)])
def test_only_own_and_granted_hosts_are_allowed(granted: tuple[str, ...]) -> None:
    matcher = matcher_of(["images.shop.example"], spin=SPIN)
    found = sources(matcher, *granted)
    assert {"'self'", "images.shop.example"} <= set(found)
    assert ("cdn.spin.example" in found) is bool(granted)
    assert ("*.cdn.spin.example" in found) is bool(granted)
    assert "*" not in found


def test_inline_code_is_left_to_the_shops_own_policy() -> None:
    expected = ["'self'", "'unsafe-inline'", "'unsafe-eval'", "data:", "blob:"]
    assert sources(matcher_of()) == expected


def test_essential_services_that_the_policy_names_are_always_allowed() -> None:
    assert "js.stripe.com" in hosts(matcher_of(stripe={}))
    assert hosts(matcher_of(), "personalisation") == set()


def test_a_host_shared_with_a_refused_service_is_narrowed_to_the_path() -> None:
    matcher = matcher_of(google_analytics={}, google_tag_manager={})
    analytics = hosts(matcher, "google_analytics")
    assert "*.googletagmanager.com/gtag/js" in analytics
    assert "*.googletagmanager.com" not in analytics
    assert not any("gtm.js" in source for source in analytics)


def test_a_host_of_granted_services_alone_is_allowed_whole() -> None:
    service = SPIN | {"hosts": ["spin.example/wheel"]}
    assert hosts(matcher_of(spin=service), "spin") == {"spin.example", "*.spin.example"}


def test_sockets_are_allowed_to_services_that_talk() -> None:
    matcher = matcher_of(["images.shop.example"], spin=SPIN, meta_pixel={}, hotjar={})
    found = sources(matcher, "personalisation")
    sockets = {source for source in found if source.startswith("wss:")}
    assert {"wss://images.shop.example", "wss://*.cdn.spin.example"} <= sockets
    assert any("hotjar" in source for source in sockets)
    assert not any("facebook" in source for source in sockets)


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("/wheel", {"/wheel", "/wheel/"}),
        ("/wheel/", {"/wheel/"}),
        ("/wheel.js", {"/wheel.js"}),
        ("/a/*/wheel.js", {"/a/"}),
        ("/a/w*.js", {"/a/"}),
        ("/*/wheel.js", {""}),
        ("/a;b,c", {"/a%3Bb%2Cc", "/a%3Bb%2Cc/"}),
    ],
)
def test_a_path_is_written_as_the_standard_has_it(
    path: str, expected: set[str]
) -> None:
    matcher = matcher_of(
        spin=SPIN | {"hosts": [f"cdn.example{path}"]},
        other=SPIN | {"name": "Other", "hosts": ["cdn.example/other"]},
    )
    found = {f"{start}cdn.example{end}" for start in ("", "*.") for end in expected}
    assert hosts(matcher, "spin") == found


def test_what_a_parent_host_covers_is_not_repeated() -> None:
    names = ["spin.example", "cdn.spin.example", "spin.example/wheel", "127.0.0.1"]
    matcher = matcher_of(spin=SPIN | {"hosts": names})
    assert hosts(matcher, "spin") == {"spin.example", "*.spin.example", "127.0.0.1"}


def test_a_policy_of_many_services_fits_into_a_proxys_buffer() -> None:
    named = [key for key, s in catalogue.services().items() if s.hosts][::9]
    policy = load_policy(
        {"notice": NOTICE, "services": {key: {} for key in named}},
    )
    assert len(named) > 15
    assert len(full_policy(policy)) < 4096


# -- headers of pages ------------------------------------------------------------------


def test_nothing_is_added_where_everything_is_granted_and_no_policy_wanted() -> None:
    guard = PageGuard(matcher_of(spin=SPIN))
    assert guard.headers(EVERYTHING, everything=True, mounted="") == []
    assert guard.headers(frozenset(), everything=False, mounted="") == [NO_TOPICS]


def test_a_policy_is_enforced_without_reports() -> None:
    guard = PageGuard(matcher_of(spin=SPIN), "enforce")
    [(name, value)] = guard.headers(EVERYTHING, everything=True, mounted="")
    assert name == "Content-Security-Policy"
    assert "cdn.spin.example" in value
    assert "report" not in value


def test_a_policy_that_only_reports_says_where_to() -> None:
    guard = PageGuard(matcher_of(), "report-only", "/consent/csp-report")
    [(name, value)] = guard.headers(EVERYTHING, everything=True, mounted="/s;h,op")
    assert name == "Content-Security-Policy-Report-Only"
    assert value.endswith("; report-uri /s%3Bh%2Cop/consent/csp-report")


def test_the_shops_own_directive_on_topics_stands() -> None:
    own = [("permissions-policy", "camera=(), Browsing-Topics=(self)")]
    assert guarded(own, [NO_TOPICS], known=False) == own
    other = [("Permissions-Policy", "camera=()")]
    assert guarded(other, [NO_TOPICS], known=False) == [*other, NO_TOPICS]


def test_a_page_that_the_browser_has_keeps_what_it_came_with() -> None:
    ours = [("Content-Security-Policy", "default-src 'self'")]
    theirs = [("content-security-policy", "object-src 'none'")]
    assert guarded([], ours, known=True) == []
    assert guarded(theirs, ours, known=True) == theirs + ours
