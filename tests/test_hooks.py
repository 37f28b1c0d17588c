from __future__ import annotations

import asyncio
import inspect
from typing import TYPE_CHECKING

import pytest
from flask import Flask

from consentkit import ConfigError, ConsentKit, current_consent, hook_withheld

if TYPE_CHECKING:
    from collections.abc import Callable

    from webtest import TestApp


@pytest.fixture
def consent() -> ConsentKit:
    return ConsentKit()


@pytest.fixture
def shop(make_shop: Callable[..., Flask], consent: ConsentKit) -> Flask:
    app = make_shop(consent=consent)

    @consent.hook("cart_reminder", otherwise="withheld")
    def remind(name: str, *, times: int = 1) -> str:
        """Remind somebody."""
        return name * times

    @consent.require("spin")
    def wheel(prize: str) -> str:
        return f"you win {prize}"

    @consent.require("personalisation", otherwise=lambda: "the same for all")
    def offers() -> str:
        return "just for you"

    app.add_url_rule("/remind", view_func=lambda: remind("ann", times=2))
    app.add_url_rule("/wheel/<prize>", "wheel", wheel)
    app.add_url_rule("/offers", "offers", offers)
    app.extensions["remind"] = remind
    return app


def accept(visitor: TestApp) -> None:
    visitor.post("/consent/", {"decision": "accept_all"})


def test_a_hook_runs_with_consent_alone(visitor: TestApp) -> None:
    assert visitor.get("/remind").text.endswith("withheld")
    accept(visitor)
    assert visitor.get("/remind").text == "annann"
    visitor.post("/consent/", {"decision": "withdraw"})
    assert visitor.get("/remind").text.endswith("withheld")


def test_a_hook_without_a_context_is_without_consent(shop: Flask) -> None:
    assert shop.extensions["remind"]("ann") == "withheld"
    with shop.app_context():
        assert shop.extensions["remind"]("ann") == "withheld"


def test_a_hook_keeps_its_name_and_words(shop: Flask) -> None:
    remind = shop.extensions["remind"]
    assert remind.__name__ == "remind"
    assert inspect.getdoc(remind) == "Remind somebody."


def test_who_listens_hears_what_was_withheld(shop: Flask, visitor: TestApp) -> None:
    heard: list[object] = []

    def listen(sender: Flask, hook: str) -> None:
        heard.append((sender, hook))

    with hook_withheld.connected_to(listen, shop):
        visitor.get("/remind")
        accept(visitor)
        visitor.get("/remind")
    assert heard == [(shop, "cart_reminder")]


def test_a_coroutine_is_a_hook_too(shop: Flask, consent: ConsentKit) -> None:
    @consent.hook("cart_reminder")
    async def remind() -> str:
        await asyncio.sleep(0)
        return "reminded"

    assert inspect.iscoroutinefunction(remind)
    with shop.test_request_context():
        assert asyncio.run(remind()) is None


def test_a_required_view_asks_for_what_is_missing(visitor: TestApp) -> None:
    page = visitor.get("/wheel/lamp", status=403)
    assert page.headers["Cache-Control"] == "private, no-store"
    assert "Spin to win" in page
    assert 'id="consentkit"' not in page
    assert page.form["next"].value == "/wheel/lamp"
    back = page.form.submit("add")
    assert back.headers["Location"] == "/wheel/lamp"
    assert "you win lamp" in visitor.get("/wheel/lamp")
    state = visitor.get("/consent/state").json
    assert state["granted"] == ["spin"]


def test_a_required_view_may_have_another_in_its_place(visitor: TestApp) -> None:
    assert "the same for all" in visitor.get("/offers")
    accept(visitor)
    page = visitor.get("/offers")
    assert "just for you" in page
    assert page.headers["Cache-Control"] == "private"


@pytest.mark.parametrize("name", ["hook", "require"])
def test_an_unknown_key_fails_when_both_are_known(
    make_shop: Callable[..., Flask], name: str
) -> None:
    early, late = ConsentKit(), ConsentKit()
    getattr(early, name)("cart_remindr")
    with pytest.raises(ConfigError, match=r"did you mean 'cart_reminder'\?"):
        make_shop(consent=early)
    make_shop(consent=late)
    with pytest.raises(ConfigError, match="cart_remindr"):
        getattr(late, name)("cart_remindr")


def test_consent_is_told_of_outside_a_request(shop: Flask) -> None:
    with shop.app_context():
        assert current_consent.granted == frozenset()
        assert current_consent.has("essential")
        assert not current_consent.decided


def test_an_app_without_it_says_so() -> None:
    with Flask("bare").app_context(), pytest.raises(RuntimeError, match="init_app"):
        current_consent.has("essential")
