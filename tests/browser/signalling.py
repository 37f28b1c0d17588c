"""A shop whose pages carry the tags of vendors that want to be told of consent."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import Flask, Response

from consentkit import ConsentKit

if TYPE_CHECKING:
    from pathlib import Path

HOST = "www.signals.example"
FOR_ALL = "www.signals-for-all.example"

#: The vendors' snippets, by their structure; each has the page's nonce.
_PAGE = """<!doctype html><html lang="en"><head><meta charset="utf-8">
<title>Signals</title>
<script nonce="abc">
var dataLayer = [{pageType: "home"}];
function gtag() { dataLayer.push(arguments); }
gtag("js", new Date()); gtag("config", "G-1");
</script>
<script nonce="abc" async src="https://www.googletagmanager.com/gtag/js?id=G-1">
</script>
<script nonce="abc">
(function (w, d, t, r, u) { w[u] = w[u] || []; var n = d.createElement(t); n.src = r;
d.head.append(n); })(window, document, "script", "https://bat.bing.com/bat.js", "uetq");
</script>
<script nonce="abc">
(function (c, l, a, r, i) { c[a] = c[a] || function () {
(c[a].q = c[a].q || []).push(arguments); }; var t = l.createElement(r); t.async = 1;
t.src = "https://www.clarity.ms/tag/" + i; l.head.append(t);
})(window, document, "clarity", "script", "x");
</script>
<script nonce="abc">
!function (f, b, e, v, n, t) { if (f.fbq) return; n = f.fbq = function () {
n.queue.push(arguments); }; n.queue = []; t = b.createElement(e); t.async = !0;
t.src = v; b.head.append(t);
}(window, document, "script", "https://connect.facebook.net/en_US/fbevents.js");
fbq("consent", "revoke"); fbq("init", "1"); fbq("track", "PageView");
</script>
<script nonce="abc">
window.Shopify = {told: [], loadFeatures(features, done) {
  this.customerPrivacy = {setTrackingConsent: (choice) => this.told.push(choice)};
  done(); }};
</script></head><body><main><h1>Signals</h1></main>
</body></html>
"""
_POLICY = "script-src 'nonce-abc' 'strict-dynamic'; object-src 'none'; base-uri 'none'"


def make(folder: Path, delivery: str = "private") -> Flask:
    """Make the shop: one page with a strict security policy, one without any."""
    app = Flask("signals", instance_path=str(folder / f"signals-{delivery}"))
    services = ("google_analytics", "google_ads", "microsoft_uet", "microsoft_clarity")
    app.config.from_mapping(
        SECRET_KEY="signals" * 6,
        CONSENTKIT_DELIVERY=delivery,
        CONSENTKIT_POLICY={
            "notice": {"controller": "Signals Ltd", "contact": "us@signals.example"},
            "services": {
                key: {} for key in (*services, "meta_pixel", "shopify_analytics")
            },
        },
    )
    ConsentKit(app)

    def page() -> Response:
        response = Response(_PAGE, mimetype="text/html")
        response.headers["Cache-Control"] = "public, max-age=600"
        return response

    def strict() -> Response:
        response = page()
        response.headers["Content-Security-Policy"] = _POLICY
        return response

    app.add_url_rule("/", "home", page)
    app.add_url_rule("/strict", "strict", strict)
    return app
