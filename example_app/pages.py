"""Pages of plain text."""

from __future__ import annotations

from flask import Blueprint, render_template

blueprint = Blueprint("pages", __name__)


@blueprint.get("/about")
def about() -> str:
    return render_template("about.html")


@blueprint.get("/delivery")
def delivery() -> str:
    return render_template("delivery.html")


@blueprint.get("/privacy")
def privacy() -> str:
    return render_template("privacy.html")


@blueprint.get("/cookies")
def cookies() -> str:
    return render_template("cookies.html")
