"""Products: the front page, the lists and the page of each."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Final

from flask import Blueprint, abort, render_template

from .database import connection
from .reviews import reviews_of

if TYPE_CHECKING:
    from collections.abc import Iterable

blueprint = Blueprint("catalogue", __name__)

CATEGORIES: Final = {
    "garden": "Garden",
    "plants": "Plants & seeds",
    "home": "Home",
}


@dataclass(frozen=True, slots=True)
class Product:
    """One thing that the shop sells."""

    slug: str
    name: str
    category: str
    price: int  #: pence
    tagline: str
    description: str
    details: str  #: one a line
    video: str  #: id of a film, or empty


COLUMNS: Final = ", ".join(f"product.{field.name}" for field in fields(Product))


def products(where: str = "", values: Iterable[object] = ()) -> list[Product]:
    """Get the products that an SQL clause of ours finds."""
    rows = connection().execute(
        f"SELECT {COLUMNS} FROM product {where}",  # noqa: S608  no visitor's words
        tuple(values),
    )
    return [Product(*row) for row in rows]


def product_or_404(slug: str) -> Product:
    """Get the product with this slug, or answer that there is none."""
    found = products("WHERE slug = ?", [slug])
    return found[0] if found else abort(404)


@blueprint.get("/")
def home() -> str:
    return render_template("home.html", products=products("ORDER BY position"))


@blueprint.get("/shop")
@blueprint.get("/shop/<category>")
def shop(category: str | None = None) -> str:
    if category is None:
        found = products("ORDER BY position")
    elif category in CATEGORIES:
        found = products("WHERE category = ? ORDER BY position", [category])
    else:
        abort(404)
    return render_template("shop.html", products=found, category=category)


@blueprint.get("/products/<slug>")
def product(slug: str) -> str:
    return render_template(
        "product.html", product=product_or_404(slug), reviews=reviews_of(slug)
    )


@blueprint.app_template_filter("pounds")
def pounds(pence: int) -> str:
    """Get a price as a customer reads it: £24 or £24.50."""
    whole, rest = divmod(pence, 100)
    return f"£{whole}.{rest:02}" if rest else f"£{whole}"


@blueprint.app_context_processor
def _for_every_page() -> dict[str, object]:
    return {"categories": CATEGORIES}
