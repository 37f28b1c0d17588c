"""The package is built with compiled code where there is a compiler, and without it."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tarfile
from pathlib import Path
from runpy import run_path
from typing import Any
from zipfile import ZipFile

import pytest

ROOT = Path(__file__).parent.parent
PARTS = ("consentkit", "pyproject.toml", "README.md", "LICENSE")


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """Get a copy of what the package is made of."""
    for part in PARTS:
        if (ROOT / part).is_dir():
            ignored = shutil.ignore_patterns("__pycache__", "*.so")
            shutil.copytree(ROOT / part, tmp_path / part, ignore=ignored)
        else:
            shutil.copy(ROOT / part, tmp_path)
    return tmp_path


def wheel(checkout: Path, path: str) -> Path:
    """Build a wheel, with programs looked for in some folders only."""
    environ = {**os.environ, "PATH": path, "SOURCE_DATE_EPOCH": "1735689600"}
    command = [sys.executable, "-m", "hatchling", "build", "-t", "wheel"]
    subprocess.run(command, cwd=checkout, env=environ, check=True, capture_output=True)
    (built,) = (checkout / "dist").glob("*.whl")
    return built


def test_with_a_compiler_a_wheel_serves_later_versions_of_python_too(
    checkout: Path,
) -> None:
    built = wheel(checkout, os.environ["PATH"])

    assert "-cp311-abi3-" in built.name
    assert "consentkit/enforce/_skim.abi3.so" in ZipFile(built).namelist()


def test_without_one_a_wheel_is_python_alone(checkout: Path) -> None:
    built = wheel(checkout, "")

    assert built.name.endswith("-py3-none-any.whl")
    assert not [name for name in ZipFile(built).namelist() if name.endswith(".so")]


def test_sources_of_compiled_code_stay_out_of_wheels(checkout: Path) -> None:
    names = ZipFile(wheel(checkout, os.environ["PATH"])).namelist()

    assert not [name for name in names if "csrc" in name]
    assert "consentkit/enforce/compiled.py" in names


def test_what_was_compiled_from_other_sources_stays_out(checkout: Path) -> None:
    old = checkout / "consentkit" / "enforce" / "_skim.abi3.so"
    old.write_bytes(b"old")
    wheel(checkout, "")

    assert not old.exists()


def test_wheels_can_be_built_from_one_folder_at_the_same_time(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    compiles = run_path(str(ROOT / "consentkit/enforce/csrc/build.py"))["_compiles"]
    target = tmp_path / "made.so"
    others = [1]

    def compile_(command: list[str], **_: Any) -> None:
        Path(command[-1]).write_text("made")
        while others:  # another build begins and ends meanwhile
            others.pop()
            assert compiles(tmp_path, target)

    monkeypatch.setattr(subprocess, "run", compile_)

    assert compiles(tmp_path, target)
    assert [path.name for path in tmp_path.iterdir()] == ["made.so"]


def test_a_source_distribution_has_what_is_compiled(checkout: Path) -> None:
    command = [sys.executable, "-m", "hatchling", "build", "-t", "sdist"]
    subprocess.run(command, cwd=checkout, check=True, capture_output=True)
    (built,) = (checkout / "dist").glob("*.tar.gz")
    with tarfile.open(built) as archive:
        names = {name.partition("/")[2] for name in archive.getnames()}

    sources = (checkout / "consentkit/enforce/csrc").iterdir()
    assert {path.relative_to(checkout).as_posix() for path in sources} <= names
    assert not [name for name in names if name.endswith(".so")]
