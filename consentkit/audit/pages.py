"""The dashboard's pages."""

from __future__ import annotations

import json
from contextlib import suppress
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Any, Final

from flask import Response, abort, request
from sqlalchemy import select

from consentkit.errors import LogUnavailable
from consentkit.log import Record, as_receipt, holds
from consentkit.log.accesses import latest_accesses
from consentkit.log.events import OTHERS
from consentkit.log.links import count_customers
from consentkit.log.search import PAGE, find
from consentkit.log.tables import checkpoints, notices, records
from consentkit.policy import ESSENTIAL
from consentkit.rendering import prefix_of
from consentkit.shop import current_shop

from .charts import bars, columns, parted
from .conditions import KINDS, asked, number, place, written
from .overview import Overview, Row, filled, overview
from .proofs import checked
from .views import blueprint, home, page

if TYPE_CHECKING:
    from uuid import UUID

#: Periods of the overview in days; 0 is everything.
_PERIODS: Final = {30: "30 days", 90: "90 days", 365: "1 year", 0: "Everything"}
_USUAL: Final = 90
#: Columns are days, weeks or 30 days, so that they don't get too thin.
_STEPS: Final = ((92, 1), (430, 7))
_HISTORY: Final = 50
_BEGINNING: Final = date(2000, 1, 1)
#: What grants something comes first, in charts and their legends.
_ORDER: Final = (
    "accept_all", "save", "once", "guardian", "reject_all", "withdraw", "gpc",
)  # fmt: skip


@blueprint.get("/")
def show_overview() -> Response:
    """Show what happened, in charts and numbers."""
    shop = current_shop()
    chosen = number("days")
    days = chosen if chosen in _PERIODS else _USUAL
    today = datetime.now(UTC).date()
    since = today - timedelta(days=days - 1) if days else _BEGINNING
    with suppress(LogUnavailable):  # what can't be brought up to date is shown as it is
        shop.counters.flush()
        shop.log.tally()
    with shop.log.reading() as connection:
        found = overview(connection, since, shop.policy.groups.keys() - {ESSENTIAL})
    return page(
        "overview",
        found=found,
        chosen=days,
        periods=_PERIODS,
        kinds=_kinds(found),
        **_time(found, since if days else _first(found, today), today),
        **_charts(found),
    )


@blueprint.get("/records")
def search() -> Response:
    """Show the records that meet conditions, the newest first."""
    with current_shop().log.reading() as connection:
        form = asked(connection)
        found = find(connection, form.selection, place())
    query = {name: value for name, value in form.values.items() if value}
    return page(
        "records",
        form=form,
        kinds=KINDS,
        records=found.records,
        begins="before" in request.args,
        next=found.next,
        query=query,
        next_query=query | {"before": written(found.next)} if found.next else {},
    )


@blueprint.get("/records/<uuid:record_id>")
def show_record(record_id: UUID) -> Response:
    """Show one record, its visitor's other ones, its proof and its notice."""
    log = current_shop().log
    record = log.get(str(record_id))
    if record is None:
        abort(404)
    ids = (record.consent_id,) if record.consent_id else ()
    with log.reading() as connection:
        held = connection.scalar(
            select(holds.is_held()).where(records.c.id == record.id)
        )
        customers = count_customers(connection, ids)
    history = log.history(record.consent_id) if ids else [record]
    return page(
        "record",
        record=record,
        fields=as_receipt(record),
        history=history[-_HISTORY:][::-1],
        left_out=max(0, len(history) - _HISTORY),
        held=held,
        customers=customers,
        checked=checked(log, record.id),
        receipt=json.dumps(log.receipt(record), indent=2, ensure_ascii=False),
        notice_of=log.notice(record.notice_hash),
        changes=_changes(record),
    )


@blueprint.get("/checkpoints")
def show_checkpoints() -> Response:
    """Show the signed checkpoints, and how far the log is verified just now."""
    shop = current_shop()
    current, last = shop.audit.rounds.go_on()
    query = select(checkpoints).order_by(checkpoints.c.size.desc()).limit(PAGE + 1)
    before = number("before")
    if before is not None:
        query = query.where(checkpoints.c.size < before)
    with shop.log.reading() as connection:
        found = connection.execute(query).mappings().all()
    answer = page(
        "checkpoints",
        checkpoints=found[:PAGE],
        next=found[PAGE - 1]["size"] if len(found) > PAGE else None,
        current=current,
        last=last,
        watched="watch" in request.args,
        vkey=shop.log.verifier(),
    )
    if "watch" in request.args and current and not current.is_done:
        answer.headers["Refresh"] = f"1; url={home()}checkpoints?watch=1"
    return answer


