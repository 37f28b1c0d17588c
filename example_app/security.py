"""What keeps the shop's own forms and cookies safe, whatever is consented."""

from __future__ import annotations

import os
import secrets
from typing import TYPE_CHECKING

from flask import Flask, abort, request
from flask.sessions import SecureCookieSessionInterface

if TYPE_CHECKING:
    from datetime import timedelta
    from pathlib import Path

    from werkzeug.wrappers import Response

SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})


class SchemeAwareSessions(SecureCookieSessionInterface):
    """Sessions whose cookie is Secure wherever the visitor came by HTTPS."""

    def get_cookie_secure(self, app: Flask) -> bool:
        return request.is_secure or super().get_cookie_secure(app)


def secret_key(path: Path) -> str:
    """Get the key kept in this file, which the first start makes."""
    if not path.exists():
        draft = path.with_name(f"{path.name}.{os.getpid()}")
        draft.touch(mode=0o600)
        draft.write_text(secrets.token_urlsafe(48), encoding="ascii")
        try:
            # Linked when complete: a second worker never reads half a key.
            path.hardlink_to(draft)
        except FileExistsError:
            pass
        finally:
            draft.unlink()
    return path.read_text(encoding="ascii")


def keep(answer: Response, cookie: str, value: str, lifetime: timedelta) -> Response:
    """Get the answer with a cookie that no script reads and no other site sends."""
    answer.set_cookie(
        cookie,
        value,
        max_age=lifetime,
        secure=request.is_secure,
        httponly=True,
        samesite="Lax",
    )
    return answer


def refuse_other_sites() -> None:
    """Answer 403 to a form that another site had the browser send."""
    if request.method not in SAFE_METHODS and not _from_this_shop():
        abort(403)


def _from_this_shop() -> bool:
    site = request.headers.get("Sec-Fetch-Site")
    if site:
        return site in {"same-origin", "none"}
    origin = request.headers.get("Origin")
    # Without either header it is no browser of the last ten years, and the
    # cookies that a forged form would need are SameSite=Lax.
    return origin is None or origin == request.host_url.rstrip("/")
