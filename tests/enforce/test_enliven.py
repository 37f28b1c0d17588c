"""What other banners hold back becomes ordinary markup, and is judged as such."""

from __future__ import annotations

import pytest

from consentkit import load_policy
from consentkit.enforce import Rewriter
from consentkit.enforce.enliven import Enlivened
from consentkit.enforce.preface import Untouched

POLICY = load_policy(
    {
        "notice": {"controller": "Teapots Ltd", "contact": "us@teapots.example"},
        "groups": {"statistics": {"aliases": ["figures"]}},
        "services": {
            "hotjar": {"group": "statistics"},
            "youtube": {},
            "meta_pixel": {},
        },
    }
)


def enlivened(page: str, size: int = 1 << 20) -> str:
    """Get a page, sent in pieces of this size, with nothing held back."""
    reader = Enlivened(Untouched(), POLICY)
    raw = page.encode()
    pieces = [raw[at : at + size] for at in range(0, len(raw), size)]
    return b"".join([*map(reader.feed, pieces), reader.close()]).decode()


def shown(page: str, *granted: str) -> str:
    """Get a page as it is shown with these keys granted."""
    rewriter = Rewriter(POLICY, POLICY.expand(granted))
    reader = Enlivened(rewriter, POLICY)
    return (reader.feed(page.encode()) + reader.close()).decode()


@pytest.mark.parametrize(
    ("held", "live"),
    [
        (
            (
                '<script type="text/plain" data-category="statistics" data-src="/a.js"'
                ' async nonce=n integrity="sha256-x">'
            ),
            (
                '<script data-category="statistics" async="" nonce="n"'
                ' integrity="sha256-x" src="/a.js" data-consent="statistics">'
            ),
        ),
        (
            "<script type=text/plain data-cookiecategory=analytics data-type=module>",
            (
                '<script data-cookiecategory="analytics" type="module"'
                ' data-consent="analytics">'
            ),
        ),
        (
            "<script type='text/plain' data-name='hotjar' data-type='text/javascript'>",
            '<script data-name="hotjar" type="text/javascript" data-consent="hotjar">',
        ),
        (
            "<script type=text/plain data-service=youtube data-category=figures>",
            (
                '<script data-service="youtube" data-category="figures"'
                ' data-consent="figures youtube">'
            ),
        ),
        (
            "<script TYPE=text/plain data-cookieconsent='statistics,marketing'>",
            (
                '<script data-cookieconsent="statistics,marketing"'
                ' data-consent="statistics marketing">'
            ),
        ),
        (
            "<script type=text/plain class='x optanon-category-C0002' src=/a.js>",
            (
                '<script class="x optanon-category-C0002" src="/a.js"'
                ' data-consent="C0002">'
            ),
        ),
        (
            "<script type=text/plain data-category=necessary>",
            '<script data-category="necessary" data-consent="essential">',
        ),
        (
            "<script type=text/plain data-name=hotjar data-consent=youtube>",
            '<script data-name="hotjar" data-consent="youtube hotjar">',
        ),
        (
            "<link type=text/plain data-name=hotjar rel=stylesheet data-href=/a.css>",
            (
                '<link data-name="hotjar" rel="stylesheet" href="/a.css"'
                ' data-consent="hotjar">'
            ),
        ),
        (
            "<iframe data-name=youtube data-src='//v.example/?a=1&amp;b=&quot;'>",
            (
                '<iframe data-name="youtube" src="//v.example/?a=1&amp;b=&quot;"'
                ' data-consent="youtube">'
            ),
        ),
    ],
)
@pytest.mark.parametrize("size", [1, 7, 5000])
def test_held_elements_become_ordinary_ones(held: str, live: str, size: int) -> None:
    around = "<!doctype html><p>Tea\N{LATIN SMALL LETTER E WITH ACUTE}</p>%s</script>x"
    assert enlivened(around % held, size) == around % live


@pytest.mark.parametrize(
    "page",
    [
        "<p data-name=hotjar>text/plain",
        "<script type=text/plain>template</script>",
        "<script type=text/plain data-name=unheard_of>template</script>",
        "<script type=text/plain data-category='!statistics'>on refusal</script>",
        "<script type=text/plain data-category='hotjar unheard_of'></script>",
        "<!-- <script type=text/plain data-name=hotjar> -->",
        "<textarea><script type=text/plain data-name=hotjar></textarea>",
        "<script>'<script type=text/plain data-name=hotjar>'</script>",
        "<template><script type=text/plain data-name=hotjar></script></template>",
        "<img data-category=marketing data-src=/lazy.jpg>",
        "<iframe data-category=necessary data-src=/lazy></iframe>",
        "<iframe data-name=youtube src=/a data-src=/b></iframe>",
        "<script type=text/plain data-name=hotjar",
    ],
)
@pytest.mark.parametrize("size", [1, 5000])
def test_everything_else_stays_as_it_is(page: str, size: int) -> None:
    assert enlivened(page, size) == page


def test_a_stream_is_followed_up_to_its_first_sign() -> None:
    reader = Enlivened(Untouched(), POLICY)
    first = b"<p>" + b"x" * 5000
    assert reader.feed(first) == first
    assert reader.feed(b"<scr") == b""
    held = b"ipt type=text/plain data-name=hotjar>1</script>"
    live = b'<script data-name="hotjar" data-consent="hotjar">1</script>'
    assert reader.feed(held) + reader.close() == live


def test_a_tag_that_went_on_already_stays_inert() -> None:
    reader = Enlivened(Untouched(), POLICY)
    pieces = [b"<script x='>' ", b"type=text/plain data-name=hotjar>1</script>"]
    assert b"".join([*map(reader.feed, pieces), reader.close()]) == b"".join(pieces)


def test_what_is_granted_runs_and_what_is_not_is_withheld() -> None:
    page = (
        "<script type=text/plain data-category=statistics>one()</script>"
        "<script type=text/plain data-category=marketing>two()</script>"
    )
    assert shown(page, "statistics") == (
        '<script data-category="statistics" data-consent="statistics">one()</script>'
    )
    assert shown(page) == ""


def test_an_attribute_never_lets_through_what_the_address_forbids() -> None:
    page = (
        '<script type="text/plain" data-category="statistics"'
        ' data-src="https://connect.facebook.net/en_US/fbevents.js"></script>'
        "<script type=text/plain data-category=necessary>"
        "t.src='https://connect.facebook.net/en_US/fbevents.js'</script>"
    )
    assert shown(page, "statistics") == ""


def test_what_is_essential_runs_for_everybody() -> None:
    page = "<script type=text/plain data-category=necessary>basket()</script>"
    assert shown(page).endswith('data-consent="essential">basket()</script>')
