"""What a visitor downloads for the question: the banner's HTML, CSS and JavaScript."""

from __future__ import annotations

import gzip

from consentkit.assets import SCRIPT, STYLES
from tests.benchmarks.storefront import TRACKERS, make_shop, policy_of
from tests.benchmarks.tables import Row, Table
from tests.benchmarks.visitor import BROWSER, asks, consent_cookie

LIMIT = 5 * 1024


def run() -> Table:
    """Measure what the banner adds to a page, and its two files."""
    shop = make_shop(policy_of(len(TRACKERS)))
    refused = asks(shop, "/products", BROWSER, consent_cookie(shop))()
    asked = asks(shop, "/products", BROWSER)()
    parts = {"HTML": _added(refused, asked)}
    parts |= {asset.name: asset.content for asset in (STYLES, SCRIPT)}
    sizes = {name: len(gzip.compress(part, 9)) for name, part in parts.items()}
    rows = [
        Row(name, f"{size:,} bytes", f"of {len(parts[name]):,}")
        for name, size in sizes.items()
    ]
    whole = sum(sizes.values())
    row = Row("together", f"{whole:,} bytes", "", f"<= {LIMIT:,}", whole <= LIMIT)
    return Table("The question's weight, compressed with gzip", [*rows, row])


def _added(before: bytes, after: bytes) -> bytes:
    """Get what stands in a page that is asked on, and not in one that isn't."""
    start = next(i for i, byte in enumerate(before) if byte != after[i])
    end = after.index(before[start : start + 200], start)
    return after[start:end]
