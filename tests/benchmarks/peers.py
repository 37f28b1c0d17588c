"""Rewriters that one can install from PyPI, each doing the same job as ours.

The job: leave out the tags whose address leads to a refused host, and inline scripts
that hold the loader of a refused service. Hosts and loaders are matched by our own
matcher for all of them, and what was matched once is remembered for all of them, so
that the table compares how pages are read and written.
"""

from __future__ import annotations

import subprocess
import sys
import venv
from functools import cache
from html import unescape
from importlib import import_module
from pathlib import Path
from tempfile import gettempdir
from typing import TYPE_CHECKING, Any

from consentkit.enforce.judge import Judge
from consentkit.enforce.matcher import matcher_for
from consentkit.enforce.urls import page_address, resolve

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from consentkit import Policy

    Rewrite = Callable[[bytes], bytes]

PAGE = "https://shop.example/products"
PACKAGES = ("python-lolhtml", "turbohtml", "selectolax", "lxml")
#: Where an address stands that a browser or a lazy loader fetches.
_ADDRESSES = ("src", "href", "data", "srcset", "data-src", "data-srcset")
_ELEMENTS = "script iframe img source video audio embed track input link object".split()
#: Each peer is asked in the way in which it is fastest.
_SELECTOR = (
    "script[src], iframe[src], img[src], source[src], source[srcset], video[src], "
    "audio[src], embed[src], track[src], input[src], object[data], link[href], "
    "img[data-src], iframe[data-src], script[data-src]"
)


def install() -> dict[str, str]:
    """Get the versions of the peers that could be installed, for this process to use.

    They are put into an environment of their own, which is kept for the next time.
    """
    home = Path(gettempdir()) / f"consentkit-peers-{sys.version_info.minor}"
    if not (home / "bin" / "python").exists():
        venv.create(home, with_pip=True)
    pip = [str(home / "bin" / "python"), "-m", "pip", "--disable-pip-version-check"]
    found: dict[str, str] = {}
    for package in PACKAGES:
        command = [*pip, "install", "-q", "--only-binary", ":all:", package]
        if subprocess.run(command, check=False, capture_output=True).returncode == 0:
            shown = subprocess.run(
                [*pip, "show", package], check=True, capture_output=True, text=True
            ).stdout
            found[package] = shown.partition("Version: ")[2].partition("\n")[0]
    sys.path += map(str, home.glob("lib/python*/site-packages"))
    return found


class Refusals:
    """What a visitor who granted nothing mustn't load; remembered, as peers need it."""

    def __init__(self, policy: Policy) -> None:
        self._judge = Judge(matcher_for(policy))
        self._matcher = self._judge.matcher
        self._allowed = self._matcher.allowed(frozenset())
        self._base = page_address(PAGE)
        self._urls: dict[str, bool] = {}

    def url(self, value: str) -> bool:
        """Tell whether an attribute's value leads to a refused host."""
        known = self._urls.get(value)
        if known is None:
            known = any(map(self._one, _candidates(unescape(value))))
            self._urls[value] = known
        return known

    def _one(self, url: str) -> bool:
        address = resolve(url, self._base)
        service = address and self._matcher.claim(address, self._base.host)
        return service is not None and service not in self._allowed

    def code(self, text: str) -> bool:
        """Tell whether an inline script holds the loader of a refused service."""
        return bool(self._judge.script(text.encode()) - self._allowed)

    def any(self, values: Iterable[str | None]) -> bool:
        """Tell whether any of a tag's addresses is refused."""
        return any(self.url(value) for value in values if value)


def _candidates(value: str) -> list[str]:
    if "," not in value and " " not in value:
        return [value]
    return [part.split()[0] for part in value.split(",") if part.split()] or [value]


def lolhtml(refused: Refusals) -> Rewrite:
    """Get what rewrites with Cloudflare's streaming rewriter."""
    module: Any = import_module("lolhtml")

    class Tags:
        def element(self, element: Any) -> None:
            if refused.any(v for n, v in element.attributes if n in _ADDRESSES):
                element.remove()

    class Scripts:
        def __init__(self) -> None:
            self.parts: list[str] = []

        def text(self, chunk: Any) -> None:
            self.parts.append(chunk.text)
            if chunk.last_in_text_node:
                if refused.code("".join(self.parts)):
                    chunk.remove()
                self.parts.clear()

    def rewrite(page: bytes) -> bytes:
        out = bytearray()
        rewriter = module.HTMLRewriter(out.extend)
        rewriter.on(_SELECTOR, Tags())
        rewriter.on("script:not([src])", Scripts())
        rewriter.write(page)
        rewriter.end()
        return bytes(out)

    return rewrite


def turbohtml(refused: Refusals) -> Rewrite:
    """Get what rewrites with turbohtml's streaming rewriter."""
    module: Any = import_module("turbohtml.rewrite")

    def rewrite(page: bytes) -> bytes:
        in_script = False

        def on_tag(element: Any) -> None:
            if refused.any(map(element.get, _ADDRESSES)):
                element.remove()

        def on_script(_element: Any) -> None:
            nonlocal in_script
            in_script = True

        def on_text(text: Any) -> None:
            nonlocal in_script
            if in_script and refused.code(text.text):
                text.remove()
            in_script = False

        out: str = module.rewrite(
            page.decode(),
            elements=[(_SELECTOR, on_tag), ("script:not([src])", on_script)],
            text=on_text,
        )
        return out.encode()

    return rewrite


def selectolax(refused: Refusals) -> Rewrite:
    """Get what parses with lexbor and writes the tree out again."""
    module: Any = import_module("selectolax.lexbor")

    def rewrite(page: bytes) -> bytes:
        tree = module.LexborHTMLParser(page)
        for node in tree.css(_SELECTOR):
            if refused.any(map(node.attributes.get, _ADDRESSES)):
                node.decompose()
        for node in tree.css("script:not([src])"):
            if refused.code(node.text()):
                node.decompose()
        out: bytes = tree.html.encode()
        return out

    return rewrite


def lxml(refused: Refusals) -> Rewrite:
    """Get what parses with libxml2 and writes the tree out again."""
    module: Any = import_module("lxml.html")

    def rewrite(page: bytes) -> bytes:
        tree = module.document_fromstring(page)
        for node in list(tree.iter(*_ELEMENTS)):
            inline = node.tag == "script" and "src" not in node.attrib
            if refused.any(map(node.attrib.get, _ADDRESSES)) or (
                inline and refused.code(node.text or "")
            ):
                node.drop_tree()
        out: bytes = module.tostring(tree, encoding="utf-8")
        return out

    return rewrite


#: By package, what makes a rewriter.
PEERS = {
    "python-lolhtml": lolhtml,
    "turbohtml": turbohtml,
    "selectolax": selectolax,
    "lxml": lxml,
}


@cache
def installed() -> dict[str, Callable[[Refusals], Rewrite]]:
    """Get the peers that are there, by name and version."""
    return {f"{name} {version}": PEERS[name] for name, version in install().items()}
