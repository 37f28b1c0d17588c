"""The shop as a visitor meets it: pages, the banner, and what the browser keeps."""

from __future__ import annotations

import logging
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from selenium.common.exceptions import (
    NoSuchElementException,
    StaleElementReferenceException,
)
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.support.wait import WebDriverWait

from tests.browser.chromium import requested_urls

if TYPE_CHECKING:
    from collections.abc import Callable

    from selenium.webdriver import Chrome
    from selenium.webdriver.remote.webelement import WebElement

    from tests.browser.vendors import Vendors

#: So long must the network be silent before a page counts as done.
QUIET = 0.2

_LOG = logging.getLogger(__name__)

_STORAGE = "return [Object.keys(localStorage), Object.keys(sessionStorage)].flat()"

_FORGETTING: dict[str, dict[str, Any]] = {
    "Network.clearBrowserCookies": {},
    "Network.clearBrowserCache": {},
    "Storage.clearDataForOrigin": {"origin": "*", "storageTypes": "all"},
    "Network.setExtraHTTPHeaders": {"headers": {}},
    "Emulation.clearDeviceMetricsOverride": {},
    "Emulation.setEmulatedMedia": {"media": "", "features": []},
}


@dataclass
class ShopPage:
    """One visitor's browser tab on one shop."""

    driver: Chrome
    vendors: Vendors
    origin: str
    allowed_hosts: frozenset[str] = frozenset()
    _urls: list[str] = field(default_factory=list)

    def start_afresh(self) -> None:
        """Become somebody else: nothing in the browser is left of the one before."""
        # The pages before go first, those that the browser keeps for its back button
        # too: they could leave something again, or still be calling somebody when the
        # log of contacts begins.
        self._open_new_tab()
        for command, parameters in _FORGETTING.items():
            self.driver.execute_cdp_cmd(command, parameters)
        if self.vendors.contacts:  # there may be more on their way
            self._fall_silent()
        self.forget()
        self._browser_log()

    def _open_new_tab(self) -> None:
        old = self.driver.window_handles
        self.driver.switch_to.new_window("tab")
        new = self.driver.current_window_handle
        for handle in old:
            self.driver.switch_to.window(handle)
            self.driver.close()
        self.driver.switch_to.window(new)
        self.driver.execute_cdp_cmd("Network.enable", {})

    def send_gpc(self) -> None:
        """Send Global Privacy Control with every request from now on."""
        self.driver.execute_cdp_cmd(
            "Network.setExtraHTTPHeaders", {"headers": {"Sec-GPC": "1"}}
        )

    def resize(self, width: int, height: int) -> None:
        """Give the page a viewport of exactly this size, as a phone has."""
        self.driver.execute_cdp_cmd(
            "Emulation.setDeviceMetricsOverride",
            {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": True},
        )

    def prefer(self, **features: str) -> None:
        """Ask for a dark scheme, forced colours, reduced motion, as browsers do."""
        wanted = [
            {"name": name.replace("_", "-"), "value": value}
            for name, value in features.items()
        ]
        self.driver.execute_cdp_cmd(
            "Emulation.setEmulatedMedia", {"media": "", "features": wanted}
        )

    # Getting around

    def open(self, path: str = "/") -> ShopPage:
        self.driver.get(self.origin + path)
        return self.settle()

    def show(self, path: str = "/") -> ShopPage:
        """Open a page that nobody else is asked for."""
        self.driver.get(self.origin + path)
        return self

    def reload(self) -> ShopPage:
        self.driver.refresh()
        return self.settle()

    @property
    def path(self) -> str:
        url = urlsplit(self.driver.current_url)
        return url.path + (f"?{url.query}" if url.query else "")

    @property
    def text(self) -> str:
        return self.find("body").text

    def find(self, selector: str) -> WebElement:
        return self.driver.find_element(By.CSS_SELECTOR, selector)

    def all(self, selector: str) -> list[WebElement]:
        return self.driver.find_elements(By.CSS_SELECTOR, selector)

    def wait(self, condition: Callable[[], object], seconds: float = 10) -> None:
        """Wait until something holds, while the page may change under our hands."""
        WebDriverWait(
            self.driver,
            seconds,
            poll_frequency=0.05,
            ignored_exceptions=[
                NoSuchElementException,
                StaleElementReferenceException,
            ],
        ).until(lambda _driver: condition())

    def settle(self) -> ShopPage:
        """Wait until the page is loaded and nobody has been contacted for a while."""
        self.wait(
            lambda: (
                self.driver.execute_script("return document.readyState") == "complete"
            )
        )
        self._fall_silent()
        return self

    def _fall_silent(self) -> None:
        known = -1
        while known != self._traffic():
            known = self._traffic()
            time.sleep(QUIET)

    # The choice

    @property
    def banner(self) -> WebElement | None:
        """The banner, if the visitor sees it."""
        shown = [b for b in self.all("#consentkit") if b.is_displayed()]
        return shown[0] if shown else None

    def button(self, decision: str) -> WebElement:
        """Get the banner's button for a decision."""
        return self.find(f"#consentkit button[name=decision][value={decision}]")

    def accept(self) -> ShopPage:
        return self.choose("accept_all")

    def reject(self) -> ShopPage:
        return self.choose("reject_all")

    def choose(self, decision: str) -> ShopPage:
        before = self.consent_cookie
        self.button(decision).click()
        self.wait(lambda: self.consent_cookie not in {None, before})
        self.wait(lambda: self.banner is None)
        return self.settle()

    def withdraw(self) -> ShopPage:
        """Take everything back, from the preferences page."""
        return self.open("/consent/").decide("withdraw")

    def choose_services(self, *keys: str) -> ShopPage:
        """Grant exactly these services, on the preferences page."""
        self.open_preferences()
        for switch in self.all("input[name=granted]"):
            if switch.is_selected() != (switch.get_attribute("value") in keys):
                switch.send_keys(Keys.SPACE)
        return self.decide("save")

    def open_preferences(self) -> ShopPage:
        """Open the preferences page with all that it keeps folded."""
        self.open("/consent/")
        for summary in self.all("form details:not([open]) > summary"):
            summary.send_keys(Keys.ENTER)
        return self

    def open_dialog(self) -> WebElement:
        """Open the choices over the page, by the banner's button or by the link."""
        opener = self.find("#consentkit a.ck-quiet, .ck-link")
        self.driver.execute_script("arguments[0].focus()", opener)
        opener.send_keys(Keys.ENTER)
        self.wait(lambda: self.find("dialog[open] h1").is_displayed())
        return self.find("dialog[open]")

    def decide(self, decision: str) -> ShopPage:
        """Press a button of the preferences page."""
        return self._press(f"main button[name=decision][value={decision}]")

    def switch(self, key: str) -> WebElement:
        return self.find(f"input[name=granted][value={key}]")

    @property
    def placeholder(self) -> WebElement:
        """What stands where something was withheld."""
        return self.find(".consentkit-placeholder")

    def allow_in_place(self) -> ShopPage:
        """Allow what was withheld, by the button that stands in its place."""
        return self._press(".consentkit-placeholder button[name=add]")

    def allow_once(self) -> ShopPage:
        """Allow what was withheld for this view of the page."""
        self.find(".consentkit-placeholder button[name=once]").send_keys(Keys.ENTER)
        self.wait(lambda: not self.all(".consentkit-placeholder"))
        return self.settle()

    @property
    def preferences_link(self) -> WebElement:
        """The way back to the choices, at the foot of every page."""
        return self.find("footer .ck-link, .ck-link")

    @property
    def withdraw_button(self) -> WebElement:
        return self.find("button[name=decision][value=withdraw]")

    def _press(self, selector: str) -> ShopPage:
        before = self.consent_cookie
        self.find(selector).send_keys(Keys.ENTER)
        self.wait(lambda: self.consent_cookie not in {None, before})
        return self.settle()

    # What the browser keeps

    @property
    def cookies(self) -> dict[str, dict[str, Any]]:
        """All cookies by name, those that no script can see included."""
        found = self.driver.execute_cdp_cmd("Network.getAllCookies", {})
        return {cookie["name"]: cookie for cookie in found["cookies"]}

    @property
    def own_cookies(self) -> dict[str, dict[str, Any]]:
        """The cookies of the shop's own domain, by name."""
        domain = ".".join((urlsplit(self.origin).hostname or "").split(".")[-2:])
        return {n: c for n, c in self.cookies.items() if c["domain"].endswith(domain)}

    @property
    def consent_cookie(self) -> str | None:
        for name in ("__Host-consent", "consent"):
            if name in self.cookies:
                return str(self.cookies[name]["value"])
        return None

    @property
    def storage(self) -> set[str]:
        """The keys in local and session storage of the page's origin."""
        return set(self.driver.execute_script(_STORAGE))

    def set_cookie(self, name: str, value: str = "1", **more: Any) -> None:
        """Put a cookie into the browser, as a server's answer would."""
        self.driver.execute_cdp_cmd(
            "Network.setCookie",
            {"name": name, "value": value, "url": self.origin, **more},
        )

    @property
    def complaints(self) -> list[str]:
        """What the browser objected to, such as breaches of a security policy."""
        severe = [e["message"] for e in self._browser_log() if e["level"] == "SEVERE"]
        return [message for message in severe if "favicon.ico" not in message]

    def _browser_log(self) -> list[dict[str, str]]:
        return list(self.driver.get_log("browser"))  # type: ignore[no-untyped-call]

    # Whom it has met

    def forget(self) -> None:
        """Start to count contacts anew."""
        requested_urls(self.driver)
        self._urls.clear()
        self.vendors.forget()

    @property
    def urls(self) -> list[str]:
        """What the pages asked the network for since :meth:`forget`."""
        self._urls += requested_urls(self.driver)
        return self._urls

    @property
    def strangers(self) -> set[str]:
        """Hosts that were contacted, other than the shop's own and allowed ones.

        The vendors' log and DevTools are asked, so that neither has to be trusted.
        """
        own = urlsplit(self.origin).hostname
        urls = [urlsplit(url) for url in self.urls]
        asked = {u.hostname or "" for u in urls if u.scheme in {"http", "https", "ws"}}
        met = (asked | self.vendors.hosts) - {own} - self.allowed_hosts
        if met:
            _LOG.warning(
                "contacts: %s; asked for: %s", self.vendors.contacts, self.urls
            )
        return met

    def _traffic(self) -> int:
        return len(self.vendors.contacts) + len(self.urls)
