"""Every slot of a checkpoint is of a bounded size, whatever the state is."""

from __future__ import annotations

from functools import cache
from unittest.mock import patch

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from streams.detection.shard import Shard
from streams.detection.slots import SLOT_BYTES, Cut, Frames
from streams.items import Counts, Total
from tests.detection.counts_of import MINUTE, bucket
from tests.detection.drawn import two_groups

SENDERS = 3000
BURSTING = 2000
LEARNING, BURST = 12, 2
"""Minutes."""

Slots = dict[bytes, bytes]


@settings(deadline=None)
@given(st.lists(st.binary(max_size=50)), st.integers(1, 60))
def test_frames_of_any_size_come_back(frames: list[bytes], slot_bytes: int) -> None:
    """However large a frame is: slots are full, and give the same frames."""
    with patch("streams.detection.slots.SLOT_BYTES", slot_bytes):
        cut = Cut(frames)
        slots = list(cut)
    assert [len(slot) for slot in slots[:-1]] == [slot_bytes] * len(slots[:-1])
    assert all(0 < len(slot) <= slot_bytes for slot in slots)
    read = Frames(slots)
    assert [read.next() for _ in frames] == frames
    read.end(cut.crc)


@settings(deadline=None)
@given(st.lists(st.binary(max_size=50), min_size=1), st.integers(1, 20), st.data())
def test_damaged_slots_are_seen(frames: list[bytes], size: int, data: st.DataObject) -> None:
    """A slot that is another, or is missing, is an error: nothing is read for something else."""
    with patch("streams.detection.slots.SLOT_BYTES", size):
        cut = Cut(frames)
        slots = list(cut)
    at = data.draw(st.integers(0, len(slots) - 1))
    other = data.draw(st.lists(st.binary(min_size=1, max_size=size), max_size=1))
    damaged = [*slots[:at], *other, *slots[at + 1 :]]
    read = Frames(damaged)
    if damaged != slots:
        with pytest.raises(ValueError, match=r"^the slots "):
            _read(read, len(frames), cut.crc)


def _read(read: Frames, frames: int, crc: int) -> None:
    for _ in range(frames):
        read.next()
    read.end(crc)


@cache
def _flooded() -> tuple[Shard, Slots]:
    """A shard in which two thousand alerts are open, with what it stores."""
    shard = Shard(0, two_groups())
    for minute in range(LEARNING + BURST):
        shard.take(minute, _minute(minute))
    (open_alerts,) = (group.open_alerts for group in shard.groups.values() if group.open_alerts)
    assert open_alerts >= BURSTING
    return shard, dict(shard.checkpoint())


def _minute(minute: int) -> Counts:
    """Everybody counts a few; in the last minutes, most of them count many."""
    burst = minute >= LEARNING
    totals = [
        Total(bucket(minute), "sender", f"{n:012}", 60 if burst and n < BURSTING else 1 + n % 3)
        for n in range(SENDERS)
    ]
    return Counts("sends", 0, 1, MINUTE, totals, watermark=float(bucket(minute + 1)))


def test_thousands_of_open_alerts_make_no_slot_larger() -> None:
    """They are two thirds of a megabyte in one value of the state, and in no slot.

    26,400 of them had ended detect for good: their slot of 8.4 MB was refused, and met again at
    each start.
    """
    shard, slots = _flooded()
    state = max(len(part.pack(1024)[0]) for part in shard.groups["sending"].panel.parts().values())
    assert state > 2 * SLOT_BYTES
    assert max(map(len, slots.values())) == SLOT_BYTES
    again = Shard(0, two_groups())
    assert again.restore(slots)
    for minute in range(LEARNING + BURST, LEARNING + BURST + 6):
        counts = _minute(minute)
        after = [alert.value for alert in shard.take(minute, counts)]
        assert [alert.value for alert in again.take(minute, counts)] == after
    assert dict(again.checkpoint()) == dict(shard.checkpoint())
