"""Our static files, as they are sent: without comments, under names with a hash."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from importlib.resources import files
from typing import Final

#: Block comments, and line comments on lines of their own.
_COMMENT: Final = re.compile(r"/\*[\s\S]*?\*/|^[ \t]*//.*$", re.MULTILINE)
_INDENT: Final = re.compile(r"\s*\n\s*")


@dataclass(frozen=True, slots=True)
class Asset:
    """One static file."""

    name: str
    media_type: str
    digest: str
    content: bytes

    @property
    def path(self) -> str:
        """Where it is, below the prefix of our routes; new content, new path."""
        stem, _, suffix = self.name.rpartition(".")
        return f"/static/consentkit/{stem}.{self.digest}.{suffix}"


def slimmed(source: str) -> str:
    """Get a script or style sheet of ours without comments and indentation.

    It knows nothing of comment marks inside strings: ours hold none.
    """
    return _INDENT.sub("\n", _COMMENT.sub("", source)).strip() + "\n"


def _asset(name: str, media_type: str) -> Asset:
    source = (files("consentkit") / "static" / name).read_text(encoding="utf-8")
    content = slimmed(source).encode()
    return Asset(name, media_type, hashlib.sha256(content).hexdigest()[:12], content)


STYLES: Final = _asset("consentkit.css", "text/css")
SCRIPT: Final = _asset("consentkit.js", "text/javascript")
