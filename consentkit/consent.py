"""Consent: what follows from a visitor's latest decision, the policy and GPC."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Literal

from .regime import OPT_IN, OPT_OUT_KEPT, Regime

if TYPE_CHECKING:
    from .policy import Policy

Source = Literal[
    "banner",
    "preferences",
    "placeholder",
    "api",
    "gpc",
    "rights",
    "guardian",
    "default",
]

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
    regime: Regime = OPT_IN  #: the rule where the visitor is
    child: bool = False  #: the shop says so: only a guardian's grant counts
    renewed: bool = False  #: they are asked again, as the policy has changed
    news: frozenset[str] = frozenset()  #: what they were never asked about as it is now
    once: frozenset[str] = frozenset()  #: those of ``granted`` that end with this page

    def has(self, key: str) -> bool:
        """Tell whether a group, alias, service or hook may be used.

        :raises UnknownKey: if the policy has no such key.
        """
        return self.policy.required(key) <= self.granted

    @property
    def lasting(self) -> frozenset[str]:
        """The keys that are granted for more than this page view."""
        return self.granted - self.once

    @property
    def refused(self) -> frozenset[str]:
        """The group and service keys that aren't granted."""
        return self.policy.optional - self.granted

    @property
    def everything(self) -> bool:
        """Whether nothing is left to withhold, by the policy."""
        return len(self.policy.optional) == len(self.granted)


def consent_from(  # noqa: PLR0913  so much may bear on what a visitor consents to
    policy: Policy,
    decision: Decision | None,
    *,
    gpc: bool,
    now: datetime,
    regime: Regime = OPT_IN,
    child: bool = False,
) -> Consent:
    """Get the consent that holds; whatever is doubtful isn't consented.

    GPC refuses everything, unless the visitor granted while sending it: an explicit
    later choice is the only thing that overrides it (11 CCR 7025(c)). A child's own
    grant counts for nothing, a guardian's does (GDPR 8(1)).
    """
    renewed, news = _news(policy, decision, now, regime)
    base = Consent(
        policy, gpc=gpc, regime=regime, child=child, renewed=renewed, news=news
    )
    counts = decision is not None and holds(policy, decision, now, regime)
    if decision is None or not counts or (child and decision.source != "guardian"):
        return replace(
            base,
            granted=frozenset() if gpc or child else unrefused(policy, regime),
            # No child is asked, as its answer would count for nothing.
            decided=gpc or child or regime.is_opt_out,
            source="gpc" if gpc else "default",
            opted_out=gpc,
        )
    overruled = gpc and not decision.under_gpc
    granted = frozenset() if overruled else _granted_keys(policy, decision, regime)
    return replace(
        base,
        granted=granted,
        decided=overruled or regime.is_opt_out or not _must_ask(policy, decision),
        id=decision.id,
        decided_at=decision.decided_at,
        revision=decision.revision,
        source="gpc" if overruled else decision.source,
        opted_out=gpc and not granted,
    )


def unrefused(policy: Policy, regime: Regime) -> frozenset[str]:
    """Get what may run for one who refused nothing, where that is the rule."""
    if not regime.is_opt_out:
        return frozenset()
    waits = regime.asks_sensitive
    keys = {
        key
        for key in policy.optional
        if not (waits and key in policy.services and policy.is_sensitive(key))
    }
    return frozenset(k for k in keys if policy.members.get(k, frozenset()) <= keys)


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


def holds(
    policy: Policy, decision: Decision, now: datetime, regime: Regime = OPT_IN
) -> bool:
    """Tell whether a decision is of this revision, and neither too old nor ahead.

    Where tags run until they are refused, no revision ends a refusal.
    """
    if decision.revision != policy.notice.revision and not regime.is_opt_out:
        return False
    age = now - decision.decided_at
    return -CLOCK_SKEW <= age < kept_for(policy, regime)


def kept_for(policy: Policy, regime: Regime) -> timedelta:
    """Get how long an answer holds."""
    return OPT_OUT_KEPT if regime.is_opt_out else policy.notice.lifetime


def kept_at_most(policy: Policy) -> timedelta:
    """Get how long the cookie of an answer may stay, wherever visitors are."""
    lifetime = policy.notice.lifetime
    return max(lifetime, OPT_OUT_KEPT) if policy.opt_out else lifetime


def times(
    policy: Policy, decision: Decision, regime: Regime = OPT_IN
) -> tuple[float, float]:
    """Get between which times a decision can hold, in seconds as POSIX counts them."""
    at = decision.decided_at.timestamp()
    lifetime = kept_for(policy, regime).total_seconds()
    return at - CLOCK_SKEW.total_seconds(), at + lifetime


def _granted_keys(policy: Policy, decision: Decision, regime: Regime) -> frozenset[str]:
    tokens = policy.tokens
    known = decision.granted | decision.refused
    keys = {key for key in policy.optional if tokens[key] in decision.granted}
    if regime.is_opt_out and not decision.refused:
        keys |= {key for key in unrefused(policy, regime) if tokens[key] not in known}
    for group in policy.optional_groups:
        # A group means all its services: one that the visitor was never asked
        # about takes the group's own grant away, not that of its siblings.
        if not policy.members[group.key] <= keys:
            keys.discard(group.key)
    return frozenset(keys)


def _news(
    policy: Policy, decision: Decision | None, now: datetime, regime: Regime
) -> tuple[bool, frozenset[str]]:
    """Tell whether the policy changed after an answer, and what it asks anew."""
    if decision is None or regime.is_opt_out:
        return False, frozenset()
    revised = decision.revision != policy.notice.revision
    age = now - decision.decided_at
    if age >= policy.notice.lifetime or not (revised or _must_ask(policy, decision)):
        return False, frozenset()
    known = decision.granted | decision.refused
    asked = (key for key in policy.optional if policy.tokens[key] not in known)
    return True, frozenset(asked)


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
