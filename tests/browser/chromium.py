"""A headless Chromium for which every host but the shop's is played by vendors."""

from __future__ import annotations

import json
import os
import shutil
from functools import cached_property
from pathlib import Path

from selenium import webdriver
from selenium.webdriver.chrome.service import Service

# Selenium would otherwise look for drivers online and report that it was used.
os.environ["SE_OFFLINE"] = "true"
os.environ["SE_AVOID_STATS"] = "true"

#: Where Chromium calls home whatever it is told; these calls are no page's.
_OWN_CALLS = (
    "accounts.google.com",
    "update.googleapis.com",
    "start.duckduckgo.com",
    "passwordsleakcheck-pa.googleapis.com",
)

_FEATURES = (
    "AutofillServerCommunication",
    "CertificateTransparencyComponentUpdater",
    "HttpsUpgrades",
    "InterestFeedContentSuggestions",
    "MediaRouter",
    "NetworkTimeServiceQuerying",
    "OptimizationHints",
    "Translate",
)

_FLAGS = (
    "--headless=new",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--no-first-run",
    "--no-default-browser-check",
    "--no-proxy-server",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-default-apps",
    "--disable-domain-reliability",
    "--disable-extensions",
    "--disable-quic",
    "--disable-smooth-scrolling",
    "--disable-sync",
    f"--disable-features={','.join(_FEATURES)}",
    "--lang=en",
    "--window-size=1200,900",
)


class ChromiumMissingError(RuntimeError):
    """Chromium or its driver isn't installed, so nothing can be said about pages."""

    def __init__(self, name: str) -> None:
        super().__init__(f"{name} was not found: run `make machine` to install it")


def find(*names: str) -> str:
    """Get the path of a programme: Debian's place first, then the search path."""
    for name in names:
        debian = Path("/usr/bin") / name
        if debian.exists():
            return str(debian)
        if found := shutil.which(name):
            return found
    raise ChromiumMissingError(names[0])


def resolver_rules(shop: dict[str, int], ports: tuple[int, int]) -> str:
    """Get the rules that send the shop's hosts to it and all others to the vendors."""
    plain, secure = ports
    rules = [f"MAP {host}:443 127.0.0.1:{port}" for host, port in shop.items()]
    rules += [f"MAP {host} ^NOTFOUND" for host in _OWN_CALLS]
    rules += [f"MAP *:80 127.0.0.1:{plain}", f"MAP *:443 127.0.0.1:{secure}"]
    return ", ".join([*rules, "EXCLUDE 127.0.0.1", "EXCLUDE localhost"])


class Chromiums:
    """Two browsers, with and without JavaScript, started when first asked for.

    :param logged: whether the browsers keep what :func:`requested_urls` reads, which
        takes them as long as the pages themselves.
    """

    def __init__(
        self, folder: Path, *, rules: str, pin: str, logged: bool = True
    ) -> None:
        self._folder = folder
        self._rules = rules
        self._pin = pin
        self._logged = logged
        self._running: list[webdriver.Chrome] = []

    @cached_property
    def with_script(self) -> webdriver.Chrome:
        return self._start(webdriver.ChromeOptions(), "with")

    @cached_property
    def without_script(self) -> webdriver.Chrome:
        options = webdriver.ChromeOptions()
        options.add_experimental_option(
            "prefs", {"profile.managed_default_content_settings.javascript": 2}
        )
        return self._start(options, "without")

    def _start(
        self, options: webdriver.ChromeOptions, profile: str
    ) -> webdriver.Chrome:
        options.binary_location = find("chromium", "chromium-browser", "google-chrome")
        for flag in _FLAGS:
            options.add_argument(flag)
        options.add_argument(f"--user-data-dir={self._folder / profile}")
        options.add_argument(f"--host-resolver-rules={self._rules}")
        options.add_argument(f"--ignore-certificate-errors-spki-list={self._pin}")
        if self._logged:
            logs = {"performance": "ALL", "browser": "ALL"}
            options.set_capability("goog:loggingPrefs", logs)
        driver = webdriver.Chrome(options, Service(find("chromedriver")))
        self._running.append(driver)
        driver.set_page_load_timeout(30)
        if self._logged:
            driver.execute_cdp_cmd("Network.enable", {})
        return driver

    def quit(self) -> None:
        for driver in self._running:
            driver.quit()


def requested_urls(driver: webdriver.Chrome) -> list[str]:
    """Get what pages have asked the network for since the last call, by DevTools."""
    urls = []
    for entry in driver.get_log("performance"):  # type: ignore[no-untyped-call]
        message = json.loads(entry["message"])["message"]
        if message["method"] == "Network.requestWillBeSent":
            urls.append(message["params"]["request"]["url"])
    return urls
