"""The documentation: complete, and true where code can tell."""

from __future__ import annotations

import dataclasses
import importlib.util
import json
import re
import sys
import tomllib
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple, cast

import click
import pytest
from blinker import NamedSignal
from flask import Flask

import consentkit
from consentkit import ConsentKit, catalogue, load_policy, policy_schema
from consentkit.cli import consent as consent_group
from consentkit.cookie import ConsentCookie, CookieTerms
from consentkit.log.record import FIELDS
from consentkit.log.tables import metadata
from consentkit.policy_schema import PolicyTable
from consentkit.settings import PREFIX, Settings
from consentkit.texts import available

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy import Table

ROOT = Path(__file__).parent.parent
DOCS = ROOT / "docs"
PAGES = [ROOT / "README.md", *sorted(DOCS.rglob("*.md"))]
REFERENCE = DOCS / "reference"
TEMPLATES = ROOT / "consentkit" / "templates"

_FENCE = re.compile(r"^```([\w+-]+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_LINK = re.compile(r"\]\(([^)\s]+)\)|src=\"([^\"]+)\"")
_BLOCK = re.compile(r"{%-?\s*block (\w+)")
_NOTICE = {"controller": "Teapots Ltd", "contact": "privacy@teapots.example"}
_MINIMAL = {"notice": _NOTICE}


class Block(NamedTuple):
    """A fenced block of a page, and the line it begins in."""

    page: Path
    line: int
    language: str
    code: str

    def __str__(self) -> str:
        return f"{_name(self.page)}:{self.line}"


