"""What the counter tells Prometheus is what its lanes did."""

from __future__ import annotations

import datetime as dt

import orjson

from streams.config.load import parse_config
from streams.counts.intake import Intake
from streams.counts.mark import Mark, decode_mark, encode_mark
from streams.counts.meters import CountMeters

T0 = 1_600_000_000 - 1_600_000_000 % 60
LANE = ("sends", 2)


def _intake(mark: Mark | None = None) -> Intake:
    source = parse_config({"count": {"lateness": "0s"}}).sources["sends"]
    return Intake(source, 2, ["sender", "all"], mark)


def _send(second: float) -> bytes:
    time = dt.datetime.fromtimestamp(T0 + second, dt.UTC).isoformat()
    event = {"v": 1, "type": "send", "event_id": "x", "event_time": time, "channel": "sms"}
    return orjson.dumps({**event, "sender": {"id": "a"}, "source": "test"})


def _value(meters: CountMeters, name: str, **labels: str) -> float | None:
    return meters.registry.get_sample_value(f"weathervane_count_{name}", labels)


def test_late_events_say_why() -> None:
    """Behind the lane's own events is one reason; declared idle is another, with another remedy."""
    meters, intake = CountMeters(), _intake()
    for offset, second in enumerate([0, *[71] * 53, 3]):  # the last is behind
        intake.take(offset, _send(second), None)
    intake.lane.idle(T0 + 180.0)
    intake.take(55, _send(75), None)  # in order, but its bucket was let go
    meters.measure(LANE, intake, head=59, now_s=T0 + 200.0)
    source = {"source": "sends"}
    assert _value(meters, "events_total", **source) == 56
    assert _value(meters, "late_total", **source, reason="behind") == 1
    assert _value(meters, "late_total", **source, reason="after_idle") == 1
    assert _value(meters, "lag_records", **source, lane="2") == 3
    assert _value(meters, "watermark_delay_seconds", **source, lane="2") == 20.0


def test_a_lane_that_has_moved_away_leaves_no_lag_behind() -> None:
    """After a rebalance no gauge of a lane stays, or an alert on it would never end."""
    meters, intake = CountMeters(), _intake()
    for offset in range(4):
        intake.take(offset, _send(offset), None)
    intake.take(4, b"{", None)
    intake.finish()
    meters.measure(LANE, intake, head=5, now_s=T0 + 1.0)
    meters.forget()
    assert _value(meters, "lag_records", source="sends", lane="2") is None
    assert _value(meters, "watermark_seconds", source="sends", lane="2") is None
    assert _value(meters, "rejects_total", source="sends", reason="not_json") == 1
    meters.measure(LANE, _intake(), head=2, now_s=T0 + 1.0)
    assert _value(meters, "events_total", source="sends") == 4


def test_a_commit_says_how_far_was_read() -> None:
    """A restart can say what it recounts, even where it had been stopped amid a recount."""
    intake = _intake()
    for offset in range(5):
        intake.take(offset, _send(offset), None)
    mark = intake.lane.mark()
    assert (mark.offset, mark.read) == (0, 5)
    again = decode_mark(0, encode_mark(mark))
    assert again.read == 5
    recount = _intake(again)
    recount.take(0, _send(0), None)
    assert recount.lane.mark().read == 5
    assert decode_mark(0, '{"v":1}').read == 0  # of a version that did not say
