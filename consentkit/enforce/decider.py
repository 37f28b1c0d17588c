"""What one visitor may load, for the rewriter of one page."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Final, NamedTuple, TypeVar

from . import compiled
from .assignments import group_of_purpose
from .audience import audience_of
from .constructs import Outcome, constructs_of
from .gap import Gap, gap_of
from .judge import UNDECLARED, Claim
from .lookout import Lookout
from .parts import Edit, spliced
from .skimmer import NOWHERE, Kind
from .stream import Stream
from .urls import page_address

if TYPE_CHECKING:
    from collections.abc import Container

    from consentkit.policy import Policy

    from .compiled import Found, Stop
    from .constructs import Constructs
    from .judge import Cut, Judge
    from .scanner import Piece, Tag
    from .tags import StartTag
    from .urls import Address

_Result = TypeVar("_Result")
_SEVERED: Final = b"<!---->"

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

    __slots__ = (
        "_audience",
        "_banner",
        "_base",
        "_for_this_page",
        "_has_banner",
        "_has_base",
        "_is_rooted",
        "_level",
        "_marker",
        "_memory",
        "_page",
        "_placeholder",
        "_policy",
        "_whole",
        "has_gaps",
        "undeclared",
        "withheld",
    )

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
        base = page_address(url)
        is_shown = placeholder is not None
        self._audience = audience_of(
            policy, base.host, base.scheme, granted, block_undeclared, is_shown
        )
        self._trusting = self._audience.may_load_all
        self._policy = policy
        self._page = url
        self._base = base
        self._banner = banner
        self._placeholder = placeholder
        self._marker = marker
        self._whole = whole
        self._prologue = bool(banner)
        self._has_base = False
        self._is_rooted = True  #: no <base> makes addresses others than they look like
        self._has_banner = False
        self.has_gaps = False  #: placeholders were put in
        self._for_this_page = 0  #: things that hold for no other
        self._level = 0  #: of a page inside a page
        self._memory: Constructs | None = None

    @property
    def _judge(self) -> Judge:
        return self._audience.judge

    @property
    def _host(self) -> str:
        """The page's own, whatever its ``<base>`` says."""
        return self._audience.host

    @property
    def _allowed(self) -> frozenset[str]:
        return self._audience.allowed

    @property
    def _granted(self) -> frozenset[str]:
        return self._audience.visitor.granted

    @property
    def _block_undeclared(self) -> bool:
        return self._audience.visitor.block_undeclared

    def _harmless(self) -> Container[bytes]:
        return self._audience.plain if self._is_rooted else ()

    # -- what came before ----------------------------------------------------------

    def read(self, data: bytes) -> bytes:
        """Get what can be passed on; all of it is read."""
        return Stream.feed(self, data)

    def read_alone(self, data: bytes) -> tuple[bytes, Outcome | None]:
        """Get what can be passed on, and the outcome if it is the same at any time."""
        is_fresh, is_prologue = self.is_fresh, self._prologue
        out, seen = self._observed(lambda: self.read(data), self._offset)
        # A banner is made for one request.
        if seen is None or is_prologue or not self.at_rest:
            return out, None
        language = self.language if is_fresh and self.is_document else None
        return out, Outcome(out, seen.withheld, seen.undeclared, language)

    def _observed(
        self, act: Callable[[], _Result], start: int
    ) -> tuple[_Result, Outcome | None]:
        """Do something, and get what it found, unless another page might differ.

        :param start: what offsets are to be counted from.
        """
        known, fleeting = len(self.withheld), self._fleeting
        hosts, self.undeclared = self.undeclared, {}
        result = act()
        new, self.undeclared = self.undeclared, hosts
        hosts.update(new)
        if fleeting != self._fleeting:
            return result, None
        withheld = self.withheld[known:]
        found = [(key, name, url, at - start) for key, name, url, at in withheld]
        return result, Outcome(b"", tuple(found), tuple(new))

    def replay(self, outcome: Outcome, size: int) -> None:
        """Take a stretch for read that came before."""
        self._take(outcome, self._offset)
        self._offset += size
        if outcome.language is not None:
            self.language, self.is_document = outcome.language, True

    def _take(self, outcome: Outcome, offset: int) -> None:
        """Take over what was found before, now at another place."""
        for service, element, url, at in outcome.withheld:
            self.withheld.append(Withheld(service, element, url, at + offset))
        if outcome.undeclared:
            self.undeclared |= dict.fromkeys(outcome.undeclared)

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
        return self._judge.fleeting + self._for_this_page

    # -- constructs that came before -------------------------------------------------

    def _known(self) -> compiled.Knowledge:
        words = self._audience.plain.words if self._is_rooted else None
        memory = self._constructs()
        if memory is None:
            return words, self._base.path, {}, {}, None
        path, visitor = self._base.path, self._audience.compiled
        return words, path, memory.new, memory.old, visitor

    def _learnt(self, number: int, size: int) -> None:
        if number and (memory := self._constructs()) is not None:
            memory.took_in(number, size)

    def _constructs(self) -> Constructs | None:
        """Get what may be remembered here, none where it means something else."""
        # What addresses resolve to is another thing under a <base>.
        if self._level or self._has_base or self._templates or not self.is_document:
            return None
        if self._memory is None:
            self._memory = constructs_of(self._audience)
        return self._memory

    def _pass_known(self, page: bytes, at: int, until: int, found: Found) -> None:
        if compiled.splice is None or not found:
            super()._pass_known(page, at, until, found)
            return
        first, _, outcome = found[0]
        if first == at and outcome.left[:1] != b"<":
            self._sever()
        left = compiled.splice(
            page,
            at,
            until,
            found,
            self._offset,
            Withheld,
            self.withheld,
            self.undeclared,
        )
        self._out.append(left)

    def _at_once(self, page: bytes, found: Stop) -> int:
        start, _, _, end, kind = found
        memory = self._constructs() if end >= 0 and kind != Kind.OTHER else None
        if memory is None:
            return NOWHERE
        raw = page[start:end]
        if kind == Kind.CHILDLESS and raw in self._harmless():
            self._out.append(raw)
            memory.remember(raw, None, len(raw))
            return end
        left, seen = self._observed(
            lambda: self._left_of(page, found), self._offset + start
        )
        if left is None:
            return NOWHERE
        self._out.append(left)
        if seen:
            self._learn(memory, raw, left, seen)
        return end

    def _decide(self, piece: Piece, found: Stop) -> int | None:
        start, _, _, end, _ = found
        memory = self._constructs() if end >= 0 else None
        if memory is None:
            return self._construct(piece, start)
        before, is_prologue = len(self._out), self._prologue
        after, seen = self._observed(
            lambda: self._construct(piece, start), self._offset + start
        )
        if seen and after == end and self._is_calm and self._prologue == is_prologue:
            left = b"".join(self._out[before:]).removeprefix(_SEVERED)
            self._learn(memory, piece.page[start:end], left, seen)
        return after

    def _learn(
        self, memory: Constructs, raw: bytes, left: bytes, seen: Outcome
    ) -> None:
        """Remember what became of a construct."""
        _, withheld, undeclared, _ = seen
        is_kept = left == raw and not withheld and not undeclared
        outcome = None if is_kept else Outcome(left, withheld, undeclared)
        memory.remember(raw, outcome, len(raw) + len(left))

    def _left_of(self, page: bytes, found: Stop) -> bytes | None:
        """Get what may stay of a construct that bears on nothing after it.

        None, if more has to be known of it; then nothing was noted.
        """
        raise NotImplementedError

    # -- decisions -----------------------------------------------------------------

    def _refused_base(self, address: Address) -> Claim | None:
        matcher = self._judge.matcher
        services = matcher.claim_host(address.host)
        if services and self._allowed.isdisjoint(services):
            return Claim(services[0], str(address))
        is_known = services or matcher.is_own(address.host, self._host)
        is_blocked = self._block_undeclared and not is_known
        return Claim(UNDECLARED, str(address)) if is_blocked else None

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
        if not at:
            self._sever()
        name = tag.name.decode("latin-1")
        offset = self._offset + tag.start + at
        self.withheld.append(Withheld(refused.service, name, refused.url, offset))

    def _sever(self) -> None:
        """Keep a sign before a cut from beginning a tag with what follows the cut.

        In ``<<img>img>`` the first one is text (WHATWG HTML 13.2.5.6).
        """
        before: bytes | memoryview = self._last
        for piece in reversed(self._out):
            if piece:
                before = piece
                break
        if before[-1:] == b"<":
            self._emit(_SEVERED)

    def _fill_gap(self, tag: StartTag, service: str) -> None:
        if self._placeholder and (gap := gap_of(tag, service, self.language)):
            self.has_gaps = True
            self._for_this_page += 1
            self._emit(self._placeholder(gap))
