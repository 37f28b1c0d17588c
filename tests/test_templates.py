"""The markup that visitors get, rendered without an app."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from bs4 import BeautifulSoup, Tag
from jinja2 import Environment, PackageLoader, StrictUndefined, select_autoescape

from consentkit.consent import Consent
from consentkit.notice import build_notice
from consentkit.policy import Cookie, Group, Hook, NoticeTerms, Policy, Service

EVIL = "<img src=x onerror=alert(1)>\"'"
DECIDED_AT = datetime(2026, 5, 3, 9, 7, tzinfo=UTC)

POLICY = Policy(
    NoticeTerms("Pebble & Pine Ltd", "privacy@pebble.example", "/privacy"),
    {
        "essential": Group("essential"),
        "personalisation": Group("personalisation"),
        "reviews": Group("reviews", "Review requests", EVIL),
    },
    {
        "shop": Service(
            "shop",
            "The shop",
            "essential",
            purpose="purpose:shop_core",
            reason="purpose:needed_shop",
            cookies=(Cookie("session", "purpose:cookie_login"),),
        ),
        "youtube": Service(
            "youtube",
            "YouTube",
            "personalisation",
            "Google Ireland Limited",
            "purpose:video",
            privacy_url="https://policies.example/privacy",
            cookies=(Cookie("VISITOR", "", timedelta(days=180), "third"),),
        ),
        "spin": Service("spin", "Spin to win", "personalisation", purpose="A game"),
    },
    {"cart": Hook("cart", "personalisation", purpose="Reminds you of a basket")},
)

PAGES = ("banner", "preferences", "placeholder", "required", "declaration", "message")


@pytest.fixture(scope="module")
def templates() -> Environment:
    return Environment(
        loader=PackageLoader("consentkit"),
        autoescape=select_autoescape(),
        undefined=StrictUndefined,
    )


def _context(language: str = "en", **changes: object) -> dict[str, Any]:
    notice = build_notice(POLICY, language)
    return {
        "notice": notice.content,
        "notice_hash": notice.hash,
        "texts": notice.content["texts"],
        "consent": Consent(POLICY),
        "action": "/consent/",
        "preferences_url": "/consent/?next=/cups",
        "next": "/cups?a=1&b=2",
        "css_url": "/consent/static/consentkit/consentkit.1.css",
        "js_url": "/consent/static/consentkit/consentkit.1.js",
        "placeholder_css_url": "/consent/static/consentkit/placeholder.1.css",
        "choices_css_url": "/consent/static/consentkit/choices.1.css",
        "choices_js_url": "/consent/static/consentkit/choices.1.js",
        "posted": False,
        "nonce": "",
        "granted": frozenset(),
        "history": [],
        "message": None,
        "service_key": "youtube",
        "service_name": "YouTube",
        "provider": "Google Ireland Limited",
        "privacy_url": "https://policies.example/privacy",
        "purpose": "Plays a film.",
        "kind": "video",
        "fills": False,
        "width": 560,
        "height": 315,
        "language": language,
        "direction": "ltr",
        "in_form": False,
        "required_name": "YouTube",
        "required_key": "youtube",
        "title": "Title",
        "text": EVIL,
        "back": "/cups",
        "opted_out": False,
    } | changes


def _render(
    templates: Environment, name: str, language: str = "en", **changes: object
) -> BeautifulSoup:
    context = _context(language, **changes)
    html = templates.get_template(f"consentkit/{name}.html").render(context)
    return BeautifulSoup(html, "html.parser")


def _one(soup: BeautifulSoup | Tag, selector: str) -> Tag:
    found = soup.select(selector)
    assert len(found) == 1, f"{selector}: {len(found)}"
    return found[0]


def _form(soup: BeautifulSoup | Tag) -> dict[str, object]:
    return {str(i["name"]): i["value"] for i in soup.select("input[type=hidden]")}


@pytest.mark.parametrize("name", PAGES)
@pytest.mark.parametrize("language", ["en", "de"])
def test_nothing_inline_that_a_strict_policy_refuses(
    templates: Environment, name: str, language: str
) -> None:
    for tag in _render(templates, name, language).select("*"):
        assert not [a for a in tag.attrs if a == "style" or a.startswith("on")], tag
        assert tag.name != "style"
        assert tag.name != "script" or (tag["src"] and not tag.text)
        assert not str(tag.get("href", "")).startswith("javascript:")


@pytest.mark.parametrize("name", [*PAGES, "link"])
def test_no_name_that_filter_lists_hide(templates: Environment, name: str) -> None:
    banned = re.compile(r"cookie-banner|cookieconsent|consent-banner|cookie-?notice")
    for tag in _render(templates, name).select("*"):
        named = f"{tag.get('id', '')} {' '.join(tag.get('class') or [])}"
        assert not banned.search(named), tag


@pytest.mark.parametrize("name", PAGES)
def test_the_shops_words_are_escaped(templates: Environment, name: str) -> None:
    soup = _render(templates, name, service_name=EVIL, provider=EVIL)
    assert not soup.select("img")


@pytest.mark.parametrize("name", ["banner", "preferences", "required", "message"])
def test_a_nonce_is_carried_only_where_there_is_one(
    templates: Environment, name: str
) -> None:
    assert not _render(templates, name).select("[nonce]")
    soup = _render(templates, name, nonce="abc")
    carriers = soup.select("link, script")
    assert {tag["nonce"] for tag in carriers} == {"abc"}


@pytest.mark.parametrize("name", ["banner", "preferences", "required"])
def test_ids_are_unique_and_references_lead_somewhere(
    templates: Environment, name: str
) -> None:
    soup = _render(templates, name)
    ids = [tag["id"] for tag in soup.select("[id]")]
    assert len(ids) == len(set(ids))
    for attribute in ("aria-labelledby", "aria-describedby"):
        for tag in soup.select(f"[{attribute}]"):
            assert str(tag[attribute]) in ids


def test_accept_and_reject_differ_in_words_and_value_only(
    templates: Environment,
) -> None:
    for name in ("banner", "preferences"):
        soup = _render(templates, name)
        accept = _one(soup, "button[value=accept_all]")
        reject = _one(soup, "button[value=reject_all]")
        assert accept.find_next_sibling() is reject
        assert accept.attrs | {"value": ""} == reject.attrs | {"value": ""}
        assert not accept.select("*")
        assert not reject.select("*")


def test_the_banner_is_a_form_that_needs_no_script(templates: Environment) -> None:
    root = _one(_render(templates, "banner"), "#consentkit")
    form = _one(root, "form")
    assert root["class"] == ["consentkit"]
    assert root["role"] == "dialog"
    assert "aria-modal" not in root.attrs
    assert "data-nosnippet" in root.attrs
    assert (form["method"], form["action"]) == ("post", "/consent/")
    assert _form(form) == {
        "surface": "banner",
        "notice": build_notice(POLICY, "en").hash,
        "next": "/cups?a=1&b=2",
    }
    assert [b["type"] for b in form.select("button")] == ["submit", "submit"]
    assert _one(form, "a.ck-button")["href"] == "/consent/?next=/cups"
    assert not form.select("input[type=checkbox]")


def test_the_first_layer_says_who_what_for_to_whom_how_long_and_where(
    templates: Environment,
) -> None:
    text = _one(_render(templates, "banner"), ".ck-text")
    words = text.get_text()
    assert "Pebble & Pine Ltd" in words
    assert "Personalisation" in words
    assert "Review requests" in words
    assert "1 other company" in words
    assert "6 months" in words
    assert "withdraw" in words
    assert "Privacy choices" in words
    assert _one(text, "a")["href"] == "/privacy"


def test_the_banner_says_what_holds_only_where_something_does(
    templates: Environment,
) -> None:
    assert not _render(templates, "banner").select("[data-granted]")
    root = _one(_render(templates, "banner", granted={"spin", "a"}), "#consentkit")
    assert root["data-granted"] == "a spin"


def test_every_optional_switch_is_off_at_first(templates: Environment) -> None:
    soup = _render(templates, "preferences")
    boxes = soup.select("input[type=checkbox][name]")
    assert [box["value"] for box in boxes] == ["youtube", "spin", "reviews"]
    assert {box["name"] for box in boxes} == {"granted"}
    assert not soup.select("input[checked]")


def test_only_what_is_granted_is_on(templates: Environment) -> None:
    consent = Consent(POLICY, frozenset({"youtube"}), decided=True)
    soup = _render(templates, "preferences", consent=consent)
    assert [box["value"] for box in soup.select("input[checked]")] == ["youtube"]


def test_essential_says_always_on_in_words(templates: Environment) -> None:
    soup = _render(templates, "preferences")
    card = _one(soup, "[aria-labelledby=ck-group-essential]")
    assert "Always on" in card.get_text()
    assert not card.select("input")
    assert "Why it is always on" in card.get_text()


def test_a_groups_own_switch_waits_for_the_script(templates: Environment) -> None:
    lead = _one(_render(templates, "preferences"), "[data-ck-all]")
    assert "hidden" in lead.attrs
    assert "name" not in _one(lead, "input").attrs


def test_enter_in_a_switch_saves_and_neither_accepts_nor_rejects(
    templates: Environment,
) -> None:
    soup = _render(templates, "preferences")
    form = next(f for f in soup.select("form") if f.select("input[type=checkbox]"))
    assert form.select("button")[0]["value"] == "save"


def test_each_service_shows_its_provider_policy_and_cookies(
    templates: Environment,
) -> None:
    soup = _render(templates, "preferences")
    item = soup.select("ul.ck-services > li")[1]
    assert "Provided by Google Ireland Limited" in item.get_text()
    assert _one(item, "a")["href"] == "https://policies.example/privacy"
    cookie = _one(item, "details li")
    assert _one(cookie, "code").text == "VISITOR"
    assert _facts(cookie) == {
        "Kept": "180 days",
        "Set by": "the provider",
        "Kind": "Cookie",
    }
    assert "Reminds you of a basket" in soup.get_text()


def _facts(soup: Tag) -> dict[str, str]:
    return {
        _one(fact, "dt").text: _one(fact, "dd").get_text(strip=True)
        for fact in soup.select("dl > div")
    }


def test_who_would_receive_data_is_named_with_what_for(templates: Environment) -> None:
    soup = _render(templates, "preferences")
    company = _one(soup, "[aria-labelledby=ck-recipients] li")
    assert _one(company, "b").text == "Google Ireland Limited"
    assert "YouTube: Plays videos" in company.get_text()


@pytest.mark.parametrize(
    ("granted", "told"), [((), "On: 0 of 2"), (("youtube",), "On: 1 of 2")]
)
def test_a_group_says_how_many_of_its_services_are_on(
    templates: Environment, granted: tuple[str, ...], told: str
) -> None:
    consent = Consent(POLICY, frozenset(granted), decided=True)
    soup = _render(templates, "preferences", consent=consent)
    assert _one(soup, "[data-ck-count]").text == told


def test_an_undecided_visitor_is_told_so(templates: Environment) -> None:
    state = _one(_render(templates, "preferences"), ".ck-state")
    assert "not decided" in state.get_text()
    assert not state.select("button")


def test_a_grant_can_be_withdrawn_where_it_is_shown(templates: Environment) -> None:
    granted = frozenset({"youtube"})
    consent = Consent(POLICY, granted, decided=True, decided_at=DECIDED_AT)
    state = _one(_render(templates, "preferences", consent=consent), ".ck-state")
    assert "3 May 2026, 09:07 UTC" in state.get_text()
    assert _one(state, "time")["datetime"] == DECIDED_AT.isoformat()
    assert [tag.text for tag in state.select(".ck-tag")] == ["YouTube"]
    assert _one(state, "button")["value"] == "withdraw"


def test_an_honoured_opt_out_is_said(templates: Environment) -> None:
    consent = Consent(POLICY, decided=True, gpc=True, opted_out=True)
    soup = _render(templates, "preferences", consent=consent)
    assert "Opt-out request honoured" in soup.get_text()
    assert "Opt-out" not in _render(templates, "preferences").get_text()


@pytest.mark.parametrize("message", ["saved", "refused", "unavailable", "changed"])
def test_an_answer_is_announced_and_focused(
    templates: Environment, message: str
) -> None:
    status = _one(_render(templates, "preferences", message=message), "[role=status]")
    assert status.text
    assert "autofocus" in status.attrs
    assert status["tabindex"] == "-1"


def test_the_history_is_told_in_words(templates: Environment) -> None:
    history = [
        {
            "decided_at": DECIDED_AT,
            "decision": "save",
            "surface": "preferences",
            "granted": ["personalisation", "spin", "gone", "youtube"],
        },
        {
            "decided_at": DECIDED_AT,
            "decision": "reject_all",
            "surface": "elsewhere",
            "granted": [],
        },
    ]
    template = templates.overlay(undefined=Environment().undefined)
    soup = _render(template, "preferences", "de", history=history)
    card = _one(soup, "[aria-labelledby=ck-history]")
    rows = card.select(".ck-list > li")
    found = [[_one(row, "b").text, *_facts(row).values()] for row in rows]
    when = "3. Mai 2026, 09:07 Uhr (UTC)"
    assert found == [
        ["Auswahl gespeichert", when, "Diese Seite", "gone, Spin to win, YouTube"],
        ["Alle abgelehnt", when, "elsewhere", "Nichts"],
    ]
    assert _one(card, "a[download]")["href"] == "/consent/receipts"


def test_a_placeholder_keeps_the_size_says_why_and_offers_a_way(
    templates: Environment,
) -> None:
    soup = _render(templates, "placeholder")
    size = _one(soup, "svg.ck-size")
    assert (size["width"], size["height"]) == ("560", "315")
    assert "Google Ireland Limited" in soup.get_text()
    assert _one(soup, "a")["href"] == "https://policies.example/privacy"
    form = _one(soup, "form")
    assert _form(form)["decision"] == "save"
    assert _form(form)["surface"] == "placeholder"
    offers = {str(b["name"]): (str(b["value"]), b.text) for b in form.select("button")}
    assert offers == {
        "once": ("youtube", "Allow once"),
        "add": ("youtube", "Always allow YouTube"),
    }


def test_a_placeholder_needs_neither_size_nor_provider(templates: Environment) -> None:
    soup = _render(
        templates, "placeholder", width=None, height=None, provider="", privacy_url=""
    )
    assert not soup.select("svg.ck-size")
    assert not soup.select("a")


def test_a_placeholder_of_the_shops_own_names_no_provider(
    templates: Environment,
) -> None:
    soup = _render(templates, "placeholder", "en", provider="", privacy_url="/privacy")
    assert "comes from" not in soup.get_text()
    assert "store or read data on your device" in soup.get_text()
    assert _one(soup, "a").text == "Privacy policy"


@pytest.mark.parametrize(
    ("changes", "classes"),
    [
        ({}, {"ck-video"}),
        ({"kind": "map", "width": None}, {"ck-map", "ck-wide"}),
        ({"fills": True}, {"ck-video", "ck-fills"}),
    ],
)
def test_a_placeholder_takes_the_place_of_what_is_withheld(
    templates: Environment, changes: dict[str, Any], classes: set[str]
) -> None:
    root = _one(_render(templates, "placeholder", **changes), ".consentkit")
    own = {"consentkit", "consentkit-placeholder"}
    assert set(root["class"]) == own | classes


def test_allowing_once_and_always_look_the_same(templates: Environment) -> None:
    once, always = _render(templates, "placeholder").select("button")
    assert once["class"] == always["class"]


def test_a_placeholder_inside_a_form_brings_no_second_one(
    templates: Environment,
) -> None:
    soup = _render(templates, "placeholder", in_form=True)
    assert not soup.select("form, button, input")
    assert _one(soup, "a.ck-button")["href"] == "/consent/"


def test_a_page_that_needs_a_choice_offers_it(templates: Environment) -> None:
    soup = _render(templates, "required")
    assert "“YouTube”" in soup.get_text()
    assert _form(soup)["decision"] == "save"
    assert _one(soup, "button")["value"] == "youtube"


def test_the_declaration_lists_every_cookie_under_its_service(
    templates: Environment,
) -> None:
    tables = _render(templates, "declaration").select("table")
    assert [_one(t, "caption").text for t in tables] == ["Essential", "Personalisation"]
    rows = tables[1].select("tbody tr")
    assert "VISITOR" in rows[0].get_text()
    assert "nothing" in rows[1].get_text()
    for table in tables:
        # Laid out as cards on phones, a table keeps its roles (HTML-AAM 3.5).
        roles = {tag.name: tag.get("role") for tag in table.select("tr, td, th")}
        assert set(roles) == {"tr", "td", "th"}
        assert all(roles.values())


def test_the_link_back_has_no_name_that_filter_lists_hide(
    templates: Environment,
) -> None:
    link = _one(_render(templates, "link", text="Choices"), "a")
    assert link["data-consent-action"] == "open"
    assert not re.search("cookie|consent", f"{link.get('id')} {link['class']}")
    assert "aria-label" not in link.attrs
    soup = _render(templates, "link", text="Choices", opted_out=True)
    assert "Opt-out request honoured" in soup.get_text()


def test_a_shop_can_frame_our_pages(templates: Environment) -> None:
    """A base template of its own needs the content block only."""
    shop = templates.overlay()
    ours = templates.loader
    assert ours is not None
    frame = "<main id=shop>{% block content %}{% endblock %}</main>"
    page = ours.get_source(templates, "consentkit/message.html")[0]
    page = page.replace('"consentkit/base.html"', "frame")
    html = shop.from_string(page).render(
        _context(frame=shop.from_string(frame), text="Sorry")
    )
    soup = BeautifulSoup(html, "html.parser")
    assert _one(soup, "#shop .consentkit h1").text == "Title"
