"""Reads the policy of a shop from ``consent.toml`` or from a mapping."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from marshmallow import ValidationError

from . import catalogue
from .policy import PERSONALISATION, Cookie, Group, Hook, NoticeTerms, Policy, Service
from .policy_checks import BUILT_IN, Fault, cross_faults, services_of
from .policy_schema import Entry, PolicyTable
from .policy_source import read_document

if TYPE_CHECKING:
    import os

    from .policy_lines import KeyPath

_SCHEMA = PolicyTable()


def load_policy(source: str | os.PathLike[str] | Mapping[str, object]) -> Policy:
    """Get the policy that a file, or a mapping of the same shape, declares.

    :param source: the path of a TOML file, or a mapping.
    :raises PolicyError: with all faults at once, each with its line or path.
    """
    document = read_document(source)
    ready_made = catalogue.services()
    declared, faults = _checked(document.content)
    faults += [
        (path, remedy)
        for path, remedy in cross_faults(declared, ready_made)
        if not any(known and path[: len(known)] == known for known, _ in faults)
    ]
    if faults:
        raise document.error(faults)
    return _policy(declared, ready_made)


def _checked(content: Mapping[str, object]) -> tuple[Entry, list[Fault]]:
    try:
        return _SCHEMA.load(content), []
    except ValidationError as error:
        valid = error.valid_data
        return valid if isinstance(valid, Mapping) else {}, list(_flat(error.messages))


def _flat(messages: Any, path: KeyPath = ()) -> Iterator[Fault]:
    """Turn marshmallow's nested messages into a path with each message."""
    if not isinstance(messages, Mapping):
        yield from ((path, str(message)) for message in messages)
        return
    for step, inner in messages.items():
        yield from _flat(inner, path if step == "_schema" else (*path, step))


def _policy(declared: Entry, ready_made: Mapping[str, Service]) -> Policy:
    services = {
        key: _service(entry, ready_made.get(key) or _own_service(key))
        for key, entry in services_of(declared, ready_made).items()
    }
    hooks = declared.get("hooks", {})
    return Policy(
        notice=NoticeTerms(**declared["notice"]),
        groups=_groups(declared.get("groups", {})),
        services=services,
        hooks={key: _hook(key, entry, services) for key, entry in hooks.items()},
        signals=dict(declared.get("signals", {})),
        own_hosts=tuple(declared.get("site", {}).get("hosts", {}).values()),
        opt_out=_each(declared.get("regimes", {}).get("opt_out", {})),
    )


def _each(entries: Mapping[int, str]) -> tuple[str, ...]:
    return tuple(sorted(set(entries.values())))


def _groups(entries: Entry) -> dict[str, Group]:
    groups = dict(BUILT_IN)
    for key, entry in entries.items():
        base = groups.get(key, Group(key))
        aliases = dict.fromkeys((*base.aliases, *entry.get("aliases", {}).values()))
        groups[key] = replace(base, **{**entry, "aliases": tuple(aliases)})
    return groups


def _own_service(key: str) -> Service:
    # Without a group the strict one: nothing of it runs before it is agreed to.
    return Service(key, name=key, group=PERSONALISATION)


def _service(entry: Entry, base: Service) -> Service:
    hosts = (*base.hosts, *entry.get("hosts", {}).values())
    inline = (*base.inline, *entry.get("inline", {}).values())
    lists = {
        "hosts": tuple(dict.fromkeys(hosts)),
        "inline": tuple(dict.fromkeys(inline)),
        "cookies": _cookies(base, entry.get("cookies", {})),
    }
    if "uses" in entry:
        lists["uses"] = _each(entry["uses"])
    service = replace(base, **{**entry, **lists, **_names(entry)})
    # The catalogue's reason speaks of a service that can't be refused.
    moved = service.group != base.group and "reason" not in entry
    return replace(service, reason="") if moved else service


def _names(entry: Entry) -> dict[str, object]:
    """Get a translated name, and what the service is called where none is read."""
    names = entry.get("name", "")
    if isinstance(names, str):
        return {}
    return {"names": names, "name": names.get("en") or next(iter(names.values()))}


def _cookies(base: Service, entries: Mapping[int, Entry]) -> tuple[Cookie, ...]:
    """Get the documented cookies and the shop's, whose word counts for its own."""
    cookies = {(cookie.name, cookie.storage): cookie for cookie in base.cookies}
    for entry in entries.values():
        identity = (entry["name"], entry.get("storage", "cookie"))
        documented = cookies.get(identity, Cookie(entry["name"]))
        cookies[identity] = replace(documented, **{**entry, "generic": False})
    return tuple(cookies.values())


def _hook(key: str, entry: Entry, services: Mapping[str, Service]) -> Hook:
    if "group" in entry:
        return Hook(key, **entry)
    return Hook(key, group=services[entry["service"]].group, **entry)
