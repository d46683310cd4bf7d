"""A recorder that is killed at any write, or whose disk is full, records what any other does."""

from __future__ import annotations

import contextlib
import errno
import os
import random
import tempfile
from collections.abc import Callable, Iterator
from functools import lru_cache
from pathlib import Path
from typing import Any
from unittest.mock import patch

import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from streams.analysis.archive_replay import ArchiveReplay
from streams.archive.manifest import ArchiveUnusable
from streams.archive.read.events import RecordedEvents
from streams.archive.read.reader import Archive
from streams.archive.record.recorder import Recorder, RecordsLost
from streams.archive.record.recording import Recording
from streams.archive.record.state import Partition, state_file
from streams.config.load import parse_config
from streams.counts.wire import encode_counts
from streams.items import Counts, Tally
from tests.archive.record.written import COUNTS, LABELS, made_log, made_settings

Row = tuple[tuple[str, str], ...]


class Killed(BaseException):
    """The process is no more."""


def _there() -> dict[Partition, tuple[int, int]]:
    return {place: (0, len(values)) for place, values in made_log().items()}


def _record(root: Path, chance: random.Random) -> None:
    """Start a recorder, and give it the rest: partitions in any order, rolls at any time."""
    few = patch(
        "streams.archive.record.writer.ROWS_A_FILE", 25
    )  # a day then has files that begin anywhere
    with few, Recorder(root, made_settings()) as recorder:
        recorder.begin(_there())
        while left := [p for p, of in made_log().items() if recorder.following[p] < len(of)]:
            place = chance.choice(sorted(left))
            for _ in range(chance.randrange(1, 8)):
                offset = recorder.following[place]
                if offset < len(made_log()[place]):
                    recorder.take(place, offset, made_log()[place][offset])
            if chance.random() < 0.2:
                recorder.save()
        recorder.save()


def _rows(root: Path) -> dict[str, list[Row]]:
    """All rows of all tables as any tool would read them: a repeat is there twice."""
    found = {}
    for table in ("counts", "buckets", "alerts", "labels"):
        rows: list[Row] = []
        for path in (root / table).glob("day=*/*.parquet"):
            for row in pq.ParquetFile(path).read().to_pylist():
                rows.append(tuple((name, str(value)) for name, value in row.items()))  # noqa: PERF401
        found[table] = sorted(rows)
    return found


@lru_cache
def _undisturbed() -> dict[str, list[Row]]:
    with tempfile.TemporaryDirectory() as folder:
        _record(Path(folder) / "a", random.Random(1))
        return _rows(Path(folder) / "a")


@contextlib.contextmanager
def _disk(failing_at: int, failure: Callable[[], BaseException], *, dead: bool) -> Iterator[None]:
    """A disk whose n-th change fails; where the process is dead by then, so do all that follow."""
    done = 0

    def counted(change: Callable[..., Any]) -> Callable[..., Any]:
        def changed(*arguments: Any, **named: Any) -> Any:
            nonlocal done
            done += 1
            if done == failing_at or (dead and done > failing_at):
                raise failure()
            return change(*arguments, **named)

        return changed

    with (
        patch("streams.archive.atomic_files.os.fsync", counted(os.fsync)),
        patch.object(Path, "replace", counted(Path.replace)),
        patch.object(Path, "unlink", counted(Path.unlink)),
    ):
        yield


def test_the_log_has_something_of_everything() -> None:
    """Counts, empty buckets, alerts of several days and labels are recorded, each once."""
    rows = _undisturbed()
    assert len(rows["counts"]) > 100
    assert len({dict(row)["time"][:10] for row in rows["alerts"]}) > 1
    assert len(rows["labels"]) == 7
    ids = [(dict(row)["alert_id"], dict(row)["revision"]) for row in rows["alerts"]]
    assert len(ids) == len(set(ids)) > 10
    assert any(dict(row)["entities"] == "0" for row in rows["buckets"])


