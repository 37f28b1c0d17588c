"""What skims a page in compiled code, where the package was built with it.

It does what :mod:`.skim` does, and is exact: nothing has to be proved afterwards.
Without it everything works the same, only more slowly.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from .constructs import Outcome

    #: What became of constructs, by their bytes; None where they simply stay.
    Known = dict[bytes, Outcome | None]
    #: Known ones of which something became: where each begins and ends.
    Found = list[tuple[int, int, Outcome]]
    #: Where the next construct begins, where its start tag ends, where its end tag
    #: begins if its content is text, where all of it ends, and its
    #: :class:`.skimmer.Kind`; -1 for what can't be told. If there is none, it begins at
    #: -1, and its end is up to where the page is outside any construct.
    Stop = tuple[int, int, int, int, int]
    #: Takes a page and a place in it that is outside any construct, what is known of
    #: late and from before, a list for what is found of that, whether the body is still
    #: to begin, and words one of which begins a segment of every service's address on
    #: the page's own host, none if they can't be told.
    Skimmer = Callable[
        [bytes, int, Known, Known, Found, bool, frozenset[bytes] | None], Stop
    ]

    #: Takes a whole start tag. Gives its name, its attributes with references still in
    #: them, and whether it ends itself.
    Parser = Callable[[bytes], tuple[str, dict[str, str], int]]

    #: Takes keys, and makes a sieve of them.
    SieveMaker = Callable[[list[bytes]], bytes]

    #: Takes a script and a sieve. Gives the script's words, less most of those that
    #: neither are keys nor begin or end with one of four letters.
    Sifter = Callable[[bytes, bytes], list[str]]

skim: Skimmer | None
parse: Parser | None
sieve: SieveMaker | None
sift: Sifter | None
try:
    from ._skim import parse, sieve, sift, skim
except ImportError:  # built where no C compiler is
    parse = sieve = sift = skim = None
