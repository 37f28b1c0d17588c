from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from webtest import TestApp

from consentkit import ConsentKit

if TYPE_CHECKING:
    from flask import Flask

    from consentkit.log import ConsentLog
    from tests.conftest import MakeShop


@pytest.fixture
def consent() -> ConsentKit:
    """Get an extension whose shop lets in whoever names themselves in a header."""
    consent = ConsentKit()
    consent.audit_access(lambda: "Dana Weiss")
    return consent


@pytest.fixture
def app(make_shop: MakeShop, consent: ConsentKit) -> Flask:
    return make_shop(consent=consent)


@pytest.fixture
def log(app: Flask, monkeypatch: pytest.MonkeyPatch) -> ConsentLog:
    """Get the shop's log, which isn't sealed by itself."""
    found: ConsentLog = app.extensions["consentkit"].log
    monkeypatch.setattr(found, "_seal_due", float("inf"))
    return found


@pytest.fixture
def auditor(app: Flask) -> TestApp:
    return TestApp(app)


@pytest.fixture
def visitor(app: Flask) -> TestApp:
    return TestApp(app, extra_environ={"HTTP_ACCEPT": "text/html"})
