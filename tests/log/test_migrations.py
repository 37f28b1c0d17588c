from __future__ import annotations

import json
import shutil
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING

import pytest
from alembic.config import Config
from alembic.script import ScriptDirectory
from flask import Flask
from sqlalchemy import Connection, create_engine, text

from consentkit.cli_db import db_group
from consentkit.errors import LogUnavailable
from consentkit.log import ConsentLog, Draft, engine_for, schema
from tests.log.postgres import BOTH

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from click.testing import Result
    from sqlalchemy import Engine

    from tests.conftest import MakeShop
    from tests.log.postgres import Server

    MakeDraft = Callable[..., Draft]
    Notice = Mapping[str, object]

PACKAGED = Path(str(schema.SCRIPTS))

_SQLITE = ("SELECT type, name, sql FROM sqlite_master WHERE name LIKE '%consentkit%'",)
_POSTGRESQL = (
    """SELECT table_name, column_name, data_type, character_maximum_length,
    is_nullable, column_default FROM information_schema.columns
    WHERE table_schema = 'public'""",
    """SELECT conname, pg_get_constraintdef(oid) FROM pg_constraint
    WHERE connamespace = 'public'::regnamespace""",
    "SELECT indexname, indexdef FROM pg_indexes WHERE schemaname = 'public'",
    "SELECT tgname, pg_get_triggerdef(oid) FROM pg_trigger WHERE NOT tgisinternal",
    "SELECT proname, prosrc FROM pg_proc WHERE pronamespace = 'public'::regnamespace",
)

NEXT = """
import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"

def upgrade():
    op.add_column("consentkit_notice", sa.Column("shop", sa.Text()))
    {more}
"""


def structure(connection: Connection) -> list[str]:
    """Get all that a schema is made of, in an order of its own."""
    is_sqlite = connection.dialect.name == "sqlite"
    rows = [
        " ".join(map(str, row))
        for query in (_SQLITE if is_sqlite else _POSTGRESQL)
        for row in connection.execute(text(query))
    ]
    # The constraints of a table may come in any order.
    return sorted(" ".join(sorted(row.replace(",", " ").split())) for row in rows)


@pytest.fixture
def empty(address: str, request: pytest.FixtureRequest) -> Iterator[str]:
    """Get the address of a database without tables."""
    if address.startswith("sqlite"):
        yield address
        return
    server: Server = request.getfixturevalue("postgresql")
    with server.database() as name:
        yield server.url(name)


@pytest.fixture
def next_revision(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Callable[[str], None]:
    """Get what makes this version need a revision after the first."""

    def release(more: str = "") -> None:
        scripts = tmp_path / "scripts"
        shutil.copytree(PACKAGED, scripts, dirs_exist_ok=True)
        (scripts / "versions" / "0002_shop.py").write_text(NEXT.format(more=more))
        monkeypatch.setattr(schema, "SCRIPTS", scripts)
        monkeypatch.setattr(schema, "REVISIONS", ("0001", "0002"))
        monkeypatch.setattr(schema, "HEAD", "0002")

    return release


def runner(log: ConsentLog) -> Callable[..., Result]:
    app = Flask(__name__)
    app.extensions["consentkit"] = SimpleNamespace(log=log)
    return lambda *words: app.test_cli_runner().invoke(db_group, list(words))


def columns(engine: Engine) -> str:
    with engine.connect() as connection:
        return "\n".join(structure(connection))


def test_the_revisions_are_those_of_the_scripts() -> None:
    config = Config()
    config.set_main_option("script_location", str(PACKAGED))
    scripts = ScriptDirectory.from_config(config)
    revisions = [script.revision for script in scripts.walk_revisions()]
    assert tuple(reversed(revisions)) == schema.REVISIONS


@BOTH
def test_migrations_make_what_is_made_at_once(log: ConsentLog, empty: str) -> None:
    log.count()
    with log.engine.connect() as connection:
        at_once = structure(connection)
        assert schema.differences(connection) == []
    if empty == str(log.engine.url):
        empty += ".migrated"
    engine = engine_for(empty)
    with engine.begin() as connection:
        schema._migrate(connection)  # noqa: SLF001  every step, as an old log goes
        assert structure(connection) == at_once
        assert schema.differences(connection) == []
        assert schema.revision(connection) == schema.HEAD
    engine.dispose()


@BOTH
def test_a_check_names_what_differs(log: ConsentLog) -> None:
    run = runner(log)
    log.count()
    assert (run("check").exit_code, run("check").output) == (
        0,
        f"All is well, at revision {schema.HEAD}.\n",
    )
    table = " ON consentkit_record" if log.engine.dialect.name != "sqlite" else ""
    with log.writing() as connection:
        connection.execute(text(f"DROP TRIGGER consentkit_record_no_delete{table}"))
        connection.execute(text("DROP TABLE consentkit_event"))
        connection.execute(text("CREATE TABLE shop_order (id INTEGER)"))
    result = run("check", "--json")
    assert result.exit_code == 1
    table_fault, trigger_fault = json.loads(result.output)["faults"]
    assert "consentkit_event" in table_fault
    assert trigger_fault == "the trigger consentkit_record_no_delete is missing"


def test_commands_tell_the_revision_and_raise_it(log: ConsentLog) -> None:
    run = runner(log)
    assert run("current").output == "no tables yet (0001 is needed)\n"
    check = run("check")
    assert (check.exit_code, check.output) == (1, "there are no tables yet\n")
    assert run("upgrade").output == "The tables are made, at revision 0001.\n"
    assert run("upgrade").output == "Nothing to do: the revision is 0001.\n"
    assert json.loads(run("current", "--json").output)["revision"] == "0001"


@BOTH
def test_an_older_schema_is_raised_and_keeps_its_records(
    log: ConsentLog,
    draft: MakeDraft,
    notice: Notice,
    next_revision: Callable[[], None],
) -> None:
    record = log.append(draft(), notice)
    next_revision()
    later = ConsentLog(log.engine)
    if log.engine.dialect.name == "sqlite":
        assert later.get(record.id) == record  # our own file is raised by itself
    else:
        with pytest.raises(LogUnavailable, match="flask consent db upgrade") as caught:
            later.get(record.id)
        assert isinstance(caught.value, schema.SchemaMismatch)
        assert caught.value.found == "0001"
        assert runner(later)("upgrade").exit_code == 0
        assert later.get(record.id) == record
    assert "shop" in columns(log.engine)
    assert later.database.revision() == "0002"
    assert later.append(draft(revision=2), notice).sequence == 2


@BOTH
def test_a_migration_that_fails_changes_nothing(
    log: ConsentLog,
    draft: MakeDraft,
    notice: Notice,
    next_revision: Callable[[str], None],
) -> None:
    log.append(draft(), notice)
    before = columns(log.engine)
    next_revision("op.execute('INSERT INTO nowhere VALUES (1)')")
    with pytest.raises(LogUnavailable, match="nowhere"):
        ConsentLog(log.engine).database.upgrade()
    assert columns(log.engine) == before
    assert log.database.revision() == "0001"


@BOTH
def test_any_number_may_make_or_raise_a_schema_at_once(
    empty: str, next_revision: Callable[[], None]
) -> None:
    engines = [engine_for(empty) for _ in range(4)]
    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(lambda e: ConsentLog(e).count(), engines)) == [0] * 4
        next_revision()
        done = list(pool.map(lambda e: ConsentLog(e).database.upgrade(), engines))
    assert sorted(map(str, done)) == ["0001", "0002", "0002", "0002"]
    for engine in engines:
        engine.dispose()


