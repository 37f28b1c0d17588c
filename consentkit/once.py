"""Leave to load something once: a signed cookie that the next page uses up.

It is no switch: only our answer to a visitor's own act makes one, and it is good for
one page of one host, for one visitor's present choice, and for two minutes at most.
"""

from __future__ import annotations

import hashlib
import struct
from time import time
from typing import TYPE_CHECKING, Final
from urllib.parse import unquote_to_bytes

from itsdangerous import BadData, Signer
from itsdangerous.encoding import base64_decode, base64_encode

from .cookie import ONCE_WITHIN

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from .consent import Decision
    from .policy import Policy

_HEAD: Final = struct.Struct(">I16s")
_TOKEN: Final = 4
_LONGEST: Final = 3900


class OncePass:
    """Writes and reads the leave of one shop.

    :param keys: oldest first; all verify, the last one signs.
    """

    def __init__(self, keys: Sequence[str], name: str) -> None:
        self.name = name
        self._signer = Signer(
            list(keys),
            salt=b"consentkit.once",
            key_derivation="hmac",
            digest_method=hashlib.sha256,
        )

    def dumps(self, policy: Policy, keys: Iterable[str], bound: bytes) -> str:
        """Get the value that grants keys on the page it is bound to."""
        head = _HEAD.pack(int(time() + ONCE_WITHIN.total_seconds()), bound)
        tokens = sorted(policy.tokens[key] for key in keys)
        packed = base64_encode(head + b"".join(tokens))
        return self._signer.sign(packed).decode("ascii")

    def loads(self, value: str, policy: Policy, bound: bytes) -> frozenset[str]:
        """Get the keys that a value grants on this page; none if it grants nothing."""
        if len(value) > _LONGEST:
            return frozenset()
        try:
            packed = base64_decode(self._signer.unsign(value.encode("ascii")))
            until, bound_to = _HEAD.unpack_from(packed)
        except (BadData, UnicodeEncodeError, struct.error):
            return frozenset()
        left = until - time()
        if bound_to != bound or not 0 < left <= ONCE_WITHIN.total_seconds():
            return frozenset()
        rest = packed[_HEAD.size :]
        tokens = {rest[i : i + _TOKEN] for i in range(0, len(rest), _TOKEN)}
        return frozenset(k for k, token in policy.tokens.items() if token in tokens)


def binding(host: str, path: str, decision: Decision | None, *, gpc: bool) -> bytes:
    """Get what a leave is bound to: a page, and a visitor's choice as it is now.

    :param path: as WSGI has it, the mount point included, without the query.
    """
    choice = (decision.id, str(decision.decided_at)) if decision else ("", "")
    parts = "\n".join((host, path, *choice, str(gpc)))
    return hashlib.sha256(parts.encode("utf-8", "replace")).digest()[:16]


def path_of(target: str) -> str:
    """Get the path of an address on this host, as WSGI has it."""
    return unquote_to_bytes(target.partition("?")[0].partition("#")[0]).decode(
        "latin-1"
    )
