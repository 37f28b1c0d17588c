"""The consent log: an append-only store of proved decisions."""

from __future__ import annotations

import json
import logging
from datetime import UTC, datetime
from time import monotonic
from typing import IO, TYPE_CHECKING, Any, Final

from sqlalchemy import func, select

from consentkit.errors import ConsentError, LogUnavailable

from .append import COLUMNS, Appender, as_record
from .archive import evidence, write_archive
from .audit import CLOCK_SKEW, Finding
from .database import Database
from .erasure import AT_ONCE, count_ended, erase, erase_ended, has_ended
from .links import unlink_ended
from .proof import prove
from .record import NoticeSnapshot, as_receipt
from .seal import (
    SealingRefused,
    latest_moment,
    latest_note,
    seal,
    signer_in_use,
    unsealed,
)
from .selection import EVERYTHING, Selection
from .statistics import Statistics, statistics
from .tables import notices, records
from .tally import catch_up
from .vacuum import vacuum
from .verify import unwatched, verify

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from contextlib import AbstractContextManager
    from datetime import timedelta

    from sqlalchemy import Connection, Engine, RowMapping, Select

    from .audit import Report
    from .key import KeyFile
    from .note import Verifier
    from .proof import Proof
    from .record import Draft, Record
    from .seal import Sealed
    from .verify import Watch

_LOGGER: Final = logging.getLogger("consentkit")
PAGE = 500

_GONE = "there is a key but nothing sealed: unless the first seal failed, all is gone"

#: How long a process that takes records lets them wait for their seal.
SEAL_EVERY = 10.0


