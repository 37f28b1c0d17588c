"""What compiled code judges by itself is what Python would have said of it."""

from __future__ import annotations

from dataclasses import replace
from itertools import product
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from consentkit import load_policy
from consentkit.enforce import Rewriter, _skim
from consentkit.enforce.judge import Judge, judge_for
from consentkit.enforce.matcher import matcher_for
from consentkit.policy import HostRule, InlineMark
from tests.enforce.engines import using

if TYPE_CHECKING:
    from collections.abc import Callable

    from consentkit.enforce.gap import Gap
    from consentkit.enforce.rewriter import Withheld
    from consentkit.policy import Service

_PLAIN = load_policy(
    {
        "notice": {"controller": "Pebble & Pine Ltd", "contact": "a@pebble.example"},
        "site": {"hosts": ["img.example"]},
        "services": {
            "chat": {
                "name": "Chat",
                "hosts": ["chat.example/", "*.talk.example/room", "/chat/"],
            },
            "pixel": {
                "name": "Pixel",
                "hosts": ["px.example/tr", "px.example/*/plugins", "two.example?id=P-"],
                "inline": ["px.example/lib"],
            },
            "wheel": {
                "name": "Wheel",
                "hosts": ["px.example/wheel", "two.example"],
                "inline": ["räder"],
            },
            "cart": {
                "name": "Cart",
                "group": "essential",
                "reason": "The cart needs it.",
                "hosts": ["cart.example"],
                "inline": ["cart.example/js"],
            },
        },
    }
)
#: What only the catalogue can say of its services.
_MARKS = {
    "chat": InlineMark("identifier", "Chat"),
    "pixel": InlineMark("call", "px"),
    "wheel": InlineMark("regex", r"Wheel\.(?:spin|turn)\("),
}


def _marked(service: Service) -> Service:
    inline = (*service.inline, *filter(None, [_MARKS.get(service.key)]))
    odd = (HostRule("cd*.wheel.example", ""),) if service.key == "wheel" else ()
    return replace(service, inline=inline, hosts=(*service.hosts, *odd))


POLICY = replace(
    _PLAIN, services={key: _marked(one) for key, one in _PLAIN.services.items()}
)
BODY = False  #: it isn't still to begin
PATH = "/things/"
URL = "https://shop.example/things/"
BEGIN = b'<!doctype html><html lang="en"><head><title>x</title></head><body>'

Reading = tuple[bytes, list["Withheld"], list[str], str]


def reading(
    construct: bytes,
    granted: frozenset[str] = frozenset(),
    *,
    blocks: bool = False,
    placeholder: Callable[[Gap], bytes] | None = None,
    url: str = URL,
) -> Reading:
    one = Rewriter(
        POLICY, granted, url=url, block_undeclared=blocks, placeholder=placeholder
    )
    left = one.feed(BEGIN + construct + b"<p>") + one.close()
    return left, one.withheld, list(one.undeclared), one.language


# -- what is judged without Python ---------------------------------------------------

PIXEL = b'<img height="1" style="display:none" src="https://px.example/tr?id=1&ev=x" />'


