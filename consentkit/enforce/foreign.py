"""Follows SVG and MathML in a page: which rules hold where (WHATWG HTML 13.2.6.5).

Only what is open in a drawing is followed, not what is open around it. Where that
would have to be known, as when an end tag fits nothing in the drawing and may end an
element outside, both readings are followed until they are the same again.
"""

from __future__ import annotations

from enum import Enum, auto
from functools import lru_cache
from typing import Final, NamedTuple

from .html import BREAKOUT, VOID
from .tags import is_self_closing, parse_tag

DRAWINGS: Final = frozenset((b"svg", b"math"))
#: Tags of a table, which may end a cell of the table around a drawing.
_TABLE_PARTS: Final = frozenset(
    b"caption col colgroup table tbody td tfoot th thead tr".split()
)
#: Start tags that mean nothing in a drawing, even where HTML's rules hold.
_IGNORED: Final = _TABLE_PARTS - {b"table"} | frozenset(b"html head body".split())
_ENCODINGS: Final = frozenset(("text/html", "application/xhtml+xml"))
_BREAKOUT: Final = BREAKOUT | {b"font*"}
_FONT: Final = frozenset(("color", "face", "size"))
_MARKED: Final = frozenset((b"font", b"annotation-xml"))
#: Drawings nest no deeper and no more doubtfully; beyond it nothing is known.
_DEEPEST: Final = 256
_MOST: Final = 8


class Rules(Enum):
    """How a tag is read."""

    HTML = auto()
    FOREIGN = auto()
    DOUBT = auto()  #: one way or the other


class _Space(Enum):
    HTML = auto()
    SVG = auto()
    MATH = auto()


_POINTS: Final = {
    _Space.HTML: frozenset[bytes](),
    _Space.SVG: frozenset((b"foreignobject", b"desc", b"title")),
    _Space.MATH: frozenset(b"mi mo mn ms mtext annotation-xml*".split()),
}


class _Node(NamedTuple):
    name: bytes
    space: _Space
    is_point: bool = False  #: HTML's rules hold for what is directly in it

    @property
    def is_border(self) -> bool:
        """Whether no end tag in it reaches what is outside."""
        return self.is_point or (
            self.space is _Space.MATH and self.name == b"annotation-xml"
        )


#: What is open, from the outermost drawing on.
_Stack = tuple[_Node, ...]
Readings = frozenset[_Stack]
#: Of a start tag that was too long to be held: nobody knows its attributes.
UNREAD: Final = b""
#: Stands for an element that tags which are nested wrongly may have left open.
_PERHAPS: Final = _Node(b"", _Space.HTML)


class Foreign:
    """The drawings that are open, by each reading that is possible; none changes.

    :param readings: :data:`OUTSIDE` stands for those in which nothing is open.
    """

    def __init__(self, readings: Readings) -> None:
        self.readings: Final = readings

    def __bool__(self) -> bool:
        """Tell whether any drawing may be open."""
        return self is not OUTSIDE

    @property
    def is_beyond(self) -> bool:
        """Whether more is open, or open to doubt, than can be followed."""
        return len(self.readings) > _MOST or any(
            len(stack) > _DEEPEST for stack in self.readings
        )

    @property
    def cdata(self) -> Rules:
        """How ``<![CDATA[`` is read here."""
        # The standard and browsers differ on it directly in an integration point.
        if any(stack and stack[-1].is_point for stack in self.readings):
            return Rules.DOUBT
        return _joined(self.readings, b"")

    def rules(self, name: bytes, raw: bytes) -> Rules:
        """Tell how a start tag is read here."""
        rules = {_joined(self.readings, kind) for kind in _kinds(name, raw)}
        return rules.pop() if len(rules) == 1 else Rules.DOUBT

    def after_start(self, name: bytes, raw: bytes) -> Foreign:
        """Get what is open after a start tag."""
        if not (self or name in DRAWINGS):
            return self
        is_empty, before = is_self_closing(raw), self.readings
        found = (_after_start(before, kind, is_empty) for kind in _kinds(name, raw))
        return _foreign(Readings().union(*found))

    def after_end(self, name: bytes) -> Foreign:
        """Get what is open after an end tag."""
        return _foreign(_after_end(self.readings, name)) if self else self


_NONE: Final[Readings] = frozenset({()})
OUTSIDE: Final = Foreign(_NONE)


def _foreign(readings: Readings) -> Foreign:
    return OUTSIDE if readings == _NONE else Foreign(readings)


def _kinds(name: bytes, raw: bytes) -> tuple[bytes, ...]:
    """Get a start tag's name, marked with a star if its attributes may matter."""
    if raw == UNREAD and name in _MARKED:
        return name, name + b"*"
    return (_kind(name, raw),)


