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

    :param limit: bytes that each generation holds, about.
    """

    def __init__(self, limit: int) -> None:
        self.new: dict[_Key, _Value] = {}
        self.old: dict[_Key, _Value] = {}
        self._limit = limit
        self._used = 0

    def get(self, key: _Key) -> _Value | None:
        """Get what is remembered, if anything is."""
        value = self.new.get(key)
        if value is None and (value := self.old.get(key)) is not None:
            self.remember(key, value, 0)
        return value

    def __iter__(self) -> Iterator[_Key]:
        """Get all keys, some twice."""
        return chain(self.new, self.old)

    def remember_all(self, keys: list[_Key], value: _Value) -> None:
        """Remember a value for many small keys."""
        if self._used > self._limit:
            self.old, self.new, self._used = self.new, {}, 0
        self._used += _ENTRY * len(keys)
        self.new.update(dict.fromkeys(keys, value))

    def remember(self, key: _Key, value: _Value, size: int) -> None:
        """Remember a value.

        :param size: of key and value, in bytes.
        """
        if size > self._limit >> 3:
            return
        if self._used > self._limit:
            self.old, self.new, self._used = self.new, {}, 0
        self._used += size + _ENTRY
        self.new[key] = value
