from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import create_engine
from webtest import TestApp

from consentkit import ConsentKit

if TYPE_CHECKING:
    from collections.abc import Callable

    from flask import Flask

    from consentkit.log import Record

MakeShop = "Callable[..., Flask]"


def records(shop: Flask) -> list[Record]:
    return list(shop.extensions["consentkit"].log.records())


@pytest.mark.parametrize(
    ("fields", "granted"),
    [
        ({"decision": "accept_all"}, ["meta_pixel", "personalisation", "spin"]),
        ({"decision": "reject_all"}, []),
        ({"decision": "save", "granted": "spin"}, ["spin"]),
        (
            {"decision": "save", "granted": "personalisation"},
            ["meta_pixel", "personalisation", "spin"],
        ),
        ({"decision": "save", "granted": "essential"}, []),
        ({"decision": "save", "unknown": "field"}, []),
        ({"decision": "withdraw", "granted": "spin"}, []),
    ],
)
def test_a_form_decides_and_leads_back(
    shop: Flask, visitor: TestApp, fields: dict[str, str], granted: list[str]
) -> None:
    answer = visitor.post("/consent/", fields | {"next": "/lamps?page=2"})
    assert answer.status_int == 303
    assert answer.headers["Location"] == "/lamps?page=2"
    assert answer.headers["Cache-Control"] == "private, no-store"
    assert visitor.get("/consent/state").json["granted"] == granted
    assert list(records(shop)[0].granted) == granted


def test_several_services_are_granted_at_once(visitor: TestApp) -> None:
    fields = [("decision", "save"), ("granted", "spin"), ("granted", "meta_pixel")]
    visitor.post("/consent/", fields)
    granted = visitor.get("/consent/state").json["granted"]
    assert granted == ["meta_pixel", "personalisation", "spin"]


def test_a_placeholder_adds_to_what_is_granted(visitor: TestApp) -> None:
    visitor.post("/consent/", {"decision": "save", "granted": "spin"})
    visitor.post("/consent/", {"decision": "save", "add": "meta_pixel"})
    assert {"spin", "meta_pixel"} <= set(visitor.get("/consent/state").json["granted"])


def test_json_decides_and_is_answered(shop: Flask, visitor: TestApp) -> None:
    body = {"decision": "save", "granted": ["spin"]}
    kind = "application/json; charset=utf-8"
    answer = visitor.post_json("/consent/", body, content_type=kind)
    assert answer.json["granted"] == ["spin"]
    assert answer.json["refused"] == ["meta_pixel", "personalisation"]
    assert answer.json["receipt"]["id"] == records(shop)[0].id
    assert datetime.fromisoformat(answer.json["decided_at"]).tzinfo == UTC


@pytest.mark.parametrize(
    ("headers", "environ", "name", "flags"),
    [
        ({}, "http", "consent", {"HttpOnly", "Path=/", "SameSite=Lax"}),
        (
            {},
            "https",
            "__Host-consent",
            {"HttpOnly", "Path=/", "SameSite=Lax", "Secure"},
        ),
    ],
)
def test_the_cookies_flags_follow_the_scheme(
    visitor: TestApp, headers: Any, environ: str, name: str, flags: set[str]
) -> None:
    answer = visitor.post(
        "/consent/",
        {"decision": "reject_all"},
        extra_environ={"wsgi.url_scheme": environ},
    )
    pair, *attributes = answer.headers["Set-Cookie"].split("; ")
    assert pair.partition("=")[0] == name
    timeless = {a for a in attributes if not a.startswith(("Expires", "Max-Age"))}
    assert timeless == flags
    assert f"Max-Age={182 * 86400}" in attributes


@pytest.mark.parametrize(
    ("config", "flags"),
    [
        ({"CONSENTKIT_COOKIE_SECURE": True}, {"Secure", "SameSite=Lax"}),
        (
            {"CONSENTKIT_COOKIE_DOMAIN": ".shop.example"},
            {"Domain=shop.example", "SameSite=Lax"},
        ),
        (
            {"CONSENTKIT_COOKIE_SECURE": True, "CONSENTKIT_COOKIE_SAMESITE": "None"},
            {"Secure", "SameSite=None"},
        ),
    ],
)
def test_the_cookies_flags_follow_the_settings(
    make_shop: Callable[..., Flask], config: dict[str, Any], flags: set[str]
) -> None:
    visitor = TestApp(make_shop(**config))
    answer = visitor.post("/consent/", {"decision": "reject_all"})
    assert flags <= set(answer.headers["Set-Cookie"].split("; "))


def test_the_same_decision_twice_is_one_record(shop: Flask, visitor: TestApp) -> None:
    for _ in range(3):
        visitor.post("/consent/", {"decision": "accept_all"})
    assert len(records(shop)) == 1


