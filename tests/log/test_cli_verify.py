from __future__ import annotations

import json
import subprocess
import sys
from typing import TYPE_CHECKING, Any
from zipfile import ZipFile

import pytest
from click import unstyle
from click.testing import CliRunner

from consentkit.__main__ import main
from consentkit.cli import consent
from consentkit.errors import ConfigError
from consentkit.log.note import Verifier, open_checkpoint
from tests.log.sealing import tamper

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from click.testing import Result
    from flask import Flask
    from webtest import TestApp

    from consentkit.log import ConsentLog

    Run = Callable[..., Result]


@pytest.fixture
def run(shop: Flask) -> Run:
    cli = shop.test_cli_runner()
    return lambda *words: cli.invoke(consent, ["log", *map(str, words)])


@pytest.fixture
def log(shop: Flask, visitor: TestApp) -> ConsentLog:
    """Get the log of a shop in which a visitor has decided twice."""
    for decision in ("accept_all", "withdraw"):
        visitor.post("/consent/", {"decision": decision})
    log: ConsentLog = shop.extensions["consentkit"].log
    return log


@pytest.fixture
def export(log: ConsentLog, run: Run, tmp_path: Path) -> Path:
    run("seal")
    path = tmp_path / "export.zip"
    assert run("export", "--format", "zip", "--output", path).exit_code == 0
    return path


def verify(*words: object) -> Result:
    return CliRunner().invoke(main, ["verify", *map(str, words)])


def test_a_shop_seals_by_itself(log: ConsentLog, run: Run) -> None:
    result = run("verify")
    assert "Records: 1 sealed, 1 not yet sealed" in result.stdout
    assert result.stdout.endswith("All is well.\n")
    assert result.exit_code == 0


def test_seal_seals_what_is_left(log: ConsentLog, run: Run) -> None:
    assert run("seal").stdout == "Records sealed: 2.\n"
    assert run("seal").stdout == "Records sealed: 2.\n"
    assert json.loads(run("verify", "--json").stdout) == {
        "sealed": 2,
        "unsealed": 0,
        "erased": 0,
        "left_out": 0,
        "checkpoints": 2,
        "exported_at": None,
        "findings": [],
    }


def test_an_empty_log_has_nothing_to_seal(run: Run) -> None:
    assert run("seal").stdout == "The log is empty.\n"
    result = run("checkpoint")
    assert "nothing is sealed yet" in result.output
    assert result.exit_code == 1


def test_the_key_can_be_published_before_the_first_record(run: Run) -> None:
    assert "nothing is sealed yet" in run("checkpoint", "--key").output
    run("seal")
    assert Verifier.parse(run("checkpoint", "--key").stdout.strip())


def test_checkpoint_prints_what_can_be_kept(log: ConsentLog, run: Run) -> None:
    run("seal")
    key = Verifier.parse(run("checkpoint", "--key").stdout.strip())
    assert open_checkpoint(run("checkpoint").stdout, key).size == 2


def test_verify_names_the_record_and_fails(log: ConsentLog, run: Run) -> None:
    record = next(iter(log.records()))
    tamper(log.engine, "UPDATE consentkit_record SET decision = 'save' WHERE seq = 1")
    result = run("verify")
    assert f"edited: record {record.id}: " in result.stdout
    assert result.exit_code == 1
    (finding,) = json.loads(run("verify", "--json").stdout)["findings"]
    assert (finding["problem"], finding["record"]) == ("edited", record.id)


def test_verify_compares_with_an_older_checkpoint(
    log: ConsentLog, run: Run, tmp_path: Path
) -> None:
    run("seal")
    kept = tmp_path / "kept.txt"
    kept.write_text(run("checkpoint").stdout, encoding="utf-8")
    assert run("verify", "--since", kept).exit_code == 0
    tables = ("checkpoint", "leaf", "record")
    tamper(log.engine, *(f"DELETE FROM consentkit_{table}" for table in tables))
    result = run("verify")  # the key is still there
    assert "all is gone" in result.stdout
    assert result.exit_code == 1
    result = run("verify", "--since", kept)
    assert "truncated: the older checkpoint of size 2" in result.stdout
    assert result.exit_code == 1
    kept.write_bytes(b"\xff")
    assert "no checkpoint" in run("verify", "--since", kept).output


