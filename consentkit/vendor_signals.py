"""What vendors are told of a visitor's consent, where their products are granted.

Basic mode: of a product that is refused nothing is on the page, and nobody is told
anything. One that is granted learns what else is: Google's consent mode (v2, seven
keys), Microsoft's for UET and Clarity, the Meta pixel, Shopify's customer privacy.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from .policy import ESSENTIAL, PERSONALISATION

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
CONSENT_MODE: Final[Mapping[str, tuple[frozenset[str], str]]] = {
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
_SHOPIFY: Final = {
    "analytics": "analytics",
    "marketing": "advertising",
    "preferences": "functional",
    "sale_of_data": "advertising",
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
            keys = (key for key, of in CONSENT_MODE.items() if self._stands(*of))
            yield "google", " ".join(keys)
        if self._is_used("microsoft_uet"):
            yield "uet", "ad_storage"
        if self._is_used("microsoft_clarity"):
            adverts = self._stands(frozenset({"microsoft_uet"}), "advertising")
            also = "ad_Storage " if adverts else ""
            yield "clarity", f"{also}analytics_Storage"
        if self._is_used("meta_pixel"):
            yield "meta", "grant"
        if self._is_used("shopify_analytics"):
            parts = (key for key, of in _SHOPIFY.items() if self._all(of))
            yield "shopify", " ".join(parts)

    def _may(self, key: str) -> bool:
        return key in self._granted or key not in self._policy.optional

    def _is_used(self, key: str) -> bool:
        return key in self._policy.services and self._may(key)

    def _stands(self, products: frozenset[str], part: str) -> bool:
        """Tell whether a key is granted.

        By the vendor's own products, if the shop uses any; but a tag manager may load
        everything of that part, so then everything has to be granted.
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
