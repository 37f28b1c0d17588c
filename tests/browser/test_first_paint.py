"""The banner is there with the page: no later, with no jump, and light."""

from __future__ import annotations

import gzip
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from flask import Flask

    from tests.browser.pages import ShopPage
    from tests.browser.world import World

_SHIFTS = """
const done = arguments[0]; let sum = 0;
new PerformanceObserver(list => list.getEntries().forEach(e => sum += e.value))
  .observe({type: 'layout-shift', buffered: true});
setTimeout(() => done(sum), 100);
"""
_BLOCKED = """
return performance.getEntriesByType('resource')
  .filter(e => e.name.includes('/consent/') && e.name.includes('.css'))
  .map(e => e.responseEnd);
"""
_PAINT = "return performance.getEntriesByName('first-contentful-paint')[0].startTime"


def test_at_most_two_requests_and_five_kilobytes(
    visitor: ShopPage, world: World
) -> None:
    visitor.open()
    assets = {urlsplit(u).path for u in visitor.urls if "/consent/" in u}
    assert len(assets) <= 2
    banner = str(visitor.find("#consentkit").get_attribute("outerHTML"))
    bodies = [banner.encode(), *(_body(world.app, path) for path in assets)]
    assert sum(len(gzip.compress(body)) for body in bodies) <= 5 * 1024


def _body(app: Flask, path: str) -> bytes:
    with app.test_client().get(path) as response:
        return bytes(response.data)


def test_nothing_moves_when_the_banner_appears(reader: ShopPage) -> None:
    # On a phone, whose scrollbar takes no room when a page grows long.
    reader.resize(390, 844)
    reader.show()
    assert reader.driver.execute_async_script(_SHIFTS) == 0


def test_half_a_banner_is_not_shown(reader: ShopPage) -> None:
    """Where a page arrives in pieces: what grows would move."""
    reader.show()
    shown = "return document.getElementById('consentkit').checkVisibility(%s)"
    seen = shown % "{visibilityProperty: true}"
    assert reader.driver.execute_script(seen)
    reader.driver.execute_script(
        "document.querySelector('#consentkit > template').remove()"
    )
    assert not reader.driver.execute_script(seen)


def test_the_banner_is_styled_at_the_first_paint(visitor: ShopPage) -> None:
    visitor.open()
    paint = visitor.driver.execute_script(_PAINT)
    styled = visitor.driver.execute_script(_BLOCKED)
    assert styled
    assert max(styled) <= paint
