"""Others' records taken many at once count as they do one by one."""

from __future__ import annotations

import json
import random
from typing import Any

import pytest

from streams.config.sources import Source
from streams.counts.intake import Intake
from streams.sources.mapping.record_items import RecordItems
from tests.sources.files import KEY, source

T0 = 1_772_442_000
MAPPED: dict[str, Any] = {
    **{"format": "json", "topic_format": "source", "time": ["$.ts", "$.zone"], "bucket": "1m"},
    **{"sender": ["$.src", "$.cust.id"], "platform": "$.cust.name", "count": "n"},
}
SENDS = source(kind="send", **MAPPED, recipient="to", where={"$.kind": ["", "mt"]})
BY_NUMBERS: dict[str, Any] = {
    **{"format": "json", "topic_format": "source", "bucket": "1m", "time": "ts", "sender": "$.src"}
}
BY_ID = source(kind="send", **BY_NUMBERS)
NAMED = source(kind="complaint", **BY_NUMBERS, event_id="id", signature="$.cust.name", count="n")
COMPLAINTS = source(kind="complaint", **MAPPED, event_id="id", region="r", occurred_at="at")
ODD: list[Any] = [
    None,
    "",
    0,
    7,
    "7",
    -1,
    1.5,
    True,
    ["a"],
    ["a", "b"],
    {"id": "x"},
    "a\x00",
    "x" * 300,
]


def _records(chance: random.Random) -> list[tuple[bytes | None, float]]:
    """Mostly plain records of a few senders, in order, with some odd ones among them."""
    found: list[tuple[bytes | None, float]] = []
    time_s = float(T0)
    all_ms, oddity = chance.random() < 0.5, chance.choice([0.003, 0.03])
    for number in range(300):
        time_s += chance.choice([0.0, 0.25, 0.25, 1.0, 1.0, 20.0 * (number % 40 == 0)])
        odd = chance.random()
        record: dict[str, Any] = {
            "ts": int(time_s * 1000)
            if all_ms
            else chance.choice([int(time_s * 1000), int(time_s), str(int(time_s))]),
            "src": chance.choice(["106900", "a", "b", *([7, None, " a ", "é"] * (odd < 0.3))]),
            "cust": {"id": "c-77", "name": chance.choice([None, "mall"])},
            "id": f"i{number - (chance.random() < 0.1)}",
            "unused": {"deep": [1, {"x": None}]},
        }
        if odd < oddity:
            record[chance.choice(["ts", "src", "cust", "n", "to", "id", "r", "at"])] = (
                chance.choice(ODD)
            )
        if odd > 0.8:
            record["kind"] = chance.choice(["mt", "mo"])
        value: bytes | None = json.dumps(record).encode()
        if 0.5 < odd < 0.51:
            value = chance.choice([None, b"", b"[]", b"{", b"\xff"])
        found.append((value, time_s + chance.choice([0.0, 0.0, 0.5, -400.0 * (odd < 0.005)])))
    return found


def _state(intake: Intake) -> tuple[Any, ...]:
    intake.finish()
    lane = intake.lane
    flush = lane.flush()
    return (
        *(intake.records, intake.skipped, intake.rejected, intake.last_written_s),
        *(intake.passed, intake.passed_s),
        [(reject.place, reject.reason, reject.raw) for reject in intake.rejects],
        *(lane.late_senders.counts, lane.ahead.counts, intake.names_changed),
        *(lane.events, lane.late, lane.duplicates, lane.position, lane.mark(), lane.front),
        *(sorted(map(repr, flush.totals)), flush.tallies, flush.watermark),
    )


def _intake(mapped: Source) -> Intake:
    return Intake(mapped, 0, ["sender", "platform", "all"], None, RecordItems(mapped, KEY))


@pytest.mark.parametrize("seed", range(32))
def test_many_at_once_count_as_one_by_one(seed: int) -> None:
    """Totals, rejects with their places, skipped ones, repeats and the mark are the same."""
    chance = random.Random(seed)
    mapped = [SENDS, COMPLAINTS, BY_ID, NAMED][seed % 4]
    size = chance.choice([7, 60, 300])
    taken = _records(chance)
    single, together = _intake(mapped), _intake(mapped)
    for offset, (value, written_s) in enumerate(taken):
        single.take(offset, value, written_s)
    for at in range(0, len(taken), size):
        values, times = zip(*taken[at : at + size], strict=True)
        together.take_all(range(at, at + len(values)), values, times)
    assert _state(together) == _state(single)
    assert together.lane.events > 150


def test_what_is_left_out_is_passed_many_at_once_too() -> None:
    """A lane of nothing else falls idle: count must see that its records are passed."""
    intake = _intake(SENDS)
    record = json.dumps({"ts": T0 * 1000, "src": "a", "kind": "mo"}).encode()
    intake.take_all(range(12), [record] * 12, [T0 + 60.0] * 12)
    assert (intake.skipped, intake.passed, intake.passed_s) == (12, 12, T0 + 60.0)


def test_plain_records_are_taken_together(monkeypatch: pytest.MonkeyPatch) -> None:
    """Otherwise nothing here is tried: only what opens or closes a bucket is taken by itself."""
    alone: list[int] = []
    take = Intake.take

    def counted(self: Intake, offset: int, *record: Any, **how: Any) -> float | None:
        alone.append(offset)
        return take(self, offset, *record, **how)

    monkeypatch.setattr(Intake, "take", counted)
    intake = _intake(SENDS)
    record = json.dumps({"ts": T0 * 1000, "src": "a"}).encode()
    intake.take_all(range(1000), [record] * 1000, [float(T0)] * 1000)
    assert intake.lane.events == 1000
    assert len(alone) < 100
