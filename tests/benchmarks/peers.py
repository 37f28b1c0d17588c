"""Rewriters that one can install from PyPI, each doing the same job as ours.

The job: leave out the elements that a visitor who granted nothing mustn't load, the
attributes that load something by themselves, and inline scripts that hold the loader of
a refused service. Our own judge gives the verdicts for all of them, and what was judged
once is remembered for all of them, so that the table compares how pages are read and
written.
"""

from __future__ import annotations

import subprocess
import sys
import venv
from functools import cache
from html import escape, unescape
from importlib import import_module
from pathlib import Path
from tempfile import gettempdir
from typing import TYPE_CHECKING, Any

from consentkit.enforce import Rewriter
from consentkit.enforce.judge import UNDECLARED, Judge
from consentkit.enforce.matcher import matcher_for
from consentkit.enforce.tags import StartTag
from consentkit.enforce.urls import page_address

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from consentkit import Policy
    from consentkit.enforce.judge import Claim

    Rewrite = Callable[[bytes], bytes]

PAGE_HOST = "shop.example"
PAGE = f"https://{PAGE_HOST}/products"
PACKAGES = ("python-lolhtml", "turbohtml", "selectolax", "lxml")
_ELEMENTS = "script iframe img source video audio embed track input link object".split()
#: Each peer is asked in the way in which it is fastest: for what may load something.
_SELECTOR = (
    "script[src], iframe[src], iframe[srcdoc], img[src], img[srcset], source[src], "
    "source[srcset], video[src], video[poster], audio[src], embed[src], track[src], "
    "input[src], object[data], link[href], img[data-src], iframe[data-src], "
    "script[data-src], meta[http-equiv], [data-consent], [ping], [background], "
    "[onclick], [onload], [onerror], [style*='url(']"
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
        self._allowed = self._judge.matcher.allowed(frozenset())
        self._base = page_address(PAGE)
        self._tags: dict[object, tuple[bool, tuple[str, ...]]] = {}

    def tag(
        self, name: str, attributes: Iterable[tuple[str, str | None]]
    ) -> tuple[bool, tuple[str, ...]]:
        """Tell whether an element has to go, and which attributes of one that stays."""
        key = (name, tuple(attributes))
        known = self._tags.get(key)
        if known is None:
            known = self._tags[key] = self._verdict(name, key[1])
        return known

    def _verdict(
        self, name: str, attributes: Iterable[tuple[str, str | None]]
    ) -> tuple[bool, tuple[str, ...]]:
        values = {
            key: unescape(value) if value and "&" in value else value or ""
            for key, value in attributes
        }
        verdict = self._judge.verdict(StartTag(name, values), (), self._base, PAGE_HOST)
        missing = [c for c in verdict.claims if self._is_missing(c)]
        some = verdict.any_claim and len(missing) < len(verdict.claims)
        gone = bool(verdict.assignments or (missing and not some))
        gone = gone or any(map(self.document, verdict.documents))
        loading = () if gone else filter(_may_load, values)
        return gone, tuple(key for key in loading if self._cuts(name, key, values[key]))

    def _is_missing(self, claim: Claim) -> bool:
        return claim.service != UNDECLARED and claim.service not in self._allowed

    def _cuts(self, name: str, key: str, value: str) -> bool:
        raw = f'<{name} {key}="{escape(value)}">'.encode()
        verdict = self._judge.tag(raw, self._base, PAGE_HOST)
        return any(self._is_missing(c) for cut in verdict.cuts for c in cut.claims)

    def document(self, page: bytes) -> bool:
        """Tell whether a page in the page holds something that has to go."""
        rewriter = Rewriter(self._judge.matcher.policy, url=PAGE)
        rewriter.feed(page)
        rewriter.close()
        return bool(rewriter.withheld)

    def code(self, text: str) -> bool:
        """Tell whether an inline script holds the loader of a refused service."""
        return bool(self._judge.script(text.encode()) - self._allowed)


def _may_load(name: str) -> bool:
    return name in {"style", "ping", "background", "poster"} or name.startswith("on")


def lolhtml(refused: Refusals) -> Rewrite:
    """Get what rewrites with Cloudflare's streaming rewriter."""
    module: Any = import_module("lolhtml")

    class Tags:
        def element(self, element: Any) -> None:
            gone, names = refused.tag(element.tag_name, element.attributes)
            if gone:
                element.remove()
            for name in names:
                element.remove_attribute(name)

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
            gone, names = refused.tag(element.tag, element.attrs)
            if gone:
                element.remove()
            for name in names:
                element.remove_attribute(name)

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
            gone, names = refused.tag(node.tag, node.attributes.items())
            if gone:
                node.decompose()
            else:
                for name in names:
                    del node.attrs[name]
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
            gone, names = refused.tag(node.tag, node.attrib.items())
            if gone or (inline and refused.code(node.text or "")):
                node.drop_tree()
            else:
                for name in names:
                    del node.attrib[name]
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
