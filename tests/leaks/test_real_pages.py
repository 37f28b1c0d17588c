"""Whole pages: what is left of them when everything is refused, and what isn't.

A second parser looks for vendors in what is left, and the bytes are compared with those
that the app made, outside of what the engine says that it has withheld.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Final

import pytest
from selectolax.lexbor import LexborHTMLParser
from werkzeug.test import Client

from consentkit import Policy, load_policy
from consentkit.enforce import Rewriter, Withheld
from consentkit.enforce.matcher import matcher_for
from consentkit.enforce.urls import page_address, resolve
from tests.benchmarks import storefront
from tests.browser.shop import PAGES

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT: Final = Path(__file__).parents[2]
TAGS: Final = sorted((ROOT / "example_app" / "templates" / "tags").glob("*.html"))
TEMPLATES: Final = sorted((ROOT / "tests" / "benchmarks").rglob("*.html"))
POLICY: Final = load_policy(
    {"notice": {"controller": "Pebble & Pine Ltd", "contact": "a@pebble.example"}}
)
URL: Final = "https://shop.example/p"
#: What of an element loads, as the second parser gives it.
_LOADING: Final = {
    "embed": "src",
    "iframe": "src",
    "img": "src",
    "link": "href",
    "object": "data",
    "script": "src",
    "source": "src",
    "video": "src",
}
_LINKS: Final = frozenset(
    "stylesheet preload modulepreload prefetch preconnect dns-prefetch".split()
)


def rewritten(page: bytes, policy: Policy) -> tuple[bytes, list[Withheld]]:
    one = Rewriter(policy, url=URL)
    return one.feed(page) + one.close(), one.withheld


def vendors(page: bytes, policy: Policy) -> set[str]:
    """Get the services that can be refused and that a page would load."""
    matcher = matcher_for(policy)
    tree = LexborHTMLParser(page.decode())
    found = {
        service
        for url in _addresses(tree)
        if (address := resolve(url, page_address(URL)))
        and (service := matcher.claim(address, "shop.example"))
    }
    for script in tree.css("script:not([src])"):
        found |= matcher.claim_inline(script.text())
    return found - matcher.allowed(frozenset())


def _addresses(tree: LexborHTMLParser) -> Iterator[str]:
    for name, attribute in _LOADING.items():
        for node in tree.css(f"{name}[{attribute}]"):
            relations = set((node.attributes.get("rel") or "").split())
            if name != "link" or relations & _LINKS:
                yield node.attributes[attribute] or ""


def is_cut_from(page: bytes, out: bytes, withheld: list[Withheld]) -> bool:
    """Tell whether bytes are those of a page but for cuts where something went."""
    cuts = sorted(item.offset for item in withheld)
    read = 0
    for at, cut in enumerate(cuts):
        if cut < read:
            continue  # inside of what is gone
        if not out.startswith(page[read:cut]):
            return False
        out = out[cut - read :]
        ends = range(cut + 1, (*cuts, len(page))[at + 1] + 1)
        upto = ends[-1] if ends else cut
        # What follows a cut goes on up to the next one.
        read = next((end for end in ends if out.startswith(page[end:upto])), upto)
    return page[read:] == out


def judge(page: bytes, policy: Policy = POLICY) -> None:
    out, withheld = rewritten(page, policy)

    assert vendors(out, policy) == set()
    assert bool(withheld) >= bool(vendors(page, policy))
    assert is_cut_from(page, out, withheld)
    assert (out == page) == (not withheld)


@pytest.fixture(scope="module")
def customer(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Client]:
    """Get a visitor of the example shop who gets its pages as it makes them."""
    from example_app import create_app  # noqa: PLC0415  the rest works without it

    app = create_app({"EXAMPLE_INSTANCE": str(tmp_path_factory.mktemp("shop"))})
    client = Client(app)
    client.post("/consent/", data={"decision": "accept_all"})
    yield client
    app.extensions["consentkit"].log.engine.dispose()


@pytest.mark.parametrize("path", [*PAGES, "/basket", "/checkout", "/cookies", "/about"])
def test_pages_of_the_example_shop(customer: Client, path: str) -> None:
    answer = customer.get(path, headers={"Accept": "text/html"})
    page = answer.get_data()
    shop = customer.application.extensions["consentkit"]  # type: ignore[attr-defined]

    assert answer.mimetype == "text/html"
    judge(page, shop.policy)


def test_the_example_shop_is_full_of_vendors(customer: Client) -> None:
    page = customer.get("/", headers={"Accept": "text/html"}).get_data()
    shop = customer.application.extensions["consentkit"]  # type: ignore[attr-defined]

    assert len(vendors(page, shop.policy)) >= 5


@pytest.mark.parametrize("template", [*TAGS, *TEMPLATES], ids=lambda path: path.stem)
def test_templates_and_vendors_tags_as_they_are(template: Path) -> None:
    judge(b"<!doctype html><html><body>" + template.read_bytes())


def test_the_page_that_speed_is_measured_on() -> None:
    shop = storefront.make_shop()
    with shop.test_request_context("/products", base_url="https://shop.example"):
        page = storefront.page().encode()

    assert len(vendors(page, POLICY)) >= 10
    judge(page)
