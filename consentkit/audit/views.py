"""The dashboard's addresses, all of them ``GET``: nothing here changes the log."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

from flask import (
    Blueprint,
    Response,
    abort,
    g,
    make_response,
    redirect,
    render_template,
    request,
)

from consentkit.assets import ASSETS
from consentkit.errors import LogUnavailable
from consentkit.log.accesses import Access, note_access
from consentkit.rendering import prefix_of
from consentkit.shop import current_shop, current_visit

if TYPE_CHECKING:
    from flask.typing import ResponseReturnValue

    from .door import Auditor

blueprint = Blueprint("audit", __name__, url_prefix="/audit")

_TOKEN: Final = "key"  # noqa: S105  the field's name
#: Nothing loads but our style sheet, and nobody frames it (CSP Level 3, 6.4).
_POLICY: Final = (
    "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self';"
    " base-uri 'none'; frame-ancestors 'none'"
)
_HEADERS: Final = {
    "Content-Security-Policy": _POLICY,
    "X-Frame-Options": "DENY",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "interest-cohort=(), browsing-topics=()",
    "X-Robots-Tag": "noindex, nofollow",
    "Cache-Control": "private, no-store",
}


@blueprint.before_request
def admit() -> ResponseReturnValue | None:
    """Let nobody in but auditors, and record that they came."""
    door, cookie = current_shop().audit.door, current_shop().cookie.audit_name
    if token := request.args.get(_TOKEN, ""):
        auditor = door.by_link(token)
        return _let_in(token, auditor) if auditor else abort(404)
    auditor = door.by_link(request.cookies.get(cookie, "")) or door.by_shop()
    if auditor is None:
        abort(404)
    current_visit().banner = False
    g.consentkit_auditor = auditor
    with current_shop().log.writing() as connection:
        note_access(connection, _access(auditor))
    return None


@blueprint.after_request
def shut_out(response: Response) -> Response:
    """Keep pages from frames, other sites and caches, and addresses from others."""
    if "consentkit_auditor" in g:
        response.headers.update(_HEADERS)
    return response


@blueprint.errorhandler(LogUnavailable)
def unavailable(error: LogUnavailable) -> Response:
    """Say that nothing can be shown: without the log, no access is recorded either."""
    del error
    response = make_response("The consent log can't be used now.\n", 503)
    response.mimetype = "text/plain"
    response.headers.update(_HEADERS | {"Retry-After": "60"})
    return response


def auditor() -> Auditor:
    """Get who sent the current request."""
    found: Auditor = g.consentkit_auditor
    return found


def home() -> str:
    """Get the path that all addresses of the dashboard begin with."""
    return f"{prefix_of(request.environ, current_shop())}/audit/"


def page(name: str, **context: object) -> Response:
    """Get a page of the dashboard."""
    shop = current_shop()
    notice = shop.notices["en"]
    answer = render_template(
        f"consentkit/audit/{name}.html",
        page=name,
        home=home(),
        css_url=prefix_of(request.environ, shop) + ASSETS["audit.css"].path,
        controller=notice.content["controller"],
        auditor=auditor(),
        now=datetime.now(UTC),
        name_of=lambda key: shop.name_of(key, notice),
        **context,
    )
    return make_response(answer)


def _let_in(token: str, guest: Auditor) -> Response:
    """Put a link's token into a cookie, so that it leaves the address bar."""
    shop, visit = current_shop(), current_visit()
    secure = shop.cookie.terms.secure
    response = make_response(redirect(home(), code=303))
    response.set_cookie(
        shop.cookie.audit_name,
        token,
        expires=guest.until,
        path=home(),
        secure=visit.https if secure is None else secure,
        httponly=True,
        samesite="Lax",
    )
    response.headers.update(_HEADERS)
    return response


def _access(guest: Auditor) -> Access:
    named = (request.view_args or {}).values()
    conditions = sorted(name for name, value in request.args.items() if value)
    return Access(
        at=datetime.now(UTC),
        who=guest.name,
        via=guest.via,
        page=str(request.endpoint).rpartition(".")[2],
        detail=" ".join([*map(str, named), ", ".join(conditions)]).strip(),
    )
