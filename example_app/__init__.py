"""Pebble & Pine: a small garden and home shop that installs ConsentKit."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

from flask import Flask, render_template

from . import (
    account,
    basket,
    beacon,
    catalogue,
    checkout,
    database,
    newsletter,
    pages,
    recommendations,
    reviews,
    spin,
)
from .extensions import consent
from .security import SchemeAwareSessions, refuse_other_sites, secret_key

if TYPE_CHECKING:
    from collections.abc import Mapping

MODULES = (
    catalogue,
    reviews,
    basket,
    account,
    checkout,
    newsletter,
    spin,
    beacon,
    recommendations,
    pages,
)


def create_app(config: Mapping[str, Any] | None = None) -> Flask:
    """Get the shop, with its database made and filled where there is none."""
    settings = dict(config or {})
    app = Flask(__name__, instance_path=_instance_path(settings))
    Path(app.instance_path).mkdir(parents=True, exist_ok=True)
    app.config.from_mapping(
        SESSION_COOKIE_SAMESITE="Lax",
        SEND_FILE_MAX_AGE_DEFAULT=3600,
        MAX_CONTENT_LENGTH=64 * 1024,
    )
    app.config.from_mapping(settings)
    if not app.secret_key:
        app.secret_key = secret_key(Path(app.instance_path, "secret_key"))
    app.session_interface = SchemeAwareSessions()
    database.init_app(app)
    for module in MODULES:
        app.register_blueprint(module.blueprint)
    app.before_request(refuse_other_sites)
    app.register_error_handler(404, _not_found)
    consent.init_app(app)
    return app


def _instance_path(settings: Mapping[str, Any]) -> str | None:
    chosen = settings.get("EXAMPLE_INSTANCE") or os.environ.get("EXAMPLE_INSTANCE")
    return str(Path(chosen).resolve()) if chosen else None


def _not_found(_error: Exception) -> tuple[str, int]:
    return render_template("not_found.html"), 404