def test_no_address_and_no_full_user_agent_is_kept(
    shop: Flask, visitor: TestApp
) -> None:
    agent = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"
    fields = {"decision": "accept_all", "next": "/lamps?email=a@b.example#me"}
    visitor.post(
        "/consent/",
        fields,
        headers={"User-Agent": agent},
        extra_environ={"REMOTE_ADDR": "203.0.113.7"},
    )
    kept = str(records(shop)[0])
    assert "203.0.113" not in kept
    assert "Gecko" not in kept
    assert "a@b.example" not in kept
    assert records(shop)[0].path == "/lamps"


# -- what a visitor must not be able to do --------------------------------------------


@pytest.mark.parametrize(
    "headers",
    [
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
        {"Sec-Fetch-Site": "cross-site", "Origin": "http://localhost:80"},
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {"Origin": "http://localhost.evil.example"},
    ],
)
def test_another_site_cannot_decide(
    shop: Flask, visitor: TestApp, headers: dict[str, str]
) -> None:
    for post in (visitor.post, visitor.post_json):
        fields = {"decision": "accept_all"}
        answer = post("/consent/", fields, headers=headers, status=403)
        assert "Set-Cookie" not in answer.headers
    assert records(shop) == []


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Sec-Fetch-Site": "same-origin", "Origin": "https://seen.by.a.proxy"},
        {"Sec-Fetch-Site": "none"},
        {"Origin": "http://xn--mller-kva.example", "Host": "xn--mller-kva.example"},
        {"Origin": "http://shop.example:81", "Host": "shop.example:81"},
    ],
)
def test_the_shops_own_pages_can_decide(
    visitor: TestApp, headers: dict[str, str]
) -> None:
    visitor.post("/consent/", {"decision": "accept_all"}, headers=headers, status=303)


@pytest.mark.parametrize(
    "target",
    [
        "//evil.example",
        "/\\evil.example",
        "\\\\evil.example",
        "https://evil.example/",
        "https:evil.example",
        "javascript:alert(1)",
        " //evil.example",
        "/\t/evil.example",
        "/\n/evil.example",
        "\t//evil.example",
        "/\x00/evil.example",
        "/a\r\nSet-Cookie: x=1",
        "evil.example",
        "/\u2028/evil.example",
        "/" + "x" * 3000,
        "",
    ],
)
def test_no_one_is_led_elsewhere(visitor: TestApp, target: str) -> None:
    answer = visitor.post("/consent/", {"decision": "reject_all", "next": target})
    assert answer.status_int == 303
    assert answer.headers["Location"] == "/consent/"
    page = visitor.get("/consent/", {"next": target})
    assert "evil.example" not in page


@pytest.mark.parametrize(
    ("target", "location"),
    [
        ("/..//evil.example", "/..//evil.example"),
        ("/%5cevil.example", "/%5cevil.example"),
        ("/%2f%2fevil.example", "/%2f%2fevil.example"),
        ("/\uff0fevil.example", "/%EF%BC%8Fevil.example"),
        ("/@evil.example", "/@evil.example"),
        ("/caf\xe9?q=\xe9", "/caf%C3%A9?q=%C3%A9"),
    ],
)
def test_odd_paths_stay_paths(visitor: TestApp, target: str, location: str) -> None:
    # Browsers resolve each of these on the host they asked (WHATWG URL, path state).
    answer = visitor.post("/consent/", {"decision": "reject_all", "next": target})
    assert answer.headers["Location"] == location


EVIL = "\"'><script>alert(1)</script>"


@pytest.mark.parametrize("path", ["/", "/consent/"])
def test_nothing_sent_comes_back_as_markup(visitor: TestApp, path: str) -> None:
    page = visitor.get(
        path,
        {"q": EVIL, "lang": EVIL, "next": f"/{EVIL}"},
        headers={"Accept-Language": EVIL, "User-Agent": EVIL, "Host": "a.example"},
    )
    assert "<script>alert" not in page
    assert "alert(1)</script>" not in page


def test_a_path_comes_back_as_text(visitor: TestApp) -> None:
    page = visitor.get(f"/{EVIL}", status=404)
    assert "<script>alert" not in page
    assert "&#34;" not in page.form["next"].value
    answer = page.form.submit("decision", value="reject_all")
    assert answer.headers["Location"].startswith("/%22%27%3E%3Cscript%3E")


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({}, "decision"),
        ({"decision": ""}, "decision"),
        ({"decision": "accept"}, "decision"),
        ({"decision": "gpc"}, "decision"),
        ({"decision": "save", "granted": "nonsense"}, "granted"),
        ({"decision": "save", "add": "nonsense"}, "add"),
        ({"decision": "save", "surface": "moon"}, "surface"),
        ({"decision": "save", "surface": "gpc"}, "surface"),
        ({"decision": "accept_all", "notice": "0" * 64}, "notice"),
    ],
)
def test_what_is_wrong_is_named(
    shop: Flask, visitor: TestApp, fields: dict[str, str], field: str
) -> None:
    answer = visitor.post_json("/consent/", fields, status=400)
    assert answer.json["error"]["field"] == field
    assert answer.json["error"]["why"]
    assert "Set-Cookie" not in visitor.post("/consent/", fields, status=400).headers
    assert records(shop) == []


