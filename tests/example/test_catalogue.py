from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

import example_app
from tests.example.reading import text

if TYPE_CHECKING:
    from webtest import TestApp

SAMPLE = Path(example_app.__file__).with_name("sample_data.json")
SLUGS = [p["slug"] for p in json.loads(SAMPLE.read_text(encoding="utf-8"))["products"]]


@pytest.mark.parametrize(
    "path", ["/", "/shop", "/about", "/delivery", "/privacy", "/cookies", "/spin"]
)
def test_each_page_has_one_heading_and_a_way_back_to_the_choices(
    visitor: TestApp, path: str
) -> None:
    page = visitor.get(path)
    assert len(page.html.select("main h1")) == 1
    assert "Privacy choices" in text(page, "footer")


@pytest.mark.parametrize("slug", SLUGS)
def test_each_product_has_a_page_with_its_picture(visitor: TestApp, slug: str) -> None:
    page = visitor.get(f"/products/{slug}")
    (picture,) = page.html.select("article.product > img")
    assert picture["alt"] == text(page, "h1")
    assert visitor.get(str(picture["src"])).content_type == "image/svg+xml"


def test_a_category_shows_only_its_own_products(visitor: TestApp) -> None:
    page = visitor.get("/shop/plants")
    assert "Seed tin" in page
    assert "Stoneware mug" not in text(page, "main")


def test_all_products_are_in_the_shop(visitor: TestApp) -> None:
    assert len(visitor.get("/shop").html.select("main .card")) == len(SLUGS) >= 12


@pytest.mark.parametrize("path", ["/products/nothing", "/shop/nothing", "/nothing"])
def test_what_is_not_there_answers_so_in_the_shops_own_page(
    visitor: TestApp, path: str
) -> None:
    assert "Back to the shop" in visitor.get(path, status=404)
