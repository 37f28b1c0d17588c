"""What vendors are told of a visitor's consent, where their products are granted.

Basic mode: of a product that is refused nothing is on the page, and nobody is told
anything. One that is granted learns what else is: Google's consent mode (v2, seven
keys), Microsoft's for UET and Clarity, the Meta pixel, Shopify's customer privacy.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from .policy import CONSENT_MODE, ESSENTIAL, PERSONALISATION

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from .policy import Policy

_TAG_MANAGER: Final = "google_tag_manager"
_FIGURES: Final = frozenset({"google_analytics", "google_analytics_ua"})
_ADVERTS: Final = frozenset(
    {"google_ads", "google_ad_manager", "google_floodlight", "google_merchant_reviews"}
)
_GOOGLE: Final = _FIGURES | _ADVERTS | {_TAG_MANAGER}

#: For each key of Google's: the products of theirs, and the part of the catalogue,
#: that it stands for.
_STANDS_FOR: Final[Mapping[str, tuple[frozenset[str], str]]] = {
    "ad_storage": (_ADVERTS, "advertising"),
    "ad_user_data": (_ADVERTS, "advertising"),
    "ad_personalization": (_ADVERTS, "advertising"),
    "analytics_storage": (_FIGURES, "analytics"),
    "functionality_storage": (frozenset(), "functional"),
    "personalization_storage": (frozenset(), "personalisation"),
    "security_storage": (frozenset(), ESSENTIAL),
}
#: What stands in each page that has a vendor's tag.
MARKS: Final[Mapping[str, tuple[bytes, ...]]] = {
    "google": (b"googletag", b"dataLayer"),
    "uet": (b"bat.bing",),
    "clarity": (b"clarity.ms",),
    "meta": (b"connect.facebook",),
    "shopify": (b"Shopify",),
}
#: By which of Google's keys others are told.
_SHOPIFY: Final = {
    "analytics": "analytics_storage",
    "marketing": "ad_storage",
    "preferences": "functionality_storage",
    "sale_of_data": "ad_user_data",
}


def signals(policy: Policy, granted: frozenset[str]) -> dict[str, str]:
    """Get what each vendor is told, as the attributes that ``signals.js`` reads.

    :param granted: group and service keys.
    """
    return dict(_Signals(policy, granted).told())


class _Signals:
    def __init__(self, policy: Policy, granted: frozenset[str]) -> None:
        self._policy = policy
        self._granted = granted

    def told(self) -> Iterator[tuple[str, str]]:
        if any(map(self._is_used, _GOOGLE)):
            own = (key for key in CONSENT_MODE if self._is_granted(key, google=True))
            yield "google", " ".join(own)
        if self._is_used("microsoft_uet"):
            yield "uet", "ad_storage" if self._said("ad_storage", default=True) else "-"
        if self._is_used("microsoft_clarity"):
            adverts = self._said("ad_storage", default=self._clarity_adverts())
            figures = self._said("analytics_storage", default=True)
            parts = ["ad_Storage"] * adverts + ["analytics_Storage"] * figures
            yield "clarity", " ".join(parts) or "-"
        if self._is_used("meta_pixel"):
            yield "meta", "grant"
        if self._is_used("shopify_analytics"):
            parts = [part for part, key in _SHOPIFY.items() if self._is_granted(key)]
            yield "shopify", " ".join(parts)

    def _may(self, key: str) -> bool:
        return key in self._granted or key not in self._policy.optional

    def _is_used(self, key: str) -> bool:
        return key in self._policy.services and self._may(key)

    def _said(self, key: str, *, default: bool) -> bool:
        """Tell whether a key is granted by what the policy says it hangs on."""
        word = self._policy.signals.get(key)
        if word is None:
            return default
        return self._policy.required(word) <= self._granted

    def _is_granted(self, key: str, *, google: bool = False) -> bool:
        products, part = _STANDS_FOR[key]
        stands = self._stands(products if google else frozenset(), part)
        return self._said(key, default=stands)

    def _clarity_adverts(self) -> bool:
        return self._stands(frozenset({"microsoft_uet"}), "advertising")

    def _stands(self, products: frozenset[str], part: str) -> bool:
        """Tell whether what a key stands for is granted.

        That is the vendor's own products, if the shop uses any; but a tag manager may
        load everything of that part, so then everything has to be granted.
        """
        named = products & self._policy.services.keys()
        if not named or self._is_used(_TAG_MANAGER):
            return self._all(part)
        return all(map(self._may, named))

    def _all(self, part: str) -> bool:
        """Tell whether all services of a part of the catalogue are granted.

        Where the shop names none of them, the whole group has to be.
        """
        if part == ESSENTIAL:
            return True
        services = self._policy.services.values()
        named = [s.key for s in services if s.category == part]
        return all(map(self._may, (set(named) - {_TAG_MANAGER}) or {PERSONALISATION}))
