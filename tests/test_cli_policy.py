"""The policy at the command line: with an app, with a broken one, without any."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
import pytest
from click.testing import CliRunner
from flask import Flask
from flask.cli import AppGroup, FlaskGroup

from consentkit.__main__ import main
from consentkit.cli_policy import check_command, init_command, services_command
from consentkit.policy_file import load_policy

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

GOOD = {"notice": {"controller": "Pebble", "contact": "p@pebble.example"}}
FAULTY = """\
[notice]
controller = "Pebble"
contact = "p@pebble.example"
revision = 0
"""


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Callable[..., Any]:
    """Run ``python -m consentkit`` in an empty folder."""
    monkeypatch.chdir(tmp_path)

    def invoke(*arguments: str) -> Any:
        return CliRunner().invoke(main, arguments)

    return invoke


def commands_of(group: click.Group) -> click.Group:
    for command in (init_command, check_command, services_command):
        group.add_command(command)
    return group


def run_in_app(app: Flask, *arguments: str) -> Any:
    app.cli.add_command(commands_of(AppGroup("consent")))
    return app.test_cli_runner().invoke(args=["consent", *arguments])


def run_beside(create_app: Callable[[], Flask], *arguments: str) -> Any:
    """Run as a command that Flask finds without its app, as a plugin's is."""
    cli = FlaskGroup(create_app=create_app)
    cli.add_command(commands_of(click.Group("consent")))
    return CliRunner().invoke(cli, ["consent", *arguments])


def test_the_file_that_init_writes_is_in_order(
    run: Callable[..., Any], tmp_path: Path
) -> None:
    assert run("init").exit_code == 0
    checked = run("check", "--json")

    assert checked.exit_code == 0
    report = json.loads(checked.stdout)
    assert report["faults"] == report["warnings"] == []
    assert report["services"] == ["shop_session"]
    assert report["fingerprint"] == load_policy(tmp_path / "consent.toml").fingerprint


def test_every_example_in_the_written_file_is_in_order(
    run: Callable[..., Any], tmp_path: Path
) -> None:
    run("init")
    lines = (tmp_path / "consent.toml").read_text().splitlines()
    # An example is a comment that holds TOML: a header, a pair, or part of a list.
    starts = ("# [", "# ]", "#   {")
    code = [
        line.removeprefix("# ")
        if line.startswith(starts) or " = " in line.partition('"')[0]
        else line
        for line in lines
    ]
    (tmp_path / "all.toml").write_text("\n".join(code))

    policy = load_policy(tmp_path / "all.toml")

    assert set(policy.services) >= {"google_analytics", "klaviyo", "spin_wheel"}
    assert policy.own_hosts == ("cdn.shop.example",)
    assert policy.groups["personalisation"].aliases == ("beacon", "marketing")
    assert policy.required("cart_reminder") == {"klaviyo"}


def test_init_replaces_a_file_only_when_forced(
    run: Callable[..., Any], tmp_path: Path
) -> None:
    path = tmp_path / "mine.toml"
    path.write_text("mine")

    refused = run("init", "--path", "mine.toml")
    assert refused.exit_code == 1
    assert "--force" in refused.output
    assert path.read_text() == "mine"

    assert run("init", "--path", "mine.toml", "--force").exit_code == 0
    assert load_policy(path).notice.revision == 1


def test_init_says_when_it_cannot_write(run: Callable[..., Any]) -> None:
    result = run("init", "--path", "nowhere/consent.toml")

    assert result.exit_code == 1
    assert "can't be written" in result.output


def test_check_prints_all_faults_and_fails(
    run: Callable[..., Any], tmp_path: Path
) -> None:
    (tmp_path / "shop.toml").write_text(FAULTY + "colour = 1\n")

    result = run("check", "shop.toml")

    assert result.exit_code == 1
    assert result.stdout == ""
    assert "shop.toml" in result.stderr
    assert "line 4: notice.revision = 0" in result.stderr
    assert "line 5: notice.colour = 1" in result.stderr


def test_check_prints_faults_as_json(run: Callable[..., Any], tmp_path: Path) -> None:
    (tmp_path / "shop.toml").write_text(FAULTY)

    result = run("check", "shop.toml", "--json")

    assert result.exit_code == 1
    assert json.loads(result.stdout) == {
        "source": "shop.toml",
        "faults": [
            {
                "path": "notice.revision",
                "line": 4,
                "value": 0,
                "remedy": "count revisions from 1 upwards",
            }
        ],
    }


def test_check_without_a_file_says_how_to_get_one(run: Callable[..., Any]) -> None:
    result = run("check")

    assert result.exit_code == 1
    assert "flask consent init" in result.stderr


