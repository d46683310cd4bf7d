"""State made of recorded events is that of a monitor that ran all along, in a finer shape."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from streams.analysis.source_lanes import SourceLanes, declare_idle
from streams.analysis.warm import recorded_for, warm
from streams.archive.manifest import ArchiveUnusable
from streams.archive.read.reader import Archive
from streams.archive.record.recorder import Recorder
from streams.archive.record.state import Partition
from streams.broker.client.partitioner import partition_of
from streams.config.model import Config
from streams.counts.lane_records import LaneRecord
from streams.counts.wire import encode_counts
from streams.detection.shard import Shard
from streams.items import Counts, Sender
from streams.registry.control import RegistryRow, RegistryRows, encode_control
from streams.registry.entry import CodeEntry
from streams.sources.event_json import encode_event, event_key
from tests.analysis.test_warm import MINUTES, events_after, minutes_of, platform, run_live, shaped
from tests.events_of import T0, complaint, send

LANES = 2
SOURCES = ("sends", "complaints")
WRITTEN_S = T0 + 60 * MINUTES + 60


@dataclass
class Written:
    """A source's topic: records in the order of writing."""

    records: list[LaneRecord]
    lanes: int = LANES
    bytes_total: int | None = None
    bytes_read: int = 0
    records_read: int = 0
    damage: list[str] = field(default_factory=list)

    def __iter__(self) -> Iterator[LaneRecord]:
        return iter(self.records)


def _topics(seed: int, until: int) -> dict[str, Written]:
    """Events of the first minutes, each minute a bit out of order."""
    found = {}
    for source, minutes in minutes_of(seed).items():
        records, offsets = [], [0] * LANES
        for minute, counts in enumerate(minutes[:until]):
            for place, (sender, count) in enumerate(sorted(counts.items())):
                make = send if source == "sends" else complaint
                event = replace(
                    make(60 * minute + (37 * place) % 60, sender),
                    event_id=f"{source}{minute}{sender}",
                    sender=Sender(sender, platform=platform(sender)),
                    source=source,
                    count=count,
                )
                lane = partition_of(event_key(event), LANES)
                records.append(LaneRecord(lane, offsets[lane], encode_event(event), WRITTEN_S))
                offsets[lane] += 1
        found[source] = Written(records)
    return found


def _counts(config: Config, topics: dict[str, Written]) -> Iterator[list[tuple[int, Counts]]]:
    """What a counter of a shape writes of them."""
    for name, topic in topics.items():
        lanes = SourceLanes(config.sources[name], topic, config.count.levels)
        lanes.read()
        assert not lanes.rejects
        # A counter decides so once its lanes are silent; a recount is not told.
        declare_idle([lanes], lanes.front)
        yield list(lanes.flush(config.detect.shards))


def _recorded(
    root: Path,
    old: Config,
    topics: dict[str, Written],
    *,
    events: bool,
    rows: Sequence[RegistryRow] = (),
) -> Archive:
    """Record; rows of the registry come first."""
    there: dict[Partition, list[tuple[bytes, float | None]]] = {
        Partition(old.topic(what), number): []
        for what in ("counts", "alerts", "labels")
        for number in range(old.detect.shards)
    }
    for of_source in _counts(old, topics):
        for shard, counts in of_source:
            there[Partition(old.topic("counts"), shard)].append((encode_counts(counts), None))
    for values in there.values():
        for number, row in enumerate(rows if values else ()):
            control = encode_control(RegistryRows(after=row.seq - 1, rows=[row]))
            values.insert(number, (control, None))
    for name, topic in topics.items() if events else ():
        for record in topic:
            place = Partition(name, record.lane)
            there.setdefault(place, []).append((record.value, record.written_s))
    with Recorder(root, old, events=events) as recorder:
        recorder.begin({place: (0, len(values)) for place, values in there.items()})
        for place, values in there.items():
            for offset, (value, written_s) in enumerate(values):
                recorder.take(place, offset, value, written_s)
        recorder.save()
    return Archive(root)


