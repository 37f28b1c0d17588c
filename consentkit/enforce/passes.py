"""What a visitor allowed once: it holds for one page view, which uses it up."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from consentkit.once import binding

from . import headers as fields
from .visit import is_navigation

if TYPE_CHECKING:
    from collections.abc import Callable
    from wsgiref.types import StartResponse

    from consentkit.once import OncePass

    from .visit import Environ, Visit


def let_once(
    once: OncePass, environ: Environ, visit: Visit, start_response: StartResponse
) -> StartResponse:
    """Grant what a pass grants on this very page; get what ends the pass with it.

    Pictures, fragments and frames neither profit from a pass nor use it up.
    """
    values = [value for name, value in visit.cookies if name == once.name]
    if not values or not is_navigation(environ):
        return start_response
    if environ.get("REQUEST_METHOD") == "GET" and not visit.consent.child:
        path = environ.get("SCRIPT_NAME", "") + environ.get("PATH_INFO", "")
        bound = binding(visit.host, path, visit.decision, gpc=visit.consent.gpc)
        policy = visit.consent.policy
        keys = frozenset().union(*(once.loads(v, policy, bound) for v in values))
        granted = visit.consent.granted
        visit.consent = replace(
            visit.consent, granted=granted | keys, once=keys - granted
        )
    return _ending(once, start_response)


def _ending(once: OncePass, start_response: StartResponse) -> StartResponse:
    """Get a ``start_response`` whose page ends the pass and is kept by no cache."""
    end = ("Set-Cookie", f"{once.name}=; Max-Age=0; Path=/; HttpOnly; SameSite=Lax")

    def start(
        status: str, headers: fields.Headers, *exc_info: object
    ) -> Callable[[bytes], object]:
        # A redirection is no page yet.
        if not status.startswith("3"):
            kept = fields.without(fields.private(headers), ["cache-control"])
            headers = [*kept, ("Cache-Control", "private, no-store"), end]
        return start_response(status, headers, *exc_info)  # type: ignore[arg-type]

    return start
