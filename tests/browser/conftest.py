"""Visitors of the shop: each test gets a new one, in a browser that all share."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from tests.browser.gallery import opened
from tests.browser.world import CONTROL, STRICT, World, new_visitor, the_world

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.browser.pages import ShopPage


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if "browser" in item.path.parts:
            item.add_marker(pytest.mark.browser)


@pytest.fixture(scope="session")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    with the_world(tmp_path_factory.mktemp("world")) as world:
        yield world


@pytest.fixture(scope="session")
def gallery(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Get the origin of a bookshop with every kind of withheld part."""
    with opened(tmp_path_factory.mktemp("gallery")) as (origin, _):
        yield origin


@pytest.fixture
def reader(world: World, gallery: str) -> ShopPage:
    """Get a new visitor of that bookshop."""
    return new_visitor(world, gallery)


@pytest.fixture
def any_reader(any_visitor: ShopPage, gallery: str) -> ShopPage:
    """Get one, once with and once without scripts."""
    return replace(any_visitor, origin=gallery)


@pytest.fixture
def visitor(world: World) -> ShopPage:
    """Get a new visitor whose browser runs scripts."""
    return new_visitor(world)


@pytest.fixture
def scriptless(world: World) -> ShopPage:
    """Get a new visitor whose browser runs no scripts."""
    return new_visitor(world, javascript=False)


@pytest.fixture(params=["with JavaScript", "without JavaScript"])
def any_visitor(request: pytest.FixtureRequest, world: World) -> ShopPage:
    """Get a new visitor, once with and once without scripts."""
    return new_visitor(world, javascript=request.param == "with JavaScript")


@pytest.fixture
def visitor_without_tls(world: World) -> ShopPage:
    """Get a new visitor who comes by plain HTTP."""
    return new_visitor(world, world.plain_origin)


@pytest.fixture
def strict_visitor(world: World) -> ShopPage:
    """Get a new visitor of a shop with a strict Content-Security-Policy."""
    return new_visitor(world, f"https://{STRICT}")


@pytest.fixture
def control(world: World) -> ShopPage:
    """Get a visitor of a page where nothing is withheld."""
    return new_visitor(world, f"https://{CONTROL}")


@pytest.fixture
def scriptless_control(world: World) -> ShopPage:
    """Get the same without scripts."""
    return new_visitor(world, f"https://{CONTROL}", javascript=False)
