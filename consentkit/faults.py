"""What a schema found wrong, as one field and one sentence."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from marshmallow import ValidationError


def first_fault(error: ValidationError) -> tuple[str, str]:
    """Get the name of the first field with a fault, and what is wrong with it."""
    messages = error.normalized_messages()  # type: ignore[no-untyped-call]
    field, problem = next(iter(messages.items()))
    while isinstance(problem, Mapping):
        problem = next(iter(problem.values()))
    return str(field), str(problem[0] if isinstance(problem, list) else problem)
