"""The counting process: raw topics in, the topic ``counts`` out.

It shares nothing with Faust, and uses the client that reads fastest. `LaneCounting` decides what is
written and committed, and in which order; `CountClients` carries it out; here are the loop and
the clock.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Iterable, Iterator

from streams.broker.client.connection import Connection
from streams.broker.topics.plan import count_group
from streams.config.model import Config
from streams.counts.clock.idle import idle_now, idle_through
from streams.counts.clock.source_strays import note_lost, strays_of
from streams.counts.fetched import Fetched
from streams.counts.intake import Intake
from streams.counts.kafka_clients import CountClients, PartitionsMoved
from streams.counts.mark import Begin
from streams.counts.meters import CountMeters
from streams.counts.positions import CountFailed
from streams.counts.protocol import (
    Arrived,
    Commit,
    LaneCounting,
    LaneId,
    Step,
    TopicPlace,
    Write,
)
from streams.counts.schemas.decider import SchemaDecider
from streams.counts.schemas.store import SchemaTopic
from streams.counts.schemas.waiting import WaitingLanes
from streams.registry.sequencer import Sequencer
from streams.sources.schemas.registry import registries
from streams.strays import SourceStrays

__all__ = ["CountFailed", "CountProcess"]

log = logging.getLogger(__name__)

FLUSH_EVERY_S = 0.5
STOP_WITHIN_S = 5.0
"""How long the sequencer of the registry may take to stop; what is not committed comes again."""

EARLY_AT_MOST = 0.1
"""The share of a processor that writing open totals may take. It is measured in the process's own
time: with the time in which the broker answers or others compute, early alerts would be late."""


class CountProcess:
    """Counts the partitions that its consumer group gives it.

    Parameters
    ----------
    config
        Sources, levels, shards.
    connection
        The broker.
    instance
        A name that is this process's own gives static membership: a restart within
        the session then gets its partitions back at once.
    begin
        Where to begin in lanes whose position the broker no longer has; None ends it there.
    hash_key
        The key for hashing people in topics that are another's.

    Attributes
    ----------
    meters
        Its metrics.
    strays
        What each source counted beside what is judged, in the lanes that it has, at the last flush.
    """

    def __init__(
        self,
        config: Config,
        connection: Connection,
        instance: str | None = None,
        *,
        begin: Begin | None = None,
        hash_key: bytes | None = None,
    ) -> None:
        self._config = config
        self._counting = LaneCounting(config, hash_key)
        self._quiet_since: dict[LaneId, float] = {}
        self._early_next = 0.0
        self.meters = CountMeters()
        self.strays: dict[str, SourceStrays] = {}
        self._sequencer = Sequencer(connection, config, instance, self.meters.sequencer)
        self._clients = CountClients(
            connection,
            count_group(config),
            instance,
            counts=config.topic("counts"),
            by_topic=config.by_topic,
            begin=begin,
        )
        self._decider = SchemaDecider(
            self._counting.schemas,
            registries(config),
            SchemaTopic(connection, config.topic("schemas")),
        )
        self._waiting = WaitingLanes(
            take=self._take,
            position=lambda lane: self._counting.intakes[lane].lane.position,
            ask=self._decider.ask,
            pause=self._clients.pause,
            resume=self._resume,
        )

    def run(self, stop: threading.Event) -> None:
        """Count until `stop` is set, then flush, commit and leave.

        Raises
        ------
        CountFailed
            Where a delivery failed or records are gone: nothing is committed then.
        """
        self._clients.subscribe(self._assigned, self._drop)
        flushed = time.monotonic()
        sequencing = self._sequencer.start(stop)
        try:
            while not stop.is_set():
                self._take_fetched()
                now = time.monotonic()
                if now - flushed >= FLUSH_EVERY_S or self._counting.behind:
                    self._flush()
                    self._declare_idle(now)
                    # From the end on: where all this takes long, hardly anything is read otherwise.
                    flushed = time.monotonic()
            self._flush(last=True)
            self._log_end()
        finally:
            sequencing.join(STOP_WITHIN_S)
            self._decider.close()
            self._clients.close()

    def _log_end(self) -> None:
        if self._counting.uncommitted(last=True):
            log.warning("stopped before the last commit arrived: a start recounts more than needed")
        else:
            log.info(
                "stopped: all that was read is counted and committed; a start recounts the %d"
                " records of open buckets",
                self._counting.recounts,
            )

    def _take_fetched(self) -> None:
        """Count what was fetched."""
        for fetched in self._clients.fetch():
            self._waiting.take(fetched)
        if self._waiting and self._decider.poll():
            self._waiting.go_on()

    def _take(self, fetched: Fetched) -> None:
        intake = self._counting.intakes.get(fetched.lane)
        if intake is None:
            return  # fetched before the partition moved away
        # Of sources that share a topic one may be further than the other.
        lane, offsets, values, written_s, appended, headers = fetched.since(intake.lane.position)
        noticed = intake.records - intake.passed
        try:
            intake.take_all(offsets, values, written_s, headers, appended=appended)
        finally:
            if intake.records - intake.passed > noticed:
                self._quiet_since[lane] = time.monotonic()

    def _resume(self, lane: LaneId) -> None:
        """Go on fetching a lane, unless another of its topic's partition still waits."""
        others = self._config.by_topic[self._config.sources[lane[0]].topic]
        if not any((source.name, lane[1]) in self._waiting for source in others):
            self._clients.resume(lane)

    def _assigned(self, partitions: list[TopicPlace]) -> None:
        """Build the lanes anew from what was committed: work in flight is dropped."""
        self._drop()
        lanes = {topic: self._clients.lanes(topic) for topic in {topic for topic, _ in partitions}}
        places = self._clients.places(partitions)
        for lane, mark in places.marks.items():
            name, stored = lane[0], lane not in places.begun
            of_topic = lanes[self._config.sources[name].topic]
            self._counting.assign(lane, of_topic, mark, stored=stored)
            self.meters.recounted.labels(name).inc(max(mark.read - mark.offset, 0))
            self._quiet_since[lane] = time.monotonic()
        self._clients.start_at(places.marks)
        log.info(
            "counting %s; %d records of open buckets were read before and are recounted",
            ", ".join(f"{t}/{n}" for t, n in sorted(self._counting.intakes)) or "nothing",
            self._counting.recounts,
        )

    def _drop(self) -> None:
        """Drop all work in flight: partitions have moved."""
        self._counting.drop()
        self._waiting.drop()
        self.meters.forget()
        self._clients.forget_lanes()
        self._quiet_since.clear()

    def _flush(self, *, last: bool = False) -> None:
        early = time.monotonic() >= self._early_next
        began = time.thread_time()
        self._carry_out(self._counting.flush(early=early, last=last))
        if early:
            took_s = time.thread_time() - began
            self._early_next = time.monotonic() + took_s / EARLY_AT_MOST
        self._measure()

    def _carry_out(self, steps: Iterable[Step]) -> None:
        for step in steps:
            match step:
                case Write():
                    self._clients.produce(step)
                case Arrived():
                    self._clients.wait()
                case Commit(marks):
                    try:
                        if self._clients.commit(marks):
                            self._counting.committed(marks)
                    except PartitionsMoved:
                        self._drop()

    def _declare_idle(self, now: float) -> None:
        """Declare lanes idle that are read to their ends, as far as their data allow."""
        through = self._idle_candidates(now)
        if not through:
            return
        positions = {lane: self._counting.intakes[lane].lane.position for lane in through}
        ends = self._clients.at_end(positions)
        idle = {}
        for lane, most in through.items():
            intake = self._counting.intakes[lane]
            upto = idle_now(
                most,
                at_end=lane in ends,
                passed_s=intake.passed_s,
                idle_after_s=intake.source.idle_after_s,
            )
            if upto is not None:
                idle[lane] = upto
        if idle:
            self._carry_out(self._counting.idle(idle))

    def _idle_candidates(self, now: float) -> dict[LaneId, float]:
        """Return lanes that may be idle, and the epoch s through which each would be."""
        watermarks: dict[str, list[float]] = {}
        candidates: dict[LaneId, float] = {}
        for lane, intake in self._counting.intakes.items():
            if lane in self._waiting:
                continue  # what is held of it is not counted yet
            source, counted = intake.source, intake.lane
            group: list[float] = []
            silent = now - self._quiet_since[lane] >= source.idle_after_s
            if counted.holds and not silent:
                continue  # the records that come will say whether what it holds is right
            if silent:
                if source.group not in watermarks:
                    watermarks[source.group] = list(self._watermarks(source.group))
                group = watermarks[source.group]
            through = idle_through(
                lag_s=counted.clock.lag_s,
                now_s=self._now_s(lane, intake, now),
                idle_after_s=source.idle_after_s,
                lateness_s=source.lateness_s,
                bucket_s=source.bucket_s,
                group_watermarks=group,
            )
            through = max(through, counted.watermark)
            if counted.idle_step(through) is not None:
                candidates[lane] = through
        return candidates

    def _now_s(self, lane: LaneId, intake: Intake, now: float) -> float:
        """Return the time of the clock that sets the records' times, or ours if that is earlier."""
        if intake.last_written_s is None:
            return time.time()
        return min(time.time(), intake.last_written_s + now - self._quiet_since[lane])

    def _watermarks(self, group: str) -> Iterator[float]:
        """Yield watermarks of the group's lanes, of other processes' lanes as committed."""
        elsewhere: list[LaneId] = []
        for source in self._config.groups[group]:
            for number in range(self._counting.lanes.get(source.name, 0)):
                intake = self._counting.intakes.get((source.name, number))
                if intake is None:
                    elsewhere.append((source.name, number))
                else:
                    yield intake.lane.watermark
        if elsewhere:
            yield from self._clients.published(elsewhere)

    def _measure(self) -> None:
        now_s = time.time()
        self.meters.flushed.set(now_s)
        for lane, intake in self._counting.intakes.items():
            head, waits = self._clients.head(lane), lane in self._waiting
            self.meters.measure(lane, intake, head=head, now_s=now_s, waits=waits)
        intakes: dict[str, list[Intake]] = {}
        for intake in self._counting.intakes.values():
            intakes.setdefault(intake.source.name, []).append(intake)
        # Made anew and put there whole: another thread shows it.
        self.strays = {
            name: note_lost(
                strays_of([each.lane for each in of_source]), (each.lost for each in of_source)
            )
            for name, of_source in sorted(intakes.items())
        }
