"""What templates of the shop can use."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import quote

from flask import render_template, request
from jinja2 import nodes
from jinja2.ext import Extension
from markupsafe import Markup

from .consent import Consent
from .everybody import BodyStart, anybodys, is_for_all
from .rendering import (
    consent_nonce,
    negotiated_notice,
    page_context,
    page_nonce,
    page_target,
)
from .shop import (
    BLUEPRINT,
    EXTENSION,
    current_consent,
    current_shop,
    current_visit,
)
from .vendor_script import VendorScript

if TYPE_CHECKING:
    from flask import Flask
    from jinja2.parser import Parser

    from .enforce.visit import Environ
    from .rendering import PageParts


class ConsentBlock(Extension):
    """``{% consent "KEY" %}...{% else %}...{% endconsent %}``."""

    tags = {"consent"}  # noqa: RUF012  as Jinja declares it

    def parse(self, parser: Parser) -> nodes.Node:
        """Read the block as a condition on the visitor's consent."""
        line = next(parser.stream).lineno
        granted = self.call_method("_is_granted", [parser.parse_expression()])
        body = parser.parse_statements(("name:else", "name:endconsent"))
        otherwise: list[nodes.Node] = []
        if next(parser.stream).test("name:else"):
            otherwise = parser.parse_statements(("name:endconsent",), drop_needle=True)
        return nodes.If(granted, body, [], otherwise).set_lineno(line)

    def _is_granted(self, key: str) -> bool:
        return current_consent.has(key)


def add_to(app: Flask, parts: PageParts) -> None:
    """Give an app's templates our block, functions and the visitor's consent."""
    shop = app.extensions[EXTENSION]
    everybody = BodyStart(shop, parts, VendorScript(shop))

    def consent_banner() -> Markup:
        """Get the banner, where it is due, to be placed by hand."""
        visit, shop = current_visit(), current_shop()
        asks = not visit.consent.decided or visit.consent.regime.is_opt_out
        due = visit.banner and (asks or is_for_all(shop))
        visit.banner = False
        language = shop.language() or ""
        if not due:
            return Markup()
        make = for_everybody if is_for_all(shop) else parts.banner
        return make(request.environ, language, page_nonce())

    def for_everybody(environ: Environ, language: str, nonce: str) -> Markup:
        nobody, environ = Consent(current_shop().policy), anybodys(environ)
        banner = parts.banner(environ, language, nonce, nobody)
        return everybody.markup(environ, language, nonce, banner)

    app.jinja_env.add_extension(ConsentBlock)
    app.jinja_env.globals.update(
        current_consent=current_consent,
        consent_banner=consent_banner,
        consent_link=consent_link,
        cookie_declaration=cookie_declaration,
        consent_nonce=consent_nonce,
    )


def consent_link(text: str = "") -> Markup:
    """Get the link that leads back to the choices, for the foot of every page."""
    notice = negotiated_notice()
    context = page_context(notice)
    words = context["notice"]["texts"]
    default = words["link"]
    # Whether the page is for everybody is known only once it is made.
    asks = is_for_all(current_shop())
    consent = Consent(current_shop().policy) if asks else current_consent
    if consent.regime.is_opt_out:
        default = f"{words['rights_link']}: {words['rights_do_not']}"
        context["preferences_url"] = context["rights_url"]
        current_visit().banner = False  # the page has its way to opt out
    html = render_template(
        "consentkit/link.html",
        **context | {"consent": consent},
        text=text or default,
        texts=words,
        back=_here(),
        granted=consent.granted,
        opted_out=consent.opted_out,
        asks=asks,
    )
    return Markup(html)  # noqa: S704  rendered with autoescape


def cookie_declaration() -> Markup:
    """Get the table of everything that is stored, by group and service."""
    notice = negotiated_notice()
    html = render_template("consentkit/declaration.html", **page_context(notice))
    return Markup(html)  # noqa: S704  rendered with autoescape


def _here() -> str:
    """Get the page to come back to, empty on our own pages."""
    if request.blueprint == BLUEPRINT:
        return ""
    environ = request.environ
    asked = anybodys(environ) if is_for_all(current_shop()) else environ
    return quote(page_target(asked), safe="/")
