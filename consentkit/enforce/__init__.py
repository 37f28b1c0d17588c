"""The engine: bytes and headers in, bytes and headers out. Knows no framework."""

from __future__ import annotations

from .gap import Gap
from .rewriter import Rewriter, Withheld

__all__ = ["Gap", "Rewriter", "Withheld"]
