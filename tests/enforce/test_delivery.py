from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from consentkit import load_policy
from consentkit.consent import consent_from, decide
from consentkit.cookie import CookieTerms
from consentkit.enforce.delivery import ByVariant, Tokens
from consentkit.enforce.visit import Visit
from tests.conftest import POLICY as DECLARED

if TYPE_CHECKING:
    from consentkit.enforce.headers import Headers

POLICY = load_policy(DECLARED)
TOKEN, BLANK = "t" * 16, "b" * 16
#: Of a visitor in a state of their own, and of one in the state of all newcomers.
OWN, NEW = Tokens(TOKEN, BLANK), Tokens(BLANK, BLANK)
FOR_ALL: Headers = [("Cache-Control", "public, max-age=600")]
SHARED = "public, s-maxage=600, max-age=0, must-revalidate"
ALONE = "private, no-store"
LIFETIME = timedelta(days=10)


def visit(
    *granted: str, decided: bool = True, cookies: Any = (), https: bool = False
) -> Visit:
    now = datetime.now(UTC)
    decision = (
        decide(
            POLICY,
            POLICY.expand(granted),
            consent_id="0" * 32,
            source="banner",
            gpc=False,
            now=now - timedelta(days=1),
        )
        if decided
        else None
    )
    consent = consent_from(POLICY, decision, gpc=False, now=now)
    return Visit(consent, decision, "shop.example", https, cookies=cookies)


def delivery(**terms: Any) -> ByVariant:
    return ByVariant("consent_variant", CookieTerms(**terms), LIFETIME)


def settled(
    tokens: Tokens,
    headers: Headers,
    environ: dict[str, Any] | None = None,
    *,
    alone: bool = False,
) -> tuple[str | None, str | None]:
    made = delivery().settle(environ or {}, headers, tokens, alone=alone)
    found = {k.lower(): v for k, v in made}
    return found.get("cache-control"), found.get("vary")


@pytest.mark.parametrize(
    ("tokens", "known", "expected"),
    [
        (OWN, TOKEN, SHARED),
        (OWN, f" {TOKEN} ", SHARED),
        (NEW, None, SHARED),
        (NEW, "", SHARED),
        (NEW, BLANK, SHARED),
        (OWN, None, "private, no-store"),
        (OWN, "", "private, no-store"),
        (OWN, "x" * 16, "private, no-store"),
        (OWN, BLANK, "private, no-store"),
        (OWN, f"{TOKEN}, {TOKEN}", "private, no-store"),
        (NEW, "x" * 16, "private, no-store"),
        (NEW, TOKEN, "private, no-store"),
    ],
)
def test_only_what_was_made_for_its_key_is_shared(
    tokens: Tokens, known: str | None, expected: str
) -> None:
    environ = {} if known is None else {"HTTP_CONSENT_VARIANT": known}
    cache_control, vary = settled(tokens, FOR_ALL, environ)
    assert cache_control == expected
    assert vary == "Consent-Variant, Sec-GPC"


@pytest.mark.parametrize(
    "headers",
    [
        [],
        [("Cache-Control", "private, max-age=600")],
        [*FOR_ALL, ("Set-Cookie", "a=b")],
        [*FOR_ALL, ("Vary", "Cookie")],
    ],
)
def test_nothing_is_shared_that_the_shop_does_not_share(headers: Headers) -> None:
    cache_control, vary = settled(NEW, headers)
    assert cache_control is not None
    assert "private" in cache_control
    assert vary is not None
    assert {"Cookie", "Sec-GPC"} <= set(vary.split(", "))


def test_what_is_for_one_visitor_alone_is_not_shared() -> None:
    assert settled(NEW, FOR_ALL, alone=True)[0] == "private, no-store"


@pytest.mark.parametrize(
    ("method", "expected"), [("GET", SHARED), ("HEAD", SHARED), ("POST", ALONE)]
)
def test_what_answers_a_form_is_not_shared(method: str, expected: str) -> None:
    assert settled(NEW, FOR_ALL, {"REQUEST_METHOD": method})[0] == expected


def test_who_is_known_to_the_shop_gets_an_answer_of_their_own() -> None:
    headers: Headers = [("Cache-Control", "max-age=600")]
    known = {"HTTP_AUTHORIZATION": "Basic x"}
    assert settled(NEW, headers, known)[0] == "private, max-age=600"
    assert settled(NEW, FOR_ALL, known)[0] == SHARED


@pytest.mark.parametrize(
    "held", [(), [("consent_variant", "old")], [("consent_variant", TOKEN)] * 2]
)
def test_a_browser_is_told_its_token(held: Any) -> None:
    told = delivery().cookie(visit(cookies=held), OWN)
    assert told is not None
    name, age, *rest = told.split("; ")
    assert name == f"consent_variant={TOKEN}"
    left = LIFETIME - timedelta(days=1)
    assert abs(int(age.removeprefix("Max-Age=")) - left.total_seconds()) < 300
    assert rest == ["Path=/", "SameSite=Lax"]


def test_a_browser_that_knows_is_told_nothing() -> None:
    assert delivery().cookie(visit(cookies=[("consent_variant", TOKEN)]), OWN) is None
    assert delivery().cookie(visit(decided=False), NEW) is None


def test_who_is_told_apart_without_a_choice_is_told_the_token() -> None:
    told = delivery().cookie(visit(decided=False), OWN)
    assert told == (f"consent_variant={TOKEN}; Max-Age=864000; Path=/; SameSite=Lax")


def test_a_browser_without_a_choice_forgets_its_token() -> None:
    of = visit(decided=False, cookies=[("consent_variant", TOKEN)])
    assert delivery().cookie(of, NEW) == (
        "consent_variant=; Max-Age=0; Path=/; SameSite=Lax"
    )


def test_the_token_is_set_as_the_choice_is() -> None:
    terms = {"domain": "shop.example", "secure": True, "samesite": "None"}
    told = delivery(**terms).cookie(visit(), OWN)
    assert told is not None
    assert told.endswith("; Path=/; Domain=shop.example; Secure; SameSite=None")
    assert "Secure" in (delivery().cookie(visit(https=True), OWN) or "")
