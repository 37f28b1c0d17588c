"""A shop with forms, to see what a choice leaves of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import Flask, Response, render_template_string, request

from consentkit import ConsentKit

if TYPE_CHECKING:
    from pathlib import Path

HOST = "www.forms.example"
VIDEO = "https://www.youtube.com/embed/x"

_PAGE = """<!doctype html><html lang="en"><title>Forms</title>
<script>window.dataLayer = []</script>
<main><h1>Forms</h1>
<form action="/answer" method="post">
<input name="name"> <textarea name="note"></textarea>
<input type="checkbox" name="gift"> <input type="radio" name="size" value="s" checked>
<input type="radio" name="size" value="l">
<select name="colour"><option>red<option>blue</select>
<input type="password" name="word"> <input name="number" autocomplete="cc-number">
<input name="free"> <input type="hidden" name="key" value="{{ loads }}">
<button>Send</button>
</form>
{% if withheld %}<iframe src="https://www.youtube.com/embed/x" width=400 height=300>
</iframe>{% endif %}
<form id="own"><input type="checkbox" name="granted" value="youtube" checked>
<button data-cc="accept-custom">Some</button></form>
<p><a href="#tarteaucitron">Cookies</a>
<button data-cc="accept-all">All</button> <button data-cc="accept-necessary">None
</button> <button data-cc="show-preferencesModal">Choose</button></p>
<div style="height: 3000px"></div><p id="loads">{{ loads }}</p></main>
{% if link %}<footer>{{ consent_link() }}</footer>{% endif %}
"""


#: Scripts as another banner would have them, one of which fails.
_HELD = """<!doctype html><html lang="en"><title>Held</title>
<script>var ran = []; function run(number) { ran.push(number); }</script>
<script type="text/plain" data-category="marketing">run(1)</script>
<script type="text/plain" data-category="marketing" data-src="/two.js"></script>
<script type="text/plain" data-service="youtube">nothing.here()</script>
<script type="text/plain" data-category="necessary">run(3)</script>
<script type="text/plain" data-category="marketing" data-type="module">run(5)</script>
<script type="text/plain" data-name="youtube">run(4)</script>
<main><h1>Held</h1></main>
"""
_JS = "text/javascript"


def make(folder: Path) -> Flask:
    """Make the shop; what it counts is in ``app.config``."""
    app = Flask("forms", instance_path=str(folder / "forms"))
    app.config.from_mapping(
        SECRET_KEY="forms" * 8,
        CONSENTKIT_POLICY={
            "notice": {"controller": "Forms Ltd", "contact": "us@forms.example"},
            "services": {"youtube": {}},
        },
        LOADS=[],
    )
    ConsentKit(app)

    def shown(*, link: bool = True, withheld: bool = True) -> str:
        if request.method != "HEAD":
            app.config["LOADS"].append(f"{request.method} {request.path}")
        loads = len(app.config["LOADS"])
        return render_template_string(_PAGE, link=link, withheld=withheld, loads=loads)

    app.add_url_rule("/", "home", shown)
    app.add_url_rule("/held", "held", lambda: _HELD)
    app.add_url_rule("/two.js", "two", lambda: Response("run(2)", mimetype=_JS))
    app.add_url_rule("/bare", "bare", lambda: shown(link=False))
    app.add_url_rule("/plain", "plain", lambda: shown(withheld=False))
    app.add_url_rule("/answer", "answer", shown, methods=["GET", "POST"])
    app.add_url_rule("/sent", "sent", shown, methods=["POST"])
    return app
