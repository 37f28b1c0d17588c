"""Reads a page as a visitor does."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from webtest.response import TestResponse


def text(page: TestResponse, selector: str) -> str:
    """Get the words of the first element that a CSS selector finds."""
    found = page.html.select_one(selector)
    assert found is not None, f"no {selector} in the page"
    return str(found.text)
