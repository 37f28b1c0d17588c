from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from consentkit import load_policy
from consentkit.enforce.judge import judge_for
from consentkit.enforce.links import Sieve
from consentkit.enforce.urls import page_address

POLICY = load_policy(
    {
        "notice": {"controller": "Pebble & Pine", "contact": "p@pebble.example"},
        "site": {"hosts": ["images.shop.example"]},
        "services": {
            "spin": {
                "name": "Spin",
                "group": "personalisation",
                "hosts": ["cdn.spin.example", "shared.example/spin", "/wheel/"],
            },
            "pay": {
                "name": "Pay",
                "group": "essential",
                "reason": "Takes the payment",
                "hosts": ["pay.example", "shared.example/pay"],
            },
        },
    }
)
PAGE = page_address("https://shop.example/lamps/")
GRANTED = frozenset({"spin", "personalisation"})
SPIN = "<https://cdn.spin.example/a.js>; rel=preload; as=script"
STYLE = "<https://cdn.spin.example/a.css>; rel=stylesheet"
OWN = "</own.css>; rel=preload; as=style"


def sieve(
    granted: frozenset[str] = frozenset(), *, block_undeclared: bool = False
) -> Sieve:
    judge = judge_for(POLICY)
    allowed = judge.matcher.allowed(granted)
    return Sieve(judge, allowed, PAGE, block_undeclared=block_undeclared)


def sifted(name: str, value: str, granted: frozenset[str] = frozenset()) -> str | None:
    left = dict(sieve(granted).sift([(name, value)]))
    return left.get(name)


# -- Link ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "link",
    [
        SPIN,
        "<https://cdn.spin.example/a.js>;rel=preload",
        '<//cdn.spin.example/,a>; rel="modulepreload x"; as="script"',
        "<https:\\\\cdn.spin.example>; rel=preconnect",
        "<https://cdn.spin.example>; crossorigin; rel=dns-prefetch",
        "</wheel/a.js>; rel=prefetch",
        '</a.png>; rel=preload; imagesrcset="https://cdn.spin.example/b.png 2x"',
        r'<https://cdn.spin.example/a>; title="a\", <b>"; rel=preload',
        "<https://cdn.spin.example/a>; rel=preload; rel=next",
    ],
)
def test_a_hint_at_a_service_is_dropped_for_everybody(link: str) -> None:
    """A server in front would send it to the next visitor, who refused (RFC 8297)."""
    for granted in (frozenset(), GRANTED):
        sorter = sieve(granted)
        assert sorter.sift([("LINK", link)]) == []
        assert not sorter.hangs_on_consent
        assert bool(sorter.withheld) is not bool(granted)


@pytest.mark.parametrize(
    "link",
    [
        "  <HTTPS://CDN.SPIN.EXAMPLE/a.css> ; REL = Stylesheet",
        "</wheel/m.json>; rel=manifest",
        "<//cdn.spin.example/a.ico>; rel=icon",
    ],
)
def test_a_link_to_a_refused_service_is_dropped(link: str) -> None:
    assert sifted("Link", link) is None
    assert sifted("LINK", link, GRANTED) == link


@pytest.mark.parametrize(
    "link",
    [
        OWN,
        "<https://images.shop.example/a.png>; rel=preload; as=image",
        "<https://pay.example/pay.js>; rel=preload; as=script",
        "<https://cdn.spin.example/about>; rel=next",
        "<https://cdn.spin.example/about>; rel=next; rel=preload",
        '</a?u=https://cdn.spin.example/>; rel="preload"',
        '</a>; rel=preload; title="<https://cdn.spin.example/>; rel=preload"',
        "<https://shared.example>; rel=preconnect",
        "https://cdn.spin.example/; rel=preload",
        "<>; rel=preload",
        "<https://cdn.spin.example/a; rel=preload",
        "",
        '"<',
        ", ,",
    ],
)
def test_other_links_stay_as_they_are(link: str) -> None:
    assert sifted("Link", link) == link


@pytest.mark.parametrize(
    ("value", "left"),
    [
        (f"{SPIN}, {OWN}", OWN),
        (f"{OWN},{SPIN}", OWN),
        (f'{OWN}; title="a, b",{SPIN} , </x>; rel=next', None),
        (f"</a,b>; rel=preload,\t{SPIN}", "</a,b>; rel=preload"),
        (f"</a>; rel=preload; title=a<b, {SPIN}", "</a>; rel=preload; title=a<b"),
    ],
)
def test_only_the_refused_links_of_a_list_go(value: str, left: str | None) -> None:
    expected = left or f'{OWN}; title="a, b", </x>; rel=next'
    assert sifted("Link", value) == expected


def test_each_line_of_a_header_stands_for_itself() -> None:
    headers = [("Link", SPIN), ("X", ""), ("link", OWN)]
    assert sieve().sift(headers) == [("X", ""), ("link", OWN)]


@given(st.text(st.sampled_from('<>,;"\\= a/'), max_size=40))
def test_no_link_hides_another(junk: str) -> None:
    """What comes after a comma that no bracket or quote holds is read for itself."""
    value = f'{junk}">, {SPIN}' if '"' in junk else f"<{junk}>;a=b, {SPIN}"
    kept = sifted("Link", value) or ""
    if junk.count('"') == 0:
        assert "spin" not in kept


