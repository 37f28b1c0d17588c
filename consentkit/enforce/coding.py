"""Content codings of bodies: decoded to be read, coded again to be sent."""

from __future__ import annotations

from functools import lru_cache, partial
from typing import TYPE_CHECKING, Final

from .built_in_codings import Coding, CodingError, Compressed, Identity
from .installed_codings import installed

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

__all__ = ["Coding", "CodingError", "coding_of", "readable"]

#: What makes a coding, by its name in lower case.
CODINGS: Final[Mapping[str, Callable[[], Coding]]] = {
    "": Identity,
    "identity": Identity,
    "gzip": partial(Compressed, 31),
    "x-gzip": partial(Compressed, 31),
    "deflate": partial(Compressed, 15),
    **installed(),
}


@lru_cache(maxsize=64)  # browsers send few of them
def readable(accepted: str) -> str:
    """Get an ``Accept-Encoding`` that asks the app for no coding we can't read."""
    parts = [part.strip() for part in accepted.split(",")]
    names = [part.partition(";")[0].strip().lower() for part in parts]
    known = [p for p, name in zip(parts, names, strict=True) if name in CODINGS and p]
    return ", ".join(known) or "identity"


def coding_of(name: str) -> Coding | None:
    """Get the coding of a ``Content-Encoding``, none if it can't be read here."""
    make = CODINGS.get(name.strip().lower())
    return make() if make else None
