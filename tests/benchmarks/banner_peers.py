"""Consent managers that one can install from npm, each on the same plain page.

Each is set up as its own documentation shows it, with two purposes, in English, and
with the style sheet that it comes with.
"""

from __future__ import annotations

import subprocess
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import gettempdir
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Mapping

#: Exactly these, so that figures of different days can be compared.
_PACKAGES: Final = (
    "vanilla-cookieconsent@3.1.0",
    "orejime@3.2.1",
    "klaro@0.7.22",
    "tarteaucitronjs@1.34.0",
    "@c15t/react@2.2.1",
    "react@19.3.1",
    "react-dom@19.3.1",
    "esbuild",
)


@dataclass(frozen=True)
class Peer:
    """One consent manager: where its files are, and what a page needs of it."""

    name: str
    folder: str  #: of the installed package, whose files the page asks for
    head: str
    made: Mapping[str, str] = field(default_factory=dict)  #: files of its user


_VANILLA: Final = """
const texts = {
  consentModal: {
    title: "Your privacy", description: "May we measure visits and show adverts?",
    acceptAllBtn: "Accept all", acceptNecessaryBtn: "Reject all",
    showPreferencesBtn: "Manage choices"
  },
  preferencesModal: {
    title: "Choices", acceptAllBtn: "Accept all", acceptNecessaryBtn: "Reject all",
    savePreferencesBtn: "Save", closeIconLabel: "Close",
    sections: [{title: "Analytics", description: "Visits", linkedCategory: "analytics"}]
  }
};
CookieConsent.run({
  hideFromBots: false,
  categories: {necessary: {enabled: true, readOnly: true}, analytics: {}, adverts: {}},
  language: {default: "en", translations: {en: texts}}
});
"""
_OREJIME: Final = """
window.orejimeConfig = {
  privacyPolicyUrl: "/privacy",
  purposes: [{id: "analytics", title: "Analytics"}, {id: "adverts", title: "Adverts"}]
};
"""
_KLARO: Final = """
window.klaroConfig = {
  version: 1, acceptAll: true, lang: "en",
  services: [
    {name: "analytics", title: "Analytics", purposes: ["analytics"]},
    {name: "adverts", title: "Adverts", purposes: ["adverts"]}
  ]
};
"""
_TARTEAUCITRON: Final = """
tarteaucitron.init({
  privacyUrl: "/privacy", orientation: "bottom", showAlertSmall: false,
  highPrivacy: true, AcceptAllCta: true, DenyAllCta: true
});
tarteaucitron.services.visits = {
  key: "visits", type: "analytic", name: "Visits", needConsent: true, cookies: [],
  js: function () {}
};
(tarteaucitron.job = tarteaucitron.job || []).push("visits");
"""
_C15T: Final = """
import { createRoot } from "react-dom/client";
import { ConsentManagerProvider, ConsentBanner, ConsentDialog } from "@c15t/react";
import "@c15t/react/styles.css";
const options = {
  mode: "offline", consentCategories: ["necessary", "measurement", "marketing"],
  overrides: { country: "DE" }
};
createRoot(document.getElementById("consent")).render(
  <ConsentManagerProvider options={options}>
    <ConsentBanner /><ConsentDialog />
  </ConsentManagerProvider>);
"""

PEERS: Final = (
    Peer(
        "vanilla-cookieconsent",
        "node_modules/vanilla-cookieconsent/dist",
        '<link rel="stylesheet" href="cookieconsent.css">'
        '<script defer src="cookieconsent.umd.js"></script>'
        '<script defer src="config.js"></script>',
        {"config.js": _VANILLA},
    ),
    Peer(
        "Orejime",
        "node_modules/orejime/dist",
        '<link rel="stylesheet" href="orejime-standard.css">'
        '<script defer src="config.js"></script>'
        '<script defer src="orejime-standard-en.js"></script>',
        {"config.js": _OREJIME},
    ),
    Peer(
        "klaro",
        "node_modules/klaro/dist",
        '<script defer src="config.js"></script><script defer src="klaro.js"></script>',
        {"config.js": _KLARO},
    ),
    Peer(
        "tarteaucitron",
        "node_modules/tarteaucitronjs",
        '<script src="tarteaucitron.min.js"></script><script src="config.js"></script>',
        {"config.js": _TARTEAUCITRON},
    ),
    Peer(
        "c15t with React",
        "bundle",
        '<link rel="stylesheet" href="c15t.css"><script defer src="c15t.js"></script>',
    ),
)


def installed() -> Path:
    """Get the folder with all of them, installed when first asked for."""
    folder = Path(gettempdir(), "consentkit-banner-peers")
    if not (folder / "bundle" / "c15t.js").exists():
        folder.mkdir(exist_ok=True)
        (folder / "package.json").write_text('{"private": true}', encoding="utf-8")
        _run(folder, "npm", "install", "--silent", "--no-audit", *_PACKAGES)
        (folder / "c15t.jsx").write_text(_C15T, encoding="utf-8")
        _run(
            folder,
            *("node_modules/.bin/esbuild", "c15t.jsx", "--bundle", "--minify"),
            *("--jsx=automatic", "--outdir=bundle"),
            '--define:process.env.NODE_ENV="production"',
        )
    return folder


def _run(folder: Path, *command: str) -> None:
    subprocess.run(command, cwd=folder, check=True, capture_output=True)
