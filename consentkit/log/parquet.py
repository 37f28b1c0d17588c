"""Parquet: the log by days, for DuckDB, Spark or a warehouse. Needs pyarrow."""

from __future__ import annotations

import json
from datetime import datetime
from importlib import import_module
from itertools import groupby, islice
from typing import TYPE_CHECKING, Any, Final

from consentkit.errors import ConsentError

from .record import FIELDS

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from datetime import date
    from pathlib import Path

#: Rows that are held at a time, and make a group within a file.
_BATCH: Final = 5_000
_LISTS: Final = ("granted", "refused", "previous_granted")
_FLAGS: Final = ("previous_decided", "gpc")
_NUMBERS: Final = ("sequence", "revision")


class ParquetRefused(ConsentError):  # noqa: N818  states what it is
    """Nothing is written: pyarrow is missing, or the folder isn't empty."""


def write_parquet(lines: Iterable[bytes], folder: Path) -> int:
    """Get the number of records written into ``day=YYYY-MM-DD/part-N.parquet``.

    What proves them isn't in these files: that is what the zip is for.

    :param lines: from :func:`.archive.evidence`.
    :raises ParquetRefused: if pyarrow isn't installed, or there is something already.
    :raises OSError: if the folder can't be written.
    """
    schema = _schema()
    if folder.exists() and any(folder.iterdir()):
        raise ParquetRefused(f"{folder} isn't empty")
    days = groupby(
        map(_row, map(json.loads, lines)), key=lambda row: row["decided_at"].date()
    )
    return sum(_write(day, rows, folder, schema) for day, rows in days)


def _schema() -> Any:
    try:
        pa = import_module("pyarrow")
    except ImportError:
        remedy = "Parquet needs pyarrow: pip install pyarrow"
        raise ParquetRefused(remedy) from None
    special = {
        "decided_at": pa.timestamp("us", tz="UTC"),
        **dict.fromkeys(_LISTS, pa.list_(pa.string())),
        **dict.fromkeys(_FLAGS, pa.bool_()),
        **dict.fromkeys(_NUMBERS, pa.int32()),
    }
    fields = [(name, special.get(name, pa.string())) for name in FIELDS]
    return pa.schema([*fields, ("leaf_index", pa.int64())])


def _row(found: Mapping[str, Any]) -> dict[str, Any]:
    row = {name: found[name] for name in FIELDS}
    moment = datetime.fromisoformat(found["decided_at"])
    return row | {"decided_at": moment, "leaf_index": found.get("leaf_index")}


def _write(
    day: date, rows: Iterator[Mapping[str, Any]], folder: Path, schema: Any
) -> int:
    """Get the number of rows, written into a file of their day whole or not at all."""
    pa, pq = import_module("pyarrow"), import_module("pyarrow.parquet")
    place, number = folder / f"day={day}", 0
    place.mkdir(parents=True, exist_ok=True)
    # There is more than one where a clock went back over midnight.
    path = place / f"part-{len(list(place.glob('part-*.parquet')))}.parquet"
    draft = path.with_suffix(".draft")
    try:
        with pq.ParquetWriter(draft, schema, compression="zstd") as writer:
            while batch := list(islice(rows, _BATCH)):
                writer.write_table(pa.Table.from_pylist(batch, schema=schema))
                number += len(batch)
        draft.replace(path)
    finally:
        draft.unlink(missing_ok=True)
    return number
