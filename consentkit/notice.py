"""The notice: what a visitor is shown, as data, known by its hash."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, cast

from .canonical import canonical
from .policy import ESSENTIAL, Service
from .texts import available, in_language, texts

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .policy import Cookie, Group, Policy
    from .texts import Texts


@dataclass(frozen=True, slots=True)
class Notice:
    """What one policy says to a visitor in one language."""

    language: str
    content: Mapping[str, object]  #: fit for JSON; the templates show nothing else
    hash: str  #: SHA-256 (hex) of the canonical JSON of the content

    def group_names(self) -> list[tuple[str, str]]:
        """Get the keys of the groups with the names that are shown for them."""
        groups = cast("list[dict[str, str]]", self.content["groups"])
        return [(group["key"], group["name"]) for group in groups]


class Notices(Mapping[str, Notice]):
    """The notices of one policy by language, each made when it is first asked for."""

    def __init__(self, policy: Policy, own: tuple[Cookie, ...]) -> None:
        self._policy = policy
        self._own = own
        self._made: dict[str, Notice] = {}

    def __getitem__(self, language: str) -> Notice:
        if language not in self._made:
            self._made[language] = build_notice(self._policy, language, self._own)
        return self._made[language]

    def __iter__(self) -> Iterator[str]:
        return iter(available())

    def __len__(self) -> int:
        return len(available())

    def by_hash(self, notice_hash: str) -> Notice | None:
        """Get the notice with this hash, in whatever language."""
        asked_for = sorted(self, key=lambda language: language not in self._made)
        found = (self[language] for language in asked_for)
        return next((notice for notice in found if notice.hash == notice_hash), None)


def build_notice(policy: Policy, language: str, own: tuple[Cookie, ...] = ()) -> Notice:
    """Get the notice of a policy; the same policy and language give the same hash.

    :param own: the cookies in which visitors' choices themselves are kept.
    :raises KeyError: if we don't speak the language.
    """
    words = texts(language)
    content = _content(policy, words)
    if own:
        groups = cast("list[dict[str, list[object]]]", content["groups"])
        groups[0]["services"].insert(0, _own_service(policy, words, own))
    return Notice(
        language, content, hashlib.sha256(canonical(content).encode()).hexdigest()
    )


def _content(policy: Policy, words: Texts) -> dict[str, object]:
    terms = policy.notice
    return {
        "language": words.language,
        "direction": words.direction,
        "controller": in_language(terms.controller, words.language),
        "contact": in_language(terms.contact, words.language),
        "privacy_policy": in_language(terms.privacy_policy, words.language),
        "address": in_language(terms.address, words.language),
        "jurisdiction": terms.jurisdiction,
        "storage": terms.storage,
        "authority": in_language(terms.authority, words.language),
        "lifetime_days": terms.lifetime.days,
        "revision": terms.revision,
        "fingerprint": policy.fingerprint,
        "third_parties": _third_parties(policy),
        "texts": _strings(policy, words),
        "groups": [_group(policy, group, words) for group in _in_order(policy)],
    }


def _strings(policy: Policy, words: Texts) -> dict[str, str]:
    """Fill in what the policy knows; what only a request knows stays open."""
    number = len(_third_parties(policy))
    strings = dict(words.strings)
    none = strings.pop("third_parties_none")
    strings["third_parties"] = (
        words.counted("third_parties", number) if number else none
    )
    known = {
        "{controller}": in_language(policy.notice.controller, words.language),
        "{contact}": in_language(policy.notice.contact, words.language),
        "{lifetime}": words.lifetime(policy.notice.lifetime),
        "{link}": words["link"],
    }
    return {key: _filled(string, known) for key, string in strings.items()}


def _filled(string: str, known: Mapping[str, str]) -> str:
    for mark, words in known.items():
        string = string.replace(mark, words)
    return string


def _third_parties(policy: Policy) -> list[str]:
    """Get the companies behind everything that a visitor can refuse."""
    controller = policy.notice.controller
    own = {controller} if isinstance(controller, str) else set(controller.values())
    services = policy.services.values()
    providers = {s.provider for s in services if s.group != ESSENTIAL and s.provider}
    return sorted(providers - own)


def _in_order(policy: Policy) -> list[Group]:
    essential = [g for g in policy.groups.values() if g.key == ESSENTIAL]
    return [*essential, *policy.optional_groups]


def _group(policy: Policy, group: Group, words: Texts) -> dict[str, object]:
    services = [s for s in policy.services.values() if s.group == group.key]
    hooks = [h for h in policy.hooks.values() if h.group == group.key]
    name, purpose = words.resolve(group.name), words.resolve(group.purpose)
    return {
        "key": group.key,
        "name": name or words.group(group.key, "name"),
        "purpose": purpose or words.group(group.key, "purpose"),
        "essential": group.key == ESSENTIAL,
        "services": [_service(service, words) for service in services],
        "hooks": [
            {"key": hook.key, "purpose": words.resolve(hook.purpose)} for hook in hooks
        ],
    }


def _service(service: Service, words: Texts) -> dict[str, object]:
    return {
        "key": service.key,
        "name": in_language(service.names or service.name, words.language),
        "provider": service.provider,
        "purpose": words.resolve(service.purpose),
        "reason": words.resolve(service.reason),
        "privacy_url": service.privacy_url,
        "cookies": [_cookie(cookie, words) for cookie in service.cookies],
    }


def _own_service(
    policy: Policy, words: Texts, cookies: tuple[Cookie, ...]
) -> dict[str, object]:
    """Get what keeps the choices, which are data on the device like any other."""
    return _service(
        Service(
            key="consentkit",
            name=words["preferences_title"],
            group=ESSENTIAL,
            provider=in_language(policy.notice.controller, words.language),
            purpose="purpose:privacy_choice",
            reason="purpose:needed_choice",
            cookies=cookies,
        ),
        words,
    )


def _cookie(cookie: Cookie, words: Texts) -> dict[str, str]:
    return {
        "name": cookie.name,
        "purpose": words.resolve(cookie.purpose),
        "lifetime": _lifetime(cookie, words),
        "party": cookie.party,
        "storage": cookie.storage,
    }


def _lifetime(cookie: Cookie, words: Texts) -> str:
    """Say how long an entry stays; local storage has no expiry of its own."""
    if cookie.storage == "local" and cookie.lifetime is None:
        return words["until_deleted"]
    return words.lifetime(cookie.lifetime)