# -- other headers ---------------------------------------------------------------------


@pytest.mark.parametrize(
    "value",
    [
        "0; url=https://cdn.spin.example/",
        "5;URL='https://cdn.spin.example/a'",
        '5, "//cdn.spin.example/"; x',
        "1 https://cdn.spin.example/",
        "0;url=/wheel/",
    ],
)
def test_a_refresh_to_a_refused_service_is_dropped(value: str) -> None:
    assert sifted("Refresh", value) is None
    assert sifted("Refresh", value, GRANTED) == value


@pytest.mark.parametrize(
    "value",
    ["5", "", "0; url=/basket?from=cdn.spin.example", "0; url=https://pay.example/"],
)
def test_other_refreshes_stay(value: str) -> None:
    assert sifted("Refresh", value) == value


def test_leading_away_to_strangers_is_no_finding() -> None:
    strict = sieve(block_undeclared=True)
    headers = [("Refresh", "0; url=https://stranger.example/")]
    assert strict.sift(headers) == headers
    assert not strict.undeclared


def test_speculation_rules_of_a_refused_service_are_dropped() -> None:
    value = '"/rules.json", "https://cdn.spin.example/r\\,.json"'
    assert sifted("Speculation-Rules", value) == '"/rules.json"'
    assert sifted("Speculation-Rules", value, GRANTED) == value


def test_endpoints_of_a_refused_service_are_dropped() -> None:
    value = 'main="/reports", spin="https://cdn.spin.example/r";x=1'
    assert sifted("Reporting-Endpoints", value) == 'main="/reports"'


def group(name: str, *urls: str) -> str:
    endpoints = ", ".join(f'{{"url": "{url}"}}' for url in urls)
    return f'{{"group": "{name}", "max_age": 9, "endpoints": [{endpoints}]}}'


def test_groups_of_endpoints_go_with_what_reports_to_them() -> None:
    own = group("own", "https://shop.example/r")
    spin = group("spin", "https://shop.example/r", "https://cdn.spin.example/r")
    logging = [("NEL", '{"report_to": "spin", "max_age": 9}')]
    kept = [("nel", '{"report_to": "own", "max_age": 9}')]
    headers = [*logging, *kept, ("Report-To", f"{spin}, {own}")]
    assert sieve().sift(headers) == [*kept, ("Report-To", own)]
    assert sieve(GRANTED).sift(headers) == headers


@pytest.mark.parametrize("value", ["", "x", "{", "[]", '{"endpoints": [1, {}]}', "{}x"])
def test_groups_that_nobody_can_read_stay(value: str) -> None:
    assert sifted("Report-To", value) == value
    assert sifted("NEL", value) == value


# -- what is told ----------------------------------------------------------------------


def test_it_is_told_what_was_dropped() -> None:
    sorter = sieve()
    sorter.sift([("Link", SPIN)])
    [withheld] = sorter.withheld
    assert (withheld.service, withheld.element) == ("spin", "link")
    assert withheld.url == "https://cdn.spin.example/a.js"


@pytest.mark.parametrize("granted", [frozenset(), GRANTED])
def test_headers_hang_on_consent_whatever_it_is(granted: frozenset[str]) -> None:
    for value, hangs in ((STYLE, True), (OWN, False), ("<//pay.example>", False)):
        sorter = sieve(granted)
        sorter.sift([("Link", value)])
        assert sorter.hangs_on_consent is hangs


@pytest.mark.parametrize("blocks", [True, False])
def test_strangers_are_found_and_may_be_blocked(*, blocks: bool) -> None:
    sorter = sieve(block_undeclared=blocks)
    left = sorter.sift([("Link", "<https://stranger.example/a>; rel=preload")])
    assert [*sorter.undeclared] == ["stranger.example"]
    assert bool(left) is not blocks
    assert not sorter.hangs_on_consent


@pytest.mark.parametrize("suffix", ["", "-Report-Only"])
@pytest.mark.parametrize(
    ("value", "left"),
    [
        ("report-uri https://cdn.spin.example/r", None),
        (
            "default-src 'self'; report-uri https://cdn.spin.example/r; img-src *",
            "default-src 'self';; img-src *",
        ),
        (
            "img-src *;REPORT-URI /own //cdn.spin.example/r /wheel/r",
            "img-src *; report-uri /own",
        ),
        (
            "img-src *, script-src 'self'; report-uri https:\\\\cdn.spin.example",
            "img-src *, script-src 'self';",
        ),
    ],
)
def test_violations_are_reported_to_no_refused_service(
    suffix: str, value: str, left: str | None
) -> None:
    name = f"Content-Security-Policy{suffix}"
    assert sifted(name, value) == left
    assert sifted(name, value, GRANTED) == value


@pytest.mark.parametrize(
    "value",
    [
        "default-src 'self'",
        "img-src https://cdn.spin.example; report-uri  /own ;",
        "report-to spin; script-src 'nonce-a'",
        "frame-src https://cdn.spin.example/report-uri",
    ],
)
def test_the_rest_of_the_shops_policy_stays(value: str) -> None:
    assert sifted("Content-Security-Policy", value) == value