def test_a_refusal_needs_no_present_notice(visitor: TestApp) -> None:
    fields = {"decision": "reject_all", "notice": "0" * 64}
    visitor.post("/consent/", fields, status=303)


def test_a_grant_on_an_old_notice_shows_the_present_one(visitor: TestApp) -> None:
    fields = {"decision": "accept_all", "notice": "0" * 64, "next": "/lamps"}
    page = visitor.post("/consent/", fields, status=400)
    assert page.forms[0]["next"].value.endswith("next=/lamps")
    assert page.forms[0].submit("decision", value="accept_all").status_int == 303


# -- without a log --------------------------------------------------------------------


@pytest.fixture
def without_log(make_shop: Callable[..., Flask]) -> TestApp:
    engine = create_engine("sqlite:////nowhere/at/all/consent.sqlite3")
    return TestApp(make_shop(consent=ConsentKit(engine=engine)))


def test_without_a_log_nothing_is_granted(without_log: TestApp) -> None:
    for post in (without_log.post, without_log.post_json):
        answer = post("/consent/", {"decision": "accept_all"}, status=503)
        assert "Set-Cookie" not in answer.headers
        assert answer.headers["Retry-After"] == "60"
    assert without_log.get("/consent/state").json["granted"] == []


@pytest.mark.parametrize("decision", ["reject_all", "withdraw", "save"])
def test_without_a_log_a_refusal_holds(without_log: TestApp, decision: str) -> None:
    without_log.post("/consent/", {"decision": decision}, status=303)
    assert without_log.get("/consent/state").json["decided"] is True
    assert 'id="consentkit"' not in without_log.get("/")


def test_without_a_log_every_page_still_works(without_log: TestApp) -> None:
    without_log.post("/consent/", {"decision": "reject_all"})
    without_log.get("/consent/", status=200)
    without_log.get("/consent/receipts", status=503)


# -- what visitors see ----------------------------------------------------------------


def test_the_preferences_show_the_choice_and_its_history(visitor: TestApp) -> None:
    visitor.post("/consent/", {"decision": "save", "granted": "spin"})
    visitor.post("/consent/", {"decision": "withdraw"})
    page = visitor.get("/consent/")
    assert page.headers["Cache-Control"] == "private, no-store"
    assert "Spin to win" in page
    rows = page.html.select("[aria-labelledby=ck-history] .ck-list > li")
    assert len([row for row in rows if row.find("time")]) == 2
    assert 'id="consentkit"' not in page


def test_visitors_get_their_own_receipts_alone(shop: Flask, visitor: TestApp) -> None:
    other = TestApp(shop)
    other.post("/consent/", {"decision": "accept_all"})
    assert visitor.get("/consent/receipts").json == []
    visitor.post("/consent/", {"decision": "reject_all"})
    receipts = visitor.get("/consent/receipts").json
    assert [receipt["decision"] for receipt in receipts] == ["reject_all"]
    shop.extensions["consentkit"].log.seal()
    proof = visitor.get("/consent/receipts").json[0]["proof"]
    assert proof["leaf_index"] == 1
    assert proof["checkpoint"].startswith("consentkit/")
    assert len(proof["path"]) == 1


@pytest.mark.parametrize("language", ["en", "de"])
def test_the_page_is_in_the_visitors_language(visitor: TestApp, language: str) -> None:
    page = visitor.get("/consent/", headers={"Accept-Language": language})
    assert f'<html lang="{language}"' in page
    assert f'<html lang="{language}"' in visitor.get("/consent/", {"lang": language})


def test_assets_are_kept_for_good_under_their_present_name(visitor: TestApp) -> None:
    page = visitor.get("/consent/").text
    paths = re.findall(r'"(/consent/static/[^"]+)"', page)
    assert len(paths) == 4
    for path in paths:
        asset = visitor.get(path)
        assert asset.headers["Cache-Control"].endswith("immutable")
        assert asset.content_type in {"text/css", "text/javascript"}
        stem, _, suffix = path.rsplit(".", 2)
        old = visitor.get(f"{stem}.0123456789ab.{suffix}")
        assert old.body == asset.body
        assert "immutable" not in old.headers["Cache-Control"]


@pytest.mark.parametrize("name", ["x.0.css", "../settings.0.py", "consentkit.0.html"])
def test_nothing_else_is_an_asset(visitor: TestApp, name: str) -> None:
    visitor.get(f"/consent/static/consentkit/{name}", status=404)
