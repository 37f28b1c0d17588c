from __future__ import annotations

import re

import pytest

from tests.servers.edges import RECIPES, ROOT, adapted

FOLDER = ROOT / "docs" / "how-to"
PAGES = [FOLDER / "cache-by-choice.md", FOLDER / "cache-one-copy.md"]


def test_the_recipes_that_are_shown_are_those_that_are_run() -> None:
    pages = "".join(page.read_text(encoding="utf-8") for page in PAGES)
    shown = re.findall(r"```\{literalinclude\} (\S+)", pages)
    assert {FOLDER / name for name in shown} == set(RECIPES.iterdir())


def test_a_recipe_that_names_other_places_is_not_run() -> None:
    with pytest.raises(AssertionError, match="no such place"):
        adapted("nginx.conf", {"no such place": ""})
