from .compiled import Found, Known

def skim(
    page: bytes,
    at: int,
    recent: Known,
    earlier: Known,
    found: Found,
    head: bool,
    words: frozenset[bytes] | None,
    /,
) -> tuple[int, int, int, int, int]: ...
def parse(raw: bytes, /) -> tuple[str, dict[str, str], int]: ...
def sieve(keys: list[bytes], /) -> bytes: ...
def sift(text: bytes, sieve: bytes, /) -> list[str]: ...
