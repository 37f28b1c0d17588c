"""Addresses as browsers read them (WHATWG URL, section 4.4), as far as matching needs.

No general parser: the result says which host is contacted, under which path.
"""

from __future__ import annotations

import re
import unicodedata
from encodings import idna
from functools import lru_cache
from typing import TYPE_CHECKING, Final, NamedTuple
from urllib.parse import unquote

if TYPE_CHECKING:
    from collections.abc import Iterator

_CONTROLS: Final = "".join(map(chr, range(0x21)))
_SCHEME: Final = re.compile(r"([a-zA-Z][a-zA-Z0-9+.\-]*):")
_STRIPPED: Final = str.maketrans("", "", "\t\n\r")
_SPECIAL: Final = frozenset({"http", "https", "ws", "wss", "ftp"})
_LEGACY: Final = ("shift_jis", "euc_jp", "gb18030", "big5", "euc_kr")
_LONGEST_HOST: Final = 4096
_DOTS: Final = re.compile("[\u3002\uff0e\uff61]")
#: Characters that no host keeps (UTS 46, "ignored"), those younger than IDNA 2003 too.
_IGNORED: Final = re.compile(
    "[\u00ad\u034f\u180b-\u180f\u200b-\u200d\u2060-\u2064\ufe00-\ufe0f\ufeff"
    "\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e0fff]"
)


class Address(NamedTuple):
    """Where a URL leads: lower-case host, decoded path, raw query."""

    scheme: str
    host: str
    path: str = "/"
    query: str = ""

    def __str__(self) -> str:
        query = f"?{self.query}" if self.query else ""
        return f"{self.scheme}://{self.host}{self.path}{query}"


@lru_cache(maxsize=256)
def page_address(url: str) -> Address:
    """Get the address of a page; one without a host if it has none."""
    return resolve(url, Address("https", "")) or Address("https", "")


def resolve(url: str, base: Address) -> Address | None:
    """Get the address that a browser on ``base`` contacts for a URL.

    None for schemes that contact nobody (``data:``, ``javascript:``, ``blob:`` ...).
    """
    if url[:5].lower() == "data:":  # may be long
        return None
    url = url.strip(_CONTROLS)
    if not url.isprintable():
        url = url.translate(_STRIPPED)
    scheme, rest = base.scheme, url
    if found := _SCHEME.match(url):
        scheme, rest = found[1].lower(), url[found.end() :]
        if scheme not in _SPECIAL:
            return None
    rest, _, _ = rest.partition("#")
    rest, _, query = rest.partition("?")
    rest = rest.replace("\\", "/")
    absolute = found is not None and scheme != base.scheme
    if rest.startswith("//") or absolute:
        return _absolute(scheme, rest.lstrip("/"), query)
    if not rest:
        return Address(scheme, base.host, base.path, query or base.query)
    if not rest.startswith("/"):
        rest = base.path.rpartition("/")[0] + "/" + rest
    return Address(scheme, base.host, _clean_path(rest), query)


def _absolute(scheme: str, rest: str, query: str) -> Address | None:
    authority, slash, path = rest.partition("/")
    host = host_of(authority)
    return Address(scheme, host, _clean_path(slash + path), query) if host else None


def host_of(authority: str) -> str:
    """Get the host of ``user:password@host:port``, in the form that is looked up."""
    host = authority.rpartition("@")[2]
    if not host.startswith("["):
        host = host.partition(":")[0]
    if "%" in host:
        host = unquote(host)
    if not host.isascii():
        host = _to_ascii(host)
    return host.lower().rstrip(".")


def _to_ascii(host: str) -> str:
    if len(host) > _LONGEST_HOST:
        return host
    # The library's tables are those of Unicode 3.2, of which browsers know more.
    host = unicodedata.normalize("NFKC", _IGNORED.sub("", host))
    labels = _DOTS.sub(".", host).split(".")
    try:
        return ".".join(
            idna.ToASCII(label).decode() if label else "" for label in labels
        )
    except UnicodeError:
        return host


def in_legacy_charsets(url: str) -> Iterator[str]:
    """Get what a URL that was decoded as Latin-1 is in charsets with more letters.

    A host in full-width letters leads to the same server as one in ASCII.
    """
    for charset in _LEGACY:
        try:
            yield url.encode("latin-1").decode(charset)
        except UnicodeError:
            continue


def _clean_path(path: str) -> str:
    """Decode a path and resolve its dots, as the server behind it will."""
    if "%" in path:
        path = unquote(path).replace("\\", "/")
    if "/." not in path:
        return path or "/"
    kept: list[str] = []
    segments = path.split("/")[1:]
    for segment in segments:
        if segment == "..":
            del kept[-1:]
        elif segment != ".":
            kept.append(segment)
    if segments[-1] in {".", ".."}:
        kept.append("")
    return "/" + "/".join(kept)