@pytest.mark.parametrize(
    ("change", "remedy"),
    [
        ("UPDATE consentkit_version SET version_num = '0999'", "install the version"),
        ("DROP TABLE consentkit_version", "move it away"),
    ],
)
@BOTH
def test_a_schema_of_another_time_is_left_alone(
    log: ConsentLog, change: str, remedy: str
) -> None:
    log.count()
    with log.engine.begin() as connection:
        connection.execute(text(change))
    other = ConsentLog(log.engine)
    for use in (other.count, other.database.upgrade, other.database.look):
        with pytest.raises(LogUnavailable, match=remedy):
            use()
    assert runner(other)("upgrade").exit_code == 1


def test_shops_own_engines_make_the_tables_at_once(address: str) -> None:
    engines = [create_engine(address) for _ in range(6)]
    with ThreadPoolExecutor(6) as pool:
        assert list(pool.map(lambda e: ConsentLog(e).count(), engines)) == [0] * 6
    for engine in engines:
        engine.dispose()


def test_a_shops_own_database_is_raised_by_its_owner(
    address: str, next_revision: Callable[[], None]
) -> None:
    engine = create_engine(address)
    log = ConsentLog(engine)
    log.count()
    next_revision()
    later = ConsentLog(engine)
    with pytest.raises(LogUnavailable, match="flask consent db upgrade"):
        later.count()
    assert later.database.upgrade() == "0001"
    assert later.count() == 0
    engine.dispose()


@pytest.mark.parametrize("address", ["postgresql"], indirect=True)
def test_a_wrong_schema_is_named_at_start(
    log: ConsentLog,
    address: str,
    make_shop: MakeShop,
    caplog: pytest.LogCaptureFixture,
) -> None:
    log.count()
    make_shop(CONSENTKIT_DATABASE_URL=address)
    assert caplog.messages == []
    with log.engine.begin() as connection:
        connection.execute(text("UPDATE consentkit_version SET version_num = '0000'"))
    shop = make_shop(CONSENTKIT_DATABASE_URL=address)
    (message,) = caplog.messages
    assert "schema is 0000 and should be 0001" in message
    assert shop.test_client().get("/").status_code == 200


def test_a_server_that_is_down_is_named_at_start(
    make_shop: MakeShop, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    shop = make_shop(
        CONSENTKIT_DATABASE_URL=f"postgresql+psycopg://u:secret@/shop?host={tmp_path}"
    )
    (message,) = caplog.messages
    assert message.startswith("no grant can be recorded: the consent log can't be used")
    assert "secret" not in message
    client = shop.test_client()
    assert client.get("/").status_code == 200
    grant = {"decision": "accept_all"}
    assert client.post("/consent/", json=grant).status_code == 503
    refusal = client.post("/consent/", json={"decision": "reject_all"})
    assert (refusal.status_code, refusal.get_json()["granted"]) == (200, [])
    assert "consent=" in refusal.headers["Set-Cookie"]
