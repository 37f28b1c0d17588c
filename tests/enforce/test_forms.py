"""Ways to write a tracker into a page, and snippets that only look like one."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from consentkit import load_policy
from consentkit.enforce import Rewriter

POLICY = load_policy(
    {"notice": {"controller": "Pebble & Pine Ltd", "contact": "a@pebble.example"}}
)
TAGS = Path(__file__).parents[2] / "example_app" / "templates" / "tags"
PIXEL = "connect.facebook.net/en_US/fbevents.js"
MAPS = "www.google.com/maps/embed?pb=x"

FORMS = [
    f'<script src="https://{PIXEL}"></script>',
    f"<script src='https://{PIXEL}'></script>",
    f"<script src=https://{PIXEL}></script>",
    f'<script src = "https://{PIXEL}"></script>',
    f'<script async\n  src="https://{PIXEL}"></script>',
    f'<SCRIPT SRC="https://{PIXEL}"></SCRIPT>',
    f'<script src="https://{PIXEL}"></script >',
    f'<script src="https://{PIXEL}"></script\n>',
    f'<script/src="https://{PIXEL}"></script>',
    f'<script src="//{PIXEL}"></script>',
    f'<script src="http://{PIXEL}"></script>',
    '<script src="https://connect&#46;facebook&period;net/en_US/fbevents.js"></script>',
    '<script src="https://connect&#46facebook.net/en_US/fbevents.js"></script>',
    '<script src="https://CONNECT.Facebook.NET/en_US/fbevents.js"></script>',
    '<script src="\\\\connect.facebook.net\\en_US\\fbevents.js"></script>',
    '<script src="https://connect.face\tbook.net/en_US/fbevents.js"></script>',
    '<script src="https://connect%2Efacebook.net/en_US/fbevents.js"></script>',
    '<script src="https://connect.facebook.net./en_US/fbevents.js"></script>',
    '<script src="https://shop.example@connect.facebook.net/x/fbevents.js"></script>',
    '<script src="https://connect.facebook.net:443/en_US/fbevents.js"></script>',
    f'<script src="https://{PIXEL}" src="/own.js"></script>',
    f'<script type="module" src="https://{PIXEL}"></script>',
    f'<script data-category="functional" src="https://{PIXEL}"></script>',
    f'<script type="rocketlazyloadscript" data-rocket-src="//{PIXEL}"></script>',
    (
        "<script>var s = document.createElement('script');"
        f"s.src = 'https://{PIXEL}';document.head.append(s)</script>"
    ),
    "<script>gtm = {'gtm.start': 1}</script>",
    f'<iframe src="https://{MAPS}"></iframe>',
    f"<iframe src=https://{MAPS}></iframe>",
    f'<iframe loading="lazy" data-src="https://{MAPS}"></iframe>',
    f"<iframe srcdoc=\"<iframe src='https://{MAPS}'>\"></iframe>",
    '<img src="https://www.facebook.com/tr?id=1&ev=PageView&noscript=1">',
    '<img srcset="/a.gif 1x, https://www.facebook.com/tr?id=1 2x">',
    '<source srcset="https://www.facebook.com/tr?id=1">',
    f'<link rel="preload" as="script" href="https://{PIXEL}">',
    f'<link rel="modulepreload" href="https://{PIXEL}">',
    f'<link rel="prefetch" href="https://{PIXEL}">',
    '<link rel="preconnect" href="https://connect.facebook.net">',
    '<link rel="dns-prefetch" href="//connect.facebook.net">',
    f'<link rel="stylesheet" href="https://{PIXEL}">',
    f'<object data="https://{MAPS}"></object>',
    f'<embed src="https://{MAPS}">',
    '<video src="https://www.facebook.com/tr/a.mp4"></video>',
    '<video poster="https://www.facebook.com/tr/a.png"></video>',
    '<audio src="https://www.facebook.com/tr/a.mp3"></audio>',
    '<input type="image" src="https://www.facebook.com/tr/a.png">',
]

HARMLESS = [
    '<script src="/js/app.js?ref=connect.facebook.net"></script>',
    '<script src="https://connect.facebook.net.example.org/x.js"></script>',
    '<script src="https://notconnect-facebook.net/fbevents-x.js"></script>',
    "<script>/* we used connect.facebook.net once */ shop.start()</script>",
    "<script>allow = ['connect.facebook.net', 'www.google.com']</script>",
    f"<!-- <script src='https://{PIXEL}'></script> -->",
    f"<textarea><script src='https://{PIXEL}'></script></textarea>",
    '<script type="application/json">{"host": "connect.facebook.net"}</script>',
    (
        '<script type="application/ld+json">'
        '{"sameAs": "https://www.facebook.com/tr"}</script>'
    ),
    f"<template><script src='https://{PIXEL}'></script></template>",
    '<a href="https://www.facebook.com/tr/shop">Find us</a>',
    '<form action="https://www.facebook.com/tr/x"><button>Share</button></form>',
    '<img alt="https://www.facebook.com/tr" src="/static/facebook.com/tr.png">',
    '<p title="<img src=https://www.facebook.com/tr>">text</p>',
    "<p>&lt;script src=https://connect.facebook.net/&gt;</p>",
    '<meta name="x" content="https://connect.facebook.net">',
    '<script type="text/html"><img src="https://www.facebook.com/tr"></script>',
    '<link rel="canonical" href="https://www.facebook.com/tr">',
]


def rewrite(page: bytes, *granted: str, size: int = 1 << 20) -> bytes:
    one = Rewriter(POLICY, frozenset(granted), url="https://shop.example/p")
    out = [one.feed(page[at : at + size]) for at in range(0, len(page), size)]
    return b"".join([*out, one.close()])


def in_page(snippet: str) -> bytes:
    head = "<!doctype html><html><head><title>Shop</title></head><body><p>it's</p>"
    return f"{head}\r\n{snippet}\n<p class='a'>after</p></body></html>\n".encode()


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("size", [1, 100, 1 << 20])
def test_every_form_is_withheld_and_nothing_else(form: str, size: int) -> None:
    assert rewrite(in_page(form), size=size) == in_page("")


@pytest.mark.parametrize("form", FORMS)
def test_every_form_passes_once_granted(form: str) -> None:
    page = in_page(form)

    assert rewrite(page, "personalisation") == page


def test_a_frame_that_is_never_closed_takes_what_browsers_take_for_its_text() -> None:
    assert rewrite(f"<p>a</p><iframe src=//{MAPS}><p>b</p>".encode()) == b"<p>a</p>"


def test_an_address_may_hang_on_the_base() -> None:
    base = b'<base href="https://connect.facebook.net/en_US/">'

    assert rewrite(base + b"<script src=fbevents.js></script>") == base


@pytest.mark.parametrize("snippet", HARMLESS)
@pytest.mark.parametrize("size", [1, 1 << 20])
def test_harmless_snippets_pass(snippet: str, size: int) -> None:
    page = in_page(snippet)

    assert rewrite(page, size=size) == page


def official(name: str) -> str:
    """Get a vendor's snippet as the example shop serves it."""
    return re.sub(r"\{[{%].*?[%}]\}", "1", (TAGS / name).read_text())


@pytest.mark.parametrize(
    "name",
    [
        "connections.html",
        "google_analytics.html",
        "google_tag_manager_head.html",
        "google_tag_manager_body.html",
        "hotjar.html",
        "klaviyo.html",
        "meta_pixel.html",
        "tiktok_pixel.html",
    ],
)
def test_official_snippets_of_trackers_contact_nobody(name: str) -> None:
    page = in_page(official(name))
    out = rewrite(page)
    outside_comments = re.sub(rb"<!--.*?-->", b"", out, flags=re.DOTALL)

    assert not re.search(rb"https?://|googletagmanager|hotjar", outside_comments)
    assert rewrite(page, "personalisation") == page


@pytest.mark.parametrize("name", ["paypal.html", "klarna_payments.html"])
def test_official_snippets_of_payment_pass(name: str) -> None:
    page = in_page(official(name))

    assert rewrite(page) == page
