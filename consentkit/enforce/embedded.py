"""What an address holds in itself: ``data:`` (RFC 2397) and ``javascript:`` URLs."""

from __future__ import annotations

import base64
import binascii
import re
from typing import TYPE_CHECKING, Final, NamedTuple
from urllib.parse import quote, unquote_to_bytes

if TYPE_CHECKING:
    from collections.abc import Iterator

_CONTROLS: Final = "".join(map(chr, range(0x21)))
_STRIPPED: Final = str.maketrans("", "", "\t\n\r")
#: What isn't ASCII in ISO-2022-JP (WHATWG Encoding, 12.2).
_SHIFTED: Final = re.compile(
    rb"\x1b(?:\$[@B]|\(I).*?(?=\x1b(?:\$[@B]|\([BIJ])|\Z)|\x1b\([BJ]", re.DOTALL
)
_INTERESTING: Final = re.compile(
    r"[\x00-\x20]*[dj][\t\n\r]*a[\t\n\r]*[tv]", re.IGNORECASE
)


class Embedded(NamedTuple):
    """A ``data:`` URL, taken apart."""

    media_type: str
    body: str
    is_base64: bool

    @property
    def content(self) -> bytes:
        """What it holds."""
        content = unquote_to_bytes(_trimmed(self.body))
        if not self.is_base64:
            return content
        try:
            return base64.b64decode(content + b"==")
        except binascii.Error:
            return content  # browsers load nothing then

    def readings(self) -> Iterator[bytes]:
        """Get what it holds, in each charset that its bytes may be meant in."""
        content = self.content
        yield content
        if b"\0" in content or content.startswith((b"\xff\xfe", b"\xfe\xff")):
            for charset in ("utf-16-le", "utf-16-be"):
                yield content.decode(charset, "replace").encode()
        if b"\x1b" in content:
            yield _SHIFTED.sub(b"", content)


def may_hold(url: str) -> bool:
    """Tell whether an address may be a ``data:`` or ``javascript:`` URL."""
    return _INTERESTING.match(url) is not None


def data_of(url: str) -> Embedded | None:
    """Take a ``data:`` URL apart, if it is one."""
    if not may_hold(url):
        return None
    header, _, body = url.partition(",")  # pictures may be long, and nobody's
    header = _trimmed(header).lower()
    if not header.startswith("data:"):
        return None
    media_type = header[5:].partition(";")[0].strip()
    return Embedded(media_type, body, header.rstrip().endswith("base64"))


def code_of(url: str) -> str | None:
    """Get the script of a ``javascript:`` URL, none if it is no such URL."""
    if not may_hold(url):
        return None
    scheme, _, code = url.partition(":")
    if _trimmed(scheme).lower() != "javascript":
        return None
    return unquote_to_bytes(_trimmed(code)).decode("utf-8", "replace")


def url_of(code: str) -> str:
    """Get the ``javascript:`` URL of a script."""
    return f"javascript:{quote(code)}"


def _trimmed(url: str) -> str:
    return url.strip(_CONTROLS).translate(_STRIPPED)
