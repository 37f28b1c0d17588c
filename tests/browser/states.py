"""A shop whose visitors are in California, where tags run until they are refused."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import Flask, render_template_string

from consentkit import ConsentKit

if TYPE_CHECKING:
    from pathlib import Path

HOST = "www.states.example"
TAG = "www.facebook.com"

_PAGE = """<!doctype html><html lang="en"><head><meta charset="utf-8">
<meta name="viewport" content="width=device-width"><title>Lamps</title>
<script src="https://connect.facebook.net/en_US/fbevents.js"></script></head>
<body><main><h1>Lamps</h1><img alt="" src="https://www.facebook.com/tr?id=1"></main>
{{ foot }}</body></html>"""


def make(folder: Path) -> Flask:
    """Make the shop: a page as it is, and one with our link in its foot."""
    app = Flask("states", instance_path=str(folder / "states"))
    app.config.from_mapping(
        SECRET_KEY="states" * 6,
        CONSENTKIT_POLICY={
            "notice": {"controller": "Lamps Inc", "contact": "us@states.example"},
            "services": {"meta_pixel": {}, "hotjar": {"uses": ["profiling"]}},
            "regimes": {"opt_out": ["US"]},
        },
    )
    consent = ConsentKit(app)
    consent.region(lambda: "US-CA")

    def linked() -> str:
        foot = app.jinja_env.globals["consent_link"]
        return render_template_string(_PAGE, foot=foot())  # type: ignore[operator]

    app.add_url_rule("/", "home", lambda: render_template_string(_PAGE))
    app.add_url_rule("/linked", "linked", linked)
    return app
