"""A shop whose pages are the same for everybody, to see what is put into them."""

from __future__ import annotations

import base64
import hashlib
import time
from typing import TYPE_CHECKING, Final

from flask import Flask, Response, render_template_string, request

from consentkit import ConsentKit

if TYPE_CHECKING:
    from pathlib import Path

HOST: Final = "www.all.example"
#: Where tags run until they are refused, if the visitor is there.
OPT_OUT: Final = "www.opt-out.example"
VIDEO: Final = "https://www.youtube.com/embed/x"
#: Long enough for whatever doesn't wait to come first.
_SLOW: Final = 0.4


def _code(name: str) -> str:
    return f"run('{name}', document.currentScript?.referrerPolicy)"


def _digest(code: str) -> str:
    digest = hashlib.sha256(code.encode()).digest()
    return f"sha256-{base64.b64encode(digest).decode()}"


_HEAD: Final = """<!doctype html><html lang="en"><head><meta charset="utf-8">
<title>For all</title>
<script nonce="abc">
var ran = [], policies = [];
function run(name, policy) { ran.push(name); if (policy) policies.push(policy); }
</script>
"""
#: In the order in which they have to run.
ORDER: Final = ["one", "two", "three", "four", "five", "six", "late", "module", "last"]
_TAGS: Final = f"""
<script src="/tags/one.js?slow"></script>
<script nonce="abc" data-consent="tags">run("two")</script>
<script src="/tags/any.js" async></script>
<script src="/tags/late.js?slow" defer></script>
<script nonce="abc" type="module" data-consent="tags">run("module")</script>
<script src="/tags/last.js" defer></script>
<script src="/tags/missing"></script>
<script nonce="abc" data-consent="tags">nothing.here()</script>
<script src="/tags/three.js" integrity="{_digest(_code("three"))}"
 crossorigin="anonymous" referrerpolicy="no-referrer"></script>
<script src="/tags/wrong.js" integrity="{_digest("something else")}"></script>
<script src="/tags/old.js" nomodule></script>
<script src="/tags/data.js" type="text/x-unknown"></script>
<script nonce="abc" data-consent="tags">run("four"); document.write("<p>over</p>")
</script>
</head><body><main><h1>For all</h1>
<span data-consent="tags" id="block"><b>A block</b><script src="/tags/five.js?slow">
</script><script nonce="abc">run("six")</script></span>
<p><img src="/tags/pixel.gif" alt=""></p>
<link rel="stylesheet" href="/tags/look.css">
<iframe src="{VIDEO}" width="400" height="300"></iframe>
</main>{{{{ consent_link() }}}}</body></html>
"""
_MANAGER: Final = """<script>dataLayer.push({pageType: "home"})</script>
<script async src="https://www.googletagmanager.com/gtag/js?id=G-1"></script>
</head><body><main><h1>Manager</h1></main></body></html>
"""
#: What a visitor may have written, above a banner that stands at the end.
_REVIEW: Final = """</head><body><main><h1>Review</h1>
<a id="consentkitKnows" name="granted">Well made</a>
<template data-consentkit-vendors><script nonce="abc">run("review")</script></template>
<template data-consentkit-reserve="tags"><script nonce="abc">run("review")</script>
</template>
<script src="/tags/one.js"></script></main>
{{ consent_link() }}{{ consent_banner() }}</body></html>
"""
_STRICT: Final = (
    "default-src 'self'; script-src 'self' 'nonce-abc'; frame-src https:;"
    " require-trusted-types-for 'script'; trusted-types 'none'"
)
_NONCES: Final = "script-src 'nonce-abc' 'strict-dynamic'; base-uri 'none'"


def make(folder: Path, *opt_out: str) -> Flask:
    """Make the shop; what is asked of it is in ``app.config``."""
    name = f"for_all{len(opt_out)}"
    app = Flask(name, instance_path=str(folder / name))
    app.config.from_mapping(
        SECRET_KEY="all" * 12,
        CONSENTKIT_DELIVERY="universal",
        CONSENTKIT_REGION_HEADER="X-Region",
        CONSENTKIT_POLICY={
            "notice": {"controller": "All Ltd", "contact": "us@all.example"},
            "regimes": {"opt_out": list(opt_out)},
            "services": {
                "youtube": {},
                "google_analytics": {},
                "google_tag_manager": {"group": "essential", "reason": "Stock"},
                "tags": {
                    "name": "Tags",
                    "group": "personalisation",
                    "hosts": ["/tags/"],
                    "cookies": [
                        {
                            "name": "tags_*",
                            "lifetime": "1 day",
                            "purpose": "Tags",
                            "storage": "local",
                        }
                    ],
                },
            },
        },
        ASKED=[],
    )
    ConsentKit(app)
    app.before_request(_note)
    app.add_url_rule("/", "home", _page)
    app.add_url_rule("/strict", "strict", lambda: _page(_STRICT))
    app.add_url_rule("/nonces", "nonces", lambda: _page(_NONCES))
    app.add_url_rule("/manager", "manager", lambda: _page(body=_MANAGER))
    app.add_url_rule("/review", "review", lambda: _page(body=_REVIEW))
    app.add_url_rule("/own", "own", _own)
    app.add_url_rule("/own/review", "own_review", lambda: _own(_REVIEW))
    app.add_url_rule("/tags/<name>", "tags", _tag)
    return app


def _note() -> None:
    from flask import current_app  # noqa: PLC0415  named by no other test

    current_app.config["ASKED"].append(request.path)


def _page(policy: str = "", body: str = _TAGS) -> Response:
    page = Response(render_template_string(_HEAD + body), mimetype="text/html")
    page.headers["Cache-Control"] = "public, max-age=600"
    if policy:
        page.headers["Content-Security-Policy"] = policy
    return page


def _own(body: str = _TAGS) -> str:
    """Get a page that the shop shares with nobody."""
    return render_template_string(_HEAD + body)


def _tag(name: str) -> Response:
    if "slow" in request.args or request.query_string == b"slow":
        time.sleep(_SLOW)
    stem, _, kind = name.partition(".")
    if not kind:
        return Response("", 404)
    if kind == "css":
        return Response("#block { color: rgb(1, 2, 3) }", mimetype="text/css")
    media = "text/javascript" if kind == "js" else "image/gif"
    return Response(_code(stem) if kind == "js" else b"", mimetype=media)
