"""A page comes out without what wasn't agreed to, and otherwise as it went in."""

from __future__ import annotations

import pytest

from consentkit import load_policy
from consentkit.enforce import Gap, Rewriter, Withheld

POLICY = load_policy(
    {
        "notice": {"controller": "Pebble & Pine Ltd", "contact": "a@pebble.example"},
        "groups": {"chat": {"name": "Chat"}},
        "services": {
            "google_analytics": {},
            "spin": {
                "name": "Spin to win",
                "hosts": ["spin.example", "/spin.js"],
                "inline": ["Spin.go("],
            },
            "talk": {"name": "Talk", "group": "chat", "hosts": ["spin.example/talk"]},
        },
    }
)
BANNER, MARKER = b"[banner]", b"[marker]"
SPIN = b"<img src=//spin.example/x>"


def rewriter(*granted: str, banner: bytes = b"", whole: bool = False) -> Rewriter:
    return Rewriter(
        POLICY,
        frozenset(granted),
        url="https://shop.example/p",
        banner=banner,
        marker=MARKER,
        whole=whole,
    )


def rewrite(page: bytes, *granted: str) -> bytes:
    one = rewriter(*granted)
    return one.feed(page) + one.close()


def with_banner(page: bytes, *, whole: bool = False) -> bytes:
    one = rewriter(banner=BANNER, whole=whole)
    return one.feed(page) + one.close()


# -- what is withheld ------------------------------------------------------------------


def test_evidence_names_service_element_address_and_place() -> None:
    page = "<p>caf\u00e9</p>\n".encode() + SPIN + b"<script>Spin.go(1)</script>"
    one = rewriter()
    out = one.feed(page) + one.close()

    assert out == "<p>caf\u00e9</p>\n".encode()
    assert one.withheld == [
        Withheld("spin", "img", "https://spin.example/x", page.index(b"<img")),
        Withheld("spin", "script", "", page.index(b"<script")),
    ]


@pytest.mark.parametrize("size", [1, 5, 64])
def test_places_count_from_the_start_of_the_page(size: int) -> None:
    page = b"<!-- a -->" + SPIN + b"<noscript>b" + SPIN + b"</noscript><p>" + SPIN
    one = rewriter()
    for at in range(0, len(page), size):
        one.feed(page[at : at + size])
    one.close()

    assert len(one.withheld) == 3
    assert all(page.startswith(SPIN, w.offset) for w in one.withheld)


@pytest.mark.parametrize(
    ("granted", "kept"),
    [
        ((), []),
        (("spin",), [b"spin.example/x"]),
        (("talk",), [b"spin.example/talk"]),
        (("chat",), [b"spin.example/talk"]),
        (("personalisation",), [b"spin.example/x", b"connect.facebook.net"]),
        (("nonsense",), []),
    ],
)
def test_each_choice_has_its_own_page(
    granted: tuple[str, ...], kept: list[bytes]
) -> None:
    hosts = [b"spin.example/x", b"spin.example/talk", b"connect.facebook.net"]
    page = b"".join(b"<script src=//%s></script>\n" % host for host in hosts)

    out = rewrite(page, *granted)

    assert [host for host in hosts if host in out] == kept


def test_essential_services_need_no_grant() -> None:
    page = b"<script src='https://www.paypal.com/sdk/js?client-id=x'></script>"

    assert rewrite(page) == page


def test_an_element_goes_with_its_content() -> None:
    assert rewrite(b"a<iframe src=//spin.example><p></iframe>b") == b"ab"
    assert rewrite(b"a<video src=//spin.example><p>x</p></video>b") == b"ab"
    assert (
        rewrite(b"a<video><source src=//spin.example></video>b") == b"a<video></video>b"
    )
    assert (
        rewrite(b"a<object data=//spin.example><object></object><p></object>b") == b"ab"
    )
    assert rewrite(b"a<script src=//spin.example>'</p>'</script >b") == b"ab"
    assert rewrite(b"<svg><script href=//spin.example /></svg>b") == b"<svg></svg>b"


