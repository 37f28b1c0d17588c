"""What a page for everybody begins with: the question, hidden, and who shows it.

The page is the same for who decided long ago and for who comes for the first time. A
script of ours, read before anything below it is painted, tells them apart.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

from markupsafe import Markup

from .assets import ASSETS
from .consent import Consent
from .regime import Regime
from .rendering import prefix_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .enforce.visit import Environ
    from .policy import Policy
    from .rendering import PageParts
    from .shop import Shop
    from .vendor_script import VendorScript

_SCRIPT: Final = ASSETS["universal.js"]


def is_for_all(shop: Shop) -> bool:
    """Tell whether a shop's pages may be made for everybody."""
    return shop.settings.delivery == "universal"


def anybodys(environ: Environ) -> Environ:
    """Get a request as far as it is the same for all who may be shown its answer.

    Caches may keep a page under its path alone, and the query tell of who asked first.
    """
    return {**environ, "QUERY_STRING": ""}


def mark_of(policy: Policy) -> str:
    """Get a short text that changes with whatever visitors are asked about."""
    return policy.fingerprint[:8]


class BodyStart:
    """Makes what stands first in the body of a page for everybody."""

    def __init__(self, shop: Shop, parts: PageParts, vendors: VendorScript) -> None:
        self._shop = shop
        self._parts = parts
        self._vendors = vendors

    def markup(
        self, environ: Environ, language: str, nonce: str, banner: Markup
    ) -> Markup:
        """Get the banner, held back, and the script that shows it to who is asked."""
        shop, policy = self._shop, self._shop.policy
        prefix = prefix_of(environ, shop)
        # Whom a rule or the shop excuses from being asked, no cookie tells.
        asks = bool(policy.opt_out) or shop.circumstances.tells_children
        return Markup(
            '{}{}<div class="ck-held" hidden>{}</div>'
            '<script src="{}" data-consentkit-universal data-url="{}" data-cookie="{}"'
            ' data-mark="{}"{}{}></script>'
        ).format(
            Markup().join(self._lines(environ, language, nonce)),
            self._vendors.reserve(environ, nonce),
            banner,
            prefix + _SCRIPT.path,
            f"{prefix}/",
            shop.cookie.variant_name,
            mark_of(policy),
            " data-asks" if asks else "",
            Markup(' nonce="{}"').format(nonce) if nonce else "",
        )

    def _lines(self, environ: Environ, language: str, nonce: str) -> Iterator[Markup]:
        """Get the line for who may opt out, and for who did by signal, in reserve."""
        policy = self._shop.policy
        if not policy.opt_out:
            return
        may = Consent(policy, decided=True, regime=Regime("opt-out"))
        for name, consent in ("may", may), ("did", replace(may, opted_out=True)):
            line = self._parts.banner(environ, language, nonce, consent)
            template = Markup('<template data-consentkit-line="{}">{}</template>')
            yield template.format(name, line)
