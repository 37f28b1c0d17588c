"""The script that tells vendors of the consent, as it stands first in a page's head."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Final

from markupsafe import Markup

from .assets import ASSETS
from .rendering import prefix_of
from .vendor_signals import MARKS, signals

if TYPE_CHECKING:
    from .enforce.visit import Environ
    from .shop import Shop

_SCRIPT: Final = ASSETS["signals.js"]
_REMEMBERED: Final = 256
_END: Final = Markup("></script>")


class VendorScript:
    """Makes the script's markup for one shop.

    From a file of ours, since strict content security policies refuse inline code;
    what it tells stands in its attributes, so that one cached file serves everybody.
    """

    def __init__(self, shop: Shop) -> None:
        self._shop = shop
        # Most shops have nobody to tell, and then this is all it costs.
        self._tells = bool(signals(shop.policy, shop.policy.optional))

    def markup(
        self,
        environ: Environ,
        granted: frozenset[str],
        nonce: str = "",
        page: bytes | None = None,
    ) -> Markup:
        """Get the markup, empty if no vendor is to be told anything.

        :param page: what names the vendors' tags; without it all are told.
        """
        told = self._told(granted) if self._tells else {}
        vendors = tuple(
            vendor
            for vendor in told
            if page is None or any(mark in page for mark in MARKS[vendor])
        )
        if not vendors:
            return Markup()
        address = prefix_of(environ, self._shop) + _SCRIPT.path
        carried = Markup(' nonce="{}"').format(nonce) if nonce else Markup()
        return self._begun(address, granted, vendors) + carried + _END

    def reserve(self, environ: Environ, nonce: str = "") -> Markup:
        """Get the script in reserve, for a page that doesn't know what is granted."""
        if not self._tells:
            return Markup()
        address = prefix_of(environ, self._shop) + _SCRIPT.path
        carried = Markup(' nonce="{}"').format(nonce) if nonce else ""
        return Markup(
            "<template data-consentkit-vendors>"
            '<script src="{}" data-consentkit-signals=""{}></script></template>'
        ).format(address, carried)

    @lru_cache(maxsize=_REMEMBERED)  # noqa: B019  lives as long as its app
    def _told(self, granted: frozenset[str]) -> dict[str, str]:
        return signals(self._shop.policy, granted)

    @lru_cache(maxsize=_REMEMBERED)  # noqa: B019  lives as long as its app
    def _begun(
        self, address: str, granted: frozenset[str], vendors: tuple[str, ...]
    ) -> Markup:
        told = self._told(granted)
        attribute = Markup(' data-{}="{}"')
        attributes = Markup().join(attribute.format(v, told[v]) for v in vendors)
        begin = Markup('<script src="{}" data-consentkit-signals=""{}')
        return begin.format(address, attributes)
