"""Where a policy comes from, and how its faults are told."""

from __future__ import annotations

import re
import reprlib
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from .errors import ConfigError, PolicyError
from .policy_lines import key_lines

if TYPE_CHECKING:
    import os
    from collections.abc import Iterable

    from .policy_lines import KeyPath

_MISSING = object()
_SHORT = reprlib.Repr()
_SHORT.maxstring = _SHORT.maxother = 80
_SYNTAX_PLACE = re.compile(r" \(at (?:line (\d+), column \d+|end of document)\)$")


class _Excerpt(str):
    """The beginning of a table or list, which junk may make huge or deep."""

    __slots__ = ()
    __repr__ = str.__str__


class PolicyFault(ConfigError):  # noqa: N818  the vocabulary says fault
    """One fault of a policy.

    :ivar path: the way to the faulty part, as a tuple.
    :ivar line: its line in the file, if there is a file.
    """

    def __init__(
        self, path: KeyPath, value: object, remedy: str, line: int | None = None
    ) -> None:
        super().__init__(".".join(map(str, path)), value, remedy)
        self.path = path
        self.line = line
        where = f"line {line}: " if line else ""
        found = "" if value is None else f" = {_SHORT.repr(value)}"
        what = f"{self.key}{found}: " if path else ""
        self.args = (f"{where}{what}{remedy}",)


@dataclass(frozen=True, slots=True)
class Document:
    """A policy as it was written, before anything is checked."""

    name: str
    content: Mapping[str, object]
    text: str = ""  #: empty where the policy is a mapping

    def error(self, faults: Iterable[tuple[KeyPath, str]]) -> PolicyError:
        """Get the error that reports these faults, in the order of the file."""
        lines = key_lines(self.text)
        found = [
            PolicyFault(path, self._evidence(path), remedy, _nearest_line(lines, path))
            for path, remedy in faults
        ]
        found.sort(key=lambda fault: fault.line or 0)
        return PolicyError(self.name, list(found))

    def _evidence(self, path: KeyPath) -> object:
        value: object = self.content
        for step in path:
            value = _step(value, step)
        if value is None or isinstance(value, str | int | float):
            return value
        return None if value is _MISSING else _Excerpt(_SHORT.repr(value))


def read_document(source: str | os.PathLike[str] | Mapping[str, object]) -> Document:
    """Get a policy from a TOML file, or from a mapping that has the same shape.

    :raises PolicyError: if there is no such file or it isn't TOML.
    """
    if isinstance(source, Mapping):
        return Document("the policy mapping", source)
    name = str(Path(source))
    try:
        text = Path(source).read_bytes().decode("utf-8-sig")  # some editors put a mark
        return Document(name, tomllib.loads(text), text)
    except FileNotFoundError as error:
        remedy = "there is no such file; `flask consent init` writes one"
        raise _unreadable(name, remedy) from error
    except tomllib.TOMLDecodeError as error:
        raise _not_toml(name, text, str(error)) from error
    except UnicodeDecodeError as error:
        line = error.object.count(b"\n", 0, error.start) + 1
        raise _unreadable(name, "save the file as UTF-8", line) from error
    except RecursionError as error:
        raise _unreadable(name, "its lists or tables nest too deeply") from error
    except (OSError, ValueError) as error:
        raise _unreadable(name, f"the file can't be read: {error}") from error


def _unreadable(name: str, remedy: str, line: int | None = None) -> PolicyError:
    return PolicyError(name, [PolicyFault(("policy",), name, remedy, line)])


def _not_toml(name: str, text: str, message: str) -> PolicyError:
    place = _SYNTAX_PLACE.search(message)
    line = int(place[1]) if place and place[1] else text.count("\n") + 1
    cause = _SYNTAX_PLACE.sub("", message)
    return PolicyError(name, [PolicyFault((), None, f"this isn't TOML: {cause}", line)])


def _step(value: object, step: str | int) -> object:
    if isinstance(value, Mapping):
        return value.get(step, _MISSING)
    if isinstance(value, Sequence) and isinstance(step, int) and step < len(value):
        return value[step]
    return _MISSING


def _nearest_line(lines: Mapping[KeyPath, int], path: KeyPath) -> int | None:
    """Get the line of a path, or of the innermost table where it is missing."""
    while path and path not in lines:
        path = path[:-1]
    return lines.get(path)
