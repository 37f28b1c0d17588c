"""``flask consent audit-link``: opens the dashboard for somebody, for some hours."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Final
from urllib.parse import quote

import click
from flask import current_app
from flask.cli import with_appcontext

from .log.record import timestamp

if TYPE_CHECKING:
    from .shop import Shop

_MOST_HOURS: Final = 31 * 24


@click.command("audit-link")
@click.option(
    "--hours",
    default=8,
    show_default=True,
    type=click.IntRange(1, _MOST_HOURS),
    help="How long it opens the dashboard.",
)
@click.option("--name", default="auditor", show_default=True, help="Who gets it.")
@click.option("--site", metavar="URL", default="", help="Such as https://shop.example.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@with_appcontext
def audit_link_command(*, hours: int, name: str, site: str, as_json: bool) -> None:
    """Print a link that opens the log's dashboard for some hours.

    Whoever has it can read the log: send it in a way that you trust.
    """
    shop: Shop = current_app.extensions["consentkit"]
    lasts = timedelta(hours=hours)
    token = shop.audit.door.link(name, lasts)
    path = f"{shop.settings.url_prefix}/audit/?key={quote(token)}"
    link = f"{site.rstrip('/')}{path}"
    ends = datetime.now(UTC) + lasts
    if as_json:
        click.echo(json.dumps({"link": link, "until": timestamp(ends)}, indent=2))
        return
    click.echo(link)
    click.echo(f"It opens the dashboard until {ends:%Y-%m-%d %H:%M} UTC.", err=True)
    if not site:
        click.echo("Put your shop's address before it, or give --site.", err=True)
