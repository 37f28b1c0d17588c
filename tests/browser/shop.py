"""What the tests know of the example shop: its pages, essentials and vendors."""

from __future__ import annotations

from typing import TYPE_CHECKING

from selenium.webdriver.common.keys import Keys

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.browser.pages import ShopPage

CONSENT_COOKIES = frozenset({"__Host-consent", "consent_variant"})
ESSENTIAL = CONSENT_COOKIES | {"session", "basket"}

#: Who takes the payment: essential, and only where one pays.
PAYMENT_HOSTS = {"www.paypal.com", "x.klarnacdn.net"}

#: The address of each vendor's tag, by its service.
TAGS = {
    "google_tag_manager": "www.googletagmanager.com/gtm.js",
    "google_analytics": "www.googletagmanager.com/gtag/js",
    "meta_pixel": "connect.facebook.net/en_US/fbevents.js",
    "tiktok_pixel": "analytics.tiktok.com/i18n/pixel/events.js",
    "klaviyo": "static.klaviyo.com/onsite/js/",
    "hotjar": "static.hotjar.com/c/hotjar-",
}

PRODUCT = "/products/terracotta-pot"
VIDEO_PRODUCT = "/products/watering-can"
PAGES = (
    "/",
    "/shop",
    PRODUCT,
    VIDEO_PRODUCT,
    "/spin",
    "/account/login",
    "/privacy",
    "/consent/",
    "/no-such-page",
)


def tour(page: ShopPage) -> Iterator[str]:
    """Visit every kind of page the shop has, and put something into the basket."""
    for path in PAGES:
        page.open(path)
        yield path
    fill_basket(page)
    yield "/basket"
    page.open("/checkout")
    yield "/checkout"


def fill_basket(page: ShopPage) -> None:
    page.open(PRODUCT)
    page.find("form[action='/basket'] button").send_keys(Keys.ENTER)
    page.wait(lambda: page.path == "/basket")
    page.settle()
