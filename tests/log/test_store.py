from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from itertools import islice

import pytest
from sqlalchemy import Engine, event, func, select, text

from consentkit.canonical import canonical
from consentkit.log import ConsentLog, Draft, Selection
from consentkit.log import store as store_module
from consentkit.log.append import Appender
from consentkit.log.statistics import statistics
from consentkit.log.tables import notices, records
from tests.log.postgres import BOTH

pytestmark = BOTH

MakeDraft = Callable[..., Draft]
Notice = Mapping[str, object]

MONDAY = datetime(2026, 11, 2, 12, tzinfo=UTC)


class Clock:
    def __init__(self) -> None:
        self.now = MONDAY

    def __call__(self) -> datetime:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def log(engine: Engine, clock: Clock) -> ConsentLog:
    return ConsentLog(engine, clock=clock)


def rows(engine: Engine) -> int:
    with engine.connect() as connection:
        return connection.scalar(select(func.count()).select_from(records)) or 0


def test_a_record_holds_the_draft_and_the_proof(
    log: ConsentLog, draft: MakeDraft, notice: Notice
) -> None:
    given = draft(gpc=True, previous_decided=True, previous_granted=("klaviyo",))
    record = log.append(given, notice)
    names = Draft.__dataclass_fields__
    assert {n: getattr(record, n) for n in names} == {
        n: getattr(given, n) for n in names
    }
    assert uuid.UUID(record.id).version == 4
    assert (record.decided_at, record.sequence) == (MONDAY, 1)
    assert log.get(record.id) == record


def test_the_server_clock_gives_microseconds_in_utc(
    engine: Engine, draft: MakeDraft, notice: Notice
) -> None:
    log = ConsentLog(engine)
    before = datetime.now(UTC)
    record = log.append(draft(), notice)
    assert before <= record.decided_at <= datetime.now(UTC)
    assert log.history("a" * 32) == [record]


def test_a_visitors_decisions_are_numbered(
    log: ConsentLog, draft: MakeDraft, notice: Notice
) -> None:
    first = log.append(draft(), notice)
    other = log.append(draft(consent_id="b" * 32), notice)
    second = log.append(draft(decision="withdraw", granted=()), notice)
    assert (first.sequence, other.sequence, second.sequence) == (1, 1, 2)
    assert log.history("a" * 32) == [first, second]
    assert log.history("c" * 32) == []


def test_the_same_decision_twice_makes_one_row(
    log: ConsentLog, engine: Engine, draft: MakeDraft, notice: Notice, clock: Clock
) -> None:
    first = log.append(draft(), notice)
    clock.now += timedelta(seconds=2)
    assert log.append(draft(), notice) == first
    clock.now += timedelta(days=90)
    again = draft(previous_decided=True, previous_granted=first.granted, path="/b")
    assert log.append(again, notice) == first
    assert rows(engine) == 1
    # The visitor's cookie says less: they refused while the log was down.
    assert log.append(draft(previous_decided=True), notice).sequence == 2


def test_a_change_of_mind_that_is_sent_twice_makes_one_row(
    log: ConsentLog, engine: Engine, draft: MakeDraft, notice: Notice, clock: Clock
) -> None:
    log.append(draft(decision="reject_all", granted=()), notice)
    change = draft(previous_decided=True)
    second = log.append(change, notice)
    clock.now += timedelta(seconds=1)
    assert log.append(change, notice) == second
    assert rows(engine) == 2
    # Sent hours later from the same state, a refusal was lost in between.
    clock.now += timedelta(hours=2)
    assert log.append(change, notice).sequence == 3


@pytest.mark.parametrize(
    "change",
    [
        {"decision": "save"},
        {"granted": ("klaviyo",)},
        {"refused": ("hotjar",)},
        {"fingerprint": "e" * 64},
        {"revision": 2},
    ],
    ids=lambda change: next(iter(change)),
)
def test_a_decision_that_changes_something_makes_a_row(
    log: ConsentLog,
    engine: Engine,
    draft: MakeDraft,
    notice: Notice,
    change: dict[str, object],
) -> None:
    log.append(draft(), notice)
    log.append(draft(previous_decided=True, **change), notice)
    assert rows(engine) == 2


