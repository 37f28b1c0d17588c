"""Catalogue files into services."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import timedelta
from typing import TYPE_CHECKING, Any, TypeAlias

from consentkit.policy import ESSENTIAL, Cookie, InlineMark, Service

from .hosts import parse_host

if TYPE_CHECKING:
    from collections.abc import Iterator

_Facts: TypeAlias = Mapping[str, Any]


def read_services(category: str, text: str) -> Iterator[Service]:
    """Get the services of one file, in its order.

    :raises ValueError: if a service is wrong; the message begins with its key.
    """
    for key, facts in json.loads(text).items():
        try:
            service = _service(key, category, facts)
        except (TypeError, ValueError) as error:
            raise ValueError(f"{key}: {error}") from error
        if (service.group == ESSENTIAL) != bool(service.reason):
            raise ValueError(f"{key}: a reason belongs to essential services only")
        yield service


def _service(key: str, category: str, facts: _Facts) -> Service:
    lists = {
        "hosts": tuple(map(parse_host, facts.get("hosts", ()))),
        "inline": tuple(_marks(facts.get("inline", {}))),
        "cookies": tuple(map(_cookie, facts.get("cookies", ()))),
    }
    return Service(**{**facts, **lists}, key=key, category=category)


def _marks(by_kind: _Facts) -> Iterator[InlineMark]:
    for kind, values in by_kind.items():
        for value in values:
            yield InlineMark(kind, value)  # type: ignore[arg-type]  # a test checks


def _cookie(facts: _Facts) -> Cookie:
    seconds = facts["lifetime"]
    lifetime = None if seconds is None else timedelta(seconds=seconds)
    return Cookie(**{**facts, "lifetime": lifetime})
