"""Exports of the log that other tools read, written record by record."""

from __future__ import annotations

import csv
import json
from typing import IO, TYPE_CHECKING

from .record import FIELDS, as_receipt

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from .record import Record

#: The fields whose text a visitor's browser can have a hand in.
_FOREIGN = ("path", "language", "browser")

#: What makes a spreadsheet take a cell for a formula.
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def write_jsonl(lines: Iterable[Mapping[str, object]], file: IO[str]) -> None:
    """Write one JSON object a line."""
    file.writelines(json.dumps(line, ensure_ascii=False) + "\n" for line in lines)


def write_csv(records: Iterable[Record], file: IO[str]) -> None:
    """Write a header and one line a record; keys are separated by spaces.

    A text from outside that a spreadsheet would run gets a leading apostrophe.
    """
    # Quoted throughout: csv leaves a lone carriage return bare before "\n".
    writer = csv.writer(file, lineterminator="\n", quoting=csv.QUOTE_ALL)
    writer.writerow(FIELDS)
    for record in records:
        writer.writerow(_cells(record))


def _cells(record: Record) -> list[str]:
    receipt = as_receipt(record)
    return [_cell(name, receipt[name]) for name in FIELDS]


def _cell(name: str, value: object) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, list):
        return " ".join(value)
    text = str(value)
    return f"'{text}" if name in _FOREIGN and text.startswith(_FORMULA) else text
