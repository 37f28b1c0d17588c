"""The shop with its own database, and visitors who have chosen or not."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING, Protocol

import pytest
from webtest import TestApp

from example_app import create_app

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from flask import Flask


class Query(Protocol):
    """Reads the shop's database from outside."""

    def __call__(self, sql: str, *values: object) -> list[tuple[object, ...]]: ...


@pytest.fixture
def shop(tmp_path: Path) -> Flask:
    return create_app({"TESTING": True, "EXAMPLE_INSTANCE": str(tmp_path)})


@pytest.fixture
def visit(shop: Flask) -> Callable[[], TestApp]:
    """Give a new visitor with an empty cookie jar."""
    return lambda: TestApp(shop, extra_environ={"HTTP_HOST": "127.0.0.1"})


@pytest.fixture
def visitor(visit: Callable[[], TestApp]) -> TestApp:
    """Somebody who hasn't chosen."""
    return visit()


@pytest.fixture
def refuser(visitor: TestApp) -> TestApp:
    """Somebody who has pressed Reject all in the banner."""
    _press(visitor, "reject_all")
    return visitor


@pytest.fixture
def agreeing(visit: Callable[[], TestApp]) -> TestApp:
    """Somebody who has pressed Accept all in the banner."""
    visitor = visit()
    _press(visitor, "accept_all")
    return visitor


def _press(visitor: TestApp, decision: str) -> None:
    page = visitor.get("/")
    forms = (f for f in page.forms.values() if f.action.startswith("/consent/"))
    next(forms).submit("decision", value=decision, status=303)


@pytest.fixture
def query(shop: Flask, tmp_path: Path) -> Query:
    def run(sql: str, *values: object) -> list[tuple[object, ...]]:
        with closing(sqlite3.connect(tmp_path / "shop.sqlite3")) as database:
            return database.execute(sql, values).fetchall()

    return run


@pytest.fixture
def filled(visitor: TestApp) -> TestApp:
    """Somebody with two mugs in the basket."""
    visitor.post("/basket", {"product": "stoneware-mug", "quantity": 2}, status=303)
    return visitor
