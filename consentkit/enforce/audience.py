"""Who is served, and on which host: whatever bears on what becomes of a page."""

from __future__ import annotations

from functools import cached_property, lru_cache
from typing import TYPE_CHECKING, NamedTuple

from . import compiled
from .constructs import Outcome
from .judge import judge_for
from .plain import plain_tags_of

if TYPE_CHECKING:
    from consentkit.policy import Policy


class Visitor(NamedTuple):
    """Whatever of who is served bears on what becomes of a construct.

    Not the services that may load: markup may be assigned to a group of none.
    """

    granted: frozenset[str]
    block_undeclared: bool
    scheme: str  #: of the page
    is_shown: bool  #: something stands in gaps


class Audience:
    """Visitors who are in one state, on pages of one host.

    :param host: the pages' own.
    """

    def __init__(self, policy: Policy, host: str, visitor: Visitor) -> None:
        self.host = host
        self.visitor = visitor
        self.judge = judge_for(policy)
        self.allowed = self.judge.matcher.allowed(visitor.granted)
        everything = len(self.allowed) == len(self.judge.matcher.services)
        self.may_load_all = everything and not visitor.block_undeclared
        self.plain = plain_tags_of(self.judge, host)

    @cached_property
    def compiled(self) -> compiled.Visitor | None:
        """The same for compiled code, which judges what is new for them."""
        claims = self.judge.matcher.claims
        if compiled.visitor is None or claims is None:
            return None
        _, block_undeclared, scheme, is_shown = self.visitor
        host = self.host.encode("utf-8", "surrogatepass")  # visitors can name any
        return compiled.visitor(
            claims, self.allowed, scheme, host, block_undeclared, is_shown, Outcome
        )


@lru_cache(maxsize=32)  # visitors can name any host
def audience_of(  # noqa: PLR0913, PLR0917  of which a page's caches are told apart
    policy: Policy,
    host: str,
    scheme: str,
    granted: frozenset[str],
    block_undeclared: bool,  # noqa: FBT001
    is_shown: bool,  # noqa: FBT001
) -> Audience:
    """Get the audience of a page, made once for all that are alike."""
    return Audience(policy, host, Visitor(granted, block_undeclared, scheme, is_shown))
