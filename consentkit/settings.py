"""The settings of one app: ``CONSENTKIT_*``, read once and checked at start."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from difflib import get_close_matches
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Literal

from marshmallow import Schema, ValidationError, post_load, validate
from marshmallow import fields as values

from .cookie import CookieTerms
from .errors import ConfigError
from .faults import first_fault

if TYPE_CHECKING:
    from flask import Flask

    from .enforce.csp import CspMode
    from .enforce.delivery import DeliveryMode

PREFIX: Final = "CONSENTKIT_"

#: Stands for values that no log may show.
HIDDEN: Final = "..."
_SECRET: Final = frozenset({"secret_keys", "database_url"})
#: Settings that later versions will have.
_TO_COME: Final = frozenset({"outbound"})

Undeclared = Literal["report", "allow", "block"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """What a deployment decides; what the shop declares is in the policy."""

    policy: Path | Mapping[str, object]  #: ``consent.toml`` in the app's root
    database_url: str  #: SQLite ``consent.sqlite3`` in the instance folder
    log_key: Path  #: ``consent-log.key`` in the instance folder
    secret_keys: tuple[str, ...]  #: ``[*SECRET_KEY_FALLBACKS, SECRET_KEY]``
    url_prefix: str = "/consent"
    cookie_name: str = "consent"
    cookie_domain: str | None = None
    cookie_secure: bool | None = None
    cookie_samesite: Literal["Lax", "Strict", "None"] = "Lax"
    csp: CspMode = "off"
    undeclared: Undeclared = "report"
    auto_banner: bool = True
    region_header: str | None = None  #: that a trusted proxy sets
    delivery: DeliveryMode = "private"

    @property
    def cookie(self) -> CookieTerms:
        """How the consent cookie is set."""
        return CookieTerms(
            self.cookie_name,
            self.cookie_domain,
            self.cookie_secure,
            self.cookie_samesite,
        )


def read_settings(app: Flask) -> Settings:
    """Get the settings of an app.

    :raises ConfigError: naming the key, its value and what to write instead.
    """
    given = {
        key.removeprefix(PREFIX).lower(): value
        for key, value in app.config.items()
        if key.startswith(PREFIX)
    }
    _refuse_unknown(given)
    given = {name: value for name, value in given.items() if value is not None}
    try:
        loaded: dict[str, Any] = _SCHEMA.load(given)
    except ValidationError as error:
        name, problem = first_fault(error)
        value = HIDDEN if name in _SECRET else given.get(name)
        raise ConfigError(PREFIX + name.upper(), value, problem) from None
    defaults = {
        "policy": "consent.toml",
        "database_url": f"sqlite:///{Path(app.instance_path, 'consent.sqlite3')}",
        "log_key": "consent-log.key",
        "secret_keys": _app_keys(app),
    }
    merged = defaults | loaded
    if not isinstance(merged["policy"], Mapping):
        merged["policy"] = Path(app.root_path, merged["policy"])
    merged["log_key"] = Path(app.instance_path, merged["log_key"])
    if not merged["secret_keys"]:
        raise ConfigError("SECRET_KEY", None, "set a long random key before init_app")
    settings = Settings(**merged)
    _refuse_clashes(app, settings)
    return settings


def _refuse_unknown(given: Mapping[str, object]) -> None:
    known = [field.name for field in fields(Settings)]
    for name, value in given.items():
        if name in _TO_COME:
            remedy = "not available in this version; leave it out"
            raise ConfigError(PREFIX + name.upper(), value, remedy)
        if name not in known:
            close = get_close_matches(name, known, 1, 0.4)
            names = close or known
            remedy = "no such setting; use " + ", ".join(
                PREFIX + known_name.upper() for known_name in names
            )
            raise ConfigError(PREFIX + name.upper(), value, remedy)


def _refuse_clashes(app: Flask, settings: Settings) -> None:
    if settings.cookie_samesite == "None" and not settings.cookie_secure:
        # Browsers drop such a cookie, and with it every choice (RFC 6265bis, 5.7).
        remedy = "browsers want CONSENTKIT_COOKIE_SECURE = True with it"
        raise ConfigError(f"{PREFIX}COOKIE_SAMESITE", "None", remedy)
    if settings.cookie_name == app.config["SESSION_COOKIE_NAME"]:
        remedy = "the session has this name; use another"
        raise ConfigError(f"{PREFIX}COOKIE_NAME", settings.cookie_name, remedy)
    if settings.delivery == "universal" and settings.csp == "enforce":
        # The policy follows from consent, and everybody gets the same headers.
        remedy = "use report-only or off with CONSENTKIT_DELIVERY = 'universal'"
        raise ConfigError(f"{PREFIX}CSP", "enforce", remedy)


def _app_keys(app: Flask) -> tuple[str, ...]:
    """Get Flask's keys, oldest first: with itsdangerous the last one signs."""
    fallbacks = app.config.get("SECRET_KEY_FALLBACKS") or ()
    return tuple(key for key in (*fallbacks, app.secret_key) if key)


