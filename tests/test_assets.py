"""Static files as they are sent."""

from __future__ import annotations

import re

import pytest

from consentkit.assets import ASSETS, Asset, slimmed


def test_comments_and_indentation_go_and_nothing_else() -> None:
    source = "a {\n  /* why\n  so */\n  b: c; /* d */\n}\n\n  // alone\nx = '//y';\n"

    assert slimmed(source) == "a {\nb: c;\n}\nx = '//y';\n"


@pytest.mark.parametrize("asset", ASSETS.values(), ids=lambda asset: asset.name)
def test_a_file_is_named_after_its_content(asset: Asset) -> None:
    stem, suffix = asset.name.split(".")
    name = rf"{stem}\.[0-9a-f]{{12}}\.{suffix}"
    assert re.fullmatch(rf"/static/consentkit/{name}", asset.path)
    assert asset.digest in asset.path


@pytest.mark.parametrize("asset", ASSETS.values(), ids=lambda asset: asset.name)
def test_no_string_of_ours_holds_what_begins_a_comment(asset: Asset) -> None:
    text = asset.content.decode()
    assert "/*" not in text
    assert "*/" not in text
    if asset.media_type == "text/css":
        assert text.count("{") == text.count("}")


@pytest.mark.parametrize("asset", ASSETS.values(), ids=lambda asset: asset.name)
def test_modules_import_each_other_by_the_names_they_are_sent_under(
    asset: Asset,
) -> None:
    files = {other.file for other in ASSETS.values()}
    imported = re.findall(
        r"(?:import\(|from |import )[\"']\./([^\"']+)", asset.content.decode()
    )
    assert set(imported) <= files
