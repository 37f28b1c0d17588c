"""Our markup, rendered from templates that a shop may override."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import parse_qs, quote

from flask import current_app, request
from markupsafe import Markup, escape

from .assets import ASSETS, SCRIPT, STYLES
from .enforce.visit import KEY, NONCE
from .shop import BLUEPRINT, current_shop, current_visit
from .texts import PURPOSE, negotiate, texts

if TYPE_CHECKING:
    from collections.abc import Mapping

    from flask import Flask
    from jinja2 import Template

    from .consent import Consent
    from .enforce import Gap
    from .enforce.visit import Environ
    from .notice import Notice
    from .policy import Service
    from .shop import Shop

_REMEMBERED: Final = 256
_LONGEST_TARGET: Final = 2000
_NONCE: Final = "consentkit.nonce"
#: Where the app's language for a page is left for our markup in it.
LANGUAGE: Final = "consentkit.language"


def negotiated_notice() -> Notice:
    """Get the notice in the language of the shop's page, else the visitor's."""
    shop = current_shop()
    wanted = query_field("lang") or shop.language()
    accepted = request.headers.get("Accept-Language")
    if shop.settings.delivery != "private" and request.blueprint != BLUEPRINT:
        accepted = None  # others, who read another language, may be shown it too
    return shop.notices[negotiate(wanted, accepted)]


def query_field(name: str) -> str:
    """Get a field of the query, whatever bytes else are in it."""
    query = request.query_string.decode("utf-8", "replace")
    return parse_qs(query, keep_blank_values=True).get(name, [""])[0]


def base_context(prefix: str) -> dict[str, Any]:
    """Get what all our templates are given; ``prefix`` is where our routes are."""
    return {
        "action": f"{prefix}/",
        "preferences_url": f"{prefix}/",
        "rights_url": f"{prefix}/rights",
        "css_url": prefix + STYLES.path,
        "js_url": prefix + SCRIPT.path,
        "placeholder_css_url": prefix + ASSETS["placeholder.css"].path,
        "strip_css_url": prefix + ASSETS["strip.css"].path,
        "choices_css_url": prefix + ASSETS["choices.css"].path,
        "choices_js_url": prefix + ASSETS["choices.js"].path,
        "nonce": "",
        "next": "",
    }


def prefix_of(environ: Environ, shop: Shop) -> str:
    """Get the path, below which our routes are in this request's app."""
    return _quoted(environ.get("SCRIPT_NAME", "")) + shop.settings.url_prefix


def _quoted(path: str) -> str:
    """Get a path of a WSGI environ as it is written in an address."""
    return quote(path, encoding="latin-1", errors="replace")


def page_context(notice: Notice) -> dict[str, Any]:
    """Get what the templates of whole pages are given."""
    prefix = prefix_of(request.environ, current_shop())
    return base_context(prefix) | {
        "notice": notice.content,
        "notice_hash": notice.hash,
        "consent": current_visit().consent,
        "nonce": page_nonce(),
        "posted": is_posted(request.environ),
    }


def consent_nonce() -> str:
    """Get a nonce for the scripts of this response, made with the first call.

    For shops that write their own content security policy: the banner finds the
    nonce in that header and carries it.
    """
    nonce: str = request.environ.setdefault(_NONCE, secrets.token_urlsafe(16))
    return nonce


def page_nonce() -> str:
    """Get the nonce our own pages carry: the shop's, if it uses one at all."""
    if _NONCE in request.environ:
        return consent_nonce()
    make = current_app.jinja_env.globals.get("csp_nonce")  # Flask-Talisman's
    return str(make()) if callable(make) else ""


def is_posted(environ: Environ) -> bool:
    """Tell whether a page answers a form: fetched again, it would send it again."""
    return environ.get("REQUEST_METHOD") not in {"GET", "HEAD"}


def page_target(environ: Environ) -> str:
    """Get the path and query to come back to; not those that a form was sent to."""
    root = _quoted(environ.get("SCRIPT_NAME", ""))
    if is_posted(environ):
        return f"{root}/"
    path = root + _quoted(environ.get("PATH_INFO", ""))
    query = environ.get("QUERY_STRING", "")
    whole = f"{path}?{query}" if query else path
    return next((url for url in (whole, path) if is_own_path(url)), f"{root}/")


def is_own_path(target: str) -> bool:
    """Tell whether a path leads nowhere but to this host, in any browser."""
    return (
        target.startswith("/")
        and not target.startswith("//")
        and target.isprintable()
        and "\\" not in target
        and len(target) <= _LONGEST_TARGET
    )


#: What a placeholder shows a picture of, by the purpose of the service.
_KINDS: Final = {"video": "video", "map": "map", "social": "post", "chat": "chat"}


def _kind(service: Service | None, gap: Gap) -> str:
    if service and isinstance(service.purpose, str):
        known = _KINDS.get(service.purpose.removeprefix(PURPOSE))
        if known:
            return known
    return "video" if gap.element == "video" else "part"


def _own_names(shop: Shop) -> frozenset[str]:
    """Get the names under which the shop itself may stand as a provider."""
    controller = shop.policy.notice.controller
    names = (controller,) if isinstance(controller, str) else controller.values()
    return frozenset(names)


