"""Ready-made services: what the products that shops use load and store.

The files in ``data`` hold facts; their texts are keys such as ``purpose:visits``,
which :mod:`consentkit.texts` turns into a sentence of the visitor's language.
"""

from __future__ import annotations

from functools import cache
from importlib.resources import files
from types import MappingProxyType
from typing import TYPE_CHECKING

from .hosts import parse_host
from .reader import read_services

if TYPE_CHECKING:
    from collections.abc import Mapping

    from consentkit.policy import Service

__all__ = ["parse_host", "services"]


@cache
def services() -> Mapping[str, Service]:
    """Get the services by key; the first call reads the files."""
    found: dict[str, Service] = {}
    for file in sorted(files(__name__).joinpath("data").iterdir(), key=str):
        category = file.name.removesuffix(".json")
        for service in read_services(category, file.read_text(encoding="utf-8")):
            if service.key in found:
                raise ValueError(f"{service.key} is in the catalogue twice")
            found[service.key] = service
    return MappingProxyType(found)
