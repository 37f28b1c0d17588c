"""The signed consent cookie, and the variant token of a state.

The payload is packed, not JSON: a shop of 30 services stays under 300 bytes
(see ``docs/adr/003-packed-cookie.md``).
"""

from __future__ import annotations

import hashlib
import hmac
import struct
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import TYPE_CHECKING, Final, Literal

from itsdangerous import BadData, Signer
from itsdangerous.encoding import base64_decode, base64_encode

from .consent import Consent, Decision, Source
from .errors import CookieInvalid
from .policy import Cookie

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

#: Longer values are refused unread (RFC 6265bis 5.6 caps name and value at 4096).
MAX_LENGTH: Final = 3900

#: How long a browser that isn't used again is remembered to hold storage to empty.
SWEEP_WITHIN: Final = timedelta(days=30)

#: So long may it take from allowing something once to the page that shows it.
ONCE_WITHIN: Final = timedelta(minutes=2)

_VERSION: Final = 1
_HEAD: Final = struct.Struct(">B4s16sIIBH")
_TOKEN: Final = 4
_SIGNATURE: Final = 44
_SOURCES: Final[tuple[Source, ...]] = (
    "banner",
    "preferences",
    "placeholder",
    "api",
    "gpc",
    "rights",
    "guardian",
)
_GPC_BIT: Final = 0x80


@dataclass(frozen=True, slots=True)
class CookieTerms:
    """How the consent cookie is set."""

    name: str = "consent"
    domain: str | None = None
    secure: bool | None = None  #: none: as the request's scheme
    samesite: Literal["Lax", "Strict", "None"] = "Lax"


