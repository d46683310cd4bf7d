"""Rows of the registry in an archive: each group's buckets are judged by the same rows as live."""

from __future__ import annotations

import random
from collections.abc import Sequence
from pathlib import Path

import pytest

from streams.analysis.warm import warm
from streams.archive.read.reader import Archive
from streams.archive.record.recorder import Recorder
from streams.archive.record.state import Partition
from streams.counts.wire import Unreadable, decode_record
from streams.detection.shard import Shard
from streams.registry.control import FirstRows, RegistryRow, RegistryRows, encode_control
from streams.registry.entry import CodeEntry, FilingEntry
from streams.registry.table import Registry
from tests.archive.record.written import ALERTS, COUNTS, LABELS, SHARDS, made_log, made_settings

Seen = dict[tuple[int, str, int], object]
FIRST = [RegistryRow(1, "code/106", CodeEntry(id="106"))]


def _logs(seed: int) -> list[list[bytes | None]]:
    """The counts of all shards, with control records among them, some of which come again."""
    chance, logs = random.Random(seed), []
    rows = [
        RegistryRow(
            seq,
            f"code/1069{seq % 5}" if seq % 3 else f"filing/1069{seq % 5}/Mall",
            None
            if seq % 7 == 0
            else CodeEntry(id=f"1069{seq % 5}", holder=str(seq))
            if seq % 3
            else FilingEntry(code=f"1069{seq % 5}", signature="Mall"),
            goes_on=seq % 4 == 1,
        )
        for seq in range(2, 40)
    ]
    for number in range(SHARDS):
        log = list(made_log()[Partition(COUNTS, number)])
        at = sorted(chance.randrange(len(log)) for _ in rows)
        for place, (offset, row) in enumerate(zip(at, rows, strict=True)):
            again = rows[max(row.seq - 2 - chance.randint(0, 3), 0) : row.seq - 1]
            record = RegistryRows(after=again[0].seq - 1, rows=again)
            log.insert(offset + place, encode_control(record))
        logs.append(log)
    return logs


def _known(registry: Registry) -> object:
    return [list(registry.entries(kind)) for kind in ("code", "filing")], registry.seq


def _live(logs: Sequence[Sequence[bytes | None]]) -> tuple[Seen, list[Shard]]:
    seen: Seen = {}
    shards = [Shard(number, made_settings()) for number in range(SHARDS)]
    for shard, log in zip(shards, logs, strict=True):
        shard.registry.begin(FIRST, 1)
        for offset, value in enumerate(log):
            try:
                record = decode_record(value or b"")
            except Unreadable:
                shard.skip(offset)
                continue
            if isinstance(record, RegistryRows):
                shard.control(offset, record)
                continue
            for result in shard.close(offset, record):
                place = shard.number, result.group, result.bucket.start
                seen[place] = _known(shard.groups[result.group].registry)
    return seen, shards


def _record(root: Path, logs: Sequence[Sequence[bytes | None]], seed: int) -> None:
    """Record, killed and begun anew many times."""
    chance = random.Random(seed)
    ends = {Partition(COUNTS, number): len(log) for number, log in enumerate(logs)}
    others = [Partition(LABELS, 0), Partition("weathervane.archived.actions", 0)]
    others += [Partition(ALERTS, number) for number in range(SHARDS)]
    for _ in range(1000):
        with Recorder(root, made_settings()) as recorder:
            topics = [at for at in others if at.topic in recorder.topics]
            offsets = {at: (0, end) for at, end in ends.items()} | dict.fromkeys(topics, (0, 0))
            recorder.begin(offsets, lambda number: FirstRows(FIRST, 1))
            for _ in range(chance.randint(20, 300)):
                left = [at for at, end in ends.items() if recorder.following[at] < end]
                if not left:
                    recorder.save()
                    return
                place = chance.choice(left)
                offset = recorder.following[place]
                recorder.take(place, offset, logs[place.number][offset])
                if chance.random() < 0.05:
                    recorder.save()
    raise AssertionError("not at its end")


@pytest.mark.parametrize("seed", [1, 2])
def test_archive_is_judged_by_the_rows_that_held_live(tmp_path: Path, seed: int) -> None:
    logs = _logs(seed)
    seen, live = _live(logs)
    _record(tmp_path / "a", logs, seed)
    shards = [Shard(number, made_settings()) for number in range(SHARDS)]
    found: Seen = {}
    for (number, group), bucket in Archive(tmp_path / "a").buckets():
        shards[number].judge(group, bucket)
        found[number, group, bucket.start] = _known(shards[number].groups[group].registry)
    assert found == seen
    assert len({str(known) for known in seen.values()}) > 10

    warmed = [Shard(number, made_settings()) for number in range(SHARDS)]
    warm(warmed, Archive(tmp_path / "a").buckets())
    for one, other in zip(warmed, live, strict=True):
        assert {id(group.registry) for group in one.groups.values()} == {id(one.registry)}
        assert one.registry.seq <= other.registry.seq
