"""Memory that is bounded by bytes and keeps what is used."""

from __future__ import annotations

from itertools import chain
from typing import TYPE_CHECKING, Final, Generic, TypeVar

if TYPE_CHECKING:
    from collections.abc import Hashable, Iterator

_Key = TypeVar("_Key", bound="Hashable")
_Value = TypeVar("_Value")

#: What an entry takes beside its bytes, about.
_ENTRY: Final = 128


class Recent(Generic[_Key, _Value]):
    """A mapping in two generations: what isn't asked for any more is forgotten.

    Compiled code carries over what it finds in the old one by itself.

    :param limit: bytes that each generation takes in, about.
    """

    def __init__(self, limit: int) -> None:
        self.new: dict[_Key, _Value] = {}
        self.old: dict[_Key, _Value] = {}
        self._limit = limit
        self._used = 0
        self._counted = 0  #: entries that this is of; the others were carried over
        self._each = 0  #: what an entry of the old generation takes, on average

    def get(self, key: _Key) -> _Value | None:
        """Get what is remembered, if anything is."""
        value = self.new.get(key)
        if value is None and (value := self.old.get(key)) is not None:
            self._make_room()
            self.new[key] = value
        return value

    def __iter__(self) -> Iterator[_Key]:
        """Get all keys, some twice."""
        return chain(self.new, self.old)

    def remember_all(self, keys: list[_Key], value: _Value) -> None:
        """Remember a value for many small keys."""
        self._make_room()
        before = len(self.new)
        self.new.update(dict.fromkeys(keys, value))
        self._count(before, _ENTRY * len(keys))

    def remember(self, key: _Key, value: _Value, size: int) -> None:
        """Remember a value.

        :param size: of key and value, in bytes.
        """
        if size > self._limit >> 3:
            return
        self._make_room()
        before = len(self.new)
        self.new[key] = value
        self._count(before, size + _ENTRY)

    def took_in(self, number: int, size: int) -> None:
        """Count what compiled code has put into the new generation."""
        self._counted += number
        self._used += size + _ENTRY * number
        self._make_room()

    def _count(self, before: int, size: int) -> None:
        self._counted += len(self.new) - before
        self._used += size

    def _make_room(self) -> None:
        """Begin a new generation once this one is full."""
        number = len(self.new)
        used = self._used + (number - self._counted) * self._each
        if used > self._limit:
            # If all that is asked for is too much, it is forgotten as well.
            self.old = self.new if used <= 2 * self._limit else {}
            self._each = used // max(number, 1)
            self.new, self._used, self._counted = {}, 0, 0
