"""Addresses that a script visibly loads, by what is done with them in its text.

No interpreter: strings are told from comments, and what stands before a string or a
variable that holds it tells what becomes of it. An address that is only compared,
listed, or opened as a page is none that the script loads. What a script puts together
as it runs is out of reach; the content security policy is for that.
"""

from __future__ import annotations

import json
import re
from functools import cached_property, lru_cache
from typing import TYPE_CHECKING, Final, NamedTuple

from .embedded import data_of
from .literals import has_odd_scheme, hosts_in, is_absolute, unescaped

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

#: Strings, comments and regular expressions, where each of them begins first.
_TOKEN: Final = re.compile(
    r"//[^\n\r]*+|/\*(?:[^*]++|\*(?!/))*+(?:\*/|\Z)"
    r"|\"((?:[^\"\\\n]++|\\.|\\\Z)*+)\"?+|'((?:[^'\\\n]++|\\.|\\\Z)*+)'?+"
    r"|`((?:[^`\\]++|\\.|\\\Z)*+)`?+"
    r"|(?<=[(=,:\[!&|?{};])[ \t\n\r]*+/(?![/*])"
    r"(?:[^/\\\n\[]|\\.|\[(?:[^\]\\\n]|\\.){0,60}+\]){1,200}+/",
    re.DOTALL,
)
_WHOLE_ADDRESS: Final = re.compile(r"//[^\s\"'`<>()\\]{3,}")
_SPLICED: Final = re.compile(r"[\"'`]\s*\+\s*[\"'`]")
#: An absolute address in code or text.
ADDRESS: Final = re.compile(r"(?:https?:|wss?:)?//[^\s\"'`<>\\]{3,}", re.IGNORECASE)
_SCHEME: Final = re.compile(r"(?:https?:?)?", re.IGNORECASE)
_JSON_STRING: Final = re.compile(r"\"((?:[^\"\\]++|\\.)*+)\"(\s*:)?+", re.DOTALL)
_SPLICE: Final = re.compile(r"\s*\+\s*")
#: How much text before a string is looked at.
_REACH: Final = 400
_DEEPEST: Final = 3
#: So many addresses of one script are examined.
_MOST: Final = 200

#: Functions whose first argument is loaded.
_CALLS: Final = (
    r"(?:\b(?:fetch|fetchLater|sendBeacon|import|importScripts|getScript|getJSON"
    r"|loadScript|loadjs|Worker|SharedWorker|EventSource|WebSocket|WebTransport|Audio"
    r"|Request|axios)|(?:\$|\bjQuery)\.(?:get|post|ajax)|\baxios\.(?:get|post))\s*\(\s*"
    r"(?:new\s+(?:URL|Request)\s*\(\s*)?|\bopen\s*\(\s*\"\"\s*,\s*"
    r"|[(,]\s*\"(?:src|data|poster|srcset)\"\s*,\s*"
)
#: What may stand between ``=`` and the address, such as a choice of schemes.
_BETWEEN: Final = r"(?:(?<=[=+?:(|&])\s++|[^;{}\n,\"]|\"https?:?\"|\"\"(?=\s*[:=?)]))*+"
#: What stands before an address that is loaded.
_LOADED: Final = re.compile(
    r"(?:(?:\.\s*(?:src|srcset|poster|background)|\[\s*\"(?:src|srcset|poster)\"\s*\])"
    r"\s*(?:\+|\|\||&&|\?\?)?=(?!=)" + _BETWEEN + r""
    r"|" + _CALLS + r"|\b(?:import|from)\s*"
    r"|\b(?:createElement|assign|attr|prop)\s*\([^;]*\{[^{};]*\bsrc\s*:\s*"
    r"|\bajax\s*\(\s*\{[^{};]*\burl\s*:\s*)\Z"
)
_LINKED: Final = re.compile(r"([\w$.]+)\s*\.\s*href\s*=(?!=)" + _BETWEEN + r"\Z")
_ASSIGNED: Final = re.compile(r"(?<![\w$.])([\w$]+)\s*=(?!=)" + _BETWEEN + r"\Z")
#: The arguments of a function that is called as it is written.
_ARGUMENT: Final = re.compile(r"\}\s*\)?\s*\((?:[^(){};]*,)?\s*\Z")
_USES: Final = re.compile(rf"(?:\.\s*(?:src|poster)\s*=\s*|{_CALLS})([\w$]+)(?![\w$])")
_LINKS: Final = re.compile(r"([\w$.]+)\s*\.\s*href\s*=\s*([\w$]+)")
_RELATED: Final = re.compile(r"([\w$.]+)\s*\.\s*rel\b")
_MAKES: Final = re.compile(r"createElement|\bImage\b|insertBefore|importScripts")
_SETS: Final = re.compile(r"\.\s*src\s*=\s*[\w$]")
_SCRIPT_FILE: Final = re.compile(r"[^?#]*\.m?js(?:[?#]|\Z)", re.IGNORECASE)