@settings(max_examples=12, deadline=None)
@given(st.integers(0, 10**6), st.lists(st.integers(1, 300), min_size=1, max_size=5))
def test_killed_at_any_write_it_records_the_same(seed: int, kills: list[int]) -> None:
    """Every row of an undisturbed archive is there once, and no other; nothing is half written.

    Nor does a reader who comes before the next start find anything twice.
    """
    chance = random.Random(seed)
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder) / "a"
        for at in kills:
            with contextlib.suppress(Killed), _disk(at, Killed, dead=True):
                _record(root, chance)
            if any((root / "buckets").glob("day=*/*.parquet")):
                assert list(Archive(root).buckets())
        _record(root, chance)
        assert _rows(root) == _undisturbed()
        assert list(root.rglob("*.part")) == []


@settings(max_examples=6, deadline=None)
@given(st.integers(0, 10**6), st.integers(1, 250))
def test_a_full_disk_loses_nothing(seed: int, at: int) -> None:
    """The write that fails is told; with space again, a start goes on."""
    chance = random.Random(seed)

    def full() -> OSError:
        return OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder) / "a"
        with contextlib.suppress(OSError), _disk(at, full, dead=False):
            _record(root, chance)
        _record(root, chance)
        assert _rows(root) == _undisturbed()


def _take(recorder: Recorder, share: float) -> None:
    for place, values in made_log().items():
        for offset in range(recorder.following[place], round(share * len(values))):
            recorder.take(place, offset, values[offset])


def test_a_start_removes_what_comes_again(tmp_path: Path) -> None:
    """Killed when all but the state was written: a start begins with the rows of the last state."""
    root = tmp_path / "a"
    with Recorder(root, made_settings()) as recorder:
        recorder.begin(_there())
        _take(recorder, 0.4)
        recorder.save()
        stored = _rows(root)
        _take(recorder, 0.9)
        with (
            patch("streams.archive.record.recorder.write_state", side_effect=Killed),
            pytest.raises(Killed),
        ):
            recorder.save()
    grown = _rows(root)
    assert all(len(grown[table]) > len(stored[table]) for table in stored)
    with Recorder(root, made_settings()) as recorder:
        recorder.begin(_there())
    assert _rows(root) == stored


def test_its_replay_is_what_detect_published(tmp_path: Path) -> None:
    """Byte for byte, every revision from 1 on."""
    _record(tmp_path / "a", random.Random(2))
    archive = Archive(tmp_path / "a")
    found: list[bytes] = []
    ArchiveReplay(made_settings(), archive.manifest).run(
        archive.buckets(), lambda alert: found.append(alert.value)
    )
    recorded = [row["cloudevent"] for row in map(dict, _undisturbed()["alerts"])]
    assert sorted(value.decode() for value in found) == sorted(recorded) != []
    assert len(list(archive.labels())) == 7


def test_lost_records_are_named_and_nothing_is_removed(tmp_path: Path) -> None:
    """What the broker has deleted is told by number, before anything recorded is touched."""
    root = tmp_path / "a"
    _record(root, random.Random(3))
    place, before = Partition(COUNTS, 0), _rows(root)
    there = _there()
    needed = there[place][1]
    there[place] = (needed + 5, needed + 9)
    with (
        Recorder(root, made_settings()) as recorder,
        pytest.raises(RecordsLost, match=rf"counts, partition 0.*records \d+ to {needed + 4}"),
    ):
        recorder.begin(there)
    there[place] = (0, 2)
    with (
        Recorder(root, made_settings()) as recorder,
        pytest.raises(RecordsLost, match="ends at offset 2: it is not the one"),
    ):
        recorder.begin(there)
    assert _rows(root) == before


def test_a_gap_in_the_counts_is_named(tmp_path: Path) -> None:
    """Buckets without some of their counts are never taken for whole ones, at the end either."""
    with Recorder(tmp_path / "a", made_settings()) as recorder:
        recorder.begin(_there())
        with pytest.raises(RecordsLost, match=r"records 0 to 2 \(3\) are deleted"):
            recorder.take(Partition(COUNTS, 0), 3, b"{}")
        with pytest.raises(RecordsLost, match=r"records 0 to 6 \(7\) are deleted"):
            recorder.reach(Partition(COUNTS, 0), 7)


