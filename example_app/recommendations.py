"""What a visitor may like: personal with consent, neutral without.

The templates choose: only inside ``{% consent "visit_beacon" %}`` do they ask
for the lists made from visits.
"""

from __future__ import annotations

from flask import Blueprint, request

from .beacon import COOKIE
from .catalogue import Product, products

blueprint = Blueprint("recommendations", __name__)

SHOWN = 4


@blueprint.app_template_global()
def seen_lately(without: str = "") -> list[Product]:
    """Get the products that this visitor looked at last, newest first."""
    return products(
        "JOIN visit ON visit.product = product.slug"
        " WHERE visitor = ? AND slug <> ?"
        " GROUP BY slug ORDER BY max(visit.id) DESC LIMIT ?",
        [request.cookies.get(COOKIE, ""), without, SHOWN],
    )


@blueprint.app_template_global()
def goes_with(slug: str) -> list[Product]:
    """Get what visitors of this product looked at too, else its neighbours."""
    return products(
        "LEFT JOIN visit ON visit.product = product.slug AND visitor IN"
        " (SELECT visitor FROM visit WHERE product = ?)"
        " WHERE slug <> ? GROUP BY slug ORDER BY count(DISTINCT visitor) DESC,"
        " category = (SELECT category FROM product WHERE slug = ?) DESC, position"
        " LIMIT ?",
        [slug, slug, slug, SHOWN],
    )


@blueprint.app_template_global()
def popular_now(without: str = "") -> list[Product]:
    """Get what sells and is praised most: the same list for everybody."""
    return products(
        "LEFT JOIN review ON review.product = product.slug WHERE slug <> ?"
        " GROUP BY slug ORDER BY coalesce(sum(rating), 0) DESC, position LIMIT ?",
        [without, SHOWN],
    )