_WRITES: Final = re.compile(
    r"document\s*\.\s*write|(?:inner|outer|setHTML|parseHTML)(?:HTML|Unsafe)"
    r"|insertAdjacentHTML|srcdoc"
    r"|createContextualFragment|\.\s*(?:html|append|prepend|after|before)\s*\("
)
_STYLES: Final = re.compile(
    r"\.\s*style\b|cssText|insertRule|backgroundImage|replaceSync|FontFace"
)
_RUNS: Final = re.compile(r"\b(?:eval|Blob|Function|setTimeout|setInterval)\b")
_LOADING_TAG: Final = re.compile(
    r"<(?:script|i?frame|img|link|embed|object|video|audio|source|input|image)\b"
    r"([^<>]*+)",
    re.IGNORECASE,
)
_VALUE: Final = re.compile(
    r"\b(?:src|href|data|srcset|poster)\s*=\s*[\"']?\s*((?:https?:)?//[^\s\"'<>]+)",
    re.IGNORECASE,
)
_CSS_URL: Final = re.compile(
    r"url\(\s*[\"']?\s*((?:https?:)?//[^\s\"'()]+)", re.IGNORECASE
)
_LONGEST_TYPE: Final = 100
_DATA_BLOCK: Final = re.compile(
    r"(?:.*/(?:.*\+)?json|text/(?:html|markdown|x?-?(?:.*template|tmpl).*"
    r"|x-handlebars.*)|x-tmpl.*|x-shader/.*|math/tex.*)\s*(?:;.*)?\Z",
    re.IGNORECASE,
)


class _Text(NamedTuple):
    """A string of a script, and where it stands in the script's skeleton."""

    value: str
    start: int


def is_data_block(kind: str) -> bool:
    """Tell whether a script's type says that its text is data, or markup for later."""
    return bool(kind) and _is_data(kind.strip()[:_LONGEST_TYPE])


@lru_cache(maxsize=256)
def _is_data(kind: str) -> bool:
    return _DATA_BLOCK.match(kind) is not None


def names_any(
    code: str, host_matters: Callable[[str], bool], matters: Callable[[str], object]
) -> bool:
    """Tell whether a script may load an address that matters; most don't.

    :param host_matters: whether any address on a host may matter, to ask this first.
    :param matters: whether an absolute address matters.
    """
    if not any(map(host_matters, hosts_in(code))):
        return False
    plain = code.replace("\\/", "/")
    if "\\" in plain or _SPLICED.search(plain) or has_odd_scheme(plain):
        return True  # there may be other addresses than those that stand there whole
    return any(map(matters, set(_WHOLE_ADDRESS.findall(plain))))


def loaded_urls(
    code: str, matters: Callable[[str], object], depth: int = 0
) -> Iterator[str]:
    """Get the absolute addresses that a script, or a block of rules in JSON, loads.

    :param matters: whether an address matters at all; most don't.
    """
    if code.lstrip()[:1] == "{" and (rules := _json_urls(code)) is not None:
        yield from filter(matters, rules)
        return
    skeleton, texts = _read(code)
    script = _Script(skeleton)
    examined = 0
    for text in texts:
        if is_absolute(text.value):
            if matters(text.value):
                examined += 1  # what takes too long to tell is taken for loaded
                if examined > _MOST or script.loads(text):
                    yield text.value
        elif depth < _DEEPEST:
            yield from filter(matters, _within(skeleton, text.value, matters, depth))


