"""Looks for pages on which the engine and a second parser differ, led by coverage.

By hand only, as it takes as long as it is given and needs ``pip install atheris``::

    python -m tests.fuzz.run -max_total_time=600 findings/

The options are libFuzzer's. What it finds is written into ``crash-*`` files; a finding
becomes a case of ``tests/leaks/corpus``, or an example of ``test_differential.py``.
"""

from __future__ import annotations

import sys

import atheris

with atheris.instrument_imports(include=["consentkit.enforce"]):
    from tests.fuzz.differential import disagreement
    from tests.fuzz.pages import HARMLESS, TRACKERS

WORDS = (*HARMLESS, *TRACKERS)
_LITERAL = 0xFF


def page_of(data: bytes) -> bytes:
    """Get the page that some bytes stand for: each is a word, or tells of a literal."""
    out = []
    rest = iter(data)
    for byte in rest:
        if byte == _LITERAL:
            out.append(bytes([next(rest, 0)]))
        else:
            out.append(WORDS[byte % len(WORDS)])
    return b"".join(out)


def judge(data: bytes) -> None:
    page = page_of(data)
    if wrong := disagreement(page):
        raise AssertionError(f"{page!r}: {wrong}")


if __name__ == "__main__":
    atheris.Setup(sys.argv, judge)
    atheris.Fuzz()