def test_sealing_that_is_refused_says_why(log: ConsentLog, run: Run) -> None:
    assert log.key is not None
    log.key.path.unlink()
    result = run("seal")
    assert "consent-log.key is missing" in result.output
    assert result.exit_code == 1


def test_an_export_is_verified_without_an_app(
    log: ConsentLog, run: Run, export: Path
) -> None:
    key = run("checkpoint", "--key").stdout.strip()
    result = verify(export, "--key", key)
    assert "Records: 2 sealed" in result.stdout
    assert "Exported at 2" in result.stdout
    assert result.stderr.strip() == ""
    assert result.exit_code == 0


def test_the_key_in_the_export_is_believed_with_a_warning(export: Path) -> None:
    result = verify(export)
    assert result.exit_code == 0
    assert "only as good as where the zip came from" in " ".join(result.stderr.split())


def test_an_export_is_verified_by_the_module(export: Path) -> None:
    command = [sys.executable, "-m", "consentkit", "verify", str(export), "--json"]
    done = subprocess.run(command, capture_output=True, check=True, timeout=300)
    assert json.loads(done.stdout)["findings"] == []


def test_a_forger_cant_write_on_the_terminal(export: Path, tmp_path: Path) -> None:
    forged = tmp_path / "forged.zip"
    with ZipFile(export) as honest, ZipFile(forged, "w") as archive:
        for name in honest.namelist():
            archive.writestr(name, honest.read(name))
        archive.writestr("\x1b[2J\x1b[HAll is well.", "")
    result = verify(forged)
    assert "All is well. was added" in result.stdout
    assert "\x1b" not in result.stdout
    assert result.exit_code == 1


def test_another_key_or_file_fails(export: Path, tmp_path: Path) -> None:
    assert "a key is name+id+base64" in verify(export, "--key", "x").output
    other = tmp_path / "other"
    other.write_bytes(b"no zip")
    result = verify(other)
    assert "no export of a consent log" in result.output
    assert result.exit_code == 1


@pytest.mark.parametrize(
    ("words", "why"),
    [
        ([], "name the zip"),
    ],
)
def test_a_zip_is_a_file(run: Run, words: list[str], why: str) -> None:
    result = run("export", "--format", "zip", *words)
    assert why in unstyle(result.output)
    assert result.exit_code == 2


def test_a_damaged_key_stops_the_shop_with_a_remedy(
    make_shop: Callable[..., Flask], tmp_path: Path
) -> None:
    path = tmp_path / "own.key"
    path.write_text("PRIVATE", encoding="utf-8")
    with pytest.raises(ConfigError, match="restore this file") as caught:
        make_shop(CONSENTKIT_LOG_KEY=str(path))
    assert caught.value.key == "CONSENTKIT_LOG_KEY"


@pytest.mark.parametrize("value", ["", 7, []])
def test_the_setting_is_the_path_of_a_file(
    make_shop: Callable[..., Flask], value: Any
) -> None:
    with pytest.raises(ConfigError, match="give the path of a file"):
        make_shop(CONSENTKIT_LOG_KEY=value)


def test_the_key_is_in_the_instance_folder_and_not_in_the_database(
    shop: Flask, log: ConsentLog, tmp_path: Path
) -> None:
    assert log.key is not None
    assert str(log.key.path) == f"{shop.instance_path}/consent-log.key"
    # The last of five parts; base64 may hold a "+" of its own.
    secret = log.key.path.read_bytes().strip().split(b"+", 4)[-1]
    assert len(secret) > 40
    for file in log.key.path.parent.glob("consent.sqlite3*"):
        assert secret not in file.read_bytes()


def test_verify_says_what_it_cant_see_alone(
    log: ConsentLog, run: Run, tmp_path: Path
) -> None:
    assert "--since" in run("verify").stderr
    kept = tmp_path / "kept.txt"
    kept.write_text(run("checkpoint").stdout)
    assert "--since" not in run("verify", "--since", kept).stderr