class ConsentCookie:
    """Reads and writes the cookie of one shop.

    :param keys: oldest first; all verify, the last one signs.
    """

    def __init__(self, keys: Sequence[str], terms: CookieTerms) -> None:
        self.terms = terms
        self._signer = Signer(
            list(keys),
            salt=b"consentkit.cookie",
            key_derivation="hmac",
            digest_method=hashlib.sha256,
        )
        self._variant_key = Signer(
            list(keys),
            salt=b"consentkit.variant",
            key_derivation="hmac",
            digest_method=hashlib.sha256,
        ).derive_key()

    @property
    def names(self) -> tuple[str, str]:
        """Both names it may have, the one for HTTPS first."""
        return (f"__Host-{self.terms.name}", self.terms.name)

    @property
    def sweep_name(self) -> str:
        """The cookie by which the page after a withdrawal empties storage."""
        return f"{self.terms.name}_sweep"

    @property
    def once_name(self) -> str:
        """The cookie that lets the next page load something once."""
        return f"{self.terms.name}_once"

    @property
    def audit_name(self) -> str:
        """The cookie that an auditor's link leaves; visitors never get it."""
        return f"{self.terms.name}_audit"

    @property
    def variant_name(self) -> str:
        """The cookie that tells caches in which state a visitor's pages are."""
        return f"{self.terms.name}_variant"

    @property
    def own_names(self) -> tuple[str, ...]:
        """Every cookie that this package sets."""
        return (
            *(*self.names, self.sweep_name, self.once_name, self.audit_name),
            self.variant_name,
        )

    def declared(
        self, lifetime: timedelta, *, variant: bool = False
    ) -> tuple[Cookie, ...]:
        """Get our cookies as they are declared to visitors; on HTTPS, as shops are.

        :param variant: browsers are told the token of their state.
        """
        purpose = "purpose:cookie_choice"
        return (
            Cookie(self.name(https=True), purpose, lifetime),
            Cookie(self.sweep_name, purpose, SWEEP_WITHIN),
            Cookie(self.once_name, purpose, ONCE_WITHIN),
            *([Cookie(self.variant_name, purpose, lifetime)] if variant else []),
        )

    def name(self, *, https: bool) -> str:
        """Get its name: only HTTPS pages of the host can set ``__Host-`` (6265bis)."""
        secure = https if self.terms.secure is None else self.terms.secure
        return self.names[0 if secure and not self.terms.domain else 1]

    def dumps(self, decision: Decision, site: str) -> str:
        """Get the cookie's value for a decision, valid on this host only."""
        head = _HEAD.pack(
            _VERSION,
            self._site(site),
            bytes.fromhex(decision.id),
            int(decision.decided_at.timestamp()),
            decision.revision,
            _SOURCES.index(decision.source) | (_GPC_BIT if decision.under_gpc else 0),
            len(decision.granted),
        )
        tokens = [*sorted(decision.granted), *sorted(decision.refused)]
        packed = base64_encode(head + b"".join(tokens))
        return self._signer.sign(packed).decode("ascii")

    @staticmethod
    def room() -> int:
        """Get how many groups and services a visitor can decide about."""
        packed = (MAX_LENGTH - _SIGNATURE) * 3 // 4
        return (packed - _HEAD.size) // _TOKEN

    def loads(self, value: str, site: str) -> Decision:
        """Get the decision that a cookie proves.

        :raises CookieInvalid: if it proves none; :attr:`CookieInvalid.reason` says why.
        """
        if len(value) > MAX_LENGTH:
            raise CookieInvalid("oversized")
        try:
            signed = value.encode("ascii")
            packed = base64_decode(self._signer.unsign(signed))
        except (BadData, UnicodeEncodeError):
            raise CookieInvalid("forged") from None
        if not _spelled_as_signed(signed):
            raise CookieInvalid("forged")
        try:
            return self._unpack(packed, self._site(site))
        except (struct.error, ValueError, IndexError, OverflowError):
            raise CookieInvalid("malformed") from None

    def proved(self, values: Iterable[str], site: str) -> tuple[Decision, ...]:
        """Get the decisions that duplicates of the cookie prove, the newest first."""
        found = []
        for value in values:
            with suppress(CookieInvalid):
                found.append(self.loads(value, site))
        return tuple(sorted(found, key=lambda d: d.decided_at, reverse=True))

    def variant(self, consent: Consent, rendering: str = "") -> str:
        """Get the token of a state: equal for all visitors in it, not to be guessed.

        :param rendering: what else shapes pages, such as the version of our assets.
        """
        shown = f"{consent.decided:d}{consent.opted_out:d}{consent.child:d}"
        shown = f"{shown} {consent.regime} {consent.renewed:d} {sorted(consent.news)}"
        return self._token(
            consent.granted, f"{rendering} {consent.policy.fingerprint} {shown}"
        )

    @lru_cache(maxsize=256)  # noqa: B019  the cookie's rules live as long as the app
    def _token(self, granted: frozenset[str], rest: str) -> str:
        state = "\n".join((rest, *sorted(granted)))
        digest = hmac.digest(self._variant_key, state.encode(), "sha256")
        return base64_encode(digest[:12]).decode("ascii")

    def _site(self, host: str) -> bytes:
        site = self.terms.domain or host
        return hashlib.sha256(site.encode("utf-8", "replace")).digest()[:4]

    @staticmethod
    def _unpack(packed: bytes, site: bytes) -> Decision:
        version, own_site, consent_id, at, revision, flags, granted = _HEAD.unpack_from(
            packed
        )
        if version != _VERSION or own_site != site:
            raise ValueError(version)
        rest = packed[_HEAD.size :]
        if len(rest) % _TOKEN or granted * _TOKEN > len(rest):
            raise ValueError(len(rest))
        tokens = [rest[i : i + _TOKEN] for i in range(0, len(rest), _TOKEN)]
        return Decision(
            id=consent_id.hex(),
            decided_at=datetime.fromtimestamp(at, UTC),
            revision=revision,
            source=_SOURCES[flags & ~_GPC_BIT],
            granted=frozenset(tokens[:granted]),
            refused=frozenset(tokens[granted:]),
            under_gpc=bool(flags & _GPC_BIT),
        )


def _spelled_as_signed(signed: bytes) -> bool:
    """Tell whether a good signature is written as we write it.

    Decoders let pass spare bits, padding and foreign characters (RFC 4648, 3.3 and
    3.5), so that many texts would stand for one signature.
    """
    signature = signed.rpartition(b".")[2]
    return base64_encode(base64_decode(signature)) == signature
