"""Customers: a login ties browsers to a person, whose opt-out binds them all."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from flask import Response
from webtest import TestApp

from consentkit import ConsentKit
from consentkit.errors import LogUnavailable
from consentkit.log import ConsentLog, holds, links
from consentkit.log.links import CustomerKeys

from .conftest import POLICY

if TYPE_CHECKING:
    from flask import Flask

    from .conftest import MakeShop

GPC = {"Sec-GPC": "1"}


@pytest.fixture
def app(make_shop: MakeShop) -> Flask:
    consent = ConsentKit()
    app = make_shop(consent=consent)

    @app.get("/login/<who>")
    def login(who: str) -> Response:
        return Response(str(consent.link(who)), mimetype="text/plain")

    return app


@pytest.fixture
def log(app: Flask) -> ConsentLog:
    found: ConsentLog = app.extensions["consentkit"].log
    return found


def browser(app: Flask) -> TestApp:
    return TestApp(app, extra_environ={"HTTP_ACCEPT": "text/html"})


def known_ids(app: Flask, who: str) -> tuple[str, ...]:
    shop: Any = app.extensions["consentkit"]
    with shop.log.reading() as connection:
        return links.consent_ids(connection, shop.customers.hashes(who))


def granted(visitor: TestApp) -> list[str]:
    found: list[str] = visitor.get("/consent/state").json["granted"]
    return found


def test_a_login_ties_browsers_to_a_customer(app: Flask, log: ConsentLog) -> None:
    phone, desk = browser(app), browser(app)
    for visitor in (phone, desk):
        visitor.post("/consent/", {"decision": "accept_all"})
        assert [visitor.get("/login/7").text for _ in range(2)] == ["True", "True"]
    assert known_ids(app, "7") == tuple(r.consent_id for r in log.records())
    assert known_ids(app, "8") == ()


def test_nothing_is_stored_of_who_has_not_decided(app: Flask) -> None:
    visitor = browser(app)
    answer = visitor.get("/login/7")
    assert answer.text == "False"
    assert "Set-Cookie" not in answer.headers
    assert known_ids(app, "7") == ()


def test_the_reference_itself_is_not_stored(app: Flask, log: ConsentLog) -> None:
    visitor = browser(app)
    visitor.post("/consent/", {"decision": "accept_all"})
    visitor.get("/login/jane@pebble.example")
    database = Path(str(log.engine.url.database))
    files = [file.read_bytes() for file in database.parent.glob(f"{database.name}*")]
    assert b"consentkit_link" in b"".join(files)
    assert b"jane" not in b"".join(files)


def test_a_login_never_fails_for_it(
    app: Flask, log: ConsentLog, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(_log: ConsentLog) -> None:
        raise LogUnavailable("down")

    visitor = browser(app)
    visitor.post("/consent/", {"decision": "accept_all"})
    with monkeypatch.context() as patch:
        patch.setattr(ConsentLog, "writing", fail)
        assert visitor.get("/login/7").text == "False"
    assert known_ids(app, "7") == ()
    assert log.count() == 1


def test_old_secrets_find_and_the_newest_one_writes() -> None:
    old, new = CustomerKeys(["a"]), CustomerKeys(["a", "b"])
    assert new.hashes("7")[1:] == old.hashes("7")
    assert len({*new.hashes("7"), *new.hashes("8"), "7", "8"}) == 6


# -- Global Privacy Control ------------------------------------------------------------


def test_an_opt_out_binds_the_customers_other_browsers(
    app: Flask, log: ConsentLog
) -> None:
    phone, desk = browser(app), browser(app)
    desk.post("/consent/", {"decision": "accept_all"})
    desk.get("/login/7")
    assert phone.get("/login/7", headers=GPC).text == "False"
    answer = desk.get("/login/7")
    assert any(c.startswith("consent=") for c in answer.headers.getall("Set-Cookie"))
    assert answer.headers["Cache-Control"] == "private, no-store"
    assert granted(desk) == []
    latest = list(log.records())[-1]
    assert (latest.decision, latest.surface, latest.granted) == ("gpc", "gpc", ())
    assert latest.previous_granted


def test_a_later_grant_overrides_it(app: Flask, log: ConsentLog) -> None:
    phone, desk = browser(app), browser(app)
    phone.get("/login/7", headers=GPC)
    # Decisions are kept in whole seconds; this one is later by more than that.
    with log.writing() as connection:
        connection.exec_driver_sql("DROP TRIGGER consentkit_link_no_update")
        connection.exec_driver_sql(
            "UPDATE consentkit_link SET linked_at = '2026-01-01 00:00:00.000000'"
        )
    desk.post("/consent/", {"decision": "accept_all"})
    for _ in range(2):
        desk.get("/login/7")
    assert granted(desk)
    assert log.count() == 1


def test_an_opt_out_is_stored_once_until_the_customer_decides(
    app: Flask, log: ConsentLog
) -> None:
    phone = browser(app)
    for _ in range(3):
        phone.get("/login/7", headers=GPC)
    with log.reading() as connection:
        count = "SELECT count(*) FROM consentkit_link WHERE kind = 'gpc'"
        assert connection.exec_driver_sql(count).scalar() == 1


def test_an_opt_out_ends_what_runs_until_it_is_refused(make_shop: MakeShop) -> None:
    consent = ConsentKit()
    policy = {**POLICY, "regimes": {"opt_out": ["US"]}}
    app = make_shop(policy, consent, CONSENTKIT_REGION_HEADER="Region")

    @app.get("/login")
    def login() -> Response:
        return Response(str(consent.link(7)), mimetype="text/plain")

    phone, desk = browser(app), browser(app)
    phone.get("/login", headers={"Region": "US-CA", **GPC})
    desk.extra_environ["HTTP_REGION"] = "US-CA"
    assert granted(desk)
    desk.get("/login")
    assert granted(desk) == []
    latest = list(app.extensions["consentkit"].log.records())[-1]
    assert (latest.decision, latest.granted) == ("gpc", ())
    assert known_ids(app, "7") == (latest.consent_id,)


def test_another_customer_is_not_bound(app: Flask) -> None:
    phone, desk = browser(app), browser(app)
    desk.post("/consent/", {"decision": "accept_all"})
    phone.get("/login/8", headers=GPC)
    desk.get("/login/7")
    assert granted(desk)


# -- erasure ---------------------------------------------------------------------------


def test_a_visitors_erasure_takes_the_link_along(app: Flask) -> None:
    visitor = browser(app)
    visitor.post("/consent/", {"decision": "accept_all"})
    visitor.get("/login/7")
    visitor.post_json("/consent/erase", {})
    assert known_ids(app, "7") == ()


def test_a_visitor_hears_that_a_claim_keeps_their_records(
    app: Flask, log: ConsentLog
) -> None:
    visitor = browser(app)
    visitor.post("/consent/", {"decision": "accept_all"})
    (record,) = log.records()
    with log.writing() as connection:
        by = {"who": "Counsel", "reason": "claim", "now": record.decided_at}
        holds.place(connection, holds.Scope(), **by)  # type: ignore[arg-type]
    answer = visitor.post("/consent/erase?lang=de")
    assert answer.headers["Location"] == "/consent/?erased=held&lang=de"
    after: Any = answer.follow().html
    assert "Rechtsanspruch" in after.select_one(".ck-message").text
    assert granted(visitor) == []
    assert [r.consent_id for r in log.records()] == [record.consent_id]


def test_a_script_hears_it_too(app: Flask, log: ConsentLog) -> None:
    visitor = browser(app)
    visitor.post("/consent/", {"decision": "accept_all"})
    (record,) = log.records()
    with log.writing() as connection:
        by = {"who": "Counsel", "reason": "claim", "now": record.decided_at}
        holds.place(connection, holds.Scope(), **by)  # type: ignore[arg-type]
    told = visitor.post_json("/consent/erase", {}).json
    assert told == {"erased": 0, "held": 1}
