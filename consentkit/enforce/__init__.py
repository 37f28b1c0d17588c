"""The engine: bytes and headers in, bytes and headers out. Knows no framework."""

from __future__ import annotations

from .rewriter import Gap, Rewriter, Withheld

__all__ = ["Gap", "Rewriter", "Withheld"]
