"""Addresses as code writes them: with escapes, in parts, in any form browsers take."""

from __future__ import annotations

import re
import sys
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator

_REST: Final = r"[^\s/\\\"'`<>()?#]{3,}"
_HOST: Final = re.compile(rf"//({_REST})")
#: The same with backslashes, and after a scheme with one slash or none.
_ODD_HOST: Final = re.compile(
    rf"(?:[/\\]{{2,}}|(?:ttps?|wss?):[/\\]*)({_REST})", re.IGNORECASE
)
_ADDRESS: Final = re.compile(
    r"(?:(?:https?|wss?):[/\\]*|[/\\]{2,})[^\s\"'`<>)]+", re.IGNORECASE
)
_ABSOLUTE: Final = re.compile(r"(?:https?|wss?):[^\s]|[/\\]{2}[^\s]{3}", re.IGNORECASE)
_CONTROLS: Final = "".join(map(chr, range(0x21)))
_LONGEST_SCHEME: Final = 24  # with what browsers take out of it
_ESCAPE: Final = re.compile(
    r"\\(?:\r\n|u\{([0-9a-fA-F]{1,6})\}|u([0-9a-fA-F]{4})|x([0-9a-fA-F]{2})|(.)|\Z)",
    re.DOTALL,
)
_LETTERS: Final = {"n": "\n", "t": "\t", "r": "\r", "\n": ""}
_SURROGATES: Final = range(0xD800, 0xE000)
#: Found by its colon, which is rare.
_ODD_SCHEME: Final = re.compile(
    r":(?!//)(?:(?<=ttp:)|(?<=ttps:)|(?<=ws:)|(?<=wss:))", re.IGNORECASE
)
#: What no code without an address has.
_SIGNS: Final = ("//", "\\", "ttp", "TTP", "ws:", "wss:", "WS")
#: Escapes that may be those of an address.
_HIDING: Final = re.compile(r"\\[xu\\\r\n]|\w\\[tnr]\w")
_SPLICES: Final = ("'+'", '"+"', "' + '", '" + "')
#: What browsers take out of addresses.
_STRIPPED: Final = str.maketrans("", "", "\t\n\r")


def hosts_in(code: str) -> set[str]:
    """Get what may be a host in a script."""
    if not any(sign in code for sign in _SIGNS):
        return set()
    text = _shown(code)
    found = {host[1] for host in _HOST.finditer(text)}
    if "\\" in text or has_odd_scheme(text):
        found |= {host[1] for host in _ODD_HOST.finditer(text.translate(_STRIPPED))}
    return found


def addresses_in(code: str) -> Iterator[str]:
    """Get everything in a script that has the form of an address."""
    yield from _ADDRESS.findall(_shown(code))


def is_absolute(text: str) -> bool:
    """Tell whether a string names a host, whatever page it is used on."""
    head = text.lstrip(_CONTROLS)[:_LONGEST_SCHEME]
    if not head.isprintable():
        head = head.translate(_STRIPPED)
    return _ABSOLUTE.match(head) is not None


def unescaped(text: str) -> str:
    """Get what a string of code or JSON stands for."""
    return _ESCAPE.sub(_character, text) if "\\" in text else text


def _character(found: re.Match[str]) -> str:
    number = found[1] or found[2] or found[3]
    if number is None:
        return _LETTERS.get(found[4] or "\n", found[4] or "")
    code = int(number, 16)
    is_valid = code <= sys.maxunicode and code not in _SURROGATES
    return chr(code) if is_valid else "\ufffd"


def _shown(code: str) -> str:
    """Get code with the addresses in it as they are meant."""
    text = code.replace("\\/", "/")
    for splice in _SPLICES:
        text = text.replace(splice, "")
    if "\\" in text and _HIDING.search(text):
        return unescaped(text).replace("\t", "")
    return text


def has_odd_scheme(text: str) -> bool:
    """Tell whether a scheme stands without its slashes."""
    return _ODD_SCHEME.search(text) is not None