def test_third_parties_that_nothing_declares_are_noted_and_may_be_blocked() -> None:
    page = b"<img src=//a.test/x><noscript><img src=//b.test/y></noscript>"
    noting, blocking = rewriter(), Rewriter(POLICY, block_undeclared=True)

    assert noting.feed(page) + noting.close() == page
    assert list(noting.undeclared) == ["a.test", "b.test"]
    assert blocking.feed(page) + blocking.close() == b"<noscript></noscript>"
    assert [w.service for w in blocking.withheld] == ["undeclared"] * 2


def test_a_hint_passes_if_any_service_of_its_host_may_load() -> None:
    hint = b"<link rel=preconnect href=//spin.example>"

    assert rewrite(hint) == b""
    assert rewrite(hint, "talk") == hint


def test_the_first_base_counts_and_only_a_living_one() -> None:
    script = b"<script src=x.js></script>"
    base = b"<base href=//spin.example/>"

    assert rewrite(base + script) == b""
    assert rewrite(b"<base target=_top>" + base + script) == b"<base target=_top>"
    assert rewrite(b"<base href=/a/>" + base + script).endswith(script)
    assert rewrite(b"<template>" + base + b"</template>" + script).endswith(script)


def test_own_paths_stay_own_whatever_the_base() -> None:
    page = b"<base href=//cdn.test/><script src=https://shop.example/spin.js></script>"

    assert rewrite(page) == b"<base href=//cdn.test/>"


# -- noscript and pages in pages -------------------------------------------------------


def test_what_browsers_without_scripts_see_is_rewritten() -> None:
    page = b"<noscript><p>a</p>%s<style>b</style><!-- %s --></noscript>c"

    assert rewrite(page % (SPIN, SPIN)) == page % (b"", SPIN)


@pytest.mark.parametrize("shows", [False, True])
@pytest.mark.parametrize("granted", [(), ("spin",)])
@pytest.mark.parametrize(
    "element",
    [
        SPIN,
        b" <IMG src='//spin.example/x' alt=a>\n",
        b"\n<iframe src=//spin.example/x></iframe> ",
        b"<iframe src=//spin.example/x width=9 height=9></iframe>",
        b"<iframe src=//spin.example/x hidden></iframe>",
        b"<iframe src=//spin.example/x>a</iframe>",
        b"<iframe src=//other.example/x></iframe>",
        b"<iframe src=//spin.example/x srcdoc='<p>'></iframe>",
        b"<iframe src=/own></iframe>",
        b"<iframe></iframe>",
    ],
)
def test_what_stands_alone_in_a_noscript_is_read_as_among_others(
    element: bytes, granted: tuple[str, ...], *, shows: bool
) -> None:
    def read(content: bytes) -> tuple[bytes, list[Withheld], dict[str, None]]:
        one = Rewriter(
            POLICY,
            frozenset(granted),
            url="https://shop.example/p",
            placeholder=(lambda gap: f"[{gap}]".encode()) if shows else None,
        )
        page = b"<html><body><noscript>" + content + b"</noscript>"
        out = one.feed(page) + one.close()
        return out, one.withheld, one.undeclared

    out, *found = read(element)

    assert read(element + b"<p>") == (out.replace(b"</nos", b"<p></nos"), *found)


@pytest.mark.parametrize("first", [False, True])
def test_a_placeholder_stands_only_where_one_is_asked_for(*, first: bool) -> None:
    page = b"<html><body><iframe src=//spin.example/x></iframe>" + b" " * 2048

    def read(*, shows: bool) -> bytes:
        placeholder = (lambda _: b"[a]") if shows else None
        one = Rewriter(POLICY, url="https://shop.example/p", placeholder=placeholder)
        return one.feed(page) + one.close()

    assert (b"[a]" in read(shows=first)) is first
    assert (b"[a]" in read(shows=not first)) is not first


def test_a_placeholder_in_a_noscript_is_made_for_each_page() -> None:
    frame = b"<iframe src=//spin.example/x></iframe>"
    page = b"<html><body><noscript>" + frame + b"</noscript>"

    def read(mark: bytes) -> bytes:
        one = Rewriter(POLICY, url="https://shop.example/p", placeholder=lambda _: mark)
        return one.feed(page) + one.close()

    assert read(b"[a]") == page.replace(frame, b"[a]")
    assert read(b"[b]") == page.replace(frame, b"[b]")


