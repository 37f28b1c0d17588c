from .compiled import Claims, Found, Host, Known, Marks, Stop, Visitor
from .constructs import Outcome
from .decider import Withheld

def claims(
    services: tuple[str, ...],
    marks: tuple[Marks, ...],
    hosts: tuple[Host, ...],
    own: tuple[bytes, ...],
    /,
) -> Claims: ...
def visitor(
    claims: Claims,
    allowed: frozenset[str],
    scheme: str,
    host: bytes,
    blocks: bool,
    is_shown: bool,
    outcome: type[Outcome],
    /,
) -> Visitor: ...
def begin(page: bytes, /) -> tuple[int, str]: ...
def skim(
    page: bytes,
    at: int,
    head: bool,
    words: frozenset[bytes] | None,
    path: str,
    recent: Known,
    earlier: Known,
    visitor: Visitor | None,
    found: Found,
    /,
) -> tuple[Stop, int, int]: ...
def splice(
    page: bytes,
    at: int,
    until: int,
    found: Found,
    offset: int,
    kind: type[Withheld],
    withheld: list[Withheld],
    undeclared: dict[str, None],
    /,
) -> bytes: ...
def loaded(claims: Claims, code: bytes, /) -> tuple[str, ...] | None: ...
def parse(raw: bytes, /) -> tuple[str, dict[str, str], int]: ...
def tag_end(page: bytes, at: int, /) -> int: ...
def tag_rest(page: bytes, at: int, state: int, /) -> tuple[int, int, int]: ...
