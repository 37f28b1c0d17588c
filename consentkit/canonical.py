"""The one JSON text of data, so that equal data has equal hashes."""

from __future__ import annotations

import json
from typing import Final

_ENCODER: Final = json.JSONEncoder(
    sort_keys=True, separators=(",", ":"), ensure_ascii=False
)


def canonical(value: object) -> str:
    """Get data as JSON, as RFC 8785 has it where nothing in it is a float."""
    return _ENCODER.encode(value)
