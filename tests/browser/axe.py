"""Finds faults of accessibility in a page as Chromium shows it, by axe-core."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tests.browser.pages import ShopPage

_AXE = Path(__file__).parent / "node_modules" / "axe-core" / "axe.min.js"
#: WCAG 2.2 at the levels A and AA, and what axe-core calls best practice.
_RULES = (
    "wcag2a wcag2aa wcag21a wcag21aa wcag22a wcag22aa best-practice EN-301-549".split()
)
_RUN = """
const [rules, done] = arguments;
axe.run(document, {runOnly: rules, resultTypes: ["violations"], iframes: false})
  .then(found => done(found.violations.flatMap(violation => violation.nodes.map(
    node => violation.id + ": " + node.target.join(" ") + ": " + node.failureSummary))))
  .catch(error => done([String(error)]));
"""


class AxeMissingError(RuntimeError):
    """axe-core isn't installed, so nothing can be said about pages."""

    def __init__(self) -> None:
        super().__init__(f"{_AXE} was not found: run `make lint` to install it")


@cache
def _source() -> str:
    if not _AXE.exists():
        raise AxeMissingError
    return _AXE.read_text(encoding="utf-8")


def faults(page: ShopPage) -> list[str]:
    """Get what is wrong with the page as it is now, each with its element."""
    driver = page.driver
    if not driver.execute_script("return !!window.axe"):
        driver.execute_script(_source())
    found: Any = driver.execute_async_script(_RUN, _RULES)
    return [str(fault) for fault in found]
