"""Cookie consent for Flask shops, enforced on the server and provable afterwards."""

from __future__ import annotations

from .consent import Consent
from .errors import ConfigError, ConsentError, LogUnavailable, PolicyError, UnknownKey
from .extension import ConsentKit
from .policy import Policy
from .policy_file import load_policy
from .shop import current_consent
from .signals import (
    consent_changed,
    consent_given,
    consent_withdrawn,
    cookie_withheld,
    hook_withheld,
    tag_withheld,
    undeclared_seen,
)

__all__ = [
    "ConfigError",
    "Consent",
    "ConsentError",
    "ConsentKit",
    "LogUnavailable",
    "Policy",
    "PolicyError",
    "UnknownKey",
    "consent_changed",
    "consent_given",
    "consent_withdrawn",
    "cookie_withheld",
    "current_consent",
    "hook_withheld",
    "load_policy",
    "tag_withheld",
    "undeclared_seen",
]
