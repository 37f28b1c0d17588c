from __future__ import annotations

from typing import TYPE_CHECKING

from flask import after_this_request, g

from consentkit import consent_changed, current_consent

if TYPE_CHECKING:
    from flask import Flask, Response
    from webtest import TestApp

    from consentkit.log import Record


def records(shop: Flask) -> list[Record]:
    return list(shop.extensions["consentkit"].log.records())


def test_a_record_tells_what_held_before(shop: Flask, visitor: TestApp) -> None:
    visitor.post("/consent/", {"decision": "save", "granted": "spin"})
    visitor.post("/consent/", {"decision": "withdraw", "surface": "preferences"})
    first, second = records(shop)
    assert (first.previous_decided, first.previous_granted) == (False, ())
    assert (second.previous_decided, second.previous_granted) == (True, ("spin",))
    assert first.consent_id == second.consent_id
    assert second.sequence == 2


def test_a_record_leads_to_the_notice_that_was_shown(
    shop: Flask, visitor: TestApp
) -> None:
    form = visitor.get("/", headers={"Accept-Language": "de"}).form
    form.submit("decision", value="accept_all")
    (record,) = records(shop)
    notice = shop.extensions["consentkit"].log.notice(record.notice_hash)
    assert record.notice_hash == form["notice"].value
    assert notice.language == record.language == "en"  # the page's own
    assert notice.shown["controller"] == "Pebble & Pine"


def test_the_choice_holds_within_the_same_request(
    shop: Flask, visitor: TestApp
) -> None:
    seen: list[tuple[bool, bool]] = []

    def before() -> None:
        g.had = current_consent.has("spin")
        after_this_request(note)

    def note(response: Response) -> Response:
        seen.append((g.had, current_consent.has("spin")))
        return response

    shop.before_request(before)
    visitor.post("/consent/", {"decision": "accept_all"})
    visitor.post("/consent/", {"decision": "withdraw"})
    assert seen == [(False, True), (True, False)]


def test_a_new_visitor_gets_an_unused_id(shop: Flask, visitor: TestApp) -> None:
    visitor.post("/consent/", {"decision": "reject_all"})
    visitor.reset()
    visitor.post("/consent/", {"decision": "reject_all"})
    assert len({record.consent_id for record in records(shop)}) == 2


def test_a_forged_cookie_lends_no_ones_id(shop: Flask, visitor: TestApp) -> None:
    visitor.post("/consent/", {"decision": "accept_all"})
    value = str(visitor.cookies["consent"])
    visitor.reset()
    visitor.set_cookie("consent", value[:-6] + "AAAAAA")
    visitor.post("/consent/", {"decision": "accept_all"})
    assert len({record.consent_id for record in records(shop)}) == 2


def test_a_receivers_fault_changes_no_answer(shop: Flask, visitor: TestApp) -> None:
    def fail(sender: Flask, **facts: object) -> None:
        raise ValueError("a receiver's own")

    with consent_changed.connected_to(fail, shop):
        visitor.post("/consent/", {"decision": "accept_all"}, status=303)
    assert len(records(shop)) == 1
