"""The shop that is measured: a list of products with the tags of twelve trackers."""

from __future__ import annotations

import re
from pathlib import Path
from tempfile import gettempdir
from typing import TYPE_CHECKING

from flask import Flask, jsonify, render_template
from jinja2 import FileSystemLoader

from consentkit import ConsentKit

if TYPE_CHECKING:
    from collections.abc import Mapping

    from flask import Response

HERE = Path(__file__).parent
#: The example shop's folder follows, for the official snippets that it has already.
FOLDERS = (HERE / "templates", HERE.parent.parent / "example_app" / "templates")

#: Keys in the catalogue of the twelve trackers, and of the embedded film.
TRACKERS = (
    "google_tag_manager google_analytics meta_pixel tiktok_pixel klaviyo hotjar "
    "pinterest_tag microsoft_clarity microsoft_uet snap_pixel linkedin_insight "
    "klarna_osm youtube"
).split()

_KINDS = (
    "Lamp|Bowl|Blanket|Vase|Candle holder|Mirror|Cushion|Tea towel|Stool|Wall clock|"
    "Bread board|Coat hook"
).split("|")
_WOODS = "oak ash beech walnut cherry birch larch elm pine".split()
_ROOMS = ("bathroom", "bedroom", "hall & stairs", "kitchen", "living room")
_TEXT = (
    "Turned by hand from {wood} that grew within sixty miles of our workshop, oiled "
    'twice & made to be handed on: a {kind} for the "{room}" and for years.'
)


def products(count: int) -> list[Mapping[str, object]]:
    """Get made-up products, some reduced, some new, some sold out."""
    found: list[Mapping[str, object]] = []
    for number in range(count):
        kind, wood = _KINDS[number % len(_KINDS)], _WOODS[number % len(_WOODS)]
        room = _ROOMS[number % len(_ROOMS)]
        found.append(
            {
                "sku": f"PP-{1000 + 7 * number}",
                "slug": slug(f"{kind} {wood} {number}"),
                "name": f"{kind} in {wood} & linen, no. {number + 1}",
                "text": _TEXT.format(wood=wood, kind=kind.lower(), room=room),
                "room": room,
                "price": 1490 + 375 * (number % 17),
                "old_price": 2490 + 375 * (number % 17) if number % 4 == 0 else None,
                "rating": 3 + number % 5 / 2,
                "reviews": 3 + number * 11 % 140,
                "badges": ["New", "Last ones"][: (number % 6 == 0) + (number % 9 == 0)],
                "is_new": number % 6 == 0,
                "colours": ["tan", "sienna", "linen", "olive"][: 1 + number % 4],
                "stock": number % 13,
            }
        )
    return found


def slug(text: str) -> str:
    """Get a text as it stands in an address."""
    return re.sub(r"[^a-z0-9]+", "-", text.lower()).strip("-")


def money(pence: int) -> str:
    """Get a price as customers read it."""
    return f"£{pence / 100:,.2f}"


PRODUCTS = products(21)

CONTEXT: Mapping[str, object] = {
    "language": "en",
    "query": "",
    "department": "Home & living",
    "products": PRODUCTS,
    "basket": PRODUCTS[:2],
    "shop": {
        "name": "Pebble & Pine",
        "claim": "Things of wood, clay and wool, made to last.",
        "email": "hello@pebble.example",
        "links": {
            "Service": ["Delivery", "Returns", "Repairs", "Gift cards", "Contact"],
            "About us": ["The workshop", "Our woods", "Makers", "Jobs", "Journal"],
            "Legal": ["Terms", "Privacy", "Cookie settings", "Imprint"],
        },
    },
    "departments": [
        {"name": name, "rooms": _ROOMS}
        for name in ("Home & living", "Garden", "Kitchen & table", "Children", "Gifts")
    ],
    "filters": {
        "room": dict.fromkeys(_ROOMS, 5),
        "wood": {wood: 2 + number for number, wood in enumerate(_WOODS)},
        "colour": {"tan": 26, "sienna": 20, "linen": 13, "olive": 6},
        "price": {"under £20": 7, "£20 to £50": 11, "over £50": 8},
    },
    "questions": [
        (
            f"What if my {kind.lower()} doesn't fit?",
            "Send it back within thirty days; we pay the way & you pay nothing.",
        )
        for kind in _KINDS[:6]
    ],
}

LARGE: Mapping[str, object] = {**CONTEXT, "products": products(45)}

NOTICE = {"controller": "Pebble & Pine", "contact": "privacy@pebble.example"}


def policy_of(count: int, known: int = len(TRACKERS)) -> dict[str, object]:
    """Get a policy of this many services.

    :param known: how many of them are trackers of the page; the rest is made up.
    """
    services: dict[str, object] = {key: {} for key in TRACKERS[:known]}
    for number in range(count - len(services)):
        services[f"own_{number}"] = {
            "name": f"Service {number}",
            "group": "personalisation",
            "hosts": [f"cdn{number}.vendor{number}.example", f"/vendor/{number}/"],
            "inline": [f"Vendor{number}.load("],
            "cookies": [{"name": f"vnd{number}_*", "lifetime": "90 days"}],
        }
    return {"notice": NOTICE, "services": services}


def make_shop(
    policy: Mapping[str, object] | None = None, *, undeclared: str = "report"
) -> Flask:
    """Get the shop, with ConsentKit if a policy is given."""
    app = Flask(__name__, instance_path=gettempdir())
    app.jinja_loader = FileSystemLoader(FOLDERS)
    app.jinja_env.filters |= {"money": money, "slug": slug}
    app.config["SECRET_KEY"] = "not a secret: nothing is kept here"
    app.add_url_rule("/products", "products", page)
    app.add_url_rule("/all", "all", large_page)
    app.add_url_rule("/api/basket", "basket", basket)
    if policy is not None:
        app.config["CONSENTKIT_DATABASE_URL"] = "sqlite://"
        app.config["CONSENTKIT_UNDECLARED"] = undeclared
        ConsentKit(app, policy=policy)
    return app


def page(context: Mapping[str, object] = CONTEXT) -> str:
    """Render the page; autoescaped, as Flask does for every ``.html``."""
    return render_template("products.html", **context)


def large_page() -> str:
    """Render the same of all departments."""
    return page(LARGE)


def basket() -> Response:
    """Answer as a shop's script asks it to, a dozen times a visit."""
    return jsonify({"items": [{"sku": "PP-1000", "count": 2}], "total": 3730})