def map_urls(rules: str) -> Iterator[tuple[str, int, int]]:
    """Get the addresses in JSON that aren't keys, and where they stand."""
    for found in _JSON_STRING.finditer(rules):
        value = unescaped(found[1])
        if not found[2] and (is_absolute(value) or data_of(value)):
            yield value, found.start(1), found.end(1)


def _json_urls(code: str) -> list[str] | None:
    try:
        json.loads(code)
    except (ValueError, RecursionError):
        return None
    return [url for url, _, _ in map_urls(code)]


def _read(code: str) -> tuple[str, list[_Text]]:
    """Get a script without comments and with empty strings, and its strings."""
    out: list[str] = []
    texts: list[_Text] = []
    size = position = 0
    for found in _TOKEN.finditer(code):
        before = code[position : found.start()]
        position = found.end()
        out.append(before)
        size += len(before)
        if found.lastindex is None:  # a comment or regular expression
            out.append(" ")
            size += 1
            continue
        value = unescaped(found[found.lastindex])
        joined = texts and _SPLICE.fullmatch(before) and out[-2:-1] == ['""']
        if joined and not _SCHEME.fullmatch(texts[-1].value):
            # Parts of one text, such as "<scr" + "ipt>".
            texts[-1] = _Text(texts[-1].value + value, texts[-1].start)
        else:
            texts.append(_Text(value, size))
        kept = value if value in _KEPT else ""
        out.append(f'"{kept}"')
        size += 2 + len(kept)
    out.append(code[position:])
    return "".join(out), texts


#: Strings that say what is done with others.
_KEPT: Final = frozenset("src data poster srcset http http: https https:".split())


class _Script:
    """A script's skeleton, and what it does with what it holds."""

    def __init__(self, skeleton: str) -> None:
        self.skeleton = skeleton

    @cached_property
    def _used(self) -> frozenset[str]:
        """The variables that are loaded from, as the first part of an address."""
        links = (f[2] for f in _LINKS.finditer(self.skeleton) if self._relates(f[1]))
        return frozenset((*_USES.findall(self.skeleton), *links))

    @cached_property
    def _related(self) -> frozenset[str]:
        return frozenset(_RELATED.findall(self.skeleton))

    @cached_property
    def _inserts(self) -> bool:
        """Whether it makes an element and gives it an address that it holds."""
        code = self.skeleton
        return _MAKES.search(code) is not None and _SETS.search(code) is not None

    def _relates(self, name: str) -> bool:
        """Tell whether a variable is a ``link`` element, not a link."""
        return name in self._related

    def loads(self, text: _Text) -> bool:
        """Tell whether an address is loaded."""
        before = self.skeleton[max(0, text.start - _REACH) : text.start]
        if _LOADED.search(before):
            return True
        if (linked := _LINKED.search(before)) and self._relates(linked[1]):
            return True
        if (named := _ASSIGNED.search(before)) and named[1] in self._used:
            return True
        passed = _ARGUMENT.search(before) or _SCRIPT_FILE.match(text.value)
        return passed is not None and self._inserts


def _within(
    skeleton: str, value: str, matters: Callable[[str], object], depth: int
) -> Iterator[str]:
    """Get the addresses in a string that holds markup, style or code."""
    if "%3C" in value or "%3c" in value:
        value = value.replace("%3C", "<").replace("%3c", "<").replace("%3E", ">")
    if "<" in value and _WRITES.search(skeleton):
        for tag in _LOADING_TAG.finditer(value):
            yield from (found[1] for found in _VALUE.finditer(tag[1]))
    if "url(" in value and _STYLES.search(skeleton):
        yield from (found[1] for found in _CSS_URL.finditer(value))
    if "//" in value and "(" in value and _RUNS.search(skeleton):
        yield from loaded_urls(value, matters, depth + 1)
