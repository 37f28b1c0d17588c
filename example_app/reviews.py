"""What customers say about a product."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Final

from flask import Blueprint, abort, flash, redirect, request, url_for

from .database import connection

if TYPE_CHECKING:
    from werkzeug.wrappers import Response

blueprint = Blueprint("reviews", __name__)

RATINGS: Final = range(1, 6)
LONGEST: Final = 1000


@dataclass(frozen=True, slots=True)
class Review:
    """One customer's opinion of a product."""

    author: str
    rating: int
    words: str
    written_on: date


@dataclass(frozen=True, slots=True)
class Reviews:
    """All opinions of a product, newest first."""

    all: tuple[Review, ...]

    @property
    def average(self) -> float:
        return sum(review.rating for review in self.all) / max(len(self.all), 1)


def reviews_of(slug: str) -> Reviews:
    """Get what was written about a product."""
    rows = connection().execute(
        "SELECT author, rating, words, written_on FROM review WHERE product = ?"
        " ORDER BY written_on DESC, id DESC",
        [slug],
    )
    return Reviews(
        tuple(Review(r[0], r[1], r[2], date.fromisoformat(r[3])) for r in rows)
    )


@blueprint.post("/products/<slug>/reviews")
def write(slug: str) -> Response:
    if not _known(slug):
        abort(404)
    rating = request.form.get("rating", type=int)
    words = request.form.get("words", "").strip()
    page = url_for("catalogue.product", slug=slug, _anchor="reviews")
    if rating not in RATINGS or not words:
        flash("A review needs a rating and a few words.", "problem")
        return redirect(page, 303)
    author = request.form.get("author", "").strip()[:40] or "A customer"
    connection().execute(
        "INSERT INTO review (product, author, rating, words, written_on)"
        " VALUES (?, ?, ?, ?, ?)",
        [slug, author, rating, words[:LONGEST], datetime.now(UTC).date().isoformat()],
    )
    flash("Thank you: your review is on the page.")
    return redirect(page, 303)


def _known(slug: str) -> bool:
    query = "SELECT 1 FROM product WHERE slug = ?"
    return connection().execute(query, [slug]).fetchone() is not None
