"""At which line of a TOML text each of its keys stands, for messages about them."""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

#: The way to a part of the policy: ``("services", "spin_wheel", "cookies", 0)``.
KeyPath: TypeAlias = tuple[str | int, ...]


def key_lines(text: str) -> Mapping[KeyPath, int]:
    """Get the line at which each key and list item of a valid TOML text stands."""
    lines = _KeyLines(text)
    lines.read()
    return lines.found


_TOKEN = re.compile(
    r'''
    (?P<text> """(?:\\.|[^\\])*?"{3,5}(?!") | \'{3}.*?\'{3,5}(?!\')
            | "(?:\\.|[^"\\])*" | '[^']*' )
    | (?P<newline> \n )
    | (?P<mark> [\[\]{},=.] )
    | (?P<word> [^\s\[\]{},=."'\#]+ )
    | \#[^\n]* | \s
    ''',
    re.VERBOSE | re.DOTALL,
)


@dataclass(frozen=True, slots=True)
class _Token:
    kind: str
    text: str
    line: int


def _tokens(text: str) -> Iterator[_Token]:
    line = 1
    for match in _TOKEN.finditer(text):
        if match.lastgroup:
            yield _Token(match.lastgroup, match[0], line)
        line += match[0].count("\n")
    yield _Token("end", "", line)


class _KeyLines:
    """Walks over TOML that :mod:`tomllib` has accepted, so it need not doubt it."""

    def __init__(self, text: str) -> None:
        self.found: dict[KeyPath, int] = {}
        self._tokens = _tokens(text)
        self._now = next(self._tokens)
        self._last_item: dict[KeyPath, int] = {}

    def read(self) -> None:
        table: KeyPath = ()
        while self._now.kind != "end":
            if self._now.kind == "newline":
                self._advance()
            elif self._now.text == "[":
                table = self._header()
            else:
                self._pair(table)

    def _advance(self) -> _Token:
        token, self._now = self._now, next(self._tokens, self._now)
        return token

    def _skip_newlines(self) -> None:
        while self._now.kind == "newline":
            self._advance()

    def _header(self) -> KeyPath:
        self._advance()
        repeated = self._now.text == "["
        line = self._now.line
        path = self._in_last_items(self._key(), repeated=repeated)
        self._note(path, line)
        while self._now.text == "]":
            self._advance()
        return path

    def _in_last_items(self, key: KeyPath, *, repeated: bool) -> KeyPath:
        """Add the positions in lists of tables, which headers leave out."""
        path: KeyPath = ()
        for depth, step in enumerate(key, start=1):
            path = (*path, step)
            if repeated and depth == len(key):
                self._last_item[path] = self._last_item.get(path, -1) + 1
            if path in self._last_item:
                path = (*path, self._last_item[path])
        return path

    def _key(self) -> KeyPath:
        steps = []
        while self._now.text not in ("=", "]"):
            token = self._advance()
            if token.kind == "text":
                steps.append(tomllib.loads(f"key = {token.text}")["key"])
            elif token.kind == "word":
                steps.append(token.text)
        return tuple(steps)

    def _note(self, path: KeyPath, line: int) -> None:
        for end in range(1, len(path) + 1):
            self.found.setdefault(path[:end], line)

    def _pair(self, table: KeyPath) -> None:
        line = self._now.line
        path = table + self._key()
        self._note(path, line)
        self._advance()
        self._value(path)

    def _value(self, path: KeyPath) -> None:
        if self._now.text == "[":
            self._list(path)
        elif self._now.text == "{":
            self._inline_table(path)
        else:
            while self._now.kind not in ("newline", "end"):
                if self._now.text in (",", "]", "}"):
                    return
                self._advance()

    def _list(self, path: KeyPath) -> None:
        self._advance()
        self._skip_newlines()
        position = 0
        while self._now.text != "]":
            self._note((*path, position), self._now.line)
            self._value((*path, position))
            position += 1
            self._skip_separator()
        self._advance()

    def _inline_table(self, path: KeyPath) -> None:
        self._advance()
        self._skip_newlines()
        while self._now.text != "}":
            self._pair(path)
            self._skip_separator()
        self._advance()

    def _skip_separator(self) -> None:
        self._skip_newlines()
        if self._now.text == ",":
            self._advance()
        self._skip_newlines()
