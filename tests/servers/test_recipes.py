from __future__ import annotations

import re

import pytest

from tests.servers.edges import RECIPES, ROOT, adapted

PAGE = ROOT / "docs" / "how-to" / "cache-by-choice.md"


def test_the_recipes_that_are_shown_are_those_that_are_run() -> None:
    shown = re.findall(r"```\{literalinclude\} (\S+)", PAGE.read_text(encoding="utf-8"))
    assert {PAGE.parent / name for name in shown} == set(RECIPES.iterdir())


def test_a_recipe_that_names_other_places_is_not_run() -> None:
    with pytest.raises(AssertionError, match="no such place"):
        adapted("nginx.conf", {"no such place": ""})