def test_gaps_of_other_topics_are_passed(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """Transactions leave them, and compaction: what is there is recorded, and a start goes on.

    Only of alerts and labels it is told, once: there it means that something is not recorded.
    """
    root, values = tmp_path / "a", [value for value in made_log()[Partition(LABELS, 0)] if value]
    labels, events = Partition(LABELS, 0), Partition("sends", 0)
    event = b"""{"v": 1, "type": "send", "event_id": "e%d", "event_time": "2026-03-02T00:00:00Z",
        "channel": "sms", "source": "sends", "sender": {"id": "a"}}"""
    there = dict.fromkeys((labels, events), (0, 40))
    for first in (0, 20):
        with Recorder(root, made_settings(), events=True) as recorder:
            recorder.begin(there)
            for number in range(3):
                offset = first + 2 + 3 * number
                recorder.take(events, offset, event % offset, 1.9e9)
                recorder.take(labels, offset, values[number + first // 10])
            recorder.reach(events, first + 20)
            recorder.reach(labels, first + 20)
            recorder.save()
            assert recorder.following == {labels: first + 20, events: first + 20}
            assert (recorder.raw_events.files.events, recorder.raw_events.rejects.total) == (3, 0)
    kept = [row.offset for row in RecordedEvents(root, "sends")]
    assert kept == [2, 5, 8, 22, 25, 28]
    assert len(_rows(root)["labels"]) == 5, "one was said twice"
    lines = [record.getMessage() for record in caplog.records]
    assert [text.partition(":")[0] for text in lines] == [
        f"topic {LABELS}, partition 0 has no records 0 to 1",
        f"topic {LABELS}, partition 0 has no records 20 to 21",
    ]


def test_an_archive_of_other_topics_is_not_continued(tmp_path: Path) -> None:
    """Their offsets mean nothing here: another name's archive is refused, and stays as it is."""
    _record(root := tmp_path / "a", random.Random(4))
    before = _rows(root)
    with pytest.raises(ArchiveUnusable, match=rf"{COUNTS}.* names weathervane\.other\.counts"):
        Recorder(root, made_settings().model_copy(update={"name": "other"}))
    assert _rows(root) == before


def test_a_lost_or_damaged_state_is_no_new_beginning(tmp_path: Path) -> None:
    """Without its state an archive is not overwritten: it says what to do."""
    root = tmp_path / "a"
    _record(root, random.Random(4))
    path, before = state_file(root), _rows(root)
    whole = path.read_bytes()
    for damaged in (whole[:-7], whole[: len(whole) // 2], b"", b"\xff" * 64):
        path.write_bytes(damaged)
        with pytest.raises(ArchiveUnusable, match="must be a file that `weathervane record` wrote"):
            Recorder(root, made_settings())
    path.write_bytes(whole.replace(b"\xa1v\x01", b"\xa1v\x02", 1))
    with pytest.raises(ArchiveUnusable, match=r"state\.msgpack: must be of version 1; found 2"):
        Recorder(root, made_settings())
    path.unlink()
    with pytest.raises(ArchiveUnusable, match=r"it is missing\. Restore it"):
        Recorder(root, made_settings())
    assert _rows(root) == before
    with pytest.raises(ArchiveUnusable, match="recorded from Kafka"):
        Recording(root, made_settings())


def test_late_and_repeated_events_are_added_up_by_source(tmp_path: Path) -> None:
    """As the counts tell of them: once, though a crash of count has a bucket written again."""
    config = parse_config({"detect": {"shards": 1}})
    place = Partition(config.topic("counts"), 0)
    tallies = [Tally(0, 10, 2, 3, 0), Tally(60, 10, 4, 0, 1)]
    written = [("sends", 0, tallies[:1]), ("sends", 1, tallies), ("sends", 0, tallies)]
    own = [Partition(config.topic(what), 0) for what in ("alerts", "labels")]
    with Recorder(tmp_path, config) as recorder:
        recorder.begin({place: (0, len(written) + 1), **dict.fromkeys(own, (0, 0))})
        for offset, (name, lane, of_lane) in enumerate([*written, ("unknown", 0, tallies)]):
            counts = Counts(name, lane, 2, config.sources["sends"].bucket_s, tallies=of_lane)
            recorder.take(place, offset, encode_counts(counts))
        found = {name: (one.late, one.duplicates) for name, one in recorder.strays.items()}
    assert found == {"sends": (12, 6)}