@pytest.mark.parametrize(
    "href",
    [
        b"\"javascript:'a';fetch('//spin.example/x')\"",
        b'\'javascript:"a";fetch("//spin.example/x")\'',
        b"\" javascript:'a';fetch('//spin.example/x')\"",
        b"\"javascript:;'a',fetch('//spin.example/x')\"",
        b"\"javascript:void(0)>fetch('//spin.example/x')\"",
    ],
)
def test_a_script_in_a_link_is_read_whatever_it_begins_with(href: bytes) -> None:
    out = rewrite(b"<html><body><p><a href=" + href + b">a</a>")

    assert b"fetch(" not in out


@pytest.mark.parametrize("name", [b"title", b"textarea", b"iframe", b"xmp"])
def test_elements_of_text_stay_as_they_are(name: bytes) -> None:
    element = b"<%b class=a><img src=//spin.example/x></%b >" % (name, name)

    assert rewrite(b"<html><body>" + element + SPIN) == b"<html><body>" + element


def test_a_noscript_that_would_swallow_the_page_is_emptied() -> None:
    page = b"<noscript><img alt='</noscript><p title='>" + SPIN + b"'>"

    assert rewrite(page).startswith(b"<noscript></noscript>")
    assert rewrite(page, "personalisation", "chat") == page


def test_nesting_has_its_limits() -> None:
    assert rewrite(b"<noscript>" * 3000) == b"<noscript>" * 3000
    page = "<p>"
    for _ in range(8):
        page = page.replace("&", "&amp;").replace(">", "&gt;")
        page = f"<iframe/srcdoc={page}>"
    assert rewrite(page.encode()) == b""


#: Read with the page they stand in, by what is known of its host and its <base>.
INNER = [
    b"<noscript><p>%s</noscript>",
    b"<iframe srcdoc='<p>%s'></iframe>",
    b"<noscript><iframe srcdoc='<p>%s'></iframe></noscript>",
]


@pytest.mark.parametrize("inner", INNER)
@pytest.mark.parametrize("picture", [b'<img src="/talk/a">', b"<img src=/talk/a>"])
def test_a_page_in_a_page_has_its_base(inner: bytes, picture: bytes) -> None:
    inner = inner % picture
    base = b"<base href=//spin.example/>"

    assert rewrite(inner) == inner
    assert picture not in rewrite(base + inner)
    assert picture not in rewrite(base + inner, "spin")


@pytest.mark.parametrize("inner", INNER)
@pytest.mark.parametrize("picture", [b'<img src="/talk/a">', b"<img src=/talk/a>"])
def test_a_page_in_a_page_is_on_its_host(inner: bytes, picture: bytes) -> None:
    one = Rewriter(POLICY, url="https://spin.example/p")

    assert picture not in one.feed(inner % picture) + one.close()


@pytest.mark.parametrize(
    "frame",
    [
        b"<iframe srcdoc='&lt;img src=//spin.example/x>'></iframe>",
        b"<iframe src='data:text/html,<script>Spin.go(1)</script>'></iframe>",
        (
            b"<iframe srcdoc='<iframe srcdoc=&quot;<img src=//spin.example>&quot;>'>"
            b"</iframe>"
        ),
    ],
)
def test_a_page_in_a_page_that_would_load_goes_as_a_whole(frame: bytes) -> None:
    assert rewrite(b"a" + frame + b"b") == b"ab"
    assert rewrite(b"a" + frame + b"b", "spin") == b"a" + frame + b"b"


# -- explicit marks --------------------------------------------------------------------


