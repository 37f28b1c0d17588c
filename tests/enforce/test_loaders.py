"""What a script visibly loads, and what it only names."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from consentkit.enforce.loaders import loaded_urls, map_urls, names_any

URL = "https://t.example/x.js"
MAKES = "var s=document.createElement('script');"

LOADED = [
    f"{MAKES}s.src='{URL}'",
    f'{MAKES}s.src = "{URL}"',
    f"{MAKES}s.src=`{URL}`",
    f"{MAKES}s.src=\n'{URL}'",
    f"{MAKES}s.setAttribute('src', '{URL}')",
    f"{MAKES}var u='{URL}';s.src=u+'?a'",
    f"{MAKES}s.src=(location.protocol=='https:'?'https:':'http:')+'//t.example/x.js'",
    f"{MAKES}s.src='https:\\/\\/t.example\\/x.js'",
    f"!function(u){{{MAKES}s.src=u}}('{URL}')",
    f"for(const u of ['{URL}']){{{MAKES}s.src=u}}",
    f"document.head.append(Object.assign(document.createElement('p'),{{src:'{URL}'}}))",
    f"var l=document.createElement('link');l.rel='stylesheet';l.href='{URL}'",
    f"var h='{URL}',l=document.createElement('link');l.rel='stylesheet';l.href=h",
    f"fetch('{URL}')",
    f"x={{a:1}};navigator . sendBeacon ( '{URL}' )",
    f"r.open('POST','{URL}')",
    f"import '{URL}'",
    f"import a from '{URL}'",
    f"export * from '{URL}'",
    f"$.ajax({{type:'GET',url:'{URL}'}})",
    f"document.write('<script src=\"{URL}\"><\\/script>')",
    f"document.write('<scr'+'ipt src={URL}></scr'+'ipt>')",
    f"e.innerHTML='<iframe src={URL}>'",
    f"document.body.style.background='url({URL})'",
    f"new Worker(URL.createObjectURL(new Blob([\"importScripts('{URL}')\"])))",
    f"setTimeout(\"fetch('{URL}')\",9)",
    f"/* it's */ a=/['\"]/g; fetch('{URL}')",
    f"a=1/2; // it's\nfetch('{URL}')",
    f'{{"prefetch":[{{"urls":["{URL}"]}}]}}',
]
NAMED = [
    f"/* {URL} */ {MAKES}",
    f"// {URL}\n{MAKES}",
    f"var a=document.createElement('a');a.href='{URL}'",
    f"location.href='{URL}'",
    f"window.open('{URL}')",
    f"if(e.origin==='{URL}')fetch('/own')",
    f"fetch('/own?u='+'{URL}')",
    f"fetch('/own',{{body:'{URL}'}})",
    f"new Image().src='/own.png?u='+encodeURIComponent('{URL}')",
    f"e.innerHTML='<a href={URL}>a</a>'",
    f"a='<img src={URL}>'",
    f"console.log('no {URL}')",
    f'{{"{URL}":1}}',
    "var links={a:'https://t.example/a'};s.src=links.b",
    f"s.textContent='{URL}'",
]


def loaded(code: str) -> set[str]:
    return set(loaded_urls(code, lambda url: "t.example" in url))


@pytest.mark.parametrize("code", LOADED)
def test_what_is_loaded_is_found(code: str) -> None:
    assert {url.removeprefix("https:").partition("?")[0] for url in loaded(code)} == {
        "//t.example/x.js"
    }


@pytest.mark.parametrize("code", NAMED)
def test_what_is_only_named_is_not(code: str) -> None:
    assert loaded(code) == set()


@pytest.mark.parametrize("code", LOADED)
def test_what_does_not_matter_is_not_examined(code: str) -> None:
    assert not list(loaded_urls(code, lambda _: False))


@pytest.mark.parametrize("code", LOADED)
def test_hosts_in_code_are_named(code: str) -> None:
    assert names_any(code, "t.example".__eq__, lambda url: "t.example" in url)
    assert not names_any(code, "other.example".__eq__, lambda _: True)


@pytest.mark.parametrize("code", LOADED)
def test_what_is_loaded_is_among_the_whole_addresses(code: str) -> None:
    def matters(url: str) -> bool:
        return "t.example" in url

    named = names_any(code, lambda _: True, matters)

    assert named or not any(map(matters, loaded_urls(code, lambda _: True)))


def test_a_host_is_no_matter_where_all_of_its_addresses_are_another_s() -> None:
    code = f"{MAKES}s.src='https://t.example/other.js'"

    assert not names_any(code, "t.example".__eq__, lambda url: url.endswith("/x.js"))
    assert names_any(f"{code}+'/x.js'", "t.example".__eq__, lambda _: False)


def test_a_script_with_more_addresses_than_can_be_examined_counts_as_loading() -> None:
    code = ";".join(f"a{n}='https://t.example/{n}'" for n in range(300))

    assert loaded(code)


def test_addresses_in_rules_are_told_with_their_places() -> None:
    rules = '{"imports": {"https://k.example/": "https:\\/\\/t.example/x", "b": "/c"}}'

    assert [(url, rules[a:b]) for url, a, b in map_urls(rules)] == [
        ("https://t.example/x", "https:\\/\\/t.example/x")
    ]


@given(st.text(alphabet="'\"`/*\\<>()[]{}=+:;,.\n aurlscimpot", max_size=200))
def test_any_text_is_read_to_its_end(code: str) -> None:
    assert list(loaded_urls(code + f"\n;fetch('{URL}')", bool)) is not None


@given(st.text(max_size=80))
def test_any_string_is_read_as_browsers_read_it(text: str) -> None:
    code = f"fetch({json.dumps('https://t.example/' + text)})"

    assert len(list(loaded_urls(code, bool))) == 1


@pytest.mark.parametrize(
    "unit", ["'", '"', "`", "/*", "=/[", "=/a", "a='//t.example';", "\\", "+'//t.ex'"]
)
def test_no_text_takes_long(unit: str) -> None:
    """Ten times the text may not take a hundred times the work: it would hang here."""
    assert list(loaded_urls(unit * (200_000 // len(unit)), bool)) is not None
