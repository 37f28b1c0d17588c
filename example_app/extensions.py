"""The one ConsentKit of the shop, for every module that asks it."""

from __future__ import annotations

from consentkit import ConsentKit

consent = ConsentKit(language="en")