def test_check_warns_about_what_is_left_unsaid(tmp_path: Path) -> None:
    app = Flask(__name__, root_path=str(tmp_path))
    app.config["CONSENTKIT_POLICY"] = GOOD | {
        "services": {
            "google_analytics": {},
            "wheel": {"name": "Wheel", "hosts": ["cdn.spin.example"]},
            "films": {"name": "Films", "purpose": "Films", "hosts": ["hotjar.com"]},
        },
        "hooks": {"reminder": {"group": "personalisation"}},
    }

    result = run_in_app(app, "check", "--json")

    assert result.exit_code == 0
    notes = json.loads(result.stdout)["warnings"]
    found = {note["path"]: note["remedy"] for note in notes}
    assert "notice.privacy_policy" in found
    assert "services.wheel.privacy_url" in found
    assert "services.wheel.purpose" in found
    assert "hooks.reminder.purpose" in found
    assert "hotjar of the catalogue: name that" in found["services.films.hosts"]
    assert "stay 730 days" in found["services.google_analytics.cookies"]
    assert "services.google_analytics.purpose" not in found


def test_check_sums_the_policy_up_in_words(tmp_path: Path) -> None:
    app = Flask(__name__, root_path=str(tmp_path))
    app.config["CONSENTKIT_POLICY"] = GOOD

    result = run_in_app(app, "check")

    assert result.exit_code == 0
    assert "the policy mapping is in order" in result.stdout
    assert "essential, personalisation" in result.stdout
    assert "warning: notice.privacy_policy" in result.stderr


@pytest.mark.parametrize("setting", [None, "consent.toml"])
def test_check_finds_the_file_of_the_app(tmp_path: Path, setting: str | None) -> None:
    app = Flask(__name__, root_path=str(tmp_path))
    app.config["CONSENTKIT_POLICY"] = setting
    (tmp_path / "consent.toml").write_text(FAULTY)

    result = run_in_app(app, "check")

    assert result.exit_code == 1
    assert str(tmp_path / "consent.toml") in result.stderr


def test_check_reports_why_an_app_does_not_start(tmp_path: Path) -> None:
    def create_app() -> Flask:
        load_policy(GOOD | {"colour": 1})
        raise AssertionError

    result = run_beside(create_app, "check")

    assert result.exit_code == 1
    assert "colour = 1: there is no such field" in result.stderr


def test_init_writes_the_file_that_an_app_misses(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    missing = tmp_path / "shop" / "consent.toml"
    missing.parent.mkdir()

    def create_app() -> Flask:
        load_policy(missing)
        raise AssertionError

    result = run_beside(create_app, "init")

    assert result.exit_code == 0
    assert load_policy(missing)
    assert not (tmp_path / "consent.toml").exists()


def test_init_in_an_app_writes_into_its_root(tmp_path: Path) -> None:
    app = Flask(__name__, root_path=str(tmp_path))

    assert run_in_app(app, "init").exit_code == 0
    assert load_policy(tmp_path / "consent.toml")


def test_services_lists_the_catalogue(run: Callable[..., Any]) -> None:
    listed = run("services")
    as_json = run("services", "--json")

    assert listed.stdout.splitlines()[0].split() == [
        "key",
        "name",
        "provider",
        "category",
    ]
    rows: list[Mapping[str, str]] = json.loads(as_json.stdout)
    assert len(listed.stdout.splitlines()) == len(rows) + 1
    assert {
        "key": "google_analytics",
        "name": "Google Analytics",
        "provider": "Google",
        "category": "analytics",
    } in rows


def test_services_shows_one_in_words(run: Callable[..., Any]) -> None:
    shown = run("services", "google_analytics")
    facts = json.loads(run("services", "google_analytics", "--json").stdout)

    assert "purpose:" not in shown.stdout
    assert "_ga (2 years)" in shown.stdout
    assert "google-analytics.com" in facts["hosts"]
    assert "_ga" in [cookie["name"] for cookie in facts["cookies"]]


def test_services_suggests_the_nearest_key(run: Callable[..., Any]) -> None:
    result = run("services", "googel_analytics")

    assert result.exit_code == 1
    assert "did you mean 'google_analytics'?" in result.output


def test_the_package_runs_as_a_module(tmp_path: Path) -> None:
    finished = subprocess.run(
        [sys.executable, "-m", "consentkit", "check", "none.toml"],
        cwd=tmp_path,
        env={"PYTHONPATH": str(Path(__file__).parents[1])},
        capture_output=True,
        text=True,
        check=False,
    )

    assert finished.returncode == 1
    assert "none.toml" in finished.stderr
