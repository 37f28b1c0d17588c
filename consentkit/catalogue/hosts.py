"""The short form in which people write addresses: ``host/path?query``."""

from __future__ import annotations

import re
from ipaddress import ip_address

from consentkit.policy import HostRule

_SCHEME = re.compile(r"(?:https?:|wss?:)?//", re.IGNORECASE)
_PORT = re.compile(r":\d*$")
_LABEL = re.compile(r"(?!-)[a-z0-9_-]{1,63}(?<!-)")  # underscores do occur


def parse_host(text: str) -> HostRule:
    """Get the rule that ``host``, ``host/path``, ``/path`` or any ``...?query`` means.

    A host includes its sub-domains; ``/path`` is on the shop's own host.

    :raises ValueError: if the text is no such address.
    """
    if not text or any(c.isspace() or not c.isprintable() for c in text):
        raise ValueError(f"{text!r} is no address: leave out spaces, write a host")
    rest = _SCHEME.sub("", text, count=1) if _SCHEME.match(text) else text
    rest, _, query = rest.partition("#")[0].partition("?")
    name, slash, path = rest.partition("/")
    if not name:
        return _own_host(text, slash + path, query)
    return HostRule(_host(name, text), path and slash + path, query)


def _own_host(text: str, path: str, query: str) -> HostRule:
    if not text.startswith("/") or text.startswith("//") or path == "/":
        raise ValueError(f"{text!r} names no host and no path below the shop's own")
    return HostRule("", path, query)


def _host(name: str, text: str) -> str:
    bare = name.removeprefix("*.")
    bare = bare if bare.endswith("]") else _PORT.sub("", bare)
    bare = bare.removesuffix(".").lower()
    if _is_ip(bare):
        return bare
    labels = _ascii(bare, text).split(".")
    if len(labels) == 1:
        raise ValueError(f"{text!r} is too broad: write a whole host, as shop.example")
    if not all(_LABEL.fullmatch(label) for label in labels):
        raise ValueError(
            f"{text!r} holds no host name: letters, digits, dots and hyphens make one, "
            'and a "*." before it means its sub-domains'
        )
    return ".".join(labels)


def _is_ip(host: str) -> bool:
    bracketed = host.startswith("[") and host.endswith("]")
    try:
        version = ip_address(host[1:-1] if bracketed else host).version
    except ValueError:
        return False
    return bracketed == (version == 6)  # noqa: PLR2004  RFC 3986, section 3.2.2


def _ascii(host: str, text: str) -> str:
    if host.isascii():
        return host
    try:
        return host.encode("idna").decode()
    except UnicodeError as error:
        raise ValueError(f"{text!r} holds no host name: {error}") from None