class ConsentLog:
    """Proves decisions. Making one touches no database; the first use does.

    Every method raises :exc:`~consentkit.errors.LogUnavailable` when the database
    can't be used.

    :param engine: from :func:`consentkit.log.engine_for`, or the shop's own. How
        durable a record is in the shop's own engine is up to the shop.
    :param key: signs the log. Without one it is never sealed.
    """

    def __init__(
        self,
        engine: Engine,
        *,
        key: KeyFile | None = None,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self.engine = engine
        self.key = key
        self.database = Database(engine)
        self._clock = clock
        self._appender = Appender(self.database, clock)
        self._seal_due = 0.0
        self._sealed_until = datetime.min.replace(tzinfo=UTC)
        self._complaint = ""
        #: Called when records wait for their seal, for :meth:`seal_quietly` to follow.
        self.when_waiting: Callable[[], object] = lambda: None

    def append(self, draft: Draft, notice: Mapping[str, object]) -> Record:
        """Get the record of a decision, on the disk when this returns.

        A decision that changes nothing gets the visitor's latest record.

        :param notice: what the visitor was shown.
        :raises ValueError: if ``draft.notice_hash`` is the hash of something else.
        """
        record = self._appender.append(draft, notice)
        self._seal_if_due(record.decided_at)
        return record

    def history(self, consent_id: str) -> list[Record]:
        """Get a visitor's records, the first decision first."""
        query = select(*COLUMNS).where(records.c.consent_id == consent_id)
        return [
            as_record(row) for row in self._rows(query.order_by(records.c.sequence))
        ]

    def records(
        self, selection: Selection = EVERYTHING, *, newest_first: bool = False
    ) -> Iterator[Record]:
        """Get the selected records one by one, in the order of their arrival.

        Memory stays constant, and no connection is held while the caller works.
        """
        seq = records.c.seq
        query = select(seq, *COLUMNS).where(*selection.conditions()).limit(PAGE)
        query = query.order_by(seq.desc() if newest_first else seq)
        page = self._rows(query)
        while page:
            yield from map(as_record, page)
            last = page[-1]["seq"]
            page = self._rows(query.where(seq < last if newest_first else seq > last))

    def get(self, record_id: str) -> Record | None:
        """Get one record."""
        rows = self._rows(select(*COLUMNS).where(records.c.id == record_id))
        return as_record(rows[0]) if rows else None

    def notice(self, notice_hash: str) -> NoticeSnapshot | None:
        """Get a notice as visitors were shown it."""
        rows = self._rows(select(notices).where(notices.c.hash == notice_hash))
        return NoticeSnapshot(**rows[0]) if rows else None

    def count(self, selection: Selection = EVERYTHING) -> int:
        """Get the number of the selected records."""
        query = select(func.count().label("n")).select_from(records)
        return int(self._rows(query.where(*selection.conditions()))[0]["n"])

    def statistics(self, selection: Selection = EVERYTHING) -> Statistics:
        """Get the selected decisions counted by kind, surface, language, day, key."""
        with self.reading() as connection:
            return statistics(connection, selection)

    def seal(self, limit: int | None = None) -> Sealed | None:
        """Get the latest checkpoint, made now if there are records it lacks.

        None if there are no records. Any number of processes may seal at a time.

        :param limit: seal no more records than these.
        :raises SealingRefused: if there is no key, or the sealed part was changed.
        """
        key = self._key()
        with self.database.sealing() as connection:
            sealed = seal(connection, key, self._clock(), limit)
        if sealed is not None:
            key.remember(sealed.note)
        return sealed

    def tally(self) -> bool:
        """Count sealed records for the overview; tell whether more are left."""
        with self.writing() as connection:
            return catch_up(connection)

    def latest_checkpoint(self) -> str | None:
        """Get the newest checkpoint as a signed note, none before the first."""
        with self.reading() as connection:
            return latest_note(connection)

    def proof(self, record_id: str) -> Proof | None:
        """Get what proves that a record is in the log, none if it isn't sealed yet."""
        with self.reading() as connection:
            return prove(connection, record_id)

    def receipt(self, record: Record) -> dict[str, object]:
        """Get a record for its visitor, with its proof once it is sealed."""
        proof = self.proof(record.id)
        return as_receipt(record) | {"proof": proof.as_json() if proof else None}

    def erase(self, *consent_ids: str) -> int:
        """Get the number of a visitor's records, whose personal fields are now gone.

        Their leaves, and all proofs, stay as they are; so does what was decided.

        :param consent_ids: all that the visitor has; either all are erased or none.
        """
        with self.writing() as connection:
            return erase(connection, consent_ids, self._clock())

    def purge(self, before: datetime, lifetime: timedelta) -> int:
        """Get the number of records erased now, whose choice ended before a moment.

        :param lifetime: how long a choice holds that no other has replaced.
        """
        ended, total, number = has_ended(before, lifetime), 0, AT_ONCE
        while number == AT_ONCE:
            with self.writing() as connection:
                number = erase_ended(connection, ended)
            total += number
        with self.writing() as connection:
            unlink_ended(connection, before - lifetime)
        return total

    def reading(self) -> AbstractContextManager[Connection]:
        """Get a connection that sees the log as it was at one moment."""
        return self.database.reading()

    def writing(self) -> AbstractContextManager[Connection]:
        """Get a connection whose changes are all on the disk at the end, or none."""
        return self.database.writing()

    def count_ended(self, before: datetime, lifetime: timedelta) -> int:
        """Get the number of records that :meth:`purge` would erase."""
        with self.reading() as connection:
            return count_ended(connection, has_ended(before, lifetime))

    def vacuum(self) -> bool:
        """Tell whether what was erased is now gone from the tables' files too.

        Rewrites them, while decisions wait. See :func:`.vacuum.vacuum`.
        """
        with self.database.available():
            return vacuum(self.engine)

    def evidence(
        self, selection: Selection = EVERYTHING
    ) -> Iterator[Mapping[str, object]]:
        """Get the selected records as receipts with what their leaves are made of."""
        yield from map(json.loads, self.lines(selection))

    def lines(self, selection: Selection = EVERYTHING) -> Iterator[bytes]:
        """Get the same as lines of JSON."""
        with self.reading() as connection:
            yield from evidence(connection, selection)

    def export(
        self,
        file: IO[bytes],
        watch: Watch[Any] = unwatched,
        selection: Selection = EVERYTHING,
    ) -> None:
        """Write one zip that an auditor can verify alone; the whole log, if not told.

        Of records that aren't selected, nothing is in it but their leaves. The log's
        key signs what is in it.
        """
        with self.reading() as connection:
            signer = signer_in_use(connection, self.key) if self.key else None
            write_archive(connection, signer, file, selection, watch)

    def verify(
        self, *, since: str | None = None, watch: Watch[Any] = unwatched
    ) -> Report:
        """Get everything that is wrong with the log.

        :param since: the note of a checkpoint that was kept elsewhere.
        """
        verifier = self.verifier()
        with self.reading() as connection:
            report = verify(
                connection,
                verifier,
                since=since,
                remembered=self.remembered(),
                watch=watch,
            )
        if verifier and not report.sealed and not report.checkpoints:
            # The first seal makes the key, so there was something to seal.
            report.findings.append(Finding("deleted", _GONE))
        return report

    def verifier(self) -> Verifier | None:
        """Get the public key, none as long as there is no key."""
        signer = self.key.load() if self.key else None
        return signer.verifier if signer else None

    def remembered(self) -> str | None:
        """Get the checkpoint that is kept beside the key, none before the first."""
        try:
            return self.key.remembered() if self.key else None
        except OSError as error:
            why = f"the checkpoint beside the key can't be read: {error}"
            raise LogUnavailable(why) from None

    def _seal_if_due(self, decided_at: datetime) -> None:
        """Seal now and then, and have the rest sealed later."""
        # What was decided by a clock that went back looks backdated until it is sealed.
        is_early = decided_at < self._sealed_until
        if self.key is None:
            return
        if monotonic() < self._seal_due and not is_early:
            self.when_waiting()
        else:
            self.seal_quietly()

    def seal_quietly(self) -> None:
        """Seal some records; what goes wrong is told in the app's log."""
        self._seal_due = monotonic() + SEAL_EVERY
        try:
            if self._seal_some():
                self.when_waiting()
            self.tally()
        except ConsentError as error:
            if self._complaint != str(error):
                self._complaint = str(error)
                _LOGGER.warning("the consent log isn't sealed: %s", error)
        except Exception:
            _LOGGER.exception("the consent log isn't sealed")

    def _key(self) -> KeyFile:
        if self.key is None:
            raise SealingRefused("this log has no key")
        if self.engine.dialect.name not in {"sqlite", "postgresql"}:
            raise SealingRefused("only a log in SQLite or PostgreSQL can be sealed")
        return self.key

    def _seal_some(self) -> bool:
        """Seal what there is time for, and tell whether something is left."""
        key = self._key()
        with self.database.sealing_unless_busy() as connection:
            if connection is None:
                return True
            sealed = seal(connection, key, self._clock(), PAGE)
        if sealed is None:
            return False
        key.remember(sealed.note)
        with self.reading() as connection:
            self._sealed_until = latest_moment(connection) - CLOCK_SKEW
            left = unsealed(connection)
        if left >= PAGE:
            self._seal_due = 0.0
        return left > 0

    def _rows(self, query: Select[Any]) -> Sequence[RowMapping]:
        with self.reading() as connection:
            return connection.execute(query).mappings().all()
