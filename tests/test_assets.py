"""Static files as they are sent."""

from __future__ import annotations

import re

import pytest

from consentkit.assets import SCRIPT, STYLES, Asset, slimmed


def test_comments_and_indentation_go_and_nothing_else() -> None:
    source = "a {\n  /* why\n  so */\n  b: c; /* d */\n}\n\n  // alone\nx = '//y';\n"

    assert slimmed(source) == "a {\nb: c;\n}\nx = '//y';\n"


@pytest.mark.parametrize("asset", [STYLES, SCRIPT], ids=lambda asset: asset.name)
def test_a_file_is_named_after_its_content(asset: Asset) -> None:
    path = asset.path
    assert re.fullmatch(r"/static/consentkit/consentkit\.[0-9a-f]{12}\.(css|js)", path)
    assert asset.digest in path


def test_no_string_of_ours_holds_what_begins_a_comment() -> None:
    for asset in (STYLES, SCRIPT):
        text = asset.content.decode()
        assert "/*" not in text
        assert "*/" not in text
    assert STYLES.content.count(b"{") == STYLES.content.count(b"}")
