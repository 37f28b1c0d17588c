from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from flask import Flask, render_template_string, stream_template_string
from jinja2 import TemplateSyntaxError
from webtest import TestApp

from consentkit import UnknownKey

if TYPE_CHECKING:
    from collections.abc import Callable

BLOCK = '{% consent "spin" %}yours{% else %}anybody\'s{% endconsent %}'
BANNER = 'id="consentkit"'


def page(shop: Flask, source: str, path: str = "/page") -> None:
    shop.add_url_rule(path, path, lambda: render_template_string(source))


def test_a_block_shows_what_may_be_shown(shop: Flask, visitor: TestApp) -> None:
    page(shop, f"<!doctype html><body>{BLOCK}")
    assert "anybody's" in visitor.get("/page")
    visitor.post("/consent/", {"decision": "accept_all"})
    assert "yours" in visitor.get("/page")


def test_a_block_may_have_no_other_side_and_may_nest(
    shop: Flask, visitor: TestApp
) -> None:
    inner = '{% consent "personalisation" %}b{% if 1 %}c{% endif %}{% endconsent %}'
    page(
        shop, f'<!doctype html><body>{{% consent "spin" %}}a{inner}{{% endconsent %}}d'
    )
    visitor.post("/consent/", {"decision": "save", "granted": "spin"})
    assert visitor.get("/page").text.endswith("<body>ad")
    visitor.post("/consent/", {"decision": "accept_all"})
    assert visitor.get("/page").text.endswith("<body>abcd")


def test_an_unknown_key_in_a_block_is_an_error(shop: Flask) -> None:
    with shop.test_request_context(), pytest.raises(UnknownKey):
        render_template_string('{% consent "spinn" %}{% endconsent %}')


def test_an_unended_block_is_a_syntax_error(shop: Flask) -> None:
    with shop.test_request_context(), pytest.raises(TemplateSyntaxError):
        render_template_string('{% consent "spin" %}')


def test_without_a_visitor_there_is_no_consent(shop: Flask) -> None:
    with shop.app_context():
        assert render_template_string(BLOCK) == "anybody's"


def test_templates_know_the_consent(shop: Flask, visitor: TestApp) -> None:
    page(shop, "{{ current_consent.has('essential') }} {{ current_consent.decided }}")
    assert "True False" in visitor.get("/page")


@pytest.mark.parametrize("auto", [True, False])
def test_a_banner_placed_by_hand_is_the_only_one(
    make_shop: Callable[..., Flask], *, auto: bool
) -> None:
    shop = make_shop(CONSENTKIT_AUTO_BANNER=auto)
    page(shop, "<!doctype html><body><main>{{ consent_banner() }}</main>")
    visitor = TestApp(shop, extra_environ={"HTTP_ACCEPT": "text/html"})
    text = visitor.get("/page").text
    assert text.count(BANNER) == 1
    assert text.index("<main>") < text.index(BANNER)
    visitor.post("/consent/", {"decision": "reject_all"})
    assert BANNER not in visitor.get("/page")


def test_a_streamed_page_gets_one_banner(shop: Flask) -> None:
    source = "<!doctype html><body><p>{{ consent_banner() }}</p>"
    shop.add_url_rule("/s", "s", lambda: stream_template_string(source))
    assert shop.test_client().get("/s").text.count(BANNER) == 1


def test_the_way_back_to_the_choices(shop: Flask, visitor: TestApp) -> None:
    page(shop, "<!doctype html><body>{{ consent_link('Your <choices>') }}")
    text = visitor.get("/page?a=1&b=2").text
    assert 'href="/consent/?next=/page%3Fa%3D1%26b%3D2"' in text
    assert "Your &lt;choices&gt;" in text
    opted_out = visitor.get("/page", headers={"Sec-GPC": "1"})
    assert "Opt-out request honoured" in opted_out


def test_everything_that_is_stored_is_declared(shop: Flask, visitor: TestApp) -> None:
    page(shop, "<!doctype html><body>{{ cookie_declaration() }}")
    text = visitor.get("/page").text
    assert "spin_*" in text
    assert "_fbp" in text
    assert "90 days" in text


def test_the_banner_carries_the_shops_nonce(shop: Flask, visitor: TestApp) -> None:
    def nonced() -> tuple[str, dict[str, str]]:
        nonce = render_template_string("{{ consent_nonce() }}")
        assert render_template_string("{{ consent_nonce() }}") == nonce
        policy = f"script-src 'nonce-{nonce}'"
        return "<!doctype html><body>x", {"Content-Security-Policy": policy}

    shop.add_url_rule("/nonced", view_func=nonced)
    first, second = visitor.get("/nonced"), visitor.get("/nonced")
    nonces = [
        answer.headers["Content-Security-Policy"].split("'nonce-")[1][:-1]
        for answer in (first, second)
    ]
    assert f'nonce="{nonces[0]}"' in first
    assert f'nonce="{nonces[1]}"' in second
    assert nonces[0] != nonces[1]
