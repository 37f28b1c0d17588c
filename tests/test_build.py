"""The package is built with compiled code where there is a compiler, and without it."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path
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
