"""Our static files, as they are sent: without comments, under names with a hash."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Final

_STATIC: Final = files("consentkit") / "static"
_TYPES: Final = {"css": "text/css", "js": "text/javascript"}
#: Block comments, and line comments on lines of their own.
_COMMENT: Final = re.compile(r"/\*[\s\S]*?\*/|^[ \t]*//.*$", re.MULTILINE)
_INDENT: Final = re.compile(r"\s*\n\s*")
#: Where a module names another file of ours.
_IMPORT: Final = re.compile(r"(?<=[\"'])\./([a-z]+\.(?:js|css))(?=[\"'])")


@dataclass(frozen=True, slots=True)
class Asset:
    """One static file."""

    name: str
    media_type: str
    digest: str
    content: bytes

    @property
    def is_style(self) -> bool:
        """Whether it is a style sheet, else a script."""
        return self.media_type == "text/css"

    @property
    def file(self) -> str:
        """Its name as it is sent; new content, new name."""
        stem, _, suffix = self.name.rpartition(".")
        return f"{stem}.{self.digest}.{suffix}"

    @property
    def path(self) -> str:
        """Where it is, below the prefix of our routes."""
        return f"/static/consentkit/{self.file}"


def slimmed(source: str) -> str:
    """Get a script or style sheet of ours without comments and indentation.

    It knows nothing of comment marks inside strings: ours hold none.
    """
    return _INDENT.sub("\n", _COMMENT.sub("", source)).strip() + "\n"


@cache
def asset(name: str) -> Asset:
    """Get a static file; modules that it imports are named by their hashed names.

    :raises FileNotFoundError: if we have no such file.
    """
    source = slimmed((_STATIC / name).read_text(encoding="utf-8"))
    content = _IMPORT.sub(lambda found: "./" + asset(found[1]).file, source).encode()
    media_type = _TYPES[name.rpartition(".")[2]]
    return Asset(name, media_type, hashlib.sha256(content).hexdigest()[:12], content)


def _names() -> list[str]:
    names = sorted(entry.name for entry in _STATIC.iterdir())
    return [name for name in names if name.rpartition(".")[2] in _TYPES]


#: Every static file by its name.
ASSETS: Final = {name: asset(name) for name in _names()}
STYLES: Final = ASSETS["consentkit.css"]
SCRIPT: Final = ASSETS["consentkit.js"]
#: Changes with any file.
EDITION: Final = hashlib.sha256(
    "".join(a.digest for a in ASSETS.values()).encode()
).hexdigest()[:12]
