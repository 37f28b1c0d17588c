"""Flask's side of the middleware: gives it our markup, passes on what it tells."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Final

from markupsafe import Markup

from . import signals
from .enforce.visit import KEY
from .everybody import BodyStart, anybodys
from .vendor_script import VendorScript

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from flask import Flask

    from .enforce import Gap, Withheld
    from .enforce.visit import Environ
    from .rendering import PageParts
    from .shop import Shop

_LOGGER: Final = logging.getLogger("consentkit")


class FlaskHost:
    """The :class:`~consentkit.enforce.middleware.Host` that a Flask app is."""

    def __init__(self, app: Flask, shop: Shop, parts: PageParts) -> None:
        self._app = app
        self._findings = shop.findings
        self._counters = shop.counters
        self._parts = parts
        self._script = VendorScript(shop)
        self._everybody = BodyStart(shop, parts, self._script)

    def language(self, environ: Environ) -> str:
        """Get the language of our words on pages that name none."""
        return self._parts.language(environ)

    def banner(self, environ: Environ, language: str, nonce: str) -> bytes:
        """Get the banner in the language of a page."""
        asked = _asked(environ)
        return self._made(lambda: self._parts.banner(asked, language, nonce))

    def for_all(
        self, environ: Environ, language: str, nonce: str, banner: bytes
    ) -> bytes:
        """Get what begins the body of a page for everybody, with the banner in it."""
        shown = Markup(banner.decode())  # noqa: S704  ours
        make, asked = self._everybody.markup, _asked(environ)
        return self._made(lambda: make(asked, language, nonce, shown))

    def preface(self, environ: Environ, nonce: str, page: bytes | None) -> bytes:
        """Get the script that tells vendors what is granted, if there are any."""
        granted = environ[KEY].consent.granted
        return self._script.markup(environ, granted, nonce, page).encode()

    def sweep(self, environ: Environ, nonce: str) -> bytes:
        """Get the markup that empties the storage of refused services."""
        return self._made(lambda: self._parts.sweep(environ, nonce))

    def placeholder(self, environ: Environ, gap: Gap) -> bytes:
        """Get what stands for a withheld element."""
        asked = _asked(environ)
        return self._made(lambda: self._parts.placeholder(asked, gap))

    def _made(self, make: Callable[[], str]) -> bytes:
        """Get our markup; nothing, if the shop's own template for it fails.

        No page breaks for that, and without a question nothing is granted.
        """
        try:
            return make().encode()
        except Exception:
            if self._app.debug or self._app.testing:
                raise
            _LOGGER.exception("a template of consentkit/ failed")
            return b""

    def withheld(self, environ: Environ, found: Sequence[Withheld]) -> None:
        """Count the withheld elements of a page, and tell listeners which they are."""
        self._counters.count("tag", [element.service for element in found])
        if signals.tag_withheld.receivers:
            signals.tell(
                signals.tag_withheld, self._app, withheld=found, environ=environ
            )

    def cookie_withheld(self, environ: Environ, name: str, service: str) -> None:
        """Count a cookie that wasn't set, and tell listeners."""
        self._counters.count("cookie", [service])
        signals.tell(
            signals.cookie_withheld,
            self._app,
            name=name,
            service=service,
            environ=environ,
        )

    def unread(self, environ: Environ) -> None:
        """Log and count a page that couldn't be read."""
        self._counters.count("page", ["unread"])
        _LOGGER.warning(
            "a page can't be read and goes out under a content security policy: %r",
            environ.get("PATH_INFO"),
        )

    def undeclared(self, environ: Environ, hosts: Iterable[str]) -> None:
        """Tell listeners of undeclared third parties; log each host once."""
        self._findings.tell(environ, hosts)


def _asked(environ: Environ) -> Environ:
    """Get what of a request may be told to all who are shown the page."""
    return anybodys(environ) if environ[KEY].for_all else environ
