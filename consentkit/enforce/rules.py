"""The address rules of one host, looked up at a cost that doesn't grow with them."""

from __future__ import annotations

import re
from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from consentkit.policy import HostRule

    from . import compiled
    from .urls import Address


@dataclass(frozen=True, slots=True)
class Rule:
    """A service's claim to the addresses under a path."""

    service: str
    path: str
    query: str
    pattern: re.Pattern[str] | None = None  #: where the path has wild cards
    host: re.Pattern[str] | None = None  #: where the host has wild cards

    @classmethod
    def of(cls, service: str, rule: HostRule) -> Rule:
        """Get the rule of a policy or the catalogue, ready to be asked."""
        path = host = None
        if "*" in rule.path:
            path = re.compile(_wild(rule.path) + _BORDER)
        if "*" in rule.host.removeprefix("*."):
            host = re.compile(r"(?:.*\.)?" + _wild(rule.host.removeprefix("*.")))
        return cls(service, rule.path, rule.query, path, host)

    def claims(self, address: Address) -> bool:
        """Tell whether the rule holds for an address of its host."""
        if self.host and not self.host.fullmatch(address.host):
            return False
        if self.query and self.query not in address.query:
            return False
        if self.pattern is not None:
            return self.pattern.match(address.path) is not None
        return _is_prefix(self.path, address.path)


_BORDER: Final = r"(?![A-Za-z0-9])"
_FIRST_WORD: Final = re.compile(r"/[^\W_]*")
_WORD: Final = re.compile(r"/([A-Za-z0-9]+)(?=[\W_])")


def _wild(text: str) -> str:
    return ".*".join(map(re.escape, text.split("*")))


def _is_prefix(prefix: str, path: str) -> bool:
    """Tell whether a path begins with a prefix, on a border: ``/tr`` isn't ``/try``."""
    if not path.startswith(prefix):
        return False
    return (
        len(path) == len(prefix)
        or not prefix[-1:].isalnum()
        or not path[len(prefix)].isalnum()
    )


class HostRules:
    """All rules of one host, in the order in which they are asked.

    Fixed paths are looked up by their first letters and their length. Those with wild
    cards are asked only where one expression over all of them finds that any holds.
    """

    def __init__(self, rules: Iterable[Rule]) -> None:
        self.all = tuple(rules)
        self._fixed: dict[str, list[Rule]] = defaultdict(list)
        for rule in self.all:
            if rule.pattern is None:
                self._fixed[rule.path].append(rule)
        self._anywhere = self._fixed.pop("/", []) + self._fixed.pop("", [])
        self._lengths: dict[str, list[int]] = defaultdict(list)
        for length, start in {(len(path), _start(path)) for path in self._fixed}:
            self._lengths[start].append(length)
        for lengths in self._lengths.values():
            lengths.sort(reverse=True)
        self._any_wild = _joined(rule.path for rule in self.all if rule.pattern)

    def service(self, address: Address) -> str | None:
        """Get the service that an address on this host belongs to."""
        for rule in self._candidates(address.path):
            if rule.claims(address):
                return rule.service
        return None

    def is_free(self, path: str) -> bool:
        """Tell for sure that no rule holds for a path, whatever the query."""
        return not self._candidates(path)

    @property
    def words(self) -> frozenset[bytes] | None:
        """Words one of which begins a segment of every path that a rule holds for.

        None if there is a rule for which no word can be told.
        """
        words = [_word_of(rule.path) for rule in self.all]
        return frozenset(map(str.encode, words)) if all(words) else None

    def compiled(self, host: str, numbers: Mapping[str, int]) -> compiled.Host:
        """Get the rules as compiled code takes them.

        :param numbers: of the services.
        """
        rules = tuple(
            (numbers[rule.service], rule.path.encode(), rule.query.encode())
            for rule in self.all
        )
        return host.encode(), any(rule.host for rule in self.all), rules

    def _candidates(self, path: str) -> Sequence[Rule]:
        if self._any_wild and self._any_wild.match(path):
            return self.all
        lengths = self._lengths.get(_start(path))
        if lengths is None:
            return self._anywhere
        known = [rule for n in lengths for rule in self._fixed.get(path[:n], ())]
        return known + self._anywhere


def _word_of(path: str) -> str:
    """Get a word that begins a segment of whatever a rule's path holds for.

    What a wild card cuts off may go on, so that a word is one only before a border.
    """
    words = [word for part in f"{path}/".split("*") for word in _WORD.findall(part)]
    return words[-1] if words else ""


def _start(path: str) -> str:
    """Get a path up to the first border in it that a rule can end on."""
    found = _FIRST_WORD.match(path)
    return found[0] if found else ""


def _joined(paths: Iterable[str]) -> re.Pattern[str] | None:
    """Join wild paths to one expression, those of the same beginning under it."""
    tails: dict[str, list[str]] = defaultdict(list)
    for path in paths:
        head, _, tail = path.partition("*")
        tails[head].append(_wild(tail))
    heads = [
        re.escape(head) + r".*(?:" + "|".join(ends) + ")"
        for head, ends in tails.items()
    ]
    return re.compile(f"(?:{'|'.join(heads)}){_BORDER}") if heads else None
