"""Compiles what skims pages, when the package is built and a C compiler is there.

Without one the package is built all the same, and reads pages in Python's own code.
"""

from __future__ import annotations

import os
import shlex
import subprocess
import sys
import sysconfig
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface


class CompiledSkim(BuildHookInterface[Any]):
    """Adds the compiled module to a wheel, an editable one included."""

    PLUGIN_NAME = "custom"

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:  # noqa: ARG002
        """Compile the module and give the wheel the tag that goes with it."""
        if self.target_name != "wheel":
            return
        engine = Path(self.root, "consentkit", "enforce")
        source, target = engine / "csrc" / "skim.c", engine / "_skim.abi3.so"
        if not _compiles(source, target):
            target.unlink(missing_ok=True)  # it is of other sources
            self.app.display_warning("No C compiler: pages will be read more slowly.")
            return
        platform = sysconfig.get_platform().replace("-", "_").replace(".", "_")
        build_data["artifacts"].append(target.relative_to(self.root).as_posix())
        build_data["pure_python"] = False
        build_data["tag"] = f"cp311-abi3-{platform}"


def _compiles(source: Path, target: Path) -> bool:
    # The stable ABI isn't there for builds without the global lock (PEP 703).
    if (
        os.name != "posix"
        or sys.implementation.name != "cpython"
        or sysconfig.get_config_var("Py_GIL_DISABLED")
    ):
        return False
    linker = sysconfig.get_config_var("LDSHARED") or "cc -shared"
    options = ["-std=c11", "-O3", "-fPIC", f"-I{sysconfig.get_path('include')}"]
    try:
        # Who builds from the same folder at the same time has a draft of their own.
        with TemporaryDirectory(dir=target.parent, prefix=".") as drafts:
            made = Path(drafts, target.name)
            command = [*shlex.split(linker), *options, str(source), "-o", str(made)]
            subprocess.run(command, check=True)  # noqa: S603
            made.replace(target)
    except (OSError, subprocess.CalledProcessError):
        return False
    return True
