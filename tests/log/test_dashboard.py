"""The dashboard over a log in PostgreSQL."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from webtest import TestApp

from consentkit import ConsentKit
from consentkit.log import ConsentLog, holds

if TYPE_CHECKING:
    from tests.conftest import MakeShop

HOME = "/consent/audit/"
QUERIES = (
    "",
    "?days=0",
    "records",
    "records?decision=save&granted=spin&since=2026-01-01&revision=1",
    "records?customer=7",
    "records?consent_id=%00x&granted=%00&customer=%00",
    "checkpoints",
    "checkpoints?before=5",
    "notices",
    "exports",
    "exports/records.jsonl?decision=save",
    "exports/records.csv",
    "exports/records.zip",
    "accesses",
    "accesses?before=5",
)


@pytest.mark.parametrize("address", ["postgresql"], indirect=True)
def test_every_page_comes(make_shop: MakeShop, address: str) -> None:
    consent = ConsentKit()
    consent.audit_access(lambda: "Dana\0 Weiss")
    app = make_shop(consent=consent, CONSENTKIT_DATABASE_URL=address)
    shop = app.extensions["consentkit"]
    log: ConsentLog = shop.log
    visitor, auditor = TestApp(app), TestApp(app)
    visitor.get("/")
    for sent in ({"decision": "accept_all"}, {"decision": "save", "granted": "spin"}):
        visitor.post("/consent/", sent)
    log.seal()
    record, *_ = log.records()
    with log.writing() as connection:
        by = {"who": "Counsel", "reason": "claim", "now": record.decided_at}
        holds.place(connection, holds.Scope(), **by)  # type: ignore[arg-type]
    for path in (*QUERIES, f"records/{record.id}", f"notices/{record.notice_hash}"):
        assert auditor.get(HOME + path).status_int == 200
    page: Any = auditor.get(HOME).html
    assert page.select_one(".figures dd").text == "2"
    assert page.select_one("#c-tag ~ .scroll td").text == "1"
    assert "Proved." in auditor.get(f"{HOME}records/{record.id}").text
    assert "sealed records are verified" in auditor.get(HOME + "checkpoints").text
