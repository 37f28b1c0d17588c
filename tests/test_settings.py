from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from flask import Flask

from consentkit import ConfigError
from consentkit.settings import Settings, read_settings


def settings_of(**config: Any) -> Settings:
    app = Flask(__name__, instance_path="/srv/shop", root_path="/app")
    app.config.update({"SECRET_KEY": "key"} | config)
    return read_settings(app)


def test_the_defaults_need_nothing_but_a_key() -> None:
    settings = settings_of()
    assert settings.policy == Path("/app/consent.toml")
    assert settings.database_url == "sqlite:////srv/shop/consent.sqlite3"
    assert settings.url_prefix == "/consent"
    assert (settings.cookie.name, settings.cookie.samesite) == ("consent", "Lax")
    assert (settings.cookie.domain, settings.cookie.secure) == (None, None)
    assert (settings.undeclared, settings.auto_banner) == ("report", True)


def test_the_newest_key_comes_last() -> None:
    assert settings_of(SECRET_KEY_FALLBACKS=["a", "b"]).secret_keys == ("a", "b", "key")
    assert settings_of(CONSENTKIT_SECRET_KEYS=["x", "y"]).secret_keys == ("x", "y")


def test_none_is_the_default() -> None:
    names = ("POLICY", "URL_PREFIX", "COOKIE_DOMAIN", "AUTO_BANNER", "DATABASE_URL")
    assert settings_of(**{f"CONSENTKIT_{n}": None for n in names}) == settings_of()


@pytest.mark.parametrize("policy", ["a/b.toml", Path("/app/a/b.toml")])
def test_a_policys_path_starts_at_the_app(policy: object) -> None:
    assert settings_of(CONSENTKIT_POLICY=policy).policy == Path("/app/a/b.toml")


def test_a_policy_may_be_a_mapping() -> None:
    mapping: dict[str, object] = {"notice": {}}
    assert settings_of(CONSENTKIT_POLICY=mapping).policy is mapping


@pytest.mark.parametrize(
    ("name", "value", "remedy"),
    [
        ("POLICY", 5, "mapping"),
        ("POLICY", "", "path"),
        ("URL_PREFIX", "consent", "begin with /"),
        ("URL_PREFIX", "/consent/", "end with"),
        ("URL_PREFIX", "/a b", "begin with /"),
        ("URL_PREFIX", 7, "begin with /"),
        ("COOKIE_NAME", "__Host-consent", "by itself"),
        ("COOKIE_NAME", "a;b", "letters"),
        ("COOKIE_NAME", "session", "use another"),
        ("COOKIE_DOMAIN", "localhost", "shop.example"),
        ("COOKIE_DOMAIN", "shop.example; Secure", "shop.example"),
        ("COOKIE_SECURE", "yes", "True or False"),
        ("COOKIE_SAMESITE", "lax", "Lax, Strict, None"),
        ("COOKIE_SAMESITE", "None", "COOKIE_SECURE = True"),
        ("UNDECLARED", "deny", "report, allow, block"),
        ("AUTO_BANNER", "false", "True or False"),
    ],
)
def test_a_bad_value_names_itself_and_the_remedy(
    name: str, value: object, remedy: str
) -> None:
    with pytest.raises(ConfigError) as caught:
        settings_of(**{f"CONSENTKIT_{name}": value})
    assert caught.value.key == f"CONSENTKIT_{name}"
    assert caught.value.value == value
    assert remedy in caught.value.remedy
    assert repr(value) in str(caught.value)


@pytest.mark.parametrize("keys", ["secret-1", [], [""], [5, "secret-1"]])
def test_no_message_shows_a_key(keys: object) -> None:
    with pytest.raises(ConfigError, match="CONSENTKIT_SECRET_KEYS") as caught:
        settings_of(CONSENTKIT_SECRET_KEYS=keys)
    assert "secret-1" not in str(caught.value)


def test_no_message_shows_a_databases_password() -> None:
    with pytest.raises(ConfigError, match="CONSENTKIT_DATABASE_URL") as caught:
        settings_of(CONSENTKIT_DATABASE_URL="user:secret-1@db")
    assert "secret-1" not in str(caught.value)


def test_a_missing_key_is_asked_for() -> None:
    with pytest.raises(ConfigError, match="SECRET_KEY = None: set a long random key"):
        settings_of(SECRET_KEY=None)


@pytest.mark.parametrize(
    ("name", "nearest"),
    [("POLCY", "POLICY"), ("COOKIE_NAMES", "COOKIE_NAME"), ("BANNER", "AUTO_BANNER")],
)
def test_an_unknown_setting_suggests_the_nearest(name: str, nearest: str) -> None:
    with pytest.raises(ConfigError, match=f"use CONSENTKIT_{nearest}$"):
        settings_of(**{f"CONSENTKIT_{name}": "x"})


@pytest.mark.parametrize("name", ["OUTBOUND"])
def test_a_setting_of_a_later_version_says_so(name: str) -> None:
    with pytest.raises(ConfigError, match="not available in this version"):
        settings_of(**{f"CONSENTKIT_{name}": "x"})


def test_secure_makes_samesite_none_right() -> None:
    settings = settings_of(
        CONSENTKIT_COOKIE_SAMESITE="None", CONSENTKIT_COOKIE_SECURE=True
    )
    assert settings.cookie.samesite == "None"