@pytest.mark.parametrize(
    ("construct", "service"),
    [
        (
            b'<script async src="https://chat.example/x.js?a=1&amp;b=2"></script>',
            "chat",
        ),
        (b"<script src=//a.talk.example/room/1 defer nonce=abc></script>", "chat"),
        (b"<script>!function(w){w.Chat=w.Chat||[]}(window)</script>", "chat"),
        (b"<script type='text/javascript'>px('init')</script>", "pixel"),
        (b"<script>s.src='https:\\/\\/px.example\\/lib\\/x.js'</script>", "pixel"),
        (b"<script>Wheel.spin(1)</script>", "wheel"),
        (b"<img src='https://px.example/de/plugins/x.gif' alt=''>", "pixel"),
        (PIXEL, "pixel"),
        (b"<noscript>\n" + PIXEL + b"</noscript>", "pixel"),
        (b"<noscript><iframe src=//chat.example height=0></iframe></noscript>", "chat"),
        (b"<iframe src=https://px.example/wheel/3></iframe>", "wheel"),
        (b"<link rel=preconnect href=//chat.example crossorigin>", "chat"),
        (b"<link rel='stylesheet' href='https://two.example/a.css'>", "wheel"),
        (b"<img src=https://two.example/a.gif?x=1&id=P-3>", "pixel"),
        (b"<script src=https://nobody.example/x.js></script>", ""),
        (b"<script src=https://cart.example/x.js></script>", ""),
        (b"<script>load('//cart.example/js/x.js')</script>", ""),
        (b"<script>var a = 1 // https://nobody.example\n</script>", ""),
        (b'<script type="application/ld+json">{"@type": "Chat"}</script>', ""),
        (b"<img src=https://img.example/a.jpg>", ""),
        (b"<img src=https://shop.example/a.jpg>", ""),
        (b'<link rel="canonical" href="https://shop.example/things/?a=1">', ""),
        (b"<textarea name=a>text</textarea>", ""),
    ],
)
def test_simple_constructs_take_no_python(
    construct: bytes, service: str, monkeypatch: pytest.MonkeyPatch, engine: str
) -> None:
    asked: list[object] = []
    if engine == "compiled":
        monkeypatch.setattr(Judge, "tag", lambda *_: asked.append(1))
        monkeypatch.setattr(Judge, "script", lambda *_: asked.append(1))
    left, withheld, _, language = reading(construct)

    assert not asked
    assert [found.service for found in withheld] == [service] * bool(service)
    assert (construct in left) is not bool(service)
    assert language == "en"


def test_what_is_granted_stays() -> None:
    construct = b"<script src=https://chat.example/x.js></script>"

    assert construct in reading(construct, frozenset({"chat"}))[0]
    assert construct not in reading(construct, frozenset({"pixel"}))[0]


def test_one_granted_service_is_enough_to_connect() -> None:
    construct = b"<link rel=preconnect href=https://px.example>"

    assert construct not in reading(construct)[0]
    assert construct in reading(construct, frozenset({"wheel"}))[0]


def test_hosts_of_nobody_are_reported_and_blocked_if_asked_for() -> None:
    construct = b"<img src=https://nobody.example/x.gif>"
    left, withheld, undeclared, _ = reading(construct)

    assert (construct in left, withheld, undeclared) == (True, [], ["nobody.example"])

    left, withheld, undeclared, _ = reading(construct, blocks=True)

    assert (construct in left, undeclared) == (False, ["nobody.example"])
    assert [(w.service, w.element, w.url) for w in withheld] == [
        ("undeclared", "img", "https://nobody.example/x.gif")
    ]


def test_where_something_was_withheld_is_told() -> None:
    before, pixel = b"<p>a</p><noscript> ", b"<img src=https://px.example/tr>"
    _, withheld, _, _ = reading(before + pixel + b"</noscript>")

    assert [tuple(found) for found in withheld] == [
        ("pixel", "img", "https://px.example/tr", len(BEGIN + before))
    ]


# -- as Python does it ---------------------------------------------------------------