def _kind(name: bytes, raw: bytes) -> bytes:
    if name == b"font":
        is_other = not _FONT.isdisjoint(parse_tag(raw).attributes)
    elif name == b"annotation-xml":
        is_other = parse_tag(raw).get("encoding").lower() in _ENCODINGS
    else:
        return name
    return name + b"*" if is_other else name


@lru_cache(maxsize=1024)
def _joined(readings: Readings, kind: bytes) -> Rules:
    rules = {_rules(stack, kind) for stack in readings}
    return rules.pop() if len(rules) == 1 else Rules.DOUBT


@lru_cache(maxsize=1024)
def _after_start(readings: Readings, kind: bytes, is_empty: bool) -> Readings:  # noqa: FBT001
    return Readings().union(*(_started(stack, kind, is_empty) for stack in readings))


@lru_cache(maxsize=1024)
def _after_end(readings: Readings, name: bytes) -> Readings:
    return Readings().union(*(_ended(stack, name) for stack in readings))


def _rules(stack: _Stack, kind: bytes) -> Rules:
    """Tell how a start tag is read; one that leaves the drawing is HTML's."""
    if not stack or stack[-1].space is _Space.HTML:
        return Rules.HTML
    top = stack[-1]
    if top.is_point and top.space is _Space.MATH and top.name != b"annotation-xml":
        is_html = kind not in {b"mglyph", b"malignmark"}
    else:
        is_html = top.is_point or (top.is_border and kind == b"svg")
    return Rules.HTML if is_html or kind in _BREAKOUT else Rules.FOREIGN


def _left(stack: _Stack) -> _Stack:
    """Leave the drawing, up to where HTML's rules hold."""
    while stack and stack[-1].space is not _Space.HTML and not stack[-1].is_point:
        stack = stack[:-1]
    return stack


def _started(stack: _Stack, kind: bytes, is_empty: bool) -> set[_Stack]:  # noqa: FBT001
    if _rules(stack, kind) is Rules.FOREIGN:
        return {stack if is_empty else (*stack, _node(kind, stack[-1].space))}
    if kind in _BREAKOUT:  # which an SVG in an ``annotation-xml`` isn't
        stack = _left(stack)
    if kind in DRAWINGS:
        space = _Space.SVG if kind == b"svg" else _Space.MATH
        return {stack if is_empty else (*stack, _Node(kind, space))}
    if not stack or kind in VOID:
        return {stack}
    if kind in _IGNORED:
        return _perhaps_left_by_table(stack, kind)
    return {(*stack, _Node(kind.rstrip(b"*"), _Space.HTML))}


def _node(kind: bytes, space: _Space) -> _Node:
    is_point = kind in _POINTS[space]
    return _Node(kind.rstrip(b"*"), space, is_point)


def _ended(stack: _Stack, name: bytes) -> set[_Stack]:
    if not stack or stack[-1].space is _Space.HTML:
        return _ended_html(stack, name)
    if name in {b"p", b"br"}:
        return _ended_html(_left(stack), name)
    depth = len(stack) - 1
    while depth >= 0 and stack[depth].space is not _Space.HTML:
        if stack[depth].name == name:
            return {stack[:depth]}
        depth -= 1
    if any(node.is_border for node in stack[depth + 1 :]):
        return _perhaps_left_by_table(stack, name)
    if depth < 0:
        # It may end an element around the drawing, and the drawing with it.
        return {stack} if name in VOID else {stack, ()}
    return {stack} | _ended_html(stack[: depth + 1], name)


def _ended_html(stack: _Stack, name: bytes) -> set[_Stack]:
    """Take an end tag where HTML's rules hold."""
    depth = len(stack) - 1
    while depth >= 0 and stack[depth].space is _Space.HTML:
        if stack[depth].name == name:
            is_last = depth == len(stack) - 1
            return {stack[:depth] if is_last else (*stack[:depth], _PERHAPS)}
        depth -= 1
    if depth == len(stack) - 1:
        return {stack}
    # It does nothing, unless all of HTML's elements have ended without an end tag.
    for outer in range(depth, -1, -1):
        if stack[outer].space is _Space.HTML:
            break
        if stack[outer].name == name:
            return {stack, stack[:outer]}
    return _perhaps_left_by_table(stack, name)


def _perhaps_left_by_table(stack: _Stack, name: bytes) -> set[_Stack]:
    """Take a tag that could belong to a table around the drawing."""
    is_inner = any(node.name == b"table" for node in stack)
    return {stack, ()} if name in _TABLE_PARTS and not is_inner else {stack}