class PageParts:
    """Makes banners and placeholders while the middleware rewrites pages.

    Each is rendered once for a language; what differs between requests (the path to
    come back to, the nonce) is put in place of marks that no visitor can know.
    """

    def __init__(self, app: Flask, shop: Shop) -> None:
        self._app = app
        self._shop = shop
        self._rendered: dict[tuple[object, ...], str] = {}
        self._next = f"/{secrets.token_hex(8)}"
        self._nonce = secrets.token_hex(8)

    def banner(
        self,
        environ: Environ,
        language: str,
        nonce: str = "",
        consent: Consent | None = None,
    ) -> Markup:
        """Get the banner for a page in this language, or the link to opt out."""
        notice = self._notice(environ, language)
        consent = consent or environ[KEY].consent
        granted = consent.granted
        posted = is_posted(environ)
        extra = {
            "granted": granted,
            "nonce": nonce and self._nonce,
            "posted": posted,
            "consent": consent,
            "news": self._named(consent, notice),
        }
        shown = (consent.opted_out, consent.renewed, consent.news)
        key = (notice.language, bool(nonce), granted, posted, *shown)
        name = "strip" if consent.decided else "banner"
        html = self._render(name, key, environ, notice, extra)
        return Markup(html.replace(self._nonce, escape(nonce)))  # noqa: S704  escaped

    def _named(self, consent: Consent, notice: Notice) -> list[str]:
        """Get what the visitor was never asked about, as they know it."""
        policy = self._shop.policy
        told = (k for k in policy.services if k in consent.news)
        lone = (g.key for g in policy.optional_groups if g.key in consent.news)
        keys = [*told, *(k for k in lone if policy.members[k] == {k})]
        return [self._shop.name_of(key, notice) for key in keys]

    def language(self, environ: Environ) -> str:
        """Get the language of our words on pages that name none."""
        return negotiate(None, self._accepted(environ))

    def _accepted(self, environ: Environ) -> str | None:
        """Get the languages that a page may be in for its visitor's sake."""
        if self._shop.settings.delivery == "private":
            return environ.get("HTTP_ACCEPT_LANGUAGE")
        return None  # others, who read another language, may be shown it too

    def sweep(self, environ: Environ, nonce: str = "") -> Markup:
        """Get the script that empties the storage of services just refused."""
        script = prefix_of(environ, self._shop) + SCRIPT.path
        carried = Markup(' nonce="{}"').format(nonce) if nonce else ""
        posted = " data-posted" if is_posted(environ) else ""
        return Markup(
            "<template data-consentkit-sweep{}></template>"
            '<script type="module" src="{}"{}></script>'
        ).format(posted, script, carried)

    def placeholder(self, environ: Environ, gap: Gap) -> Markup:
        """Get what stands for a withheld element."""
        notice = self._notice(environ, gap.language)
        service = self._shop.service(gap.service)
        provider = service.provider if service else ""
        extra = {
            "texts": notice.content["texts"],
            "language": notice.language,
            "direction": notice.content["direction"],
            "service_key": self._shop.key_to_add(gap.service),
            "service_name": self._shop.name_of(gap.service, notice),
            "provider": "" if provider in _own_names(self._shop) else provider,
            "privacy_url": service.privacy_url if service else "",
            "purpose": self._purpose(service, notice),
            "kind": _kind(service, gap),
            "fills": gap.fills,
            "width": gap.width,
            "height": gap.height,
        }
        extra["in_form"] = not extra["service_key"]
        nonce = environ.get(NONCE, "")
        extra["nonce"] = nonce and self._nonce
        key = (notice.language, gap, bool(nonce))
        html = self._render("placeholder", key, environ, notice, extra)
        return Markup(html.replace(self._nonce, escape(nonce)))  # noqa: S704  escaped

    @staticmethod
    def _purpose(service: Service | None, notice: Notice) -> str:
        return texts(notice.language).resolve(service.purpose) if service else ""

    def _notice(self, environ: Environ, language: str) -> Notice:
        accepted = self._accepted(environ)
        wanted = language or environ.get(LANGUAGE)
        return self._shop.notices[negotiate(wanted, accepted)]

    def _render(
        self,
        name: str,
        key: tuple[object, ...],
        environ: Environ,
        notice: Notice,
        extra: Mapping[str, object],
    ) -> str:
        prefix = prefix_of(environ, self._shop)
        key = (name, prefix, *key)
        html = self._rendered.get(key)
        if html is None:
            context = base_context(prefix) | {
                "notice": notice.content,
                "notice_hash": notice.hash,
                "next": self._next,
                "preferences_url": f"{prefix}/?lang={notice.language}"
                f"&next={self._next}",
            }
            context |= dict(extra)
            template = self._app.jinja_env.get_template(f"consentkit/{name}.html")
            html = self._rendered_now(template, context, environ)
            room = len(self._rendered) < _REMEMBERED
            if room and not self._app.jinja_env.auto_reload:
                self._rendered[key] = html
        return self._put_next(html, environ)

    def _rendered_now(
        self, template: Template, context: Mapping[str, object], environ: Environ
    ) -> str:
        """Render a template between the app's answer and ours.

        Without a context, whose end would run the shop's teardown functions once
        more; an override that needs one, for ``url_for``, gets one.
        """
        try:
            return template.render(context)
        except RuntimeError:
            with self._app.request_context(environ):
                return template.render(context)

    def _put_next(self, html: str, environ: Environ) -> str:
        """Put the path to come back to into links (quoted) and fields (escaped)."""
        target = page_target(environ)
        html = html.replace(f"next={self._next}", "next=" + quote(target, safe="/"))
        return html.replace(self._next, escape(target))
