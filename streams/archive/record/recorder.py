"""Recording what is on Kafka, without Kafka: records in, an archive out, from where it was left.

What closes, its factor and its verdicts come of the same shards that detect runs; alerts
and labels are those that were published. All that is written since the last `roll` is
removed and recorded again by a start after a crash, so that whatever ends a recorder, the
rows are those of one that nothing has ended.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from pathlib import Path
from typing import Self

from streams.archive.manifest import ArchiveUnusable
from streams.archive.record.alerts_and_labels import ALERTS, LABELS, Told
from streams.archive.record.closing import Counting
from streams.archive.record.raw_events import Kept
from streams.archive.record.recording import Recording
from streams.archive.record.state import Partition, read_state, state_file, write_state
from streams.archive.record.writer import forget_told
from streams.config.model import Config

log = logging.getLogger(__name__)

COUNTS = "counts"
TOPICS = (COUNTS, ALERTS, LABELS)
"""What a recorder always reads."""

TOLD_HELD = 100_000
"""Alerts and labels held at most before they are to be written."""

EVENTS_HELD = 500_000
"""Events held at most before they are to be written."""


class RecordsLost(Exception):
    """Records that the archive still needs are no longer there."""


class Recorder:
    """Takes the records of ``counts``, ``alerts`` and ``labels``, each partition's in order.

    Parameters
    ----------
    root
        The archive's folder: new, or one that a recorder has left.
    config
        What was counted by.
    events
        Whether those of the sources' topics are taken too.

    Attributes
    ----------
    following
        The next offset of each partition, as far as it is known.
    recording
        The closed buckets' part of it.
    told, kept
        The alerts' and labels' part, and the raw events'.
    topics
        Whose records it takes.

    Raises
    ------
    ArchiveUnusable
        Where the folder is none, or another recorder has it.
    OSError
        Where it cannot be written.
    """

    def __init__(self, root: Path, config: Config, *, events: bool = False) -> None:
        self.root = root
        self.recording = Recording(root, config, "kafka", events=events)
        self.told = Told(root)
        self.kept = Kept(root, config.sources.values() if events else ())
        self.topics = (*TOPICS, *self.kept.folders)
        self.following: dict[Partition, int] = {}
        try:
            self._counting = Counting(config, self.recording)
            self._stored = self._restore()
        except BaseException:
            self.recording.close()
            raise
        self._began = False
        self._rolled = 0
        self._lacking: set[Partition] = set()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.recording.close()

    def _restore(self) -> bool:
        state = read_state(self.root)
        if state is None:
            if self.recording.begun:
                raise ArchiveUnusable(
                    f"{state_file(self.root)}: must be there, since {self.root} holds buckets; it"
                    " is missing: restore it, or record into another folder"
                )
            return False
        self.following = dict(state.following)
        for number, position in self._counting.restore(state).items():
            self.following[Partition(COUNTS, number)] = position
        return True

    def begin(self, there: Mapping[Partition, tuple[int, int]]) -> None:
        """Begin, with everything there that is still needed; what comes again is removed.

        Parameters
        ----------
        there
            Offset of the first record of each partition, and the one that the next will get.

        Raises
        ------
        RecordsLost
            Where a record that is needed has been deleted.
        ArchiveUnusable
            Where recorded alerts or labels are damaged.
        OSError
            Where the folder cannot be written.
        """
        for place, (first, end) in sorted(there.items()):
            self.require(place, first, end)
            if place not in self.following:
                self.following[place] = first
                if place.topic == COUNTS and first > 0:
                    log.warning(
                        "%s begins at offset %d: of what was counted before there is no record,"
                        " and the first buckets may lack some of it",
                        place,
                        first,
                    )
        if not self._stored:
            self._write_state()  # from where, whatever comes
        self._forget()
        self.told.know()
        self._began = True

    def require(self, place: Partition, first: int, end: int) -> None:
        """Raise `RecordsLost` where a partition's next record is not there."""
        needed = self.following.get(place)
        if needed is None or first <= needed <= end:
            return
        if needed < first:
            lost = f"records {needed} to {first - 1} are gone, {first - needed} of them"
        else:
            lost = f"the topic ends at offset {end}: it is not the one that was recorded"
        raise RecordsLost(
            f"{place}: recording must go on at offset {needed}; {lost}. Raise the topic's"
            f" retention, or record more often; {self.root} stays as it is: record into another"
            " folder from here on"
        )

    def _forget(self) -> None:
        """Remove what is recorded from the state on: it comes again."""
        self._counting.forget()
        told = {topic: self.root / topic for topic in (ALERTS, LABELS)}
        for topic, of in (told | self.kept.folders).items():
            forget_told(of, topic, self.following)

    def take(
        self,
        place: Partition,
        offset: int,
        value: bytes | None,
        written_s: float | None = None,
    ) -> None:
        """Take a partition's next record, with its timestamp.

        Raises
        ------
        RecordsLost
            Where one of the counts before it has not come.
        streams.detection.merge.WrongShape
            Where counts do not fit the configuration.
        OSError
            Where the disk does not take what has closed: end then, and start again.
        """
        self.reach(place, offset)
        self.following[place] = offset + 1
        if place.topic == COUNTS:
            self._counting.take(place, offset, value)
        elif place.topic in self.kept.folders:
            self.kept.take(place, offset, value, written_s)
        else:
            self.told.take(place, offset, value)

    def reach(self, place: Partition, offset: int) -> None:
        """Note that a partition has come to an offset: what has not come before it never will.

        Offsets are left out by marks of transactions, and where a topic is compacted; what a
        broker deletes while it is read, the client tells.

        Raises
        ------
        RecordsLost
            Where one of the counts has not come: only Weathervane writes them, without either.
        """
        needed = self.following[place]
        if place.topic == COUNTS or offset < needed:
            self.require(place, offset, offset)
        elif offset > needed and place.topic in TOPICS and place not in self._lacking:
            self._lacking.add(place)
            log.warning(
                "%s has no records %d to %d: marks of a transaction, or it is compacted, which"
                " `weathervane topics` never does; of what is not there nothing is recorded",
                place,
                needed,
                offset - 1,
            )
        self.following[place] = offset

    @property
    def full(self) -> bool:
        """Whether a roll is worth its while: a day is over, or much is held."""
        return (
            self._files > self._rolled
            or self.told.held >= TOLD_HELD
            or self.kept.held >= EVENTS_HELD
        )

    @property
    def _files(self) -> int:
        return sum(writer.files_written for writer in self.recording.writers.values())

    def roll(self) -> None:
        """Write all that is held, and then that it is: a start goes on from here.

        Raises
        ------
        OSError
            Where the disk does not take it: end then, and start again.
        """
        assert self._began, "what is there has not been looked at"
        for writer in self.recording.writers.values():
            writer.flush()
        self.told.write()
        self.kept.write()
        self._write_state()
        self._rolled = self._files

    def _write_state(self) -> None:
        write_state(self.root, self.following, self._counting.slots())
