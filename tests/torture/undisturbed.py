"""The run in which nothing happens: every lane from its first record to its last, in memory.

By the functions that run online, as in `streams.analysis.replay`; but from the records as they
stand in the raw topics, so that rubbish and end marks are where they are there.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from streams.config.model import Config
from streams.counts.intake import Intake
from streams.counts.wire import records
from streams.detection.shard import Shard
from streams.items import Counts
from streams.sources.mapping.asking import AskingItems
from tests.torture.records import Record
from tests.torture.results import WHOLE, Results

RECORDS_A_FLUSH = 200

Idle = Mapping[tuple[str, int], list[tuple[int, float]]]
"""Idle decisions of a run, by lane: before which offset, and through which time."""


def undisturbed(
    config: Config,
    written: Iterable[Record],
    *,
    written_s: float,
    lanes: Mapping[str, int],
    idle: Idle | None = None,
    hash_key: bytes | None = None,
) -> Results:
    """Judge what was written.

    Parameters
    ----------
    config
        The configuration of the disturbed run.
    written
        Every record, in the order of writing.
    written_s
        When about, as Kafka's timestamps say.
    lanes
        Partitions by topic.
    idle
        What the counters of the disturbed run decided about silent lanes, by source and partition.
    hash_key
        The key for hashing people in topics that are another's.
    """
    results = Results()
    shards = [Shard(number, config) for number in range(config.detect.shards)]
    offsets = [0] * len(shards)
    published: list[list[bytes]] = [[] for _ in shards]
    intakes = {
        (source.name, lane): Intake(
            source,
            lane,
            config.count.levels,
            items=AskingItems(source, hash_key) if source.only_read else None,
        )
        for topic, number in lanes.items()
        for source in config.by_topic[topic]
        for lane in range(number)
    }
    decided = {lane: list(entries) for lane, entries in (idle or {}).items()}

    def flush(lane: tuple[str, int]) -> None:
        intake = intakes[lane]
        for reject in intake.rejects:
            place = reject.place
            index = WHOLE if place.index is None else place.index
            why = reject.reason if intake.source.sharing == 1 else lane[0] + reject.reason
            results.rejects.add((place.topic, place.partition, place.offset, why, index))
        intake.rejects.clear()
        source = intake.source
        made = intake.lane.flush(early=False)
        of_topic = lanes[source.topic]
        out = records(source.name, lane[1], of_topic, source.bucket_s, made, len(shards))
        for number, counts in out:
            judge(number, counts)

    def judge(number: int, counts: Counts) -> None:
        results.add_counts(counts)
        for alert in shards[number].take(offsets[number], counts):
            published[number].append(alert.value)
        offsets[number] += 1

    def fall_idle(lane: tuple[str, int]) -> None:
        intake = intakes[lane]
        waiting = decided.get(lane, [])
        while waiting and waiting[0][0] <= intake.lane.position:
            _, through = waiting.pop(0)
            intake.lane.idle(through)
            intake.settle()

    for taken, record in enumerate(written, 1):
        for source in config.by_topic[record.topic]:
            lane = (source.name, record.partition)
            intake = intakes[lane]
            fall_idle(lane)
            intake.take(intake.lane.position, record.value, written_s)
        if taken % RECORDS_A_FLUSH == 0:
            for each in intakes:
                flush(each)
    for lane in intakes:
        fall_idle(lane)
        flush(lane)
    for number, lines in enumerate(published):
        results.add_alerts(number, lines)
    return results