def _name(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def _blocks(page: Path) -> Iterator[Block]:
    text = page.read_text(encoding="utf-8")
    for found in _FENCE.finditer(text):
        line = text.count("\n", 0, found.start()) + 1
        yield Block(page, line, found[1], found[2])


BLOCKS = [block for page in PAGES for block in _blocks(page)]
PYTHON = [block for block in BLOCKS if block.language == "python"]
TOML = [block for block in BLOCKS if block.language == "toml"]
APPS = [block for block in PYTHON if block.code.startswith("# app.py\n")]


def _reference(name: str) -> str:
    return (REFERENCE / f"{name}.md").read_text(encoding="utf-8")


# -- code ------------------------------------------------------------------------------


@pytest.mark.parametrize("block", PYTHON, ids=str)
def test_python_compiles(block: Block) -> None:
    assert compile(block.code, str(block), "exec", dont_inherit=True)


@pytest.mark.parametrize("block", TOML, ids=str)
def test_toml_is_a_valid_policy(block: Block) -> None:
    declared = tomllib.loads(block.code)
    policy = load_policy(_MINIMAL | declared)
    assert declared.keys() <= PolicyTable().fields.keys()
    assert declared.get("services", {}).keys() <= policy.services.keys()


@pytest.fixture
def shop(
    request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Flask]:
    block: Block = request.param
    policy = next(b for b in TOML if b.page == block.page)
    (tmp_path / "consent.toml").write_text(policy.code, encoding="utf-8")
    source = tmp_path / "app.py"
    source.write_text(block.code, encoding="utf-8")
    name = f"documented_{tmp_path.name}"
    spec = importlib.util.spec_from_file_location(name, source)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    monkeypatch.setitem(sys.modules, name, module)
    spec.loader.exec_module(module)
    app = cast("Flask", module.app)
    yield app
    app.extensions["consentkit"].log.engine.dispose()


def test_a_complete_app_is_shown_in_the_readme_and_the_tutorial() -> None:
    assert {_name(app.page) for app in APPS} >= {
        "README.md",
        "docs/tutorial/first-shop.md",
    }


@pytest.mark.parametrize("shop", APPS, ids=str, indirect=True)
def test_a_complete_app_is_enforced(shop: Flask) -> None:
    visitor = shop.test_client()
    asked = visitor.get("/").text
    assert 'id="consentkit"' in asked
    assert "googletagmanager" not in asked
    visitor.post("/consent/", data={"decision": "accept_all"})
    granted = visitor.get("/").text
    assert 'id="consentkit"' not in granted
    assert "https://www.googletagmanager.com/gtag/js" in granted


@pytest.mark.parametrize("shop", APPS[1:], ids=str, indirect=True)
def test_the_tutorial_does_what_it_tells(shop: Flask) -> None:
    visitor = shop.test_client()
    page = visitor.get("/").text
    assert not re.search(r"googletagmanager\.com|youtube\.com", page)
    assert "consentkit-placeholder" in page
    assert "function gtag()" in page
    assert "Our favourite" in page
    assert visitor.post("/remind").text == "not sent: no consent"
    visitor.post("/consent/", data={"decision": "save", "granted": "youtube"})
    page = visitor.get("/").text
    assert "youtube.com/embed" in page
    assert "googletagmanager" not in page
    assert "_ga" in visitor.get("/cookies").text
    visitor.post("/consent/", data={"decision": "accept_all"})
    assert visitor.post("/remind").text == "sent"


# -- completeness ----------------------------------------------------------------------


@pytest.mark.parametrize("name", consentkit.__all__)
def test_public_names_are_in_the_reference(name: str) -> None:
    assert re.search(rf"\b(?:consentkit\.)?{name}\b", _reference("python"))


@pytest.mark.parametrize("field", dataclasses.fields(Settings), ids=lambda f: f.name)
def test_settings_are_in_the_reference(field: dataclasses.Field[object]) -> None:
    assert f"| `{PREFIX}{field.name.upper()}` |" in _reference("configuration")


def test_no_setting_is_made_up() -> None:
    known = {PREFIX + field.name.upper() for field in dataclasses.fields(Settings)}
    named = {
        name
        for page in PAGES
        for name in re.findall(
            rf"{PREFIX}[A-Z][A-Z_]*\b", page.read_text(encoding="utf-8")
        )
    }
    assert named <= known


SIGNALS = [
    name
    for name in consentkit.__all__
    if isinstance(getattr(consentkit, name), NamedSignal)
]


@pytest.mark.parametrize("name", SIGNALS)
def test_signals_are_in_the_reference(name: str) -> None:
    assert f"| `{name}` |" in _reference("signals")


@pytest.fixture
def bare() -> Iterator[Flask]:
    app = Flask(__name__)
    app.config.update(SECRET_KEY="documented", CONSENTKIT_DATABASE_URL="sqlite://")
    ConsentKit(app, policy=_MINIMAL)
    yield app
    app.extensions["consentkit"].log.engine.dispose()


def test_routes_are_in_the_reference(bare: Flask) -> None:
    page = _reference("http")
    for rule in bare.url_map.iter_rules():
        if rule.endpoint.startswith("consentkit."):
            methods = (rule.methods or set()) & {"GET", "POST"}
            assert all(f"| `{method} {rule.rule}` |" in page for method in methods)


def test_the_state_is_in_the_reference(bare: Flask) -> None:
    found = re.search(
        r"## `GET /consent/state`\n\n```json\n(.+?)```", _reference("http"), re.DOTALL
    )
    assert found
    shown = json.loads(found[1])
    told = bare.test_client().get("/consent/state").json
    assert told
    assert shown.keys() == told.keys()
    assert shown["refused_storage"].keys() == told["refused_storage"].keys()


def test_our_cookies_are_in_the_reference() -> None:
    page = _reference("cookies-and-headers")
    names = ConsentCookie(["k"], CookieTerms()).own_names
    assert [name for name in names if f"`{name}`" not in page] == []


def test_languages_are_listed() -> None:
    page = (DOCS / "how-to" / "languages.md").read_text(encoding="utf-8")
    listed = page.partition("\n## ")[0]
    tags = re.findall(r"\(`([\w-]+)`\)", listed)
    assert sorted(tags) == sorted(available())
    assert f" {len(tags)} languages" in listed
    assert f"[{len(tags)} languages]" in (ROOT / "README.md").read_text("utf-8")


TEMPLATE_FILES = sorted(TEMPLATES.rglob("*.html"))


@pytest.mark.parametrize("path", TEMPLATE_FILES, ids=lambda path: path.name)
def test_templates_and_their_blocks_are_in_the_reference(path: Path) -> None:
    heading = f"## `{path.relative_to(TEMPLATES).as_posix()}`\n"
    _, found, rest = _reference("templates").partition(heading)
    assert found
    section = rest.partition("\n## ")[0]
    blocks = set(_BLOCK.findall(path.read_text(encoding="utf-8")))
    assert {block for block in blocks if f"`{block}`" not in section} == set()


def _commands(
    command: click.Command, path: tuple[str, ...] = ()
) -> Iterator[tuple[str, click.Command]]:
    path = (*path, command.name or "")
    if not isinstance(command, click.Group):
        yield " ".join(path), command
        return
    for inner in command.commands.values():
        yield from _commands(inner, path)


@pytest.mark.parametrize(
    ("name", "command"), [*_commands(consent_group)], ids=lambda value: str(value)[:40]
)
def test_commands_and_their_options_are_in_the_reference(
    name: str, command: click.Command
) -> None:
    page = _reference("command-line")
    assert f"## `flask {name}" in page
    options = [o for p in command.params if isinstance(p, click.Option) for o in p.opts]
    assert [option for option in options if option not in page] == []


@pytest.mark.parametrize(
    ("name", "command"), [*_commands(consent_group)], ids=lambda value: str(value)[:40]
)
def test_no_summary_of_a_command_is_cut_off(name: str, command: click.Command) -> None:
    room = 62  # of a terminal of 80, beside the longest name
    assert not command.get_short_help_str(room).endswith("..."), name


TABLES = [
    policy_schema.NoticeTable,
    policy_schema.SiteTable,
    policy_schema.GroupTable,
    policy_schema.ServiceTable,
    policy_schema.CookieTable,
    policy_schema.HookTable,
    policy_schema.SignalsTable,
]


@pytest.mark.parametrize("table", TABLES, ids=lambda table: table.__name__)
def test_policy_fields_are_in_the_reference(table: type[policy_schema.Table]) -> None:
    page = _reference("policy-file")
    assert [name for name in table().fields if f"| `{name}` |" not in page] == []


def test_services_of_the_catalogue_are_in_the_reference() -> None:
    page = _reference("catalogue")
    listed = re.findall(r"^\| `(\w+)` \|.*\| `(\w+)` \|$", page, re.MULTILINE)
    known = [(service.key, service.group) for service in catalogue.services().values()]
    assert sorted(listed) == sorted(known)


@pytest.mark.parametrize("table", metadata.sorted_tables, ids=lambda t: t.name)
def test_log_tables_are_in_the_reference(table: Table) -> None:
    _, found, rest = _reference("database").partition(f"## `{table.name}`\n")
    assert found
    section = rest.partition("\n## ")[0]
    assert [c.name for c in table.columns if f"`{c.name}`" not in section] == []


def test_fields_of_records_are_explained() -> None:
    page = (DOCS / "explanation" / "log.md").read_text(encoding="utf-8")
    assert [field for field in FIELDS if f"`{field}`" not in page] == []


# -- form ------------------------------------------------------------------------------


@pytest.mark.parametrize("page", PAGES, ids=_name)
def test_relative_links_lead_somewhere(page: Path) -> None:
    text = _FENCE.sub("", page.read_text(encoding="utf-8"))
    targets = [first or second for first, second in _LINK.findall(text)]
    relative = [t.partition("#")[0] for t in targets if "://" not in t]
    assert [t for t in relative if t and not (page.parent / t).exists()] == []


@pytest.mark.parametrize("page", sorted(DOCS.rglob("*.md")), ids=_name)
def test_pages_are_in_the_contents(page: Path) -> None:
    folder = page.parent
    index = folder / "index.md" if folder.name == "adr" else DOCS / "index.md"
    name = page.relative_to(DOCS).with_suffix("").as_posix()
    listed = index.read_text(encoding="utf-8").splitlines()
    is_decision = folder.name == "adr" and re.match(r"\d{3}-", page.name)
    assert is_decision or name == "index" or name in [*listed, "adr/index"]


def test_pictures_are_small() -> None:
    heavy = [p for p in DOCS.rglob("*.png") if p.stat().st_size > 150_000]
    assert heavy == []
