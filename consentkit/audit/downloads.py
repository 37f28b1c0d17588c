"""Exports out of the dashboard, streamed to whoever asks."""

from __future__ import annotations

from datetime import UTC, datetime
from io import TextIOWrapper
from typing import IO, TYPE_CHECKING, Final

from flask import Response, abort, make_response

from consentkit.log.export import write_csv
from consentkit.shop import current_shop

from .conditions import KINDS, asked
from .streaming import streamed
from .views import blueprint, page

if TYPE_CHECKING:
    from collections.abc import Callable

    from consentkit.log import ConsentLog, Selection

_TYPES: Final = {
    "jsonl": "application/jsonl; charset=utf-8",
    "csv": "text/csv; charset=utf-8",
    "zip": "application/zip",
}


@blueprint.get("/exports")
def show_exports() -> Response:
    """Show what can be downloaded."""
    with current_shop().log.reading() as connection:
        form = asked(connection)
    return page("exports", form=form, kinds=KINDS)


@blueprint.get("/exports/records.<form>")
def export(form: str) -> Response:
    """Send records as they are read; the zip is for verifying them."""
    if form not in _TYPES:
        abort(404)
    log = current_shop().log
    with log.reading() as connection:
        wanted = asked(connection)
    if wanted.problems:
        return make_response(page("exports", form=wanted, kinds=KINDS), 400)
    response = Response(
        streamed(_writer(log, wanted.selection, form)), content_type=_TYPES[form]
    )
    name = f"consent-log-{datetime.now(UTC):%Y%m%dT%H%M%SZ}.{form}"
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


def _writer(
    log: ConsentLog, selection: Selection, form: str
) -> Callable[[IO[bytes]], object]:
    def jsonl(file: IO[bytes]) -> None:
        file.writelines(log.lines(selection))

    def csv(file: IO[bytes]) -> None:
        with TextIOWrapper(file, encoding="utf-8", newline="") as text:
            write_csv(log.records(selection), text)

    writers: dict[str, Callable[[IO[bytes]], object]] = {"jsonl": jsonl, "csv": csv}
    return writers.get(form, lambda file: log.export(file, selection=selection))