@settings(max_examples=5, deadline=None)
@given(
    seed=st.integers(0, 10**6),
    cut=st.integers(9, MINUTES - 8),
    old_shards=st.sampled_from([1, 2]),
    new_shards=st.sampled_from([1, 2]),
)
def test_smaller_buckets_and_more_levels_are_counted_from_the_events(
    seed: int, cut: int, old_shards: int, new_shards: int
) -> None:
    """Two minutes and two levels were recorded; with one minute and three it goes on."""
    old, new = shaped(120, old_shards, ["sender", "all"]), shaped(60, new_shards)
    live = list(_counts(new, _topics(seed, MINUTES)))
    expected = run_live([Shard(number, new) for number in range(new_shards)], live)
    with tempfile.TemporaryDirectory() as folder:
        archive = _recorded(Path(folder) / "a", old, _topics(seed, cut), events=True)
        warmed = [Shard(number, new) for number in range(new_shards)]
        notes: list[str] = []
        era = warm(warmed, recorded_for(new, [archive], on_note=notes.append))
        assert {era.through} == {*archive.through().values()}
    assert "its events are counted anew" in notes[0]
    assert int(T0) + 60 * (cut - 4) <= era.through <= int(T0) + 60 * cut
    begun = [alert for shard in warmed for alert in shard.begin_again()]
    after = run_live(warmed, live)
    assert (
        events_after(after, era.through, begun) == events_after(expected, era.through, begun) != []
    )


def test_buckets_that_are_counted_anew_have_the_rows_that_held(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A row holds from the bucket on that has the beginning of the recorded one."""
    old, new = shaped(120, 2, ["sender", "all"]), shaped(60, 1)
    rows = [RegistryRow(n, f"code/1069{n}", CodeEntry(id=f"1069{n}")) for n in range(1, 4)]
    archive = _recorded(tmp_path / "a", old, _topics(1, MINUTES), events=True, rows=rows)
    (group,) = old.groups
    assert archive.declared(group) == [(int(T0), row) for row in rows]
    for starts in ([0, 0, 0], [0, 240, 360], [120, 120, 10**6]):
        began = [(int(T0) + start_s, row) for start_s, row in zip(starts, rows, strict=True)]
        monkeypatch.setattr(Archive, "declared", lambda *_, began=began: began)
        found = list(recorded_for(new, [archive]))
        held = [(bucket.start, row) for _, bucket in found for row in bucket.declared]
        assert held == [one for one in began if one[0] < T0 + 10**5]
        warmed = Shard(0, new)
        warm([warmed], found)
        assert list(warmed.registry.entries("code")) == [row.entry for _, row in held]


def test_without_events_it_says_what_is_missing(tmp_path: Path) -> None:
    """Every reason, and what would help."""
    old, new = shaped(120, 1, ["sender", "all"]), shaped(60, 1)
    archive = _recorded(tmp_path / "a", old, _topics(1, MINUTES), events=False)
    with pytest.raises(
        ArchiveUnusable, match=r"no counts of platform; .*multiple of .*120 s; .*--events` keeps"
    ):
        list(recorded_for(new, [archive]))


def test_a_part_that_does_not_fit_is_left_out_with_all_before_it(tmp_path: Path) -> None:
    """What came later is enough to begin from; the last one must fit."""
    old, new = shaped(120, 1, ["sender", "all"]), shaped(60, 1)
    parts = [
        _recorded(tmp_path / str(n), config, _topics(1, MINUTES), events=False)
        for n, config in enumerate((new, old, new))
    ]
    notes: list[str] = []
    found = list(recorded_for(new, parts, on_note=notes.append))
    assert [bucket.start for _, bucket in found] == [b.start for _, b in parts[2].buckets()] != []
    assert [note.split(":")[0] for note in notes] == [str(tmp_path / "1")]
