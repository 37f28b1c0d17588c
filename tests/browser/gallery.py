"""A bookshop with every kind of withheld part, and nearly no looks of its own."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from flask import Flask, Response, render_template_string, request
from markupsafe import Markup

from consentkit import ConsentKit
from tests.browser.serving import served

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from tests.browser.pages import ShopPage

POLICY: Mapping[str, Any] = {
    "notice": {
        "controller": "Harbour Books Ltd",
        "contact": "privacy@harbour.example",
        "privacy_policy": "/privacy",
    },
    "groups": {
        "embeds": {
            "name": "Videos and maps",
            "purpose": "Content from other sites within the pages.",
        }
    },
    "services": {
        "youtube": {"group": "embeds"},
        "google_maps": {"group": "embeds"},
        "instagram_embed": {"group": "embeds"},
        "tawk": {},
        "google_analytics": {},
        "quiz": {
            "name": "Reading quiz",
            "group": "personalisation",
            "provider": "Harbour Books Ltd",
            "purpose": "Suggests a book by your answers.",
            "privacy_url": "/privacy",
            "hosts": ["/quiz"],
            "cookies": [
                {"name": "quiz", "lifetime": "30 days", "purpose": "Your answers"}
            ],
        },
    },
}

_PAGE = """<!doctype html>
<html lang="{{ lang }}"{{ ' dir=rtl' if lang in ('ar', 'he') }}>
<meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>Harbour Books</title>
<link rel="stylesheet" href="/look.css">
<header><a href="/">Harbour Books</a></header>
<main>
<h1>{{ title }}</h1>
{{ main }}
<p><a href="/shelves">All shelves</a> <a href="/visit">Visit us</a></p>
</main>
<footer><a href="/terms">Terms</a> {{ consent_link() }}</footer>
</html>"""

_LOOK = """
body { margin: 0; font: 100%/1.6 system-ui, sans-serif; background: #fffdf8;
  color: #23262b }
header, main, footer { max-width: 62rem; margin: auto; padding: 1rem }
a { color: #1d4c6b; display: inline-block; padding: .7rem .2rem }
iframe { max-width: 100%; border: 0 }
@media (prefers-color-scheme: dark) {
  body { background: #16191d; color: #e8e6e1 } a { color: #9bc9e6 } }
"""

#: Each kind of withheld part, by the path of the page that it stands on.
PARTS: Mapping[str, str] = {
    "/video": '<iframe width="640" height="360" title="A reading"'
    ' src="https://www.youtube.com/embed/x"></iframe>',
    "/map": '<iframe width="100%" height="380" title="Our shop"'
    ' src="https://www.google.com/maps/embed?pb=x"></iframe>',
    "/post": '<iframe width="400" height="480" title="A post"'
    ' src="https://www.instagram.com/p/x/embed"></iframe>',
    "/widget": '<iframe width="320" height="140" title="Quiz" src="/quiz"></iframe>',
    "/declared": "{{ cookie_declaration() }}",
    "/filled": '<div style="position:relative;padding-bottom:56.25%"><iframe '
    'style="position:absolute;inset:0;width:100%;height:100%" title="A reading"'
    ' src="https://www.youtube.com/embed/y"></iframe></div>',
}

_TEXT = "<p>New books every Friday, <a href='/friday'>see which</a>.</p>" * 12


def _language() -> str:
    return request.args.get("lang", "en")


def gallery(folder: Path, **settings: Any) -> Flask:
    """Make the shop; its pages are in the language that the query names."""
    app = Flask("gallery", instance_path=str(folder))
    app.config.from_mapping({"SECRET_KEY": "gallery" * 6, "CONSENTKIT_POLICY": POLICY})
    app.config.update(settings)
    ConsentKit(app, language=_language)
    app.config["LOOK"] = _LOOK

    def page(path: str = "") -> str:
        source = PARTS.get(f"/{path}", _TEXT)
        main = Markup(render_template_string(source))
        return render_template_string(
            _PAGE, lang=_language(), title="Books by the sea", main=main
        )

    app.add_url_rule("/", "home", page)
    app.add_url_rule("/<path:path>", "page", page)
    app.add_url_rule(
        "/look.css", "look", lambda: Response(app.config["LOOK"], mimetype="text/css")
    )
    return app


def decide(page: ShopPage, decision: str, *granted: str) -> None:
    """Decide as a script of the page would, without going anywhere."""
    page.show("/")
    answer = page.driver.execute_async_script(_DECIDE, decision, granted)
    assert answer == "ok", answer


_DECIDE = """
const [decision, granted, done] = arguments;
fetch("/consent/", {method: "POST", headers: {"Content-Type": "application/json"},
  body: JSON.stringify({decision, granted})})
  .then(answer => done(answer.ok ? "ok" : answer.statusText), e => done(String(e)));
"""


def unfold(page: ShopPage) -> None:
    """Open everything on the page that is folded."""
    page.driver.execute_script(
        "for (const part of document.querySelectorAll('details')) part.open = true"
    )


@contextmanager
def opened(folder: Path, **settings: Any) -> Iterator[tuple[str, Flask]]:
    """Open the shop; get its origin."""
    app = gallery(folder, **settings)
    with served(app) as port:
        yield f"http://127.0.0.1:{port}", app
    app.extensions["consentkit"].log.engine.dispose()