@blueprint.get("/notices")
def show_notices() -> Response:
    """Show which notices visitors were shown, the newest first."""
    query = select(notices.c.hash, notices.c.language, notices.c.first_shown_at)
    query = query.order_by(notices.c.first_shown_at.desc(), notices.c.hash)
    with current_shop().log.reading() as connection:
        found = connection.execute(query.limit(_MOST_NOTICES)).mappings().all()
    return page("notices", notices=found, most=_MOST_NOTICES)


@blueprint.get("/notices/<notice_hash>")
def show_notice(notice_hash: str) -> Response:
    """Show a notice with the texts of its day."""
    is_hash = len(notice_hash) == _HASH and notice_hash.isalnum()
    found = current_shop().log.notice(notice_hash) if is_hash else None
    if found is None:
        abort(404)
    public = f"{prefix_of(request.environ, current_shop())}/notice/{found.hash}"
    return page("notice", snapshot=found, shown=found.shown, public=public)


@blueprint.get("/accesses")
def show_accesses() -> Response:
    """Show which auditors looked at what."""
    with current_shop().log.reading() as connection:
        found = latest_accesses(connection, PAGE + 1, number("before"))
    return page(
        "accesses",
        accesses=[access for _, access in found[:PAGE]],
        next=found[PAGE - 1][0] if len(found) > PAGE else None,
    )


_HASH: Final = 64
_MOST_NOTICES: Final = 1000


def _kinds(found: Overview) -> list[str]:
    seen = {kind for counts in found.days.values() for kind in counts}
    return [*(k for k in _ORDER if k in seen), *sorted(seen - set(_ORDER))]


def _first(found: Overview, today: date) -> date:
    return date.fromisoformat(next(iter(found.days), today.isoformat()))


def _time(found: Overview, first: date, today: date) -> dict[str, Any]:
    """Get the chart of decisions over time, and the lines of its table."""
    length = (today - first).days + 1
    step = next((step for most, step in _STEPS if length <= most), 30)
    spans = [
        (day.isoformat(), counts)
        for day, counts in filled(found.days, first, today, step)
    ]
    return {
        "time": columns(spans, _kinds(found)),
        "spans": spans[::-1],
        "step": step,
    }


def _charts(found: Overview) -> dict[str, Any]:
    name_of = current_shop().name_of
    notice = current_shop().notices["en"]

    def named(rows: list[Row]) -> list[tuple[str, str, float]]:
        return [(name_of(r.key, notice), f"{r.share:.0%}", r.share) for r in rows]

    def sized(rows: list[Row]) -> list[tuple[str, int, int, str]]:
        return [
            (r.key, *r.counts, f"{r.counts.decisions:,} · {r.share:.0%}")
            for r in rows[:_SHOWN]
        ]

    events = {
        kind: parted([(_label(kind, k), n, None, f"{n:,}") for k, n in counts.items()])
        for kind, counts in found.events.items()
    }
    return {
        "acceptance": bars(named(found.keys)),
        "languages": parted(sized(found.languages)),
        "surfaces": parted(sized(found.surfaces)),
        "revisions": bars(
            [
                (f"{name_of(row.key, notice)}, revision {one.number}", *_share(row))
                for one in found.revisions
                for row in one.rows
            ]
        ),
        "events": events,
    }


_SHOWN: Final = 40


def _label(kind: str, name: str) -> str:
    """Get what stands at a bar for something that was counted."""
    if name == OTHERS:
        return "others"
    shop = current_shop()
    is_service = kind in {"tag", "cookie"}
    return shop.name_of(name, shop.notices["en"]) if is_service else name


def _share(row: Row) -> tuple[str, float]:
    return f"{row.share:.0%}", row.share


def _changes(record: Record) -> dict[str, list[str]]:
    before, after = set(record.previous_granted), set(record.granted)
    return {
        "new": sorted(after - before),
        "kept": sorted(after & before),
        "ended": sorted(before - after),
    }
