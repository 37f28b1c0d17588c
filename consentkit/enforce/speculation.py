"""Speculation rules, by which browsers load pages ahead of a click (HTML 7.6)."""

from __future__ import annotations

import json
import re
from typing import Final

_OBJECT: Final = re.compile(r"\s*\{\s*[\"}]")
#: Parts of a pattern without which it holds for the page's own host (URL Pattern).
_ELSEWHERE: Final = frozenset("protocol hostname port baseURL".split())


def follows_any_link(rules: str) -> bool:
    """Tell whether speculation rules may load any link of the page ahead."""
    if not _OBJECT.match(rules):  # as most scripts
        return False
    try:
        found = json.loads(rules)
    except (ValueError, RecursionError):
        return False
    if not isinstance(found, dict):
        return False
    lists = (_each(found.get(key)) for key in ("prefetch", "prerender"))
    return any(_leaves(rule) for rules in lists for rule in rules)


def _leaves(rule: object) -> bool:
    if not isinstance(rule, dict) or ("urls" in rule and "where" not in rule):
        return False
    return "where" not in rule or _may_leave(rule["where"])


def _may_leave(where: object) -> bool:
    """Tell whether a condition may hold for a link to another site."""
    if not isinstance(where, dict):
        return True
    if "and" in where:
        return all(map(_may_leave, _each(where["and"])))
    if "or" in where:
        return any(map(_may_leave, _each(where["or"])))
    patterns = _each(where.get("href_matches"))
    return not patterns or not all(map(_is_own, patterns))


def _is_own(pattern: object) -> bool:
    if isinstance(pattern, dict):
        return _ELSEWHERE.isdisjoint(pattern)
    return isinstance(pattern, str) and re.match(r"[/?](?![/\\])", pattern) is not None


def _each(value: object) -> list[object]:
    if value is None:
        return []
    return value if isinstance(value, list) else [value]
