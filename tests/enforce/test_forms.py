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
    '<audio src="https://www.facebook.com/tr/a.mp3"></audio>',
    '<input type="image" src="https://www.facebook.com/tr/a.png">',
    '<meta http-equiv="refresh" content="0;url=https://www.facebook.com/tr/x">',
    "<meta content='3 ; URL = \"//www.facebook.com/tr/x\"' HTTP-EQUIV=Refresh>",
    '<meta http-equiv="&#114;efresh" content="0,//www.facebook.com/tr/x">',
]

TR = "https://www.facebook.com/tr/x"
#: Forms that stay but for what is between the bars.
PARTS = [
    f'<svg>|<script href="https://{PIXEL}"></script>|</svg>',
    f'<svg>|<image href="{TR}"/>|</svg>',
    f'<video poster="|{TR}|" src="/own.mp4"></video>',
    f'<p style="color: red; background: url(|{TR}|)">a</p>',
    f"<p style=\"background: URL( '|{TR}|' ) no-repeat\">a</p>",
    f'<p style="background: u\\72 l(|{TR}|)">a</p>',
    '<p style="background: url(|//www.face\\62 ook.com/tr/x|">a</p>',
    f'<p style="|background: u&#114;l({TR})|">a</p>',
    f"<p style=background:url(|{TR}|)>a</p>",
    f"<p style='background: image-set(\"|{TR}|\" 1x, url(/own.png) 2x)'>a</p>",
    f'<p title="style=\'" style="background:url(|{TR}|)">a</p>',
    f'<img src="/a.png" style="content:url(|{TR}|)">',
    f'<svg><path d="M0" fill="url(|{TR}#a|)"/></svg>',
    f'<style>|@import "{TR}" screen;|p {{ color: red }}</style>',
    f"<style>|@import/**/url({TR});|p {{ color: red }}</style>",
    f"<style>p {{ background: url(|{TR}|) }} i {{ color: red }}</style>",
    f"<style>/* it's */ p::before {{ content: url('|{TR}|') }}</style>",
    f"<svg><style>p {{ background: url(|{TR}|) }}</style></svg>",
    f"<svg><style>|<![CDATA[p {{ background: url({TR}) }}]]>|</style></svg>",
    f"<svg><style>|p {{ background: url&#40;{TR}) }}|</style></svg>",
    (
        '<img src="/own.png" onerror="|s=document.createElement(\'script\');'
        f"s.src='https://{PIXEL}'|\">"
    ),
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
    '<meta http-equiv="refresh" content="5">',
    '<meta http-equiv="refresh" content="0;url=/?from=www.facebook.com/tr">',
    '<meta http-equiv="refresh" content="0;url=https://pay.example/go">',
    '<p background="//www.facebook.com/tr" poster="//www.facebook.com/tr">a</p>',
    "<p style=\"content: 'url(https://www.facebook.com/tr)'\">a</p>",
    '<p style="/* url(https://www.facebook.com/tr) */ color: red">a</p>',
    '<p style="background: url(https://www.facebook.com/tr x)">a</p>',
    '<p style="background: url(/own.png)" title="url(//www.facebook.com/tr)">a</p>',
    "<p style='>a</p><p title='url(https://www.facebook.com/tr)'>b</p>",
    "<style>@namespace url(https://www.facebook.com/tr); p { color: red }</style>",
    "<style>p::after { content: '@import \\'//www.facebook.com/tr\\'' }</style>",
    '<svg><path fill="url(#a)" d="M0"/></svg>',
    "<svg><style/><g></g><style><![CDATA[p > a { color: red }]]></style></svg>",
    (
        '<a href="/share" onclick="window.open('
        "'https://www.facebook.com/tr/share')\">Share</a>"
    ),
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


def test_an_address_may_hang_on_the_base_and_goes_with_it() -> None:
    base = b'<base href="https://connect.facebook.net/en_US/">'

    assert rewrite(base + b"<script src=fbevents.js></script>") == b""


@pytest.mark.parametrize(
    "base",
    [
        '<base href="https://www.google.com/">',  # has essential products as well
        '<base href="https://cdn.example/">',
        '<base href="/static/">',
        '<base target="_top">',
    ],
)
def test_a_base_that_may_be_the_shops_stays(base: str) -> None:
    page = f"{base}<p>a</p>".encode()

    assert rewrite(page) == page


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


@pytest.mark.parametrize("form", PARTS)
@pytest.mark.parametrize("size", [1, 100, 1 << 20])
def test_what_loads_beside_an_element_goes_alone(form: str, size: int) -> None:
    before, *parts = form.split("|")
    kept = before + "".join(parts[1::2])

    assert rewrite(in_page(form.replace("|", "")), size=size) == in_page(kept)


@pytest.mark.parametrize("form", PARTS)
def test_what_loads_beside_an_element_stays_where_it_is_granted(form: str) -> None:
    page = in_page(form.replace("|", ""))

    assert rewrite(page, "personalisation") == page


def test_the_background_of_a_body_goes_alone() -> None:
    page = f'<!doctype html><body class="a" background="{TR}">text'.encode()

    assert rewrite(page) == b'<!doctype html><body class="a" background="">text'


def test_a_value_without_quotes_leaves_an_empty_one() -> None:
    page = f"<p></p><video poster={TR} src=/own.mp4></video>".encode()

    assert rewrite(page) == b'<p></p><video poster="" src=/own.mp4></video>'


def test_of_styles_in_styles_of_a_drawing_nothing_stays() -> None:
    page = f"<svg><style>a{{<style>x{{}}b:url({TR})}}</style><g/></svg>".encode()

    assert rewrite(page) == b"<svg><style></style><g/></svg>"


def test_an_edit_is_told_with_its_place() -> None:
    page = in_page(f'<p style="background:url({TR})">a</p>')
    one = Rewriter(POLICY)
    one.feed(page)
    one.close()

    assert [(w.element, w.url, w.offset) for w in one.withheld] == [
        ("p", TR, page.index(TR.encode()))
    ]
