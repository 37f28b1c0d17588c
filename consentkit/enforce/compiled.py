"""What skims a page in compiled code, where the package was built with it.

It does what :mod:`.skim` does, and is exact: nothing has to be proved afterwards. What
is written in a simple way it judges, too, as :mod:`.judge` does. Without it everything
works the same, only more slowly.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NewType

if TYPE_CHECKING:
    from collections.abc import Callable

    from .constructs import Outcome
    from .decider import Withheld

    #: What became of constructs, by their bytes; None where they simply stay.
    Known = dict[bytes, Outcome | None]
    #: Constructs of which something became: where each begins and ends.
    Found = list[tuple[int, int, Outcome]]
    #: Where the next construct begins, where its start tag ends, where its end tag
    #: begins if its content is text, where all of it ends, and its
    #: :class:`.skimmer.Kind`; -1 for what can't be told. If there is none, it begins at
    #: -1, and its end is up to where the page is outside any construct.
    Stop = tuple[int, int, int, int, int]
    #: By what marks are found in one way; of each what kind it is of, its text, and the
    #: number of its service; what tests a script for it, where that takes Python.
    Marks = tuple[tuple[bytes, int, bytes, int, Callable[[str], bool]], ...]
    #: The number of a service, and the path and a part of the query of an address.
    Rule = tuple[int, bytes, bytes]
    #: A host, whether its rules have more to them, and its rules as they are asked;
    #: that of the shop itself is empty.
    Host = tuple[bytes, bool, tuple[Rule, ...]]

#: All that services claim, and the shop's own hosts.
Claims = NewType("Claims", object)
#: Who is served, as far as it bears on what becomes of a construct.
Visitor = NewType("Visitor", object)

if TYPE_CHECKING:
    #: Takes the services' keys in order, the marks by the way they are found in, the
    #: hosts, and the shop's own.
    ClaimsMaker = Callable[
        [tuple[str, ...], tuple[Marks, ...], tuple[Host, ...], tuple[bytes, ...]],
        Claims,
    ]
    #: Takes what may load, the scheme and the host of the page, whether what nobody
    #: claims is withheld, whether something stands in gaps, and :class:`.Outcome`.
    VisitorMaker = Callable[
        [Claims, frozenset[str], str, bytes, bool, bool, type[Outcome]], Visitor
    ]
    #: Takes a page. Gives where the beginning of a document ends, 0 if it has none that
    #: is written in a simple way, and the language that it tells.
    Beginner = Callable[[bytes], tuple[int, str]]
    #: Words one of which begins a segment of every address that a service has on the
    #: page's own host, none if they can't be told; the page's path; what is known of
    #: late and from before; and for whom what is new may be judged.
    Knowledge = tuple[frozenset[bytes] | None, str, Known, Known, Visitor | None]
    #: Takes a page and a place in it that is outside any construct, whether the body is
    #: still to begin, what is known, one by one, and a list for what is found of that.
    #: Gives, with where it stopped, how many it judged, and the bytes of these.
    Skimmer = Callable[
        [
            bytes,
            int,
            bool,
            frozenset[bytes] | None,
            str,
            Known,
            Known,
            Visitor | None,
            Found,
        ],
        tuple[Stop, int, int],
    ]
    #: Takes a page, a stretch of it, what was found there, and the page's offset; for
    #: what is withheld, its type and a list, and a dictionary for undeclared hosts.
    #: Gives what is left of the stretch.
    Splicer = Callable[
        [
            bytes,
            int,
            int,
            Found,
            int,
            type[Withheld],
            list[Withheld],
            dict[str, None],
        ],
        bytes,
    ]
    #: Takes the text of a script. Gives the services that it loads, none where that
    #: can't be told.
    Judge = Callable[[Claims, bytes], tuple[str, ...] | None]
    #: Takes a page and a place in it. Gives where the whole tag ends that begins there,
    #: or -1.
    TagFinder = Callable[[bytes, int], int]
    #: Takes a page, a place in it inside a tag, and where in the tag that is. Gives
    #: where the tag ends, or -1, where in it the page ends, and whether what was read
    #: says what must be granted.
    TagReader = Callable[[bytes, int, int], tuple[int, int, int]]
    #: Takes a whole start tag. Gives its name, its attributes with references still in
    #: them, and whether it ends itself.
    Parser = Callable[[bytes], tuple[str, dict[str, str], int]]

claims: ClaimsMaker | None
visitor: VisitorMaker | None
begin: Beginner | None
skim: Skimmer | None
splice: Splicer | None
loaded: Judge | None
parse: Parser | None
tag_end: TagFinder | None
tag_rest: TagReader | None
try:
    from ._skim import (
        begin,
        claims,
        loaded,
        parse,
        skim,
        splice,
        tag_end,
        tag_rest,
        visitor,
    )
except ImportError:  # built where no C compiler is
    claims = visitor = begin = skim = splice = loaded = parse = None
    tag_end = tag_rest = None
