"""Where an element ends whose content is left out, end tags omitted or not.

As much of the tree builder (WHATWG HTML 13.2.6) as that takes. In doubt the element
goes on, so that nothing of it gets out.
"""

from __future__ import annotations

from collections import Counter
from enum import Enum, auto
from typing import Final

from .html import VOID

_BLOCKS: Final = frozenset(
    b"address article aside blockquote details dialog div dl fieldset figcaption "
    b"figure footer form h1 h2 h3 h4 h5 h6 header hgroup hr main menu nav ol p pre "
    b"search section table ul".split()
)
_SECTIONS: Final = frozenset((b"tbody", b"thead", b"tfoot"))
#: For elements whose end tag may be omitted: the start tags before which they end.
_ENDED_BY: Final = {
    b"p": _BLOCKS,
    b"li": frozenset((b"li",)),
    b"dt": frozenset((b"dt", b"dd")),
    b"dd": frozenset((b"dt", b"dd")),
    b"option": frozenset((b"option", b"optgroup", b"hr")),
    b"optgroup": frozenset((b"optgroup", b"hr")),
    b"tr": _SECTIONS | {b"tr"},
    b"td": _SECTIONS | {b"tr", b"td", b"th"},
    b"th": _SECTIONS | {b"tr", b"td", b"th"},
    b"tbody": _SECTIONS,
    b"thead": _SECTIONS,
    b"tfoot": _SECTIONS,
}
#: Elements in which others begin anew: what is open outside ends by nothing inside.
_SCOPES: Final = frozenset(
    b"applet button caption html marquee math object select svg table td template "
    b"th".split()
)
#: Parts of tables look past their cells, up to the table.
_TABLE_PARTS: Final = _SECTIONS | frozenset(
    b"caption col colgroup table td th tr".split()
)
_TABLE_SCOPES: Final = frozenset((b"table", b"template"))
_LISTS: Final = frozenset((b"ul", b"ol", b"menu", b"dl"))
_SPECIAL: Final = (
    _BLOCKS
    | _SCOPES
    | _SECTIONS
    | frozenset(
        b"body center colgroup dd dir dt foreignobject frameset iframe li listing "
        b"noembed noframes noscript plaintext script style summary textarea title tr "
        b"xmp".split()
    )
) - {b"dialog"}
#: Browsers nest no deeper; beyond it the element is taken to have no end.
_DEEPEST: Final = 512


class Ends(Enum):
    """What an end tag means for the element."""

    INSIDE = auto()  #: it goes on
    BEFORE = auto()  #: it had ended already: the tag belongs to what is around it
    AFTER = auto()  #: it ends with the tag


class Extent:
    """Follows one element from its start tag to its end."""

    def __init__(self, name: bytes) -> None:
        self._name = name
        self._open = [name]
        self._count = Counter(self._open)

    def ends_before(self, name: bytes) -> bool:
        """Tell whether a start tag implies that the element has ended."""
        if self._is_endless or name not in _ENDED_BY.get(self._name, ()):
            return False
        return (_scopes(name) | _LISTS).isdisjoint(self._open[1:])

    def start(self, name: bytes) -> None:
        """Take a start tag inside the element that has an end tag of its own."""
        if name not in VOID and not self._is_endless:
            self._open.append(name)
            self._count[name] += 1

    def end(self, name: bytes) -> Ends:
        """Take an end tag."""
        if self._is_endless:
            return Ends.INSIDE
        if not self._count[name]:
            return self._end_of_another(name)
        depth = self._depth_of(name)
        if depth is None:
            return Ends.INSIDE
        self._count.subtract(self._open[depth:])
        del self._open[depth:]
        return Ends.INSIDE if self._open else Ends.AFTER

    @property
    def _is_endless(self) -> bool:
        return len(self._open) > _DEEPEST

    def _end_of_another(self, name: bytes) -> Ends:
        is_parent = name in _SPECIAL and name != b"p"
        is_omitted = self._name in _ENDED_BY and is_parent
        is_inner = not _scopes(name).isdisjoint(self._open[1:])
        return Ends.BEFORE if is_omitted and not is_inner else Ends.INSIDE

    def _depth_of(self, name: bytes) -> int | None:
        """Get which open element an end tag closes, if it may."""
        stops = _scopes(name) if name in _SPECIAL else _SPECIAL
        for depth in range(len(self._open) - 1, -1, -1):
            if self._open[depth] == name:
                return depth
            if self._open[depth] in stops:
                break
        return None


def _scopes(name: bytes) -> frozenset[bytes]:
    return _TABLE_SCOPES if name in _TABLE_PARTS else _SCOPES