class _PolicySource(values.Field[Any]):
    """A path, or the policy itself as a mapping."""

    def _deserialize(self, value: object, *_: object, **__: object) -> object:
        if isinstance(value, Mapping | PathLike) or (isinstance(value, str) and value):
            return value
        raise ValidationError("give the path of a consent.toml, or a mapping")


class _FilePath(values.Field[Any]):
    """The path of a file."""

    def _deserialize(self, value: object, *_: object, **__: object) -> object:
        if isinstance(value, PathLike) or (isinstance(value, str) and value):
            return value
        raise ValidationError("give the path of a file")


def _text(pattern: str, remedy: str) -> values.String:
    return values.String(
        validate=validate.Regexp(pattern, error=remedy),
        error_messages={"invalid": remedy},
    )


def _choice(*choices: str) -> values.String:
    remedy = "use " + ", ".join(choices)
    return values.String(
        validate=validate.OneOf(choices, error=remedy),
        error_messages={"invalid": remedy},
    )


def _switch() -> values.Boolean:
    return values.Boolean(
        truthy={True},
        falsy={False},
        error_messages={"invalid": "use True or False"},
    )


_KEYS: Final = "give a list of keys, the newest last"


class _Schema(Schema):
    policy = _PolicySource()
    database_url = _text(
        r"[a-z0-9+]+://", "give a database URL, such as sqlite:////path/file"
    )
    log_key = _FilePath()
    url_prefix = _text(
        r"(?:/[A-Za-z0-9._~-]+)+\Z", "begin with / and don't end with it: /consent"
    )
    cookie_name = _text(
        r"(?!__Host-|__Secure-)[A-Za-z0-9_-]{1,64}\Z",
        "use letters, digits, - and _; the prefix __Host- is added by itself",
    )
    cookie_domain = _text(
        r"\.?[a-z0-9-]+(?:\.[a-z0-9-]+)+\Z", "give a domain, such as shop.example"
    )
    cookie_secure = _switch()
    cookie_samesite = _choice("Lax", "Strict", "None")
    secret_keys = values.List(
        values.String(validate=validate.Length(min=1)),
        validate=validate.Length(min=1, error=_KEYS),
        error_messages={"invalid": _KEYS},
    )
    csp = _choice("off", "report-only", "enforce")
    undeclared = _choice("report", "allow", "block")
    auto_banner = _switch()
    delivery = _choice("private", "variant", "universal")
    region_header = _text(
        r"[A-Za-z][A-Za-z0-9-]*\Z", "give the name of a header, such as CF-IPCountry"
    )

    @post_load
    def _freeze(self, data: dict[str, Any], **_: object) -> dict[str, Any]:
        if "secret_keys" in data:
            data["secret_keys"] = tuple(data["secret_keys"])
        if data.get("cookie_domain"):
            data["cookie_domain"] = data["cookie_domain"].lstrip(".")
        return data


_SCHEMA: Final = _Schema()
