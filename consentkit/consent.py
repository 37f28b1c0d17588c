"""Consent: what follows from a visitor's latest decision, the policy and GPC."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from .policy import Policy

Source = Literal["banner", "preferences", "placeholder", "api", "gpc", "default"]

#: How far a visitor's proof may lie ahead of our clock.
CLOCK_SKEW = timedelta(minutes=5)


@dataclass(frozen=True, slots=True)
class Decision:
    """One act of a visitor, as their signed cookie carries it."""

    id: str  #: random consent id, 32 hexadecimal digits
    decided_at: datetime  #: aware, UTC, whole seconds
    revision: int
    source: Source
    granted: frozenset[bytes]  #: tokens of the policy, see :attr:`Policy.tokens`
    refused: frozenset[bytes]
    under_gpc: bool = False  #: the browser sent ``Sec-GPC: 1`` with this act


@dataclass(frozen=True, slots=True)
class Consent:
    """What may be done for this visitor now."""

    policy: Policy
    granted: frozenset[str] = frozenset()  #: group and service keys, no essential ones
    decided: bool = False  #: nothing has to be asked
    id: str | None = None
    decided_at: datetime | None = None
    revision: int | None = None
    source: Source = "default"
    gpc: bool = False  #: the browser sends Global Privacy Control
    opted_out: bool = False  #: that signal is honoured, no later grant overrides it

    def has(self, key: str) -> bool:
        """Tell whether a group, alias, service or hook may be used.

        :raises UnknownKey: if the policy has no such key.
        """
        return self.policy.required(key) <= self.granted

    @property
    def refused(self) -> frozenset[str]:
        """The group and service keys that aren't granted."""
        return self.policy.optional - self.granted

    @property
    def everything(self) -> bool:
        """Whether nothing is left to withhold, by the policy."""
        return len(self.policy.optional) == len(self.granted)


def consent_from(
    policy: Policy, decision: Decision | None, *, gpc: bool, now: datetime
) -> Consent:
    """Get the consent that holds; whatever is doubtful isn't consented.

    GPC refuses everything, unless the visitor granted while sending it: an explicit
    later choice is the only thing that overrides it (11 CCR 7025(c)).
    """
    if decision is None or not holds(policy, decision, now):
        return Consent(
            policy,
            decided=gpc,
            source="gpc" if gpc else "default",
            gpc=gpc,
            opted_out=gpc,
        )
    granted = _granted_keys(policy, decision)
    if gpc and not decision.under_gpc:
        return Consent(
            policy,
            decided=True,
            id=decision.id,
            decided_at=decision.decided_at,
            revision=decision.revision,
            source="gpc",
            gpc=True,
            opted_out=True,
        )
    return Consent(
        policy,
        granted=granted,
        decided=not _must_ask(policy, decision),
        id=decision.id,
        decided_at=decision.decided_at,
        revision=decision.revision,
        source=decision.source,
        gpc=gpc,
        opted_out=gpc and not granted,
    )


def decide(  # noqa: PLR0913  a decision has this many parts
    policy: Policy,
    granted: frozenset[str],
    *,
    consent_id: str,
    source: Source,
    gpc: bool,
    now: datetime,
) -> Decision:
    """Make the decision that grants exactly these keys and refuses the rest."""
    tokens = policy.tokens
    return Decision(
        id=consent_id,
        decided_at=now.astimezone(UTC).replace(microsecond=0),
        revision=policy.notice.revision,
        source=source,
        granted=frozenset(tokens[key] for key in granted),
        refused=frozenset(tokens[key] for key in policy.optional - granted),
        under_gpc=gpc,
    )


def holds(policy: Policy, decision: Decision, now: datetime) -> bool:
    """Tell whether a decision is of this revision, and neither too old nor ahead."""
    if decision.revision != policy.notice.revision:
        return False
    age = now - decision.decided_at
    return -CLOCK_SKEW <= age < policy.notice.lifetime


def times(policy: Policy, decision: Decision) -> tuple[float, float]:
    """Get between which times a decision can hold, in seconds as POSIX counts them."""
    at = decision.decided_at.timestamp()
    lifetime = policy.notice.lifetime.total_seconds()
    return at - CLOCK_SKEW.total_seconds(), at + lifetime


def _granted_keys(policy: Policy, decision: Decision) -> frozenset[str]:
    tokens = policy.tokens
    keys = {key for key in policy.optional if tokens[key] in decision.granted}
    for group in policy.optional_groups:
        # A group means all its services: one that the visitor was never asked
        # about takes the group's own grant away, not that of its siblings.
        if not policy.members[group.key] <= keys:
            keys.discard(group.key)
    return frozenset(keys)


def _must_ask(policy: Policy, decision: Decision) -> bool:
    """Tell whether the policy holds something new for one who granted something."""
    if not decision.granted:
        return False
    known = decision.granted | decision.refused
    for group in policy.optional_groups:
        token = policy.tokens[group.key]
        if token not in known:
            return True
        if token in decision.granted and any(
            policy.tokens[key] not in known for key in policy.members[group.key]
        ):
            return True
    return False
