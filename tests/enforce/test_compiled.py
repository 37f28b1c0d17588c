"""What compiled code passes over by itself may stay, and it keeps to its bounds."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from consentkit import catalogue
from consentkit.enforce import _skim, compiled
from consentkit.enforce.constructs import Outcome
from consentkit.enforce.judge import judge_for
from consentkit.enforce.matcher import matcher_for
from consentkit.enforce.rules import HostRules, Rule
from consentkit.enforce.tags import parse_tag
from consentkit.policy import HostRule
from tests.enforce.test_plain import PAGE, POLICY, TAGS

OUTCOME = Outcome(b"")
NOBODYS = frozenset[bytes]()
BODY = False  #: it isn't still to begin
PATH = "/things/"


def skimmed(
    page: bytes,
    known: compiled.Known | None = None,
    earlier: compiled.Known | None = None,
    words: frozenset[bytes] | None = NOBODYS,
) -> tuple[int, compiled.Found]:
    """Get where compiled code stops first, and what it found on the way."""
    found: compiled.Found = []
    stop, *_ = _skim.skim(
        page, 0, BODY, words, PATH, known or {}, earlier or {}, None, found
    )
    return stop[0], found


def test_it_is_there_where_tests_run(engine: str) -> None:
    assert (compiled.skim is _skim.skim) is (engine == "compiled")


@settings(deadline=None)
@given(TAGS)
def test_what_is_passed_over_by_its_form_is_judged_to_load_nothing(raw: bytes) -> None:
    hit, _ = skimmed(raw, words=matcher_for(POLICY).own_words)
    verdict = judge_for(POLICY).tag(raw, PAGE, PAGE.host)

    assert hit == 0 or not (verdict or verdict.cuts)


@pytest.mark.parametrize(
    "raw",
    [
        b'<img src="/a.jpg" alt="b">',
        b"<IMG SRC=/A/B.JPG>",
        b'<source srcset="/a.jpg 1x, /b.jpg?v=1&amp;w=2 2x" data-n=1 sizes="1vw">',
        b"<link rel=stylesheet href='/static/shop.css'>",
        b"<input name=q disabled>",
        b'<meta name="viewport" content="width=device-width">',
        b"<!-- <script src=//spin.example> -->",
        b"<svg class=i><title>a</title><path d='M0'/><use href='#i'/></svg>",
        b"<p title='<script>'>a</p><b class=optanon>",
        b"1 < 2 <3",
    ],
)
def test_what_is_simple_is_passed_over(raw: bytes) -> None:
    assert skimmed(raw) == (-1, [])


@pytest.mark.parametrize(
    "raw",
    [
        b"<img src=//spin.example/x>",
        b"<img src=./a.jpg>",
        b"<img src=../a.jpg>",
        b"<img src=a:b.jpg>",
        b"<img src=/a/../b.jpg>",
        b"<img src=/a%2eb>",
        b"<img src=/&#47;spin.example>",
        b"<img src='/\t/spin.example'>",
        b"<img src=/a.jpg class=optanon-category-C0002>",
        b"<img src=/a.jpg data-category=ads>",
        b"<img src=/a.jpg data-full-src=//spin.example/x>",
        b"<img src=/a.jpg data-full='/\t/spin.example/x'>",
        b"<img src=/a.jpg data-full='/\n/spin.example/x'>",
        b"<img src=/a.jpg data-full='/\r/spin.example/x'>",
        b"<img src=/a.jpg onerror=\"new Image().src='//spin.example'\">",
        b"<img srcset='/a.jpg 1x,//spin.example/b 2x'>",
        b"<img srcset='/a.jpg 1q'>",
        b"<meta http-equiv=refresh content='0;url=//spin.example'>",
        b"<svg><image href=/a></svg>",
        b"<svg><path style='fill:url(//spin.example)'></svg>",
        b"<svg><script></script></svg>",
        b"<p data-consent=spin>",
        b"<p data-bg=/metrics/x>",
        b"<p style='background:url(//spin.example)'>",
        b"<a ping=/x>",
        b"<template>",
        b"</template>",
        b"<!doctype html>",
        b"<script>a</script>",
        b"<?xml",
        b"<!--",
        b"</3",
    ],
)
def test_what_may_matter_is_read(raw: bytes) -> None:
    assert skimmed(raw)[0] == 0


def test_relative_addresses_are_those_of_the_page() -> None:
    words = matcher_for(POLICY).own_words
    for path, stop in (("/", -1), ("/a/b", -1), ("/metrics/", 0), ("/a/pixel.gif", 0)):
        found: compiled.Found = []
        (hit, *_), _, _ = _skim.skim(
            b"<img src=a/b.jpg?c=1>", 0, BODY, words, path, {}, {}, None, found
        )

        assert hit == stop


@pytest.mark.parametrize(
    "raw", [b"<?xml?>", b"</3>", b"</>", b"<!x>", b"<![CDATA[>", b"<!->", b"<!-->"]
)
def test_what_is_taken_for_a_comment_is_passed_over(raw: bytes) -> None:
    assert skimmed(raw)[0] == -1
    assert skimmed(raw + b"<img src=//spin.example>")[0] == len(raw)


def test_no_address_of_an_own_service_is_passed_over() -> None:
    words = matcher_for(POLICY).own_words

    assert words is not None
    assert skimmed(b"<img src=/metrics/x>", words=words)[0] == 0
    assert skimmed(b"<img src=metrics/x>", words=words)[0] == 0
    assert skimmed(b"<img src=a/metrics/x>", words=words)[0] == 0
    assert skimmed(b"<img src=/a/gtm.js>", words=words)[0] == 0
    assert skimmed(b"<img src=/metric/x>", words=words)[0] == -1
    assert skimmed(b"<img src=/metric/x>", words=None)[0] == 0


@pytest.mark.parametrize(
    ("path", "word"),
    [
        ("/metrics/", "metrics"),
        ("/a/b", "b"),
        ("/*/gtm.js", "gtm"),
        ("/js/container_*.js", "container"),
        ("/web-pixels@", "web"),
        ("/a/b*c/d*", "a"),
    ],
)
def test_a_rule_s_path_has_a_word(path: str, word: str) -> None:
    rule = Rule.of("spin", HostRule("", path))

    assert HostRules([rule]).words == frozenset({word.encode()})


@pytest.mark.parametrize("path", ["/foo*", "/_x", "", "/", "/*"])
def test_where_a_rule_has_none_nothing_is_passed_over_by_its_form(path: str) -> None:
    rule = Rule.of("spin", HostRule("", path))

    assert HostRules([rule]).words is None


def test_the_catalogue_leaves_plain_pictures_to_compiled_code() -> None:
    assert len(catalogue.services()) > 100
    assert matcher_for(POLICY).own_words


def test_what_is_known_is_passed_over_and_noted() -> None:
    page = b"a<img src=x>b<script>c</script>d"
    known: compiled.Known = {b"<img src=x>": None, b"<script>c</script>": OUTCOME}

    assert skimmed(page, known) == (-1, [(13, 31, OUTCOME)])
    assert skimmed(page, {b"<img src=x>": None})[0] == 13


def test_what_was_known_before_is_known_anew() -> None:
    known: compiled.Known = {}
    earlier: compiled.Known = {b"<img src=x>": None}
    _skim.skim(b"<img src=x>", 0, BODY, None, PATH, known, earlier, None, [])

    assert known == earlier


@pytest.mark.parametrize("name", [b"script", b"noscript"])
def test_an_end_is_looked_for_no_further_than_it_would_be_used(name: bytes) -> None:
    for length, is_near in ((1 << 14, True), (1 << 15, False)):
        page = b"<%b>%b</%b>" % (name, b"a" * length, name)
        (*_, end, _), _, _ = _skim.skim(page, 0, BODY, None, PATH, {}, {}, None, [])

        assert end == (len(page) if is_near else -1)


def test_a_place_outside_the_page_is_refused() -> None:
    for place in (-1, 4):
        with pytest.raises(ValueError, match="isn't in the page"):
            _skim.skim(b"<p>", place, BODY, None, PATH, {}, {}, None, [])


@given(st.binary(max_size=60), st.booleans())
def test_any_bytes_can_be_skimmed(page: bytes, head: bool) -> None:  # noqa: FBT001
    stop, *_ = _skim.skim(page, 0, head, NOBODYS, PATH, {}, {}, None, [])
    hit, tag_end, text_end, end, kind = stop

    assert -1 <= hit <= len(page)
    assert -1 <= end <= len(page)
    assert kind in {0, 1, 2}
    assert hit < 0 or end < 0 or hit < tag_end <= end
    assert text_end < 0 or tag_end <= text_end


@given(TAGS)
def test_tags_are_parsed_alike(raw: bytes) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(compiled, "parse", None)
        plain = parse_tag(raw)
    name, attributes, is_empty = _skim.parse(raw)

    assert (name, bool(is_empty)) == (plain.name, plain.self_closing)
    assert attributes.keys() == plain.attributes.keys()
