"""`ingest` says of files what `count` will find."""

from __future__ import annotations

import random
from dataclasses import asdict

import pytest

from streams.config.load import parse_config
from streams.counts.clock.source_strays import strays_of
from streams.counts.files.file_lanes import FileLanes
from streams.counts.lane import Lane
from tests.events_of import T0, complaint, send

LANES = 2


@pytest.mark.parametrize("kind", ["send", "complaint"])
@pytest.mark.parametrize("disorder_s", [0, 30, 3600])
def test_files_have_the_strays_of_their_lanes(kind: str, disorder_s: int) -> None:
    """Late, repeated and ahead, and whose: as events that are counted one by one.

    In order, with a bit of disorder, and with senders that are an hour ahead or behind.
    """
    source = parse_config({"sources": {"x": {"kind": kind, "bucket": "1m"}}}).sources["x"]
    draw = random.Random(disorder_s)
    files, lanes = FileLanes(source, LANES), [Lane(source, ["sender", "all"]) for _ in range(LANES)]
    for number in range(3000):
        sender = draw.randrange(20)
        at_s = number / 5 + (disorder_s * draw.choice([-1, 0, 1]) if sender < 3 else 0)
        name, event_id = f"s{sender}", str(number - (number % 50 == 9))
        event = (
            send(at_s, name, event_id=event_id)
            if kind == "send"
            else complaint(at_s, name, event_id)
        )
        files.take(sender % LANES, event, T0 + number)
        lane = lanes[sender % LANES]
        lane.event(lane.position, event, T0 + 3000)
    for lane in lanes:
        lane.finish()
    expected = strays_of(lanes)
    assert asdict(files.finish(T0 + 3000)) == asdict(expected)
    assert (expected.late > 0) == (expected.ahead > 0) == (disorder_s == 3600)
    assert sum(expected.late_senders.values()) == expected.late
