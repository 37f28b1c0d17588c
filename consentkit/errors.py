"""Everything that ConsentKit raises, with the evidence as attributes."""

from __future__ import annotations

from typing import Any


class ConsentError(Exception):
    """Root of all errors of this package."""

    def __reduce__(self) -> tuple[Any, ...]:
        """Cross processes whole: job queues pickle what their workers raise."""
        return _remade, (type(self), self.args, self.__dict__)


def _remade(
    kind: type[ConsentError], args: tuple[object, ...], evidence: dict[str, object]
) -> ConsentError:
    error = kind.__new__(kind)
    error.args = args
    error.__dict__.update(evidence)
    return error


class ConfigError(ConsentError):
    """A setting or a policy can't be used.

    :ivar key: the setting or the path inside the policy (``services.x.cookies.0``).
    :ivar value: what was found there.
    :ivar remedy: what to write instead.
    """

    def __init__(self, key: str, value: object, remedy: str) -> None:
        super().__init__(f"{key} = {value!r}: {remedy}")
        self.key = key
        self.value = value
        self.remedy = remedy


class PolicyError(ConfigError):
    """The policy has faults; :attr:`faults` holds all of them, in file order."""

    def __init__(self, source: str, faults: list[ConfigError]) -> None:
        first = faults[0]
        super().__init__(first.key, first.value, first.remedy)
        lines = "\n".join(f"  {fault}" for fault in faults)
        self.args = (f"{source} can't be used:\n{lines}",)
        self.source = source
        self.faults = faults


class UnknownKey(ConsentError, KeyError):  # noqa: N818  a KeyError by contract
    """No group, alias, service or hook of the policy has this key."""

    def __init__(self, key: str, known: list[str]) -> None:
        super().__init__(f"{key!r} is no group, service or hook: {', '.join(known)}")
        self.key = key
        self.known = known

    def __str__(self) -> str:
        return str(self.args[0])


class CookieInvalid(ConsentError):  # noqa: N818  states what it is
    """A consent cookie proves nothing.

    :ivar reason: one of ``malformed``, ``oversized``, ``forged``, ``future``.
    """

    def __init__(self, reason: str) -> None:
        super().__init__(f"consent cookie is {reason}")
        self.reason = reason


class LogUnavailable(ConsentError):  # noqa: N818  states what it is
    """The consent log didn't take a record, so that no grant may follow from it."""
