"""What a counting process writes and commits, and in which order, without its clients.

A `LaneCounting` holds the lanes of one process. It yields steps: what to write, when to wait until
that has arrived, what to commit. Whoever holds the clients carries the steps out: the counting
process, or the simulation of the tests.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import NamedTuple

from streams.config.model import Config
from streams.config.sources import Source
from streams.counts.intake import Intake
from streams.counts.mark import Mark, encode_mark, encode_marks, fits
from streams.counts.wire import encode_counts, records
from streams.sources.mapping.record_items import RecordItems
from streams.sources.rejects import encode_reject, reject_key
from streams.sources.schemas.table import SchemaTable

LARGE_LANE = 50_000
"""A lane that has so many senders to write takes a second, where they name much."""

LaneId = tuple[str, int]
"""A source, and a partition of its topic."""


TopicPlace = tuple[str, int]
"""A topic, and a partition of it."""


class Write(NamedTuple):
    """Hand a record to the producer; it need not have arrived before the next step."""

    topic: str
    key: bytes | None
    value: bytes
    partition: int | None


class Arrived(NamedTuple):
    """Wait until the broker has acknowledged every write so far; end the process if it does not."""


class Commit(NamedTuple):
    """Commit offsets with their metadata, then call `LaneCounting.committed` if that succeeded."""

    marks: dict[LaneId, Mark]


Step = Write | Arrived | Commit


class LaneCounting:
    """The lanes that a process counts.

    Parameters
    ----------
    config
        Sources, levels, shards.
    hash_key
        The key for hashing people in topics that are another's.

    Attributes
    ----------
    intakes
        The lanes that are being counted.
    lanes
        The number of lanes of each source.
    schemas
        What is decided about the schemas that records of other people's topics name.
    """

    def __init__(self, config: Config, hash_key: bytes | None = None) -> None:
        self.intakes: dict[LaneId, Intake] = {}
        self.lanes: dict[str, int] = {}
        self.schemas = SchemaTable()
        self._config, self._hash_key = config, hash_key
        self._counts, self._rejects = config.topic("counts"), config.topic("rejects")
        self._sources = config.sources
        self._committed: dict[LaneId, Mark] = {}
        self._begun: dict[LaneId, Mark] = {}
        self._waiting: list[LaneId] = []  # large lanes that have not had their turn in this round

    @property
    def behind(self) -> bool:
        """Whether large lanes still wait for their turn: flush again soon."""
        return len(self._waiting) > 0

    def assign(self, lane: LaneId, lanes: int, mark: Mark, *, stored: bool = True) -> None:
        """Begin to count a lane at `mark`: the record there must be taken next.

        A mark that the broker does not have is committed before anything is written. So whoever
        finds counts and no mark knows that marks were lost.
        """
        name, number = lane
        self.lanes[name] = lanes
        source = self._sources[name]
        items = None
        if source.only_read:
            items = RecordItems(source, self._hash_key, schemas=self.schemas)
        self.intakes[lane] = Intake(source, number, self._config.count.levels, mark, items)
        self._committed[lane] = mark
        if not stored:
            self._begun[lane] = mark

    def drop(self) -> None:
        """Forget all work in flight: the partitions have moved, perhaps back to this process."""
        self.intakes.clear()
        self._committed.clear()
        self._begun.clear()
        self._waiting.clear()

    def committed(self, marks: Mapping[LaneId, Mark]) -> None:
        """Note that the broker has accepted a commit of these marks."""
        self._committed.update(marks)
        for lane in marks:
            self._begun.pop(lane, None)

    def uncommitted(
        self, *, last: bool = False, lanes: Collection[LaneId] | None = None
    ) -> dict[LaneId, Mark]:
        """Return marks that the broker does not have yet.

        Parameters
        ----------
        last
            Whether to include marks that differ only in how far was read: with them a restart
            begins at the same record, but can say how many records it recounts.
        lanes
            Only of these lanes; None means all.
        """
        marks = {
            lane: intake.lane.mark()
            for lane, intake in self.intakes.items()
            if lanes is None or lane in lanes
        }
        return {
            lane: mark
            for lane, mark in marks.items()
            if mark != (was := self._committed.get(lane))
            or (last and was is not None and mark.read != was.read)
        }

    @property
    def recounts(self) -> int:
        """Records that a restart from the committed marks would read again."""
        return sum(max(mark.read - mark.offset, 0) for mark in self._committed.values())

    def flush(self, *, early: bool, last: bool = False, whole: bool = False) -> Iterator[Step]:
        """Write what the lanes publish; once it has arrived, commit how far that reaches.

        Of the lanes that have much to write, one is flushed at a time, so that a flood in some
        holds nothing else up for long: see `behind`.

        Parameters
        ----------
        early
            Whether to write totals of open buckets too.
        last
            Whether the process ends: see `uncommitted`.
        whole
            Whether to flush all lanes, however much they have to write.
        """
        if self._begun:
            yield Commit(dict(self._begun))
            if self._begun:
                return  # the next flush tries again
        chosen = list(self.intakes) if whole or last else self._in_turn(early=early)
        for name, number in chosen:
            intake = self.intakes[name, number]
            source = intake.source
            flush = intake.lane.flush(early=early)
            lanes, shards = self.lanes[name], self._config.detect.shards
            for shard, counts in records(
                source.name, number, lanes, source.bucket_s, flush, shards
            ):
                yield Write(self._counts, None, encode_counts(counts), shard)
            for reject in intake.rejects:
                owner = "" if source.sharing == 1 else source.name
                value = encode_reject(reject, payload=source.payload_in_rejects, source=owner)
                yield Write(self._rejects, reject_key(reject, owner), value, None)
            intake.rejects.clear()
        yield Arrived()
        changed = self.uncommitted(last=last, lanes=chosen)
        if changed:
            yield Commit(changed)

    def _in_turn(self, *, early: bool) -> list[LaneId]:
        """Choose the lanes to be flushed now: of the large ones that which waits longest.

        Open buckets stay large after their turn; so a round ends once each lane has had its own.
        """
        large = sorted(
            lane
            for lane, intake in self.intakes.items()
            if intake.lane.to_write(early=early) >= LARGE_LANE
        )
        if len(large) <= 1:
            self._waiting.clear()
            return list(self.intakes)
        self._waiting = [lane for lane in self._waiting if lane in large] or large
        turn = self._waiting.pop(0)
        return [lane for lane in self.intakes if lane == turn or lane not in large]

    def idle(self, through: Mapping[LaneId, float]) -> Iterator[Step]:
        """Declare lanes idle, each at its end; no record may be taken from them meanwhile.

        A decision is committed before anything that follows from it is written: so a recount
        decides the same, and a decision whose commit failed never had an effect. A flush comes
        first, since that commit passes all records that have been read.

        Parameters
        ----------
        through
            The epoch s through which each lane is idle; see `Lane.idle_step`.
        """
        yield from self.flush(early=False, whole=True)
        if self._begun:
            return
        deciding = [
            (lane, intake, step, mark)
            for lane in through
            if (intake := self.intakes.get(lane)) is not None
            and (step := intake.lane.idle_step(through[lane])) is not None
            and fits(mark := intake.lane.mark_idle(step), intake.source.sharing)
        ]
        if deciding:
            yield Commit({lane: mark for lane, _, _, mark in deciding})
        for lane, intake, step, mark in deciding:
            if self.intakes.get(lane) is intake and self._committed.get(lane) == mark:
                intake.lane.idle(step)
                intake.settle()
        yield from self.flush(early=False, whole=True)


class StoredMarks:
    """The marks that the broker has, and the commits that store others.

    Several sources may read a topic of another's. Their marks stand in one commit, since a consumer
    group has one position in a partition: the smallest of theirs. So a commit that moves one source
    on says of the others again what was said before.

    Parameters
    ----------
    by_topic
        The sources of each topic that is counted.
    """

    def __init__(self, by_topic: Mapping[str, Sequence[Source]]) -> None:
        self._by_topic = by_topic
        self._topics = {source.name: topic for topic, of in by_topic.items() for source in of}
        self._stored: dict[LaneId, Mark] = {}

    def place(self, lane: LaneId) -> TopicPlace:
        """Return the topic and the partition that a lane is counted from."""
        return self._topics[lane[0]], lane[1]

    def begin(self, marks: Mapping[LaneId, Mark]) -> None:
        """Forget all marks, and take these: the partitions have moved."""
        self._stored = dict(marks)

    def committed(self, marks: Mapping[LaneId, Mark]) -> None:
        """Note that the broker has taken these marks."""
        self._stored.update(marks)

    def commits(self, marks: Mapping[LaneId, Mark]) -> dict[TopicPlace, tuple[int, str]]:
        """Return offset and metadata of the commits that store these marks."""
        found: dict[TopicPlace, tuple[int, str]] = {}
        known = self._stored | dict(marks)
        for lane, mark in marks.items():
            topic, number = self.place(lane)
            sources = self._by_topic[topic]
            if sources[0].only_read:
                lanes = {source.name: (source.name, number) for source in sources}
                found[topic, number] = encode_marks(
                    {name: known[each] for name, each in lanes.items() if each in known}
                )
            else:
                found[topic, number] = mark.offset, encode_mark(mark)
        return found