HOSTS = [
    *("chat.example", "a.talk.example", "talk.example", "px.example", "two.example"),
    *("cd1.wheel.example", "nobody.example", "img.example", "shop.example", "a.b"),
    *("PX.example", "px.example.", "px.example:443", "u@px.example", "px%2eexample"),
    *("x.px.example", "px.example.evil.example", "cart.example", "pixel"),
]
PATHS = [
    *("", "/", "/tr", "/try", "/tr/", "/a/plugins", "/plugins", "/wheel/1", "/room"),
    *("/a/../tr", "/./tr", "/%74r", "/é", "/a b", "/chat/x", "/a//b", "/tr-x"),
]
QUERIES = [
    *("", "", "?", "?a=1", "?id=P-1", "?a&amp;id=P-1", "?a&b=c", "?x&copy=1", "#id=P-"),
    *("?x&copy;y", "?a#b", "?é", "&x", "?&#105;d=P-", "?\\"),
]
SCHEMES = [
    *("https://", "https://", "http://", "//", "HTTPS://", "https:/", "https:", "/"),
    *("", "javascript:", "data:text/html,", " https://", "https://\t", "wss://"),
]
URLS = st.builds(
    "{}{}{}{}".format, *map(st.sampled_from, (SCHEMES, HOSTS, PATHS, QUERIES))
)
OTHERS = [
    *("async", "defer", "class='x'", "class='optanon-category-ads'", "style='a:b'"),
    *("style='background:url(//px.example/tr)'", "width=1", "alt='a < b'", "data-n=1"),
    *("data-category=marketing", "data-src=/a", "data-consent=chat", "onload='px()'"),
    *("type=module", "type='text/plain'", "type=importmap", "type='application/json'"),
    *("type", "srcset='/a.jpg 2x'", "srcset='//px.example/tr 2x'", "rel=preconnect"),
    *("rel=icon", "rel='dns-prefetch preload'", "rel=canonical", "hidden", "foo=bar"),
    *("STYLE=x", "data-lazy-src=//px.example/tr", "poster=x", "ping=x", "name=x"),
    *("href=/x", "src=/x", "src", "SRC=//px.example/tr", "xlink:href=/x", "language=x"),
]
VALUES = st.builds(
    lambda name, url, quote: f"{name}={quote}{url}{quote}",
    st.sampled_from(["src", "src", "href"]),
    URLS,
    st.sampled_from(['"', "'", ""]),
)
ATTRIBUTES = st.lists(VALUES | st.sampled_from(OTHERS), max_size=4).flatmap(
    lambda parts: st.sampled_from([" ", " ", "\n", "/"]).map(
        lambda space: "".join(space + part for part in parts)
    )
)
CODE = st.lists(
    URLS
    | st.sampled_from(
        [
            *(
                "Chat",
                "Chat.x",
                "myChat",
                "px(",
                "px (",
                "px.y",
                ".px(1)",
                "Wheel.spin(",
            ),
            *(
                "Wheel.turn(",
                "Wheel.stop(",
                "räder",
                "px.example/lib",
                "cart.example/js",
            ),
            *(
                '"',
                "'",
                "\\/\\/px.example\\/lib",
                "\\x2f",
                "'+'",
                "' + '",
                "{",
                "}",
                "ws:",
            ),
            *(
                "https:",
                "// a",
                "/* b */",
                "\n",
                ";",
                "s.src=",
                "fetch(",
                "é",
                "rows:1",
            ),
            *('{"prefetch": [{"source": "document"}]}', "import ", " ", "x"),
        ]
    ),
    max_size=8,
).map("".join)
CONSTRUCTS = st.one_of(
    st.builds("<script{}>{}</script>".format, ATTRIBUTES, CODE),
    st.builds("<script>{}</script>".format, CODE),
    st.builds("<script{}></script>".format, ATTRIBUTES),
    st.builds(
        "<link rel={}{}>".format,
        st.sampled_from(["icon", "preconnect", "x"]),
        ATTRIBUTES,
    ),
    st.builds("<img{}>".format, ATTRIBUTES),
    st.builds("<iframe{}></iframe>".format, ATTRIBUTES),
    st.builds("<title{}>x</title>".format, ATTRIBUTES),
    st.builds("<body{}>".format, ATTRIBUTES),
    st.builds("<noscript{}> <img{}></noscript>".format, ATTRIBUTES, ATTRIBUTES),
    st.builds("<noscript><iframe{}></iframe>\n</noscript>".format, ATTRIBUTES),
    st.builds("<noscript><img{}>{}</noscript>".format, ATTRIBUTES, CODE),
)
STATES = [
    {"granted": frozenset(granted), "blocks": blocks}
    for granted, blocks in product(["", ["chat"], ["pixel", "wheel"]], [False, True])
]


@pytest.mark.parametrize(
    "construct",
    [
        b"<script>fetch('//img.example/chat/a')</script>",
        b"<script>fetch('//a.img.example/chat/a');fetch('//px.example/a')</script>",
        b"<img data-style='url(/chat/a)' src=/a.jpg>",
        b"<img class='opt&#97;non-category-ads' src=/a.jpg>",
        b"<script class='opt&#97;non-category-ads'>a()</script>",
        b"<img aria-src=//chat.example/a src=/a.jpg>",
        b"<img aria-lazy='//chat.example/a' src=//nobody.example/a.jpg>",
    ],
)
def test_what_isn_t_simple_is_withheld_all_the_same(construct: bytes) -> None:
    left, withheld, _, _ = reading(construct)

    assert construct not in left
    assert len(withheld) == 1


