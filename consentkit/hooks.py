"""Server-side actions and views that run only with consent.

The consent is asked for at the moment of running. No context means no consent.
"""

from __future__ import annotations

from functools import wraps
from inspect import iscoroutinefunction
from typing import TYPE_CHECKING, ParamSpec, TypeVar, cast

from flask import (
    current_app,
    has_app_context,
    make_response,
    render_template,
    request,
)

from . import signals
from .rendering import negotiated_notice, page_context, page_target
from .shop import current_consent, current_shop, current_visit

if TYPE_CHECKING:
    from collections.abc import Callable

    from flask import Response
    from flask.typing import ResponseReturnValue, RouteCallable

_Args = ParamSpec("_Args")
_Result = TypeVar("_Result")
_Otherwise = TypeVar("_Otherwise")


def hook(
    key: str, function: Callable[_Args, _Result], otherwise: _Otherwise
) -> Callable[_Args, _Result | _Otherwise]:
    """Get a function that runs only with consent, else gives ``otherwise``."""

    async def awaited(*args: _Args.args, **kwargs: _Args.kwargs) -> object:
        if _may_run(key):
            return await function(*args, **kwargs)  # type: ignore[misc]
        return otherwise

    def called(*args: _Args.args, **kwargs: _Args.kwargs) -> object:
        return function(*args, **kwargs) if _may_run(key) else otherwise

    chosen = awaited if iscoroutinefunction(function) else called
    return cast("Callable[_Args, _Result | _Otherwise]", wraps(function)(chosen))


def _may_run(key: str) -> bool:
    if not has_app_context():
        return False
    if current_shop().policy.required(key) <= current_consent.lasting:
        return True
    app = current_app._get_current_object()  # type: ignore[attr-defined]  # noqa: SLF001  Flask's documented way
    current_shop().counters.count("hook", [key])
    signals.tell(signals.hook_withheld, app, hook=key)
    return False


def require(
    key: str, view: RouteCallable, otherwise: RouteCallable | None
) -> RouteCallable:
    """Get a view that runs only with consent, else another or a page that asks."""

    @wraps(view)
    def checked(*args: object, **kwargs: object) -> ResponseReturnValue:
        if current_consent.has(key):
            chosen = view
        elif otherwise:
            chosen = otherwise
        else:
            return _ask_for(key)
        result: ResponseReturnValue = current_app.ensure_sync(chosen)(*args, **kwargs)
        return result

    return cast("RouteCallable", checked)


def _ask_for(key: str) -> Response:
    shop, notice = current_shop(), negotiated_notice()
    current_visit().banner = False
    page = render_template(
        "consentkit/required.html",
        **page_context(notice)
        | {
            "next": page_target(request.environ),
            "required_name": shop.name_of(key, notice),
            "required_key": shop.key_to_add(key),
        },
    )
    response = make_response(page, 403)
    response.headers["Cache-Control"] = "private, no-store"
    return response
