"""What a detect worker does for a shard and in which order, without Faust.

A `ShardProtocol` holds one shard. It gives, step by step, what must be published, stored and
acknowledged. Each step must be done, and known to have arrived, before the next one is taken.
Whoever holds the Kafka clients carries the steps out: the worker, and the simulation in the tests.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Mapping
from typing import NamedTuple

from streams.alerts.era import Era
from streams.alerts.identity import EPOCH
from streams.alerts.rendering import Published
from streams.config.model import Config
from streams.counts.wire import Unreadable, decode_record
from streams.detection.bucket_result import BucketResult
from streams.detection.checkpoint import StateLost
from streams.detection.sealing import Shelf
from streams.detection.shard import Shard
from streams.items import Place, Reject
from streams.registry.control import NO_ROWS, FirstRows, RegistryRows

log = logging.getLogger(__name__)

SLOTS_AT_ONCE = 32
"""Slots in flight to the changelog: at most about 6 MB."""

ALERTS_AT_ONCE = 1000
"""Alerts in flight: a record that leads to more has them published in parts."""


BUCKETS_AT_ONCE = 8
"""Buckets whose series are held at once: a record that closes more has them written in parts."""


class RecordsGone(Exception):
    """Counts records that the state still needs are no longer there."""


class Publish(NamedTuple):
    """Publish these alerts, in their order."""

    alerts: list[Published]


class Turn(NamedTuple):
    """Let others work before the next step: one record may close thousands of buckets."""


class ReportSeries(NamedTuple):
    """Write the series of these buckets, if that is possible: nothing waits for it."""

    closed: list[BucketResult]


class Refuse(NamedTuple):
    """Write a record that cannot be read to the rejects."""

    reject: Reject


class Store(NamedTuple):
    """Store these slots, in any order."""

    slots: list[tuple[bytes, bytes]]


class Delete(NamedTuple):
    """Delete these slots, in any order; if that is lost, a restart repeats it."""

    keys: list[bytes]


class Acknowledge(NamedTuple):
    """Acknowledge the input before this offset: no state needs it again."""

    before: int


Step = Publish | ReportSeries | Turn | Refuse | Store | Delete | Acknowledge


class ShardProtocol:
    """One shard of a worker, and the steps that its records lead to.

    Parameters
    ----------
    number, config
        The shard.
    slots
        The stored state, by key.
    acknowledged
        Offset of ``counts`` that the worker's group has committed; None before the first.
    first_epoch
        Asked at a first start: the epoch of the feeds that begin.
    first_rows
        Asked at a first start: the rows of the registry whose control records are not in ``counts``
        any more, or never were in this partition.
    shelf
        Keeps what waits for a lane; None means in memory.

    Attributes
    ----------
    shard
        It judges.
    restored
        Whether there was a stored state.
    needed
        Offset of the record that must come next; None at a first start, before its first record.

    Raises
    ------
    StateLost
        Where slots are missing, or all of them, though input has been acknowledged.
    """

    def __init__(
        self,
        number: int,
        config: Config,
        slots: Mapping[bytes, bytes],
        acknowledged: int | None = None,
        first_epoch: Callable[[], int] = lambda: EPOCH,
        first_rows: Callable[[], FirstRows] = lambda: NO_ROWS,
        shelf: Shelf | None = None,
    ) -> None:
        self._first_epoch, self._first_rows = first_epoch, first_rows
        self.shard = Shard(number, config, shelf=shelf)
        self._counts = config.topic("counts")
        self.restored = self.shard.restore(slots)
        if (acknowledged or 0) > 0 and not self.restored:
            raise StateLost(
                f"shard {number}: a state must be stored, since counts are acknowledged through"
                f" offset {acknowledged}; the changelog has none. To judge anew what counts still"
                " holds, start with another `name` in the configuration"
            )
        self.needed = self.shard.position if self.restored else None
        self._midway = False

    def require(self, end: int) -> None:
        """Raise `RecordsGone` where ``counts`` ends before what has been judged.

        Parameters
        ----------
        end
            Offset that its next record will get.
        """
        if self.restored and self.shard.reached > end:
            raise RecordsGone(
                f"counts partition {self.shard.number}: detect has judged it through offset"
                f" {self.shard.reached - 1}; it ends at {end}: it is not the topic that was judged."
                " Bring that one back; or start with a new state: operations/README.md says how"
                " (Reset detect)"
            )

    def take(self, offset: int, value: bytes | None, written_s: float) -> Iterator[Step]:
        """Take a record of ``counts``, in order of offset.

        A first start stores where it begins before it judges anything. So a start after a crash
        knows what it needs, even if that came before the first checkpoint that was due.

        Raises
        ------
        RecordsGone
            Where the next record that is there comes after the one that is needed: at the
            start, or on the way, where the broker has deleted faster than it was read.
        """
        shard = self.shard
        if self.needed is not None and offset > self.needed:
            raise RecordsGone(
                f"counts partition {shard.number}: detect must go on at offset {self.needed};"
                f" the first record there is {offset}: {offset - self.needed} records are gone."
                " Raise the retention of counts; to accept the loss, start with a new state:"
                " another `name` in the configuration"
            )
        if self.needed is None:
            yield from self._begin(offset)
        self.needed = offset + 1
        if value is None:
            return  # a tombstone says nothing
        try:
            record = decode_record(value)
        except Unreadable as error:
            place = Place(self._counts, shard.number, offset)
            yield Refuse(Reject("not_counts", str(error), place, value))
            shard.skip(offset)
            return
        if isinstance(record, RegistryRows):
            self._control(offset, record)
            return
        self._midway = True
        alerts: list[Published] = []
        closed: list[BucketResult] = []
        for turn in shard.turns(offset, record, written_s):
            alerts += turn.alerts
            if turn.closed is not None:
                closed.append(turn.closed)
            while len(alerts) >= ALERTS_AT_ONCE:
                yield Publish(alerts[:ALERTS_AT_ONCE])
                del alerts[:ALERTS_AT_ONCE]
            if len(closed) == BUCKETS_AT_ONCE:
                yield ReportSeries(closed)
                closed = []
            yield Turn()
        if alerts:
            yield Publish(alerts)
        if closed:
            yield ReportSeries(closed)
        self._midway = False

    def _control(self, offset: int, record: RegistryRows) -> None:
        known = self.shard.registry.seq
        if record.after > known:
            raise RecordsGone(
                f"counts partition {self.shard.number}, offset {offset}: detect must have rows of"
                f" the registry through {record.after}; it has those through {known}: control"
                " records are gone. Start with a new state: operations/README.md says how (Reset"
                " detect)"
            )
        self.shard.control(offset, record)

    def _begin(self, offset: int) -> Iterator[Step]:
        if offset > 0:
            log.warning(
                "shard %d: no state is stored, so this is a first start; counts begins at offset"
                " %d: earlier counts are gone, and are not judged",
                self.shard.number,
                offset,
            )
        self.shard.enter(Era(self._first_epoch()))
        self.shard.registry.begin(*self._first_rows())
        self.shard.skip(offset - 1)
        yield from self.checkpoint()

    def checkpoint(self) -> Iterator[Step]:
        """Store the state. Its head, which says that it is complete, comes last.

        Only then the input that it does not need again is acknowledged, and older states go.
        There is no step if a record has been taken only in part, since whoever carried its steps
        out was stopped: that record must be read again.
        """
        if self._midway:
            return
        slots: list[tuple[bytes, bytes]] = []
        for slot in self.shard.checkpoint():
            if len(slots) == SLOTS_AT_ONCE:
                yield Store(slots)
                slots = []
            slots.append(slot)
        *body, head = slots
        if body:
            yield Store(body)
        yield Store([head])
        yield Acknowledge(self.shard.first_needed)
        for keys in self.shard.outdated():
            for at in range(0, len(keys), SLOTS_AT_ONCE):
                yield Delete(keys[at : at + SLOTS_AT_ONCE])