def test_own_addresses_of_nobody_stay_in_scripts() -> None:
    construct = b"<script>fetch('//img.example/a');fetch('//px.example/a')</script>"

    assert construct in reading(construct)[0]


@pytest.mark.parametrize("name", ["script", "title", "noscript", "iframe", "style"])
@pytest.mark.parametrize("rest", ["", "s", "svg", "source", "alt", "style"])
def test_a_name_with_a_nul_is_another(name: str, rest: str) -> None:
    pixel = b"<img src=//px.example/tr>"
    tag = f"<{name}\0{rest}>".encode()

    assert reading(tag + pixel + f"</{name}>".encode())[1]
    assert reading(f"<img {name}\0{rest}=1 src=//px.example/tr>".encode())[1]


def test_one_of_very_many_services_is_enough_to_connect() -> None:
    one = _PLAIN.services["chat"]
    services = {
        f"s{at:02}": replace(one, key=f"s{at:02}", hosts=(HostRule("a.b", f"/{at}"),))
        for at in range(50)
    }
    policy = replace(_PLAIN, services=services)
    page = BEGIN + b"<link rel=preconnect href=//a.b>"

    assert Rewriter(policy, frozenset({"s49"}), url=URL).feed(page) == page
    assert Rewriter(policy, url=URL).feed(page) == BEGIN


@settings(deadline=None, max_examples=300)
@given(
    CONSTRUCTS,
    st.sampled_from(STATES),
    st.sampled_from(["utf-8", "latin-1"]),
    st.sampled_from([URL, URL, "http://shop.example/chat/", "https://px.example/", ""]),
)
def test_any_construct_is_judged_alike(
    construct: str, state: dict[str, object], charset: str, url: str
) -> None:
    markup = construct.encode(charset)
    with using("interpreted"):
        expected = reading(markup, url=url, **state)  # type: ignore[arg-type]
    with using("compiled"):
        assert reading(markup, url=url, **state) == expected  # type: ignore[arg-type]
        assert reading(markup, url=url, **state) == expected  # type: ignore[arg-type]


@settings(deadline=None)
@given(CODE, st.sampled_from(["utf-8", "latin-1"]))
def test_any_script_is_judged_alike(code: str, charset: str) -> None:
    text = code.encode(charset)
    with using("interpreted"):
        expected = judge_for(POLICY).script(text)
    claims = matcher_for(POLICY).claims
    assert claims
    told = _skim.loaded(claims, text)

    assert told is None or frozenset(told) == expected


@pytest.mark.parametrize("tag", ["<img src={}>", "<script src={}></script>"])
def test_what_is_relative_isnt_remembered_for_other_paths(tag: str) -> None:
    construct = tag.format("lib/x.js").encode()
    for _ in range(2):
        assert construct in reading(construct, url="https://shop.example/a/")[0]
        assert construct not in reading(construct, url="https://shop.example/chat/")[0]


def test_what_is_relative_to_a_path_with_escapes_is_left_to_python() -> None:
    construct, url = b"<img src=x.js>", "https://shop.example/%2563hat/"

    assert construct not in reading(construct, url=url)[0]


def test_a_page_may_have_any_address() -> None:
    construct = b"<img src=//px.example/tr>"

    for url in ("https://\udcff.example/", "https://a.example/\udcff", "//", "x:"):
        assert construct not in reading(construct, url=url)[0]


def test_a_gap_is_left_to_python() -> None:
    frame = b"<iframe src=https://px.example/wheel width=300 height=200></iframe>"

    assert b"[gap]" in reading(frame, placeholder=lambda _: b"[gap]")[0]
    assert b"[gap]" not in reading(frame)[0]


