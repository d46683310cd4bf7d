"""Items come in the order of their times, however many there are, in bounded memory."""

from __future__ import annotations

import datetime as dt
import random
import tempfile
import tracemalloc
from collections.abc import Iterator
from pathlib import Path

import pytest

from streams.items import SKIPPED, Complaint, Place, Reject, Send, Sender
from streams.sources.files import sorting
from streams.sources.files.sorting import Item, in_order
from streams.sources.files.stored import Unopenable

START = dt.datetime(2026, 3, 1, tzinfo=dt.UTC)


def _items(count: int) -> Iterator[Item]:
    chance = random.Random(count)
    for number in range(count):
        time = START + dt.timedelta(seconds=chance.randrange(count // 3 + 1), microseconds=number)
        time = time.replace(microsecond=0)
        name = f"s:file:{number}"
        kind = chance.randrange(20)
        if kind == 0:
            place = Place(file="f", line=number)
            yield Reject("bad_time", "time must be one", place, b"\xff" * (number % 5))
        elif kind == 1:
            yield SKIPPED
        elif kind < 10:
            sender = Sender(None, signature="商城")
            yield Complaint(1, name, time, "voice", sender, "s", "fraud", occurred_at=time, count=7)
        else:
            yield Send(1, name, time, "sms", Sender("1069"), "s", count=number + 1)


def _time(item: Send | Complaint) -> float:
    return item.event_time.timestamp()


@pytest.mark.parametrize(("run_bytes", "fan_in"), [(1 << 25, 256), (4000, 256), (1500, 3)])
def test_it_is_a_stable_sort(run_bytes: int, fan_in: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """In memory, in a file, and in several passes: as the library sorts, and byte for byte."""
    monkeypatch.setattr(sorting, "RUN_BYTES", run_bytes)
    monkeypatch.setattr(sorting, "FAN_IN", fan_in)
    given = list(_items(2000))
    found = list(in_order(iter(given)))
    rejects = [item for item in given if isinstance(item, Reject)]
    events = [item for item in given if isinstance(item, Send | Complaint)]
    assert [item for item in found if isinstance(item, Reject)] == rejects
    assert [item for item in found if isinstance(item, Send | Complaint)] == sorted(
        events, key=_time
    )
    assert found.count(SKIPPED) == given.count(SKIPPED)
    after = found[found.count(SKIPPED) :]
    assert after[: len(rejects)] == rejects


def test_memory_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    """Four times as many events take about as much of it."""
    monkeypatch.setattr(sorting, "RUN_BYTES", 100_000)
    monkeypatch.setattr(sorting, "_CHUNK", 4096)
    peaks = []
    for count in (5_000, 20_000):
        tracemalloc.start()
        assert sum(1 for _ in in_order(_items(count))) == count
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
    assert peaks[1] < 2.5 * peaks[0]


def test_nothing_comes_of_nothing() -> None:
    """No items, no file."""
    assert list(in_order([])) == []


def test_a_full_folder_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    """The error names the folder and how to choose another."""
    monkeypatch.setattr(sorting, "RUN_BYTES", 1000)

    def full() -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(tempfile, "TemporaryFile", full)
    with pytest.raises(Unopenable, match=r"must have room there.*No space left.*set TMPDIR"):
        list(in_order(_items(100)))


def test_the_file_goes_when_nobody_reads_on(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """It has no name, and is closed."""
    monkeypatch.setattr(sorting, "RUN_BYTES", 1000)
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    rows = in_order(_items(200))
    assert next(row for row in rows if row is not SKIPPED)
    assert list(tmp_path.iterdir()) == []
    rows.close()  # type: ignore[attr-defined]
