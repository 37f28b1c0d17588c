"""``init``, ``check`` and ``services``: the policy at the command line.

They are what helps when a policy is broken, so none of them needs an app that starts.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import asdict
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

import click
from flask import current_app, has_app_context
from flask.cli import NoAppException, ScriptInfo

from . import catalogue
from .errors import ConfigError, PolicyError
from .policy_file import load_policy
from .policy_lint import remarks
from .policy_source import PolicyFault
from .policy_words import nearest
from .texts import texts

if TYPE_CHECKING:
    from flask import Flask

    from .policy import HostRule, Policy, Service

PolicySource: TypeAlias = "str | os.PathLike[str] | Mapping[str, object]"

_FILE = "consent.toml"
_as_json = click.option("--json", "as_json", is_flag=True, help="Print JSON.")


@click.command("init")
@click.option(
    "--path", type=click.Path(path_type=Path), help="Where to write, if not in the app."
)
@click.option("--force", is_flag=True, help="Replace a file that is there.")
def init_command(path: Path | None, *, force: bool) -> None:
    """Write a commented consent.toml to start from."""
    path = path or _place_for_file()
    template = files(__package__).joinpath("policy_template.toml").read_bytes()
    try:
        with path.open("wb" if force else "xb") as file:
            file.write(template)
    except FileExistsError:
        raise click.ClickException(
            f"{path} exists; --force replaces it, --path writes another file"
        ) from None
    except OSError as error:
        raise click.ClickException(f"{path} can't be written: {error}") from None
    click.echo(f"Wrote {path}. Name your company in it, then: flask consent check")


@click.command("check")
@click.argument("path", required=False, type=click.Path(path_type=Path))
@_as_json
def check_command(path: Path | None, *, as_json: bool) -> None:
    """Report all faults of a policy, or sum it up."""
    try:
        source = path or _configured_source()
        policy = load_policy(source)
    except ConfigError as error:
        _print_faults(error, as_json=as_json)
        raise SystemExit(1) from None
    name = "the policy mapping" if isinstance(source, Mapping) else os.fspath(source)
    summary, warnings = _summary(policy), list(remarks(policy))
    if as_json:
        notes = [asdict(warning) for warning in warnings]
        _print_json({"source": name, "faults": [], "warnings": notes, **summary})
        return
    click.echo(f"{name} is in order.")
    for label, value in summary.items():
        shown = ", ".join(value) if isinstance(value, list) else value
        click.echo(f"  {label:<12} {shown or 'none'}")
    for warning in warnings:
        click.echo(f"warning: {warning}", err=True)


@click.command("services")
@click.argument("key", required=False)
@_as_json
def services_command(key: str | None, *, as_json: bool) -> None:
    """List the services that need no description, or show one."""
    ready_made = catalogue.services()
    if key is None:
        _print_services(list(ready_made.values()), as_json=as_json)
    elif key in ready_made:
        _print_service(ready_made[key], as_json=as_json)
    else:
        hint = nearest(key, ready_made)
        raise click.ClickException(f"the catalogue has no {key!r}{hint}")


def _place_for_file() -> Path:
    try:
        source = _configured_source()
    except ConfigError as error:
        # An app that can't start for want of this very file says where it looked.
        missing = isinstance(error.__cause__, FileNotFoundError)
        return Path(_source_of(error) if missing else _FILE)
    return Path(_FILE if isinstance(source, Mapping) else source)


def _configured_source() -> PolicySource:
    app = _app()
    if app is None:
        return Path(_FILE)
    source: PolicySource = app.config.get("CONSENTKIT_POLICY") or _FILE
    return source if isinstance(source, Mapping) else Path(app.root_path, source)


def _app() -> Flask | None:
    """Get the app if there is one; what keeps it from starting is raised."""
    if has_app_context():
        return current_app
    info = click.get_current_context().find_object(ScriptInfo)
    try:
        return info.load_app() if info else None
    except NoAppException:
        return None


def _print_faults(error: ConfigError, *, as_json: bool) -> None:
    if not as_json:
        click.echo(str(error), err=True)
        return
    faults = error.faults if isinstance(error, PolicyError) else [error]
    _print_json(
        {
            "source": _source_of(error),
            "faults": [
                {
                    "path": fault.key,
                    "line": fault.line if isinstance(fault, PolicyFault) else None,
                    "value": fault.value,
                    "remedy": fault.remedy,
                }
                for fault in faults
            ],
        }
    )


def _source_of(error: ConfigError) -> str:
    return error.source if isinstance(error, PolicyError) else "the settings"


def _summary(policy: Policy) -> dict[str, object]:
    cookies = [c for service in policy.services.values() for c in service.cookies]
    return {
        "groups": list(policy.groups),
        "services": list(policy.services),
        "cookies": len(cookies),
        "hooks": list(policy.hooks),
        "fingerprint": policy.fingerprint,
    }


def _print_services(services: list[Service], *, as_json: bool) -> None:
    columns = ("key", "name", "provider", "category")
    rows = [[getattr(service, column) for column in columns] for service in services]
    if as_json:
        _print_json([dict(zip(columns, row, strict=True)) for row in rows])
        return
    widths = [max(map(len, column)) for column in zip(columns, *rows, strict=True)]
    for row in (columns, *rows):
        cells = zip(row, widths, strict=True)
        click.echo("  ".join(f"{cell:<{width}}" for cell, width in cells).rstrip())


def _print_service(service: Service, *, as_json: bool) -> None:
    facts = _facts(service)
    if as_json:
        _print_json(facts)
        return
    for label, value in facts.items():
        lines = value if isinstance(value, list) else [value]
        for position, line in enumerate(lines):
            click.echo(f"{'' if position else label:<12} {_in_words(line)}".rstrip())


def _facts(service: Service) -> dict[str, object]:
    english = texts("en")
    return {
        "key": service.key,
        "name": service.name,
        "provider": service.provider,
        "category": service.category,
        "group": service.group,
        "purpose": english.resolve(service.purpose),
        "reason": english.resolve(service.reason),
        "privacy_url": service.privacy_url,
        "hosts": [_address(rule) for rule in service.hosts],
        "inline": [mark.value for mark in service.inline],
        "cookies": [
            {
                "name": cookie.name,
                "purpose": english.resolve(cookie.purpose),
                "lifetime": english.lifetime(cookie.lifetime),
                "party": cookie.party,
                "storage": cookie.storage,
            }
            for cookie in service.cookies
        ],
    }


def _address(rule: HostRule) -> str:
    return rule.host + rule.path + (rule.query and f"?{rule.query}")


def _in_words(value: object) -> str:
    if not isinstance(value, Mapping):
        return str(value)
    return "{name} ({lifetime}): {purpose}".format_map(value)


def _print_json(value: object) -> None:
    click.echo(json.dumps(value, indent=2, ensure_ascii=False))