# -- beginnings ----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("page", "language"),
    [
        (b"<!doctype html>|<p>", ""),
        (b"<!DOCTYPE html>\n<html lang=de>\n<head>|<meta charset=utf-8>", "de"),
        (b"<!-- a --><html class='no-js' lang='pt-BR'><!-- b -->|", "pt-BR"),
        (b"<html lang=en lang=de>|", "en"),
        (b"<html lang='' lang=de>|", ""),
        (b"<html lang=''><html lang=de>|", "de"),
        (b"<head lang=de><html>|", ""),
        (b"<html xmlns='http://www.w3.org/1999/xhtml'>|", None),
        (b"|<p>", ""),
        (b"|<!-- a --><p>", ""),
        (b"<!doctype html>|<html onload=x()>", ""),
        (b"<!doctype html>|<html lang='&#100;e'>", ""),
        (b"<!doctype html>|<html data-consent=ads>", ""),
        (b"<!doctype html>|<html", ""),
        (b"|<!doctype", ""),
        (b"|\xef\xbb\xbf<!doctype html>", ""),
    ],
)
def test_simple_beginnings_are_taken_at_once(page: bytes, language: str | None) -> None:
    end, told = _skim.begin(page.replace(b"|", b""))

    assert end == page.index(b"|")
    assert told == (language or "")


BEGINNINGS = st.lists(
    st.sampled_from(
        [
            *("<!doctype html>", "<!DOCTYPE x>", "<html>", "<html lang=de>", "<head>"),
            *(
                "<html lang='' class=a>",
                "<!-- a -->",
                "<!--",
                "-->",
                " ",
                "\n",
                "<meta>",
            ),
            *(
                "<html data-consent=chat>",
                "<head onload='px()'>",
                "</head>",
                "<body>",
                "x",
            ),
            *("<html lang=a&amp;b>", "<p>", "<script>px()</script>", "<", "<html", ">"),
        ]
    ),
    max_size=7,
).map("".join)


@given(BEGINNINGS, st.booleans(), st.integers(1, 40))
def test_any_beginning_is_read_alike(page: str, has_banner: bool, size: int) -> None:  # noqa: FBT001
    def read() -> object:
        banner = b"[banner]" if has_banner else b""
        one = Rewriter(POLICY, url=URL, banner=banner)
        parts = [page.encode()[at : at + size] for at in range(0, len(page), size)]
        left = b"".join([*map(one.feed, parts), one.close()])
        # Without a banner it doesn't matter whether it is a fragment.
        is_document = one.is_document and has_banner
        return left, one.withheld, one.language, is_document, one.unfinished

    with using("interpreted"):
        expected = read()
    with using("compiled"):
        assert read() == expected


# -- bounds ----------------------------------------------------------------------------


def test_claims_name_services_that_there_are() -> None:
    mark = (b"px", 0, b"px", 7, str.isalpha)
    host = (b"px.example", False, ((7, b"/", b""),))

    with pytest.raises(ValueError, match="service"):
        _skim.claims(("a",), ((mark,), (), (), ()), (), ())
    with pytest.raises(ValueError, match="service"):
        _skim.claims(("a",), ((), (), (), ()), (host,), ())


def test_only_claims_are_claims() -> None:
    with pytest.raises(ValueError, match="PyCapsule"):
        _skim.loaded(object(), b"x")  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="PyCapsule"):
        _skim.skim(b"<p>", 0, BODY, None, PATH, {}, {}, object(), [])  # type: ignore[arg-type]


def test_many_services_of_one_script_are_left_to_python() -> None:
    names = tuple(f"s{number:03}" for number in range(100))
    marks = tuple(
        (name.encode(), 0, name.encode(), number, str.isalpha)
        for number, name in enumerate(names)
    )
    claims = _skim.claims(names, (marks, (), (), ()), (), ())

    assert _skim.loaded(claims, b"s001 s042") == ("s001", "s042")
    assert _skim.loaded(claims, " ".join(names).encode()) is None


def test_an_error_of_a_test_is_raised() -> None:
    def fails(_script: str) -> bool:
        raise RecursionError

    claims = _skim.claims(
        ("a",), (((b"word", -1, b"word", 0, fails),), (), (), ()), (), ()
    )

    assert _skim.loaded(claims, b"no such") == ()
    with pytest.raises(RecursionError):
        _skim.loaded(claims, b"a word")