@pytest.mark.parametrize(
    "element",
    [
        b"<div data-consent=spin><div>x</div></div>",
        b"<div class='a' DATA-CONSENT=\"spin\">x</div>",
        b"<section data-consent='personalisation spin'><p>x</section>",
        b"<script data-consent=spin src=/own.js></script>",
        b"<script data-consent=spin>'</div>'</script>",
        b"<iframe data-consent=spin src=/own></iframe>",
        b"<img data-consent=spin src=/own.gif>",
        b"<link data-consent=spin rel=stylesheet href=/own.css>",
        b"<style data-consent=spin>p { color: red }</style>",
        b"<noscript data-consent=spin><img src=/own.gif></noscript>",
        b"<template data-consent=spin><p>x</template>",
        b"<textarea data-consent=spin></div></textarea>",
        b"<svg data-consent=spin><svg/><title>x</title></svg>",
        b"<svg data-consent=spin />",
        b"<ul data-consent=spin><li>a<li>b</ul>",
        b"<p data-consent=spin>a</p>",
        b"<br data-consent=spin>",
        b"<a data-consent=spin href=/x>x</a>",
    ],
)
@pytest.mark.parametrize("size", [1, 9, 1000])
def test_a_marked_element_goes_as_a_whole(element: bytes, size: int) -> None:
    page = b"<body>before \" ' " + element + b" after <div>x</div>"
    one = rewriter()
    out = [one.feed(page[at : at + size]) for at in range(0, len(page), size)]

    assert b"".join([*out, one.close()]) == page.replace(element, b"")
    assert rewrite(page, "personalisation") == page


def test_a_marked_element_ends_where_its_end_tag_is_omitted() -> None:
    page = b"<ul><li data-consent=spin>a<ul><li>b</ul><li>c</ul><p data-consent=spin>d"

    assert rewrite(page + b"<p>e</p>") == b"<ul><li>c</ul><p>e</p>"


@pytest.mark.parametrize("key", [b"unknown", b"", b"spin unknown", b"spin chat"])
def test_a_mark_that_is_not_granted_as_a_whole_withholds(key: bytes) -> None:
    assert rewrite(b"a<p data-consent='%s'>b</p>c" % key, "spin") == b"ac"


def test_a_mark_only_tightens() -> None:
    page = b"a<img data-consent=essential src=//spin.example/x>b"

    assert rewrite(page) == b"ab"
    assert rewrite(b"a<img data-consent=chat src=//spin.example/x>b", "spin") == b"ab"


@pytest.mark.parametrize(
    "page",
    [
        b"<!-- <p data-consent=spin> -->",
        b"<template><p data-consent=spin>a</p></template>",
        b"<textarea><p data-consent=spin>a</p></textarea>",
        b"<p title='<p data-consent=spin>'>a</p>",
        b"<p>data-consent=spin</p>",
        b"<script>x = '<p data-consent=spin>'</script>",
        b"<button data-consent-action=open>a</button>",
        b"</p data-consent=spin>",
        b"<p data-consent=essential>a</p>",
    ],
)
def test_what_is_no_mark_changes_nothing(page: bytes) -> None:
    assert rewrite(page) == page


# -- placeholders ----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("element", "gap"),
    [
        (
            b"<iframe src=//spin.example width=560 height='315px'></iframe>",
            Gap("spin", "de", 560, 315, "iframe"),
        ),
        (b"<div data-consent=chat>x</div>", Gap("chat", "de", None, None, "div")),
        (
            b"<embed src=//spin.example width=100%>",
            Gap("spin", "de", None, None, "embed"),
        ),
        (b"<iframe src=//spin.example width=0 height=0></iframe>", None),
        (b"<iframe src=//spin.example style='display: none'></iframe>", None),
        (b"<iframe src=//spin.example hidden></iframe>", None),
        (b"<span data-consent=chat>x</span>", None),
        (SPIN, None),
    ],
)
def test_what_a_person_would_see_leaves_a_gap(element: bytes, gap: Gap | None) -> None:
    gaps: list[Gap] = []

    def placeholder(found: Gap) -> bytes:
        gaps.append(found)
        return b"[gap]"

    one = Rewriter(POLICY, placeholder=placeholder)
    out = one.feed(b"<html lang=de>" + element + b"x") + one.close()

    assert out == b"<html lang=de>" + (b"[gap]" if gap else b"") + b"x"
    assert gaps == ([gap] if gap else [])


# -- the banner ------------------------------------------------------------------------


