from __future__ import annotations

import copy
import pickle

import pytest

from consentkit.errors import (
    ConfigError,
    ConsentError,
    CookieInvalid,
    LogUnavailable,
    PolicyError,
    UnknownKey,
)

WRONG = ConfigError("notice.revision", 0, "count revisions from 1 upwards")


@pytest.mark.parametrize(
    "error",
    [
        WRONG,
        PolicyError("consent.toml", [WRONG]),
        UnknownKey("spin", ["meta_pixel"]),
        CookieInvalid("forged"),
        LogUnavailable("the disk is full"),
    ],
    ids=lambda error: type(error).__name__,
)
def test_errors_cross_processes_with_their_evidence(error: ConsentError) -> None:
    for other in (pickle.loads(pickle.dumps(error)), copy.copy(error)):
        assert type(other) is type(error)
        assert str(other) == str(error)
        assert other.__dict__.keys() == error.__dict__.keys()


def test_an_unknown_key_is_a_key_error() -> None:
    with pytest.raises(KeyError, match="'spin' is no group"):
        raise UnknownKey("spin", ["meta_pixel"])
