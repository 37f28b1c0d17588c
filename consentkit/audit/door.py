"""The door to the dashboard: closed, unless the shop or a signed link opens it."""

from __future__ import annotations

import hashlib
import logging
import secrets
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, Final, Literal

from itsdangerous import BadData, URLSafeSerializer

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

_LOGGER: Final = logging.getLogger("consentkit")
_LONGEST_NAME: Final = 100
_LONGEST_TOKEN: Final = 1000
#: A link that is older than this was never made by us.
LONGEST: Final = timedelta(days=31)


@dataclass(frozen=True, slots=True)
class Auditor:
    """Who looks at the dashboard, and what let them in."""

    name: str
    via: Literal["link", "shop"]
    until: datetime | None = None  #: when the link ends


class Door:
    """Lets auditors in.

    :param ask: gets the shop's own callback, if it has one by now.
    :param keys: the shop's secrets, oldest first; all verify, the last one signs.
    """

    def __init__(
        self, ask: Callable[[], Callable[[], object] | None], keys: Sequence[str]
    ) -> None:
        self._ask = ask
        self._links = URLSafeSerializer(
            list(keys),
            salt=b"consentkit.audit",
            signer_kwargs={
                "key_derivation": "hmac",
                "digest_method": hashlib.sha256,
            },
        )

    def link(self, name: str, lasts: timedelta) -> str:
        """Get the token of a new link, which opens the door for a time.

        :param name: who gets it; stands in the record of accesses.
        """
        until = datetime.now(UTC) + min(lasts, LONGEST)
        told = [name[:_LONGEST_NAME], int(until.timestamp()), secrets.token_hex(4)]
        token = self._links.dumps(told)
        return token if isinstance(token, str) else token.decode("ascii")

    def by_link(self, token: str) -> Auditor | None:
        """Get whom a link lets in, none if it has ended or isn't ours."""
        if not token or len(token) > _LONGEST_TOKEN:
            return None
        try:
            told: Any = self._links.loads(token)
            name, until, number = told
            ends = datetime.fromtimestamp(until, UTC)
        except (BadData, ValueError, TypeError, OverflowError, OSError):
            return None
        if datetime.now(UTC) >= ends:
            return None
        return Auditor(f"{name} ({number})", "link", ends)

    def by_shop(self) -> Auditor | None:
        """Get whom the shop's callback lets in; one that fails lets nobody in."""
        callback = self._ask()
        if callback is None:
            return None
        try:
            answer = callback()
        except Exception:
            _LOGGER.exception("audit_access failed: the dashboard stays closed")
            return None
        if not answer:
            return None
        name = answer if isinstance(answer, str) else "let in by the shop"
        return Auditor(name[:_LONGEST_NAME], "shop")