@pytest.mark.parametrize(
    "page",
    [
        b"<!doctype html><html><head><title>a</title></head><body class=b>^c</body>",
        b"<!doctype html><title>a</title>\n^<p>b",
        b"<!doctype html>\n^text",
        b"<!doctype html>^",
        b"<html>^",
        b"<html><head></head></html>^",
        b"<html><head><title>a</title>^<div>b</div>",
        b"<body>^",
        b"<body a='>' b=\"<body>\">^c",
        b"\xef\xbb\xbf<!doctype html>\n^<p>a",
        b"<!-- a <body> --><!doctype html><!-- b -->^<p>c",
        b"<html><head><script>'<body>'</script><style>a</style></head><body>^",
        b"<html><head><template><p>a</p></template><noscript><link></noscript><body>^",
        b"<html><head><title><body></title><meta><link><base></head>\n^<svg></svg>",
        b"<html>^</p>a",
        b"<!doctype html>^<svg><body></svg>",
        b"<html><body>^<body>",
        b"<meta charset=utf-8>^<p>a",
        b"<html><head><style data-consent=essential>a</style><body>^",
    ],
)
@pytest.mark.parametrize("size", [1, 6, 1000])
def test_the_banner_stands_where_the_body_begins(page: bytes, size: int) -> None:
    source = page.replace(b"^", b"")
    one = rewriter(banner=BANNER)
    out = [one.feed(source[at : at + size]) for at in range(0, len(source), size)]

    assert b"".join([*out, one.close()]) == page.replace(b"^", BANNER)


@pytest.mark.parametrize(
    "page",
    [
        b"<div>a</div>",
        b"text",
        b"",
        b"<tr><td>a",
        b"<template><body></template>",
        b"<html><frameset><frame src=/a></frameset></html>",
    ],
)
def test_fragments_and_framesets_get_no_banner(page: bytes) -> None:
    assert with_banner(page) == page


def test_a_whole_page_may_look_like_a_fragment() -> None:
    assert with_banner(b"<div>a</div>", whole=True) == BANNER + b"<div>a</div>"


@pytest.mark.parametrize(
    "end",
    [
        b"<!-- a",
        b"<script>a",
        b"<script><!-- <script></script>",
        b"<style>a",
        b"<title>a",
        b"<noscript>a",
        b"<meta content='",
        b"<meta",
        b"<plaintext>"[:4],
    ],
)
def test_a_page_that_is_cut_gets_no_markup_of_ours_in_its_open_end(end: bytes) -> None:
    assert with_banner(b"<html><head>" + end) == b"<html><head>" + end
    page = b"<body>" + SPIN + end
    assert with_banner(page) == b"<body>" + BANNER + end


def test_the_banner_speaks_the_language_of_the_page() -> None:
    one = Rewriter(POLICY, banner=lambda language: b"[%s]" % language.encode())

    assert one.feed(b"<html lang='de-AT'><body>") == b"<html lang='de-AT'><body>[de-AT]"


def test_the_marker_follows_a_page_with_a_banner_and_something_withheld() -> None:
    assert with_banner(b"<body>a" + SPIN).endswith(b"a" + MARKER)
    assert not with_banner(b"<body>a").endswith(MARKER)
    assert not with_banner(b"<p>a" + SPIN).endswith(MARKER)


# -- size ------------------------------------------------------------------------------


def test_a_long_picture_in_an_address_passes() -> None:
    page = b"<p><img src='data:image/png;base64,%s'>" % (b"QUJD" * 500_000)

    assert rewrite(page) == page


def test_a_script_too_long_to_be_judged_goes_and_the_page_goes_on() -> None:
    one = rewriter()
    pieces = [b"<p>a<script>", *[b"x = 1;\n" * 2000] * 100, b"</script><p>b"]
    out = b"".join([*map(one.feed, pieces), one.close()])

    assert out == b"<p>a<p>b"
    assert [w.element for w in one.withheld] == ["script"]


def test_a_script_that_never_ends_does_not_pass() -> None:
    one = rewriter()
    pieces = [b"<p>a<script>Spin.go(1);", *[b"x = 1;\n" * 2000] * 100]

    assert b"".join([*map(one.feed, pieces), one.close()]) == b"<p>a"


