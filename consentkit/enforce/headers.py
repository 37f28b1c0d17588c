"""Response headers of a page whose content depends on consent (RFC 9110, RFC 9111)."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterable

Headers = list[tuple[str, str]]

#: What speaks of the body as the app made it, not as it is sent.
_OF_THE_BODY: Final = frozenset(
    "accept-ranges content-digest content-md5 digest last-modified repr-digest".split()
)
_SHARED: Final = frozenset({"public", "s-maxage", "private"})
#: What keeps an answer out of shared caches, or has them ask each time.
_UNSHARED: Final = frozenset({"private", "no-store", "no-cache"})
#: What lets shared caches keep answers to requests with credentials (RFC 9111, 3.5).
_FOR_ALL: Final = frozenset({"public", "s-maxage", "must-revalidate"})
#: What would let browsers show a page of theirs without asking.
_UNASKED: Final = frozenset(
    "s-maxage max-age must-revalidate immutable stale-while-revalidate stale-if-error"
    " expires".split()
)
#: What certain caches obey before ``Cache-Control`` (RFC 9213 and older ones).
_TARGETED: Final = re.compile(
    r".+-cache-control|surrogate-control|edge-control|x-accel-expires", re.IGNORECASE
)
_ELEMENT: Final = re.compile(r'(?:[^,"]|"(?:[^"\\]|\\.)*"?)+')
_TAG: Final = re.compile(r'(W/)?"([^"]*)"')
_SUFFIX: Final = re.compile(r"-ck\.[\w-]{16}\Z")
_NONCE: Final = re.compile(r"(?:script-src|default-src)[^;,]*?'nonce-([^']+)'")


def first(headers: Headers, name: str) -> str:
    """Get a header's first value, empty where it is missing; the name in lower case."""
    return next((value for key, value in headers if key.lower() == name), "")


def joined(headers: Headers, name: str) -> str:
    """Get all of a header's values as one list; the name in lower case."""
    return ", ".join(value for key, value in headers if key.lower() == name)


def without(headers: Headers, names: Iterable[str]) -> Headers:
    """Get the headers but for these, named in lower case."""
    left_out = frozenset(names)
    return [header for header in headers if header[0].lower() not in left_out]


def of_variant(headers: Headers, variant: str) -> Headers:
    """Get the headers of a page that was made for visitors in one state."""
    return [
        (name, tag_variant(value, variant) if name.lower() == "etag" else value)
        for name, value in without(headers, _OF_THE_BODY)
    ]


def vary(headers: Headers, *names: str) -> Headers:
    """Get the headers with ``Vary`` naming these fields, besides what it named."""
    named = _list(joined(headers, "vary"))
    known = {name.lower() for name in named}
    named += [name for name in names if name.lower() not in known and "*" not in known]
    return [*without(headers, ["vary"]), ("Vary", ", ".join(named))]


def private(headers: Headers) -> Headers:
    """Get the headers such that no shared cache stores the response."""
    values = _list(joined(headers, "cache-control"))
    headers = [header for header in headers if not _TARGETED.fullmatch(header[0])]
    kept = [v for v in values if v.partition("=")[0].strip().lower() not in _SHARED]
    rest = without(headers, ["cache-control"])
    return [*rest, ("Cache-Control", ", ".join(["private", *kept]))]


def shared(headers: Headers, *, known: bool = False) -> Headers | None:
    """Get the headers such that shared caches keep the response, but browsers ask.

    A browser's own cache knows no tokens: it would show the page from before a
    choice. None if the app doesn't say for how long others may be shown it, or says
    otherwise by ``Vary`` or ``Set-Cookie``.

    :param known: the request had credentials (RFC 9111, 3.5).
    """
    values = _list(joined(headers, "cache-control"))
    rules = {
        name.strip().lower(): value.strip(' "')
        for name, _, value in (rule.partition("=") for rule in values)
    }
    seconds = rules.get("s-maxage", rules.get("max-age", ""))
    varies = {name.lower() for name in _list(joined(headers, "vary"))}
    if (
        not (seconds.isascii() and seconds.isdigit() and int(seconds))
        or len(rules) < len(values)  # caches differ in which of two they follow
        or not _UNSHARED.isdisjoint(rules)
        or not varies.isdisjoint({"*", "cookie", "authorization"})
        or any(name.lower() == "set-cookie" for name, _ in headers)
        or (known and _FOR_ALL.isdisjoint(rules))
    ):
        return None
    kept = [v for v in values if v.partition("=")[0].strip().lower() not in _UNASKED]
    kept += [f"s-maxage={seconds}", "max-age=0", "must-revalidate"]
    rest = without(headers, ["cache-control", "expires", "pragma"])
    return [*rest, ("Cache-Control", ", ".join(kept))]


def unstored(headers: Headers) -> Headers:
    """Get the headers such that no cache stores the response, be it the browser's."""
    rest = [header for header in headers if not _TARGETED.fullmatch(header[0])]
    return [
        *without(rest, ["cache-control"]),
        ("Cache-Control", "private, no-store"),
    ]


def is_private(headers: Headers) -> bool:
    """Tell whether no shared cache stores the response, whatever is in it."""
    values = {v.lower() for v in _list(joined(headers, "cache-control"))}
    targeted = any(_TARGETED.fullmatch(name) for name, _ in headers)
    return not targeted and not values.isdisjoint({"private", "no-store"})


def tag_variant(etag: str, variant: str) -> str:
    """Get an entity tag that differs for every variant of the page."""
    return _TAG.sub(lambda found: f'{found[1] or ""}"{found[2]}-ck.{variant}"', etag, 1)


def is_tagged(condition: str) -> bool:
    """Tell whether an ``If-None-Match`` asks about a variant of a page."""
    return "-ck." in condition


def untag_variant(condition: str, *variants: str, page: bool) -> str:
    """Get an ``If-None-Match`` as the app knows it, empty if nothing can match.

    Tags of other variants go; so do, where a page is asked for, tags without any:
    they are of pages from before this app enforced consent.
    """
    own = {f"-ck.{variant}" for variant in variants}
    kept = []
    for weak, tag in _TAG.findall(condition):
        suffix = _SUFFIX.search(tag)
        if suffix and suffix[0] in own:
            kept.append(f'{weak}"{tag[: suffix.start()]}"')
        elif not suffix and not page:
            kept.append(f'{weak}"{tag}"')
    return ", ".join(kept)


def nonce_of(headers: Headers) -> str:
    """Get the nonce that the app's own content security policy gives its scripts."""
    for key, value in headers:
        if key.lower() == "content-security-policy" and (found := _NONCE.search(value)):
            return found[1]
    return ""


def _list(value: str) -> list[str]:
    parts = (found[0].strip() for found in _ELEMENT.finditer(value))
    return [part for part in parts if part]
