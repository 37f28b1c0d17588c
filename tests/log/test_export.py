from __future__ import annotations

import csv
import io
import json
import tracemalloc
from datetime import UTC, datetime
from typing import TYPE_CHECKING, TextIO

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import insert

from consentkit.log import ConsentLog, Draft, Record, as_receipt
from consentkit.log.export import write_csv, write_jsonl
from consentkit.log.record import FIELDS
from consentkit.log.tables import records

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    MakeDraft = Callable[..., Draft]

KEYS = st.lists(st.from_regex(r"[a-z][a-z0-9_]{0,8}", fullmatch=True), max_size=3)
TEXTS = st.text(st.characters(exclude_categories=["Cs"]))


@st.composite
def any_record(draw: st.DrawFn) -> Record:
    return Record(
        id=draw(st.uuids(version=4)).hex,
        decided_at=draw(st.datetimes(timezones=st.just(UTC))),
        sequence=draw(st.integers(1)),
        consent_id=draw(st.from_regex(r"[0-9a-f]{32}", fullmatch=True)),
        decision=draw(st.sampled_from(["accept_all", "save", "withdraw"])),
        surface="banner",
        granted=tuple(draw(KEYS)),
        refused=tuple(draw(KEYS)),
        revision=1,
        fingerprint="f",
        notice_hash="n",
        language=draw(TEXTS),
        browser=draw(TEXTS),
        path=draw(TEXTS),
        gpc=draw(st.booleans()),
    )


def exported_csv(*records: Record) -> list[dict[str, str]]:
    file = io.StringIO(newline="")
    write_csv(records, file)
    return list(csv.DictReader(io.StringIO(file.getvalue(), newline="")))


@settings(max_examples=50)
@given(st.lists(any_record(), max_size=3))
def test_json_lines_can_be_read_back(records: list[Record]) -> None:
    file = io.StringIO(newline="")
    write_jsonl(map(as_receipt, records), file)
    lines = file.getvalue().split("\n")
    assert lines.pop() == ""
    assert [json.loads(line) for line in lines] == [as_receipt(r) for r in records]


@settings(max_examples=50)
@given(st.lists(any_record(), max_size=3))
def test_csv_can_be_read_back(records: list[Record]) -> None:
    rows = exported_csv(*records)
    assert len(rows) == len(records)
    for row, record in zip(rows, records, strict=True):
        assert tuple(row) == FIELDS
        assert row["granted"].split() == list(record.granted)
        assert row["gpc"] == str(record.gpc).lower()
        assert row["sequence"] == str(record.sequence)
        for name in ("path", "language", "browser"):
            assert row[name].removeprefix("'") == getattr(record, name).removeprefix(
                "'"
            )


@given(any_record())
def test_no_text_from_outside_is_a_formula(record: Record) -> None:
    (row,) = exported_csv(record)
    for name in ("path", "language", "browser"):
        assert not row[name].startswith(("=", "+", "-", "@", "\t", "\r"))


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t"])
def test_a_formula_gets_an_apostrophe(draft: MakeDraft, start: str) -> None:
    text = f'{start}HYPERLINK("https://evil.example")'
    usual = draft()
    fields = {name: getattr(usual, name) for name in Draft.__dataclass_fields__}
    fields["language"] = text
    moment = datetime(2026, 11, 3, tzinfo=UTC)
    (row,) = exported_csv(Record(**fields, id="1", decided_at=moment, sequence=1))
    assert row["language"] == f"'{text}"
    assert row["path"] == "/products/lamp"


def write_receipts(records: Iterator[Record], file: TextIO) -> None:
    write_jsonl(map(as_receipt, records), file)


class Counting(io.StringIO):
    """Counts lines and forgets them."""

    lines = 0

    def write(self, text: str, /) -> int:
        self.lines += text.count("\n")
        return len(text)


@pytest.fixture
def full(log: ConsentLog, draft: MakeDraft, notice: Mapping[str, object]) -> ConsentLog:
    """Get a log of 5,000 records."""
    record = log.append(draft(), notice)
    fields = {name: getattr(record, name) for name in FIELDS}
    more = [
        fields | {"id": f"{n}", "consent_id": f"{n:032}", "sequence": 1}
        for n in range(4_999)
    ]
    with log.engine.begin() as connection:
        connection.execute(insert(records), more)
    return log


@pytest.mark.parametrize(
    ("write", "head"), [(write_receipts, 0), (write_csv, 1)], ids=["jsonl", "csv"]
)
def test_an_export_holds_one_page_of_records_at_a_time(
    full: ConsentLog, write: Callable[[Iterator[Record], Counting], None], head: int
) -> None:
    file = Counting()
    next(full.records())  # what SQLAlchemy keeps for good doesn't count
    tracemalloc.start()
    write(full.records(), file)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert file.lines == 5_000 + head
    assert peak < 4_000_000


def test_an_export_writes_before_it_has_read_everything(full: ConsentLog) -> None:
    read = 0

    def counted() -> Iterator[Record]:
        nonlocal read
        for record in full.records():
            read += 1
            yield record

    class Full(io.StringIO):
        def write(self, text: str, /) -> int:
            raise OSError(28, "No space left on device", text)

    with pytest.raises(OSError, match="No space"):
        write_receipts(counted(), Full())
    assert read == 1