@pytest.mark.parametrize(
    "charset", ["latin-1", "shift_jis", "gb18030", "big5", "cp1251"]
)
def test_pages_in_old_charsets_are_not_changed(charset: str) -> None:
    text = "\u8868\u793a \u30bd\u80fd\u2014 \u00e9\u00df \u0416 "
    body = text.encode(charset, errors="ignore") + bytes(range(0x80, 0xA0))
    page = b"<p title='%s'>%s</p>\r\n\x00<img alt=\"%s\" src=/a>" % (body, body, body)

    assert rewrite(page + SPIN + body) == page + body


@pytest.mark.parametrize("quote", [b'"', b"'", b""])
def test_a_lazy_address_on_the_shop_s_own_host_is_judged_on_any_element(
    quote: bytes,
) -> None:
    page = b"<p data-bg=" + quote + b"/spin.js" + quote + b">a</p>"

    assert rewrite(page) == b"<p data-bg=" + (2 * quote or b'""') + b">a</p>"
    assert rewrite(page.replace(b"spin", b"own")) == page.replace(b"spin", b"own")


@pytest.mark.parametrize(
    ("begin", "end"),
    [
        (b"<noscript %b>", b"a</noscript>"),
        (b'<script type=importmap src="" %b>', b'{"imports":{}}</script>'),
        (b"<script type=application/json %b>", b"{}</script>"),
        (b"<style %b>", b"a { b: c }</style>"),
    ],
)
@pytest.mark.parametrize(
    ("attribute", "left"),
    [
        (b"onerror=\"fetch('//spin.example/x')\"", b'onerror=""'),
        (b'style="background:url(//spin.example/x)"', b'style="background:url()"'),
    ],
)
def test_attributes_of_elements_that_hold_text_are_edited(
    begin: bytes, end: bytes, attribute: bytes, left: bytes
) -> None:
    page = b"<!doctype html><p>a" + begin + end + b"<p>b"

    assert rewrite(page % attribute) == page % left
    assert rewrite(page % attribute, "personalisation") == page % attribute


def test_a_style_element_is_edited_as_well_as_its_text() -> None:
    page = b"<style onload=\"fetch('%b')\">a { b: url(%b) }</style>"
    spin = b"//spin.example/x"

    assert rewrite(page % (spin, spin)) == b'<style onload="">a { b: url() }</style>'
    assert rewrite(page % (spin, b"x")) == b'<style onload="">a { b: url(x) }</style>'


def test_evidence_names_the_scheme_of_the_page_at_hand() -> None:
    page = (
        b"<!doctype html><img data-src=//spin.example/x><style>a{b:url(//spin.example)}"
    )

    for scheme in ("http", "https"):
        one = Rewriter(POLICY, url=f"{scheme}://shop.example/p")
        one.feed(page)
        one.close()
        assert len(one.withheld) == 2
        assert all(found.url.startswith(f"{scheme}:") for found in one.withheld)


@pytest.mark.parametrize("page", [b"<svg><title><![CDATA[>", b"<svg></div><style>a<b>"])
def test_what_can_be_read_in_two_ways_stays_if_all_is_granted(page: bytes) -> None:
    assert rewrite(page, "personalisation", "chat") == page
    assert rewrite(page) != page


# -- what is too long to be held -------------------------------------------------------


@pytest.mark.parametrize(
    ("begin", "end"),
    [
        (b"<style>", b"</style>"),
        (b"<noscript>", b"</noscript>"),
        (b"<script>", b"</script>"),
        (b"<script type=importmap>", b"</script>"),
        (b"<svg><style>", b"</style></svg>"),
    ],
)
def test_what_is_too_long_to_be_held_is_left_out_up_to_its_end(
    begin: bytes, end: bytes
) -> None:
    long = b"a { b: c }\n" * 120_000
    page = b"<p>a</p>" + begin + long + end + b"<p>b</p>" + SPIN
    pieces = [page[at : at + (1 << 16)] for at in range(0, len(page), 1 << 16)]
    of_refusal, of_grant = rewriter(), rewriter(*POLICY.optional)

    left = b"".join(map(of_refusal.feed, pieces)) + of_refusal.close()

    assert left.replace(b"<svg></svg>", b"") == b"<p>a</p><p>b</p>"
    assert [found.service for found in of_refusal.withheld] == ["undeclared", "spin"]
    assert b"".join(map(of_grant.feed, pieces)) + of_grant.close() == page
