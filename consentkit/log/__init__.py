"""The consent log: records of decisions, each durable before it is answered."""

from __future__ import annotations

from .browser import browser_family
from .engine import engine_for
from .key import KeyFile
from .proof import Proof
from .record import Draft, NoticeSnapshot, Record, as_receipt
from .seal import Sealed, SealingRefused
from .selection import EVERYTHING, Selection
from .statistics import Acceptance, Statistics
from .store import ConsentLog

__all__ = [
    "EVERYTHING",
    "Acceptance",
    "ConsentLog",
    "Draft",
    "KeyFile",
    "NoticeSnapshot",
    "Proof",
    "Record",
    "Sealed",
    "SealingRefused",
    "Selection",
    "Statistics",
    "as_receipt",
    "browser_family",
    "engine_for",
]
