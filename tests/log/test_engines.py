"""The shop's own engine: of Flask-SQLAlchemy, of its light relative, or bare."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

import pytest
from flask import Flask
from flask_sqlalchemy import SQLAlchemy
from flask_sqlalchemy_lite import SQLAlchemy as LightSQLAlchemy
from sqlalchemy import Engine, create_engine, inspect, text

from consentkit import ConsentKit
from consentkit.cli_db import db_group
from consentkit.log import engine_for
from tests.log.postgres import BOTH

if TYPE_CHECKING:
    from pathlib import Path

GetEngine = Callable[[Flask, str], Engine]


def flask_sqlalchemy(app: Flask, address: str) -> Engine:
    app.config["SQLALCHEMY_DATABASE_URI"] = address
    extension = SQLAlchemy(app)
    with app.app_context():
        return extension.engine


def flask_sqlalchemy_lite(app: Flask, address: str) -> Engine:
    app.config["SQLALCHEMY_ENGINES"] = {"default": address}
    extension = LightSQLAlchemy(app)
    with app.app_context():
        return extension.engine


def bare(_app: Flask, address: str) -> Engine:
    return create_engine(address)


@pytest.fixture(params=[flask_sqlalchemy, flask_sqlalchemy_lite, bare])
def shop(
    request: pytest.FixtureRequest, address: str, tmp_path: Path
) -> Iterator[Flask]:
    """Get a shop that keeps its orders and the log in one database."""
    get_engine: GetEngine = request.param
    app = Flask("shop", instance_path=str(tmp_path / "instance"))
    app.config.update(TESTING=True, SECRET_KEY="k" * 32)
    engine = get_engine(app, address)
    with engine.begin() as connection:
        connection.execute(text("CREATE TABLE shop_order (id INTEGER PRIMARY KEY)"))
    ConsentKit(app, engine=engine, policy=_POLICY)
    yield app
    engine.dispose()


_POLICY = {
    "notice": {"controller": "Pebble & Pine", "contact": "privacy@pebble.example"},
    "services": {"meta_pixel": {}},
}


@pytest.mark.parametrize("scheme", ["postgresql", "postgres", "postgresql+psycopg"])
def test_postgresql_is_spoken_to_by_psycopg(scheme: str) -> None:
    engine = engine_for(f"{scheme}://shop@db.example/shop")
    assert engine.url.drivername == "postgresql+psycopg"


@BOTH
def test_a_shops_engine_keeps_the_log(shop: Flask) -> None:
    log = shop.extensions["consentkit"].log
    client = shop.test_client()
    assert client.post("/consent/", json={"decision": "accept_all"}).status_code == 200
    assert client.post("/consent/", json={"decision": "withdraw"}).status_code == 200
    assert [r.decision for r in log.records()] == ["accept_all", "withdraw"]
    log.seal()
    report = log.verify()
    assert (report.sealed, report.findings) == (2, [])
    assert inspect(log.engine).has_table("shop_order")
    result = shop.test_cli_runner().invoke(db_group, ["check"])
    assert (result.exit_code, result.output[:11]) == (0, "All is well")
    assert client.post("/consent/erase").status_code in {200, 303}
    assert log.verify().erased == 2
