"""What ``make`` does on a machine that lacks something."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

_VENV = Path(__file__).parent.parent / ".ci" / "venv"
_PACKAGE = f"python{sys.version_info[0]}.{sys.version_info[1]}-venv"
_WITHOUT_VENV = f"""
case "$2" in
    *ensurepip*) exit 1 ;;
esac
exec {sys.executable} "$@"
"""

Told: TypeAlias = subprocess.CompletedProcess[str]


@pytest.fixture
def run(tmp_path: Path) -> Callable[[str, str], Told]:
    """Look for virtual environments with a Python, as a user who may have apt."""

    def write(name: str, script: str) -> Path:
        path = tmp_path / name
        path.write_text(f"#!/bin/sh\n{script}")
        path.chmod(0o755)
        return path

    def run(python: str, user: str) -> Told:
        write("apt-get", f'echo "$@" >>{tmp_path}/asked')
        write("id", f"echo {user}")
        return subprocess.run(
            ["/bin/sh", _VENV, write("python", python)],
            env={"PATH": f"{tmp_path}:/usr/bin:/bin"},
            capture_output=True,
            text=True,
            check=False,
        )

    return run


def test_a_python_that_makes_environments_needs_nothing(
    run: Callable[[str, str], Told], tmp_path: Path
) -> None:
    assert run(f'exec {sys.executable} "$@"', "0").returncode == 0
    assert not (tmp_path / "asked").exists()


def test_root_gets_what_is_missing(
    run: Callable[[str, str], Told], tmp_path: Path
) -> None:
    assert run(_WITHOUT_VENV, "0").returncode == 0
    asked = (tmp_path / "asked").read_text().splitlines()
    assert asked[0].startswith("update")
    assert asked[1].startswith("install")
    assert asked[1].endswith(_PACKAGE)


def test_others_are_told_what_is_missing(
    run: Callable[[str, str], Told], tmp_path: Path
) -> None:
    told = run(_WITHOUT_VENV, "1000")
    assert told.returncode == 1
    assert f"apt-get install {_PACKAGE}" in told.stderr
    assert not (tmp_path / "asked").exists()
