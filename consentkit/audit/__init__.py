"""The auditor's dashboard: everything the log shows, and nothing that changes it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from . import downloads, pages
from .door import Door
from .views import blueprint

if TYPE_CHECKING:
    from consentkit.log.rounds import Rounds

__all__ = ["Audit", "Door", "blueprint", "downloads", "pages"]


@dataclass(frozen=True, slots=True)
class Audit:
    """What the dashboard of one app needs."""

    door: Door
    rounds: Rounds
