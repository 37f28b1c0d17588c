"""Refusals that visitors told another banner, before the shop had this one.

A refusal needs no proof, so nobody has to say it twice. A grant does: no record of ours
proves what another banner's cookie says, so whoever granted anything is asked.
"""

from __future__ import annotations

import json
import re
from contextlib import suppress
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import unquote

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from .policy import Policy

_LONGEST: Final = 4096
#: Other banners' words for what can't be refused.
_ESSENTIAL: Final = frozenset(
    "necessary essential strictly-necessary strictly_necessary required".split()
)
_COOKIEBOT: Final = re.compile(r"\b(preferences|statistics|marketing):(true|false)\b")
_SWITCH: Final = re.compile(r"!([^=!]+)=(true|false|wait)")


def refused_before(policy: Policy, cookies: Iterable[tuple[str, str]]) -> bool:
    """Tell whether a visitor has refused everything in another banner.

    Only what is beyond doubt counts; malformed cookies don't. Raising the policy's
    ``revision`` asks these visitors as it asks everybody.

    :param cookies: names and values, as the browser sent them.
    """
    if policy.notice.revision > 1:
        return False
    answers = [
        _refuses(policy, name, value) for name, value in cookies if name in _READERS
    ]
    # One that says otherwise is a doubt.
    return bool(answers) and all(answers)


def _refuses(policy: Policy, name: str, value: str) -> bool:
    if len(value) > _LONGEST:
        return False
    with suppress(ValueError, RecursionError):
        switches = _READERS[name](unquote(value.strip('"'), errors="strict"))
        optional = [on for key, on in switches if not _is_essential(policy, key)]
        # Some banners name only what is on: there, nothing optional is a refusal.
        return not any(optional) and (bool(optional) or name in _ONLY_GRANTS)
    return False


def _is_essential(policy: Policy, name: str) -> bool:
    if policy.knows(name):
        return not policy.required(name)
    return name.lower() in _ESSENTIAL


def _categories(value: str) -> Iterator[tuple[str, bool]]:
    """Read the list of what is on: vanilla-cookieconsent's ``cc_cookie``."""
    content = _object(value)
    categories = content.get("categories")
    services = content.get("services", {})
    if not isinstance(categories, list) or not isinstance(services, dict):
        raise ValueError(value)  # noqa: TRY004  all readers raise ValueError
    yield from ((str(category), True) for category in categories)
    yield from ((category, bool(names)) for category, names in services.items())


def _switches(value: str) -> Iterator[tuple[str, bool]]:
    """Read names with yes or no: klaro's and Orejime's."""
    for name, on in _object(value).items():
        if not isinstance(on, bool):
            raise ValueError(value)  # noqa: TRY004  all readers raise ValueError
        yield name, on


def _tarteaucitron(value: str) -> Iterator[tuple[str, bool]]:
    """Read ``!service=true!other=false``; one that waits was never answered."""
    if not re.fullmatch(f"(?:{_SWITCH.pattern})+", value):
        raise ValueError(value)
    yield from ((name, state != "false") for name, state in _SWITCH.findall(value))


def _status(value: str) -> Iterator[tuple[str, bool]]:
    """Read Osano's cookieconsent; ``dismiss`` is no answer."""
    yield "all", value != "deny"


def _cookiebot(value: str) -> Iterator[tuple[str, bool]]:
    """Read Cookiebot's ``CookieConsent``; what is implied was never answered."""
    found = _COOKIEBOT.findall(value)
    if len(found) != 3 or "method:'explicit'" not in value:  # noqa: PLR2004  its groups
        raise ValueError(value)
    yield from ((name, state == "true") for name, state in found)


def _object(value: str) -> Mapping[str, Any]:
    content = json.loads(value)
    if not isinstance(content, dict):
        raise ValueError(value)  # noqa: TRY004  all readers raise ValueError
    return content


_READERS: Final[dict[str, Callable[[str], Iterator[tuple[str, bool]]]]] = {
    "cc_cookie": _categories,
    "klaro": _switches,
    "orejime": _switches,
    "eu-consent": _switches,
    "tarteaucitron": _tarteaucitron,
    "cookieconsent_status": _status,
    "CookieConsent": _cookiebot,
}
_ONLY_GRANTS: Final = frozenset({"cc_cookie"})