def test_a_number_that_another_decision_took_is_taken_anew(
    log: ConsentLog,
    draft: MakeDraft,
    notice: Notice,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    log.append(draft(), notice)
    read, stale = Appender._latest, [None]  # noqa: SLF001  the race, staged
    monkeypatch.setattr(
        Appender, "_latest", lambda *of: stale.pop() if stale else read(*of)
    )
    assert log.append(draft(revision=2), notice).sequence == 2


def test_only_the_latest_record_counts_as_a_repetition(
    log: ConsentLog, draft: MakeDraft, notice: Notice
) -> None:
    log.append(draft(), notice)
    log.append(draft(decision="withdraw", granted=()), notice)
    assert log.append(draft(), notice).sequence == 3


def test_deciding_again_after_a_choice_ran_out_is_a_new_decision(
    log: ConsentLog, draft: MakeDraft, notice: Notice, clock: Clock
) -> None:
    log.append(draft(), notice)
    clock.now += timedelta(days=183)
    renewed = log.append(draft(previous_decided=False), notice)
    assert (renewed.sequence, renewed.decided_at) == (2, clock.now)
    clock.now += timedelta(seconds=1)
    assert log.append(draft(previous_decided=False), notice) == renewed


def test_a_repetition_writes_nothing(
    log: ConsentLog, engine: Engine, draft: MakeDraft, notice: Notice
) -> None:
    log.append(draft(), notice)
    english = {**notice, "language": "en"}
    english_hash = sha256(canonical(english).encode()).hexdigest()
    log.append(draft(notice_hash=english_hash), english)
    assert log.notice(english_hash) is None
    assert rows(engine) == 1


def test_a_notice_is_kept_once_and_shown_again_as_it_was(
    log: ConsentLog, engine: Engine, draft: MakeDraft, notice: Notice, clock: Clock
) -> None:
    record = log.append(draft(), notice)
    clock.now += timedelta(days=1)
    log.append(draft(consent_id="b" * 32), notice)
    snapshot = log.notice(record.notice_hash)
    assert snapshot is not None
    assert snapshot.shown == notice
    assert sha256(snapshot.content.encode()).hexdigest() == snapshot.hash
    assert (snapshot.language, snapshot.first_shown_at) == ("de", MONDAY)
    with engine.connect() as connection:
        assert connection.scalar(select(func.count()).select_from(notices)) == 1


def test_a_notice_under_a_wrong_hash_is_refused(
    log: ConsentLog, draft: MakeDraft, notice: Notice
) -> None:
    with pytest.raises(ValueError, match="0000"):
        log.append(draft(notice_hash="0" * 64), notice)
    assert log.count() == 0


def test_what_is_not_there_is_none(log: ConsentLog) -> None:
    assert log.get("nothing") is None
    assert log.notice("nothing") is None


def test_an_append_is_one_transaction_of_few_statements(
    log: ConsentLog, engine: Engine, draft: MakeDraft, notice: Notice
) -> None:
    begin = ["BEGIN"] if engine.dialect.name == "sqlite" else []  # psycopg's own
    log.append(draft(), notice)
    statements: list[str] = []
    checkouts: list[object] = []
    event.listen(
        engine,
        "before_cursor_execute",
        lambda _c, _cursor, statement, *_others: statements.append(statement),
    )
    event.listen(engine, "checkout", lambda *found: checkouts.append(found))
    log.append(draft(revision=2), notice)
    verbs = [statement.split()[0] for statement in statements]
    assert verbs == [*begin, "SELECT", "INSERT"]
    assert len(checkouts) == 1


@pytest.fixture
def filled(
    log: ConsentLog, draft: MakeDraft, notice: Notice, clock: Clock
) -> ConsentLog:
    decisions: list[dict[str, object]] = [
        {"granted": ("ga", "personalisation"), "refused": ()},
        {"granted": (), "refused": ("ga",), "decision": "reject_all"},
        {"granted": ("ga_4",), "refused": ("ga",), "decision": "save", "revision": 2},
        {"granted": (), "refused": ("ga",), "decision": "withdraw", "language": "en"},
    ]
    for day, changes in enumerate(decisions):
        clock.now = MONDAY + timedelta(days=day)
        log.append(draft(consent_id=f"{day:032}", **changes), notice)
    return log


@pytest.mark.parametrize(
    ("selection", "days"),
    [
        (Selection(), [0, 1, 2, 3]),
        (Selection(since=MONDAY + timedelta(days=2)), [2, 3]),
        (Selection(until=MONDAY + timedelta(days=2)), [0, 1]),
        (
            Selection(since=MONDAY + timedelta(days=1), until=MONDAY + timedelta(2)),
            [1],
        ),
        (Selection(consent_id=f"{1:032}"), [1]),
        (Selection(decision="save"), [2]),
        (Selection(revision=2), [2]),
        (Selection(granted="ga"), [0]),
        (Selection(granted="ga_4"), [2]),
        (Selection(granted="gaX4"), []),
        (Selection(granted="%"), []),
        (Selection(granted="personalisation"), [0]),
        (Selection(granted="ga", decision="withdraw"), []),
    ],
    ids=repr,
)
def test_records_are_filtered(
    filled: ConsentLog, selection: Selection, days: list[int]
) -> None:
    found = [int(record.consent_id) for record in filled.records(selection)]
    assert found == days
    newest = filled.records(selection, newest_first=True)
    assert [int(record.consent_id) for record in newest] == days[::-1]
    assert filled.count(selection) == len(days)


def test_records_come_page_by_page(
    filled: ConsentLog, engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(store_module, "PAGE", 3)
    queries: list[str] = []
    event.listen(
        engine,
        "before_cursor_execute",
        lambda _c, _cursor, statement, *_others: queries.append(statement),
    )
    found = filled.records()
    assert isinstance(found, Iterator)
    assert queries == []
    assert len(list(islice(found, 3))) == 3
    assert len([q for q in queries if q.startswith("SELECT")]) == 1
    assert [int(record.consent_id) for record in found] == [3]


def test_decisions_are_counted(filled: ConsentLog) -> None:
    counted = filled.statistics()
    assert counted.total == 4
    assert counted.by_decision == {
        "accept_all": 1,
        "reject_all": 1,
        "save": 1,
        "withdraw": 1,
    }
    assert counted.by_surface == {"banner": 4}
    assert counted.by_language == {"de": 3, "en": 1}
    assert list(counted.by_day) == [f"2026-11-0{day}" for day in (2, 3, 4, 5)]
    google = counted.acceptance["ga"]
    assert (google.granted, google.refused, google.share) == (1, 3, 0.25)
    assert counted.acceptance["ga_4"].share == 1


def test_days_are_those_of_utc_wherever_the_server_is(
    engine: Engine, draft: MakeDraft, notice: Notice
) -> None:
    midnight = datetime(2026, 11, 2, 23, 59, 59, 999999, tzinfo=UTC)
    log = ConsentLog(engine, clock=lambda: midnight)
    log.append(draft(), notice)
    with log.reading() as connection:
        if engine.dialect.name == "postgresql":
            connection.execute(text("SET timezone = 'Asia/Tokyo'"))
        counted = statistics(connection, Selection())
    assert list(counted.by_day) == ["2026-11-02"]


def test_only_the_selected_decisions_are_counted(filled: ConsentLog) -> None:
    counted = filled.statistics(Selection(decision="save"))
    assert counted.by_decision == {"save": 1}
    assert counted.acceptance.keys() == {"ga", "ga_4"}


def test_an_empty_log_has_statistics(log: ConsentLog) -> None:
    counted = log.statistics()
    assert (counted.total, counted.acceptance) == (0, {})
