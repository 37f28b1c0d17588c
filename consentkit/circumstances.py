"""What the host tells of a request: where its visitor is, and whether a child sent it.

A callback that fails tells nothing: the visitor is asked first then, and counts as a
child. So no error can loosen a rule.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from flask import Flask

    from .enforce.visit import Environ

_LOGGER: Final = logging.getLogger("consentkit")
_LONGEST: Final = 16  # characters; a region has six at most


@dataclass(slots=True)
class Callbacks:
    """The functions of the host; each is called in a request context of Flask."""

    region: Callable[[], str | None] | None = None
    is_child: Callable[[], bool] | None = None
    audit_access: Callable[[], object] | None = None


class Circumstances:
    """Tells the region of a request, and whether a child sent it.

    :param header: the request header that a trusted proxy writes the region into.
    """

    def __init__(self, app: Flask, callbacks: Callbacks, header: str | None) -> None:
        self._app = app
        self._callbacks = callbacks
        self._field = f"HTTP_{header.upper().replace('-', '_')}" if header else None

    @property
    def tells_children(self) -> bool:
        """Whether the shop says of visitors that they are children."""
        return self._callbacks.is_child is not None

    def __call__(self, environ: Mapping[str, Any]) -> tuple[str, bool]:
        """Get the region, empty if it is unknown, and whether it is a child."""
        region = environ.get(self._field, "") if self._field else ""
        if self._callbacks.region is None and self._callbacks.is_child is None:
            return region[:_LONGEST], False
        return self._called(dict(environ), region)

    def _called(self, environ: Environ, region: str) -> tuple[str, bool]:
        find, is_child = self._callbacks.region, self._callbacks.is_child
        try:
            with self._app.request_context(environ):
                if find is not None:
                    region = self._safely(find, "region") or ""
                if is_child is None:
                    return str(region)[:_LONGEST], False
                return str(region)[:_LONGEST], bool(self._safely(is_child, "is_child"))
        except Exception:  # the context itself: of a host that isn't trusted, say
            _LOGGER.exception("the callbacks couldn't be called")
            return "", is_child is not None

    @staticmethod
    def _safely(callback: Callable[[], object], name: str) -> Any:
        try:
            return callback()
        except Exception:
            _LOGGER.exception("the callback %s failed; the strictest rule holds", name)
            return "" if name == "region" else True
