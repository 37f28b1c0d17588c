"""How the documentation is built: ``sphinx-build -n -W docs docs/_build``."""

from __future__ import annotations

import tomllib
from pathlib import Path

project = "ConsentKit"
author = "the ConsentKit contributors"
project_copyright = author
_project = Path(__file__).parent.parent / "pyproject.toml"
release = tomllib.loads(_project.read_text(encoding="utf-8"))["project"]["version"]

extensions = ["myst_parser", "sphinx.ext.autodoc"]
exclude_patterns = ["_build"]
nitpicky = True

myst_enable_extensions = ["deflist"]
myst_heading_anchors = 3

# Signatures stay short enough to be read; the source holds the types.
autodoc_typehints = "none"
autodoc_member_order = "bysource"

html_theme = "furo"
html_title = f"ConsentKit {release}"
