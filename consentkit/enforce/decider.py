"""What one visitor may load, for the rewriter of one page."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, NamedTuple

from .assignments import group_of_purpose
from .gap import Gap, gap_of
from .judge import UNDECLARED, Claim, judge_for
from .lookout import Lookout
from .parts import Edit, spliced
from .stretches import Outcome
from .urls import page_address

if TYPE_CHECKING:
    from consentkit.policy import Policy

    from .judge import Cut
    from .scanner import Tag
    from .tags import StartTag

#: Gives the markup that stands in a gap.
Placeholder = Callable[[Gap], bytes]

#: Gives the banner in the language of a page (the ``lang`` of its ``html`` element).
Banner = Callable[[str], bytes]


class Withheld(NamedTuple):
    """An element that isn't in the response, and why."""

    service: str  #: the key that isn't granted
    element: str
    url: str
    offset: int  #: in bytes, from the start of the page as the app made it


class Decider(Lookout):
    """Reads one page, and decides for one visitor what of it may load.

    It takes what :class:`.rewriter.Rewriter` takes.
    """

    def __init__(  # noqa: PLR0913  all but the policy have their defaults
        self,
        policy: Policy,
        granted: frozenset[str] = frozenset(),
        *,
        url: str = "",
        banner: bytes | Banner = b"",
        placeholder: Placeholder | None = None,
        marker: bytes = b"",
        block_undeclared: bool = False,
        whole: bool = False,
    ) -> None:
        super().__init__()
        self.withheld: list[Withheld] = []
        self.undeclared: dict[str, None] = {}  #: hosts in the order of the page
        self._policy = policy
        self._judge = judge_for(policy)
        self._granted = granted
        self._allowed = self._judge.matcher.allowed(granted)
        self._base = page_address(url)
        self._host = self._base.host
        self._banner = banner
        self._placeholder = placeholder
        self._marker = marker
        self._block_undeclared = block_undeclared
        self._whole = whole
        self._has_base = False
        self._has_banner = False
        self.has_gaps = False  #: placeholders were put in
        self._prologue = bool(banner)
        self._fleeting_unscripted = 0
        self._level = 0  #: of a page inside a page

    # -- what came before ----------------------------------------------------------

    def read(self, data: bytes) -> bytes:
        """Get what can be passed on; all of it is read."""
        return super().feed(data)

    def read_alone(self, data: bytes) -> tuple[bytes, Outcome | None]:
        """Get what can be passed on, and the outcome if it is the same at any time."""
        withheld, hosts, fleeting = len(self.withheld), self.undeclared, self._fleeting
        gaps, offset, is_fresh = self.has_gaps, self._offset, self.is_fresh
        self.undeclared, self.has_gaps = {}, False
        out = self.read(data)
        new = self.undeclared
        is_lasting = not self.has_gaps and fleeting == self._fleeting
        self.undeclared, self.has_gaps = hosts | new, gaps or self.has_gaps
        if not (is_lasting and self.at_rest):
            return out, None
        found = (w._replace(offset=w.offset - offset) for w in self.withheld[withheld:])
        language = self.language if is_fresh and self.is_document else None
        return out, Outcome(out, tuple(found), tuple(new), language)

    def replay(self, outcome: Outcome, size: int) -> None:
        """Take a stretch for read that came before."""
        for found in outcome.withheld:
            self.withheld.append(Withheld(*found[:3], found[3] + self._offset))
        self.undeclared |= dict.fromkeys(outcome.undeclared)
        self._offset += size
        if outcome.language is not None:
            self.language, self.is_document = outcome.language, True

    @property
    def is_fresh(self) -> bool:
        """Whether nothing was read so far."""
        return not (self._offset or self._size or self.is_document)

    @property
    def at_rest(self) -> bool:
        """Whether nothing that was read so far bears on what follows."""
        is_known = self.is_document or self._whole
        return is_known and not self._has_base and super().at_rest

    @property
    def _fleeting(self) -> int:
        return self._judge.fleeting + self._fleeting_unscripted

    # -- decisions -----------------------------------------------------------------

    @property
    def _withholds(self) -> bool:
        everything = self._allowed.issuperset(self._judge.matcher.services)
        return self._block_undeclared or not everything

    def _edited(
        self, raw: bytes, cuts: tuple[Cut, ...], tag: Tag, shift: int = 0
    ) -> bytes | None:
        """Get the bytes of a tag or text without what is refused, none if all may stay.

        :param shift: where the bytes stand behind the start of the tag.
        """
        if not cuts:
            return None
        edits: list[Edit] = []
        for claims, (_, start, end, filler) in cuts:
            missing = [claim for claim in claims if not self._may_load(claim)]
            if missing:
                edits.append(Edit(start, end, filler))
                self._withhold(tag, missing[0], shift + start)
        return spliced(raw, edits) if edits else None

    def _may_load(self, claim: Claim) -> bool:
        if claim.service != UNDECLARED:
            return claim.service in self._allowed
        self.undeclared[page_address(claim.url).host] = None
        return not self._block_undeclared

    def _is_assigned_granted(self, key: str) -> bool:
        """Tell whether a key in a page's markup is granted; unknown ones never are."""
        if key in self._judge.matcher.services:
            return key in self._allowed
        names = (key, key.lower(), group_of_purpose(key))
        for name in names:
            if name and self._policy.knows(name):
                return self._policy.required(name) <= self._granted
        return False

    def _withhold(self, tag: Tag, refused: Claim, at: int = 0) -> None:
        name = tag.name.decode("latin-1")
        offset = self._offset + tag.start + at
        self.withheld.append(Withheld(refused.service, name, refused.url, offset))

    def _fill_gap(self, tag: StartTag, service: str) -> None:
        gap = gap_of(tag, service, self.language)
        if self._placeholder and gap:
            self.has_gaps = True
            self._emit(self._placeholder(gap))
