"""What real Chromium says about every case of the corpus."""

from __future__ import annotations

import pytest

from tests.leaks.case import Case, Kind
from tests.leaks.corpus import CASES
from tests.leaks.court import AFTER, GUARDED, RESERVED, Record, token_of

pytestmark = pytest.mark.browser


def of(*kinds: Kind) -> pytest.MarkDecorator:
    cases = [case for case in CASES if case.kind in kinds]
    return pytest.mark.parametrize("case", cases, ids=lambda case: case.name)


@of(Kind.LIVE, Kind.UNSEEN)
def test_before_its_tracker_is_contacted(record: Record, case: Case) -> None:
    """The control: it is the browser that says what is live."""
    assert record.is_live(case)


@of(Kind.INERT, Kind.HARMLESS)
def test_before_nobody_is_contacted(record: Record, case: Case) -> None:
    assert not record.is_live(case)


@of(Kind.LIVE)
def test_afterwards_no_tracker_is_contacted(record: Record, case: Case) -> None:
    assert not record.is_live(case, AFTER)


@of(Kind.INERT)
def test_afterwards_nothing_inert_has_come_to_life(record: Record, case: Case) -> None:
    assert not record.is_live(case, AFTER)


@of(Kind.LIVE, Kind.INERT)
def test_what_is_in_reserve_contacts_nobody(record: Record, case: Case) -> None:
    assert not record.is_live(case, RESERVED)


@of(Kind.UNSEEN)
def test_what_no_scanner_sees_is_left(record: Record, case: Case) -> None:
    """The list is honest: what the scanner finds by now has to leave it."""
    assert record.is_live(case, AFTER)


@of(Kind.UNSEEN)
def test_what_no_scanner_sees_the_policy_stops(record: Record, case: Case) -> None:
    assert not record.is_live(case, GUARDED)


def test_every_page_was_loaded_in_time(record: Record) -> None:
    late = {
        case.name for case in CASES for s in "abcd" if token_of(case, s) in record.late
    }
    assert late == set()
