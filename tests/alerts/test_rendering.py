"""What leaves says when and for whom in the source's own time, and numbers only what is sure."""

from __future__ import annotations

import datetime as dt
from typing import Any

import orjson
import pytest

from streams.alerts.cloudevent import AlertEvent, decode_event
from streams.alerts.lifecycle import AlertChange, Finding, OpenAlert, early_alert
from streams.alerts.rendering import AlertRenderer, Published
from streams.counts.bucket import Buckets
from streams.detection.signals import Signal


def _change(
    alert: OpenAlert,
    step: AlertEvent = "opened",
    signal: Signal = "complaints",
    entity: str = "10690/12",
) -> AlertChange:
    return AlertChange("sender", signal, entity, step, alert)


def _early(step: AlertEvent = "early", *, expected: float = 4.0) -> Published:
    found = Finding(
        detector="e-sr",
        onset=0,
        observed=40.0,
        expected=expected,
        count=40.0,
        exposure=1.0,
        alarmed=40.0,
        highest=40.0,
        evidence_nats=12.3456789,
        threshold_nats=9.0,
    )
    alert = early_alert("0123456789abcdef", found, start=0, end=60)
    return _renderer().render(_change(alert, step, "sends", "a"), 60, feed_no=None)


def _renderer(bucket_s: int = 60, zone: str = "Asia/Shanghai") -> AlertRenderer:
    return AlertRenderer("local", "0123456789ab", "1m", Buckets(bucket_s, zone))


def _day(year: int, month: int, day: int, zone: str) -> int:
    return Buckets(86400, zone).start(dt.datetime(year, month, day, 12, tzinfo=dt.UTC).timestamp())


def _alert(bucket: int, **changed: Any) -> OpenAlert:
    fields: dict[str, Any] = {
        "alert_id": "fedcba9876543210",
        "detector": "e-sr",
        "revision": 1,
        "onset": bucket,
        "first_bucket": bucket,
        "last_bucket": bucket,
        "observed": 57.0,
        "expected": 1.21,
        "exposure": 1.0,
        "evidence_nats": 20.0,
        "threshold_nats": 9.0,
        "severity": "critical",
        "size_at_last_revision": 57.0,
        "alarmed": 57.0,
        "highest": 57.0,
        "last_revision_end": 0,
    }
    return OpenAlert(**{**fields, **changed})


def _data(published: Published) -> dict[str, Any]:
    data: dict[str, Any] = orjson.loads(published.value)["data"]
    return data


def test_days_are_labelled_in_the_source_s_zone() -> None:
    """A day starts at midnight where the source is, also on the day the clocks change."""
    zone = "America/New_York"
    day = _day(2020, 3, 8, zone)
    buckets = Buckets(86400, zone)
    out = _renderer(86400, zone).render(_change(_alert(day)), buckets.end(day), feed_no=7)
    data, event = _data(out), orjson.loads(out.value)
    assert data["onset"] == data["first_bucket"] == "2020-03-08T00:00:00-05:00"
    assert event["time"] == "2020-03-09T00:00:00-04:00"
    assert data["summary"].startswith("Sender 10690/12: 57 complaints on 2020-03-08, ")


def test_minutes_are_labelled_in_the_source_s_zone() -> None:
    """Nobody has to add eight hours."""
    start = int(dt.datetime(2026, 11, 10, 1, tzinfo=dt.UTC).timestamp())
    out = _renderer().render(_change(_alert(start)), start + 60, feed_no=1)
    assert _data(out)["first_bucket"] == "2026-11-10T09:00:00+08:00"
    assert orjson.loads(out.value)["time"] == "2026-11-10T09:01:00+08:00"


def test_a_revision_is_numbered_and_keyed_by_its_subject() -> None:
    """Key, id and number are what readers order and drop repeats by."""
    out = _renderer().render(_change(_alert(0, revision=3), step="updated"), 60, feed_no=12)
    event = orjson.loads(out.value)
    assert out.key == b"sender/10690%2F12"
    assert event["subject"] == "sender/10690%2F12"
    assert event["id"] == "fedcba9876543210.3"
    assert event["type"] == "weathervane.alert.updated"
    assert (event["data"]["feed_no"], event["data"]["revision"]) == (12, 3)


@pytest.mark.parametrize(
    ("step", "state"), [("opened", "open"), ("updated", "open"), ("resolved", "resolved")]
)
def test_the_state_follows_the_step(step: AlertEvent, state: str) -> None:
    """An alert is open until it is resolved."""
    assert _data(_renderer().render(_change(_alert(0), step=step), 60, feed_no=1))["state"] == state


def test_a_level_shift_carries_its_reason() -> None:
    """A reason stands where there is one, and the key is left out where there is none."""
    shifted = _change(_alert(0, reason="level_shift"), step="resolved")
    assert _data(_renderer().render(shifted, 60, feed_no=1))["reason"] == "level_shift"
    assert "reason" not in _data(_renderer().render(_change(_alert(0)), 60, feed_no=1))


@pytest.mark.parametrize(
    ("signal", "messages"), [("complaint_rate", 12_000), ("complaints", None), ("sends", None)]
)
def test_the_messages_behind_a_rate_are_its_exposure(signal: Signal, messages: int | None) -> None:
    """A rate says of how many messages it is; other signals have no such number."""
    change = _change(_alert(0, exposure=12_000.0), signal=signal)
    data = _data(_renderer().render(change, 60, feed_no=1))
    assert (data["epoch"], data["exposure"]) == (1, messages)


def test_counts_are_whole_numbers() -> None:
    """57 complaints, not 57.0."""
    out = _renderer().render(_change(_alert(0)), 60, feed_no=1)
    assert b'"observed":57,' in out.value


def test_an_early_alert_is_revision_0_and_has_no_number() -> None:
    """It is provisional: for operators, never in the numbered feed."""
    event = orjson.loads(_early().value)
    assert event["id"] == "0123456789abcdef.0"
    assert event["type"] == "weathervane.alert.early"
    data = event["data"]
    assert (data["revision"], data["feed_no"], data["state"]) == (0, None, "early")
    assert event["time"] == "1970-01-01T08:01:00+08:00"
    assert data["ratio"] == 10.0


def test_a_refuted_early_alert_has_an_id_of_its_own() -> None:
    """A reader that drops repeats by id still learns that the early alert is withdrawn."""
    published = _early("retracted")
    event = orjson.loads(published.value)
    assert event["id"] == "0123456789abcdef.0.retracted"
    assert event["type"] == "weathervane.alert.retracted"
    assert event["data"]["alert_id"] == "0123456789abcdef"
    assert (event["data"]["revision"], event["data"]["feed_no"]) == (0, None)
    assert event["data"]["state"] == "retracted"


def test_what_is_written_can_be_read() -> None:
    """The bytes read back as the same alert, floats to six digits."""
    for published in (
        _early(),
        _renderer().render(_change(_alert(0)), 60, feed_no=1),
    ):
        envelope = decode_event(published.value)
        assert envelope.id == f"{published.alert.alert_id}.{published.alert.revision}"
        assert envelope.alert.summary == published.alert.summary
        assert envelope.alert.entity == published.alert.entity
        evidence = published.alert.evidence_nats
        assert envelope.alert.evidence_nats == pytest.approx(evidence, rel=1e-5)


def test_without_an_expectation_the_ratio_is_the_count() -> None:
    """A newcomer before any is known: the numbers stay finite."""
    assert _data(_early(expected=0.0))["ratio"] == 40.0
    assert (
        _data(_renderer().render(_change(_alert(0, expected=0.0)), 60, feed_no=1))["ratio"] == 57.0
    )


@pytest.mark.parametrize(
    "name", [part * (256 // len(part.encode())) for part in '%"淘\u2028\\'], ids=lambda n: n[0]
)
def test_an_alert_is_far_below_64_kb(name: str) -> None:
    """The largest that can be: 256 bytes of name that must be escaped, huge totals."""
    bucket = int(dt.datetime(2026, 3, 2, tzinfo=dt.UTC).timestamp())
    alert = _alert(bucket, observed=1e18, expected=1e18 / 3, reason="level_shift")
    long = AlertRenderer("n" * 100, "0123456789ab", "g" * 100, Buckets(60, "Asia/Shanghai"))
    steps: tuple[AlertEvent, ...] = ("opened", "updated", "resolved")
    for step in steps:
        change = _change(alert, step, entity=name)
        published = long.render(change, bucket + 60, feed_no=10**15)
        assert len(published.value) < 4096
        assert len(published.key) < 1024
        assert decode_event(published.value).alert.entity.id == name


def test_a_source_fault_is_about_the_source() -> None:
    """Entity `source/NAME`, signal `source`, what is wrong in `kind`; numbered like all others."""
    zone = "America/New_York"
    day = _day(2020, 4, 27, zone)
    fault = _alert(day, detector="weekly-level", observed=0.0, expected=5521.0)
    change = AlertChange("source", "source", "ftc", "opened", fault, "gap")
    out = _renderer(86400, zone).render(change, Buckets(86400, zone).end(day), feed_no=7)
    assert out.key == b"source/ftc"
    envelope = decode_event(out.value)
    assert envelope.alert == out.alert
    assert envelope.time == "2020-04-28T00:00:00-04:00"
    alert = envelope.alert
    assert (alert.signal, alert.kind, alert.entity.level) == ("source", "gap", "source")
    assert (alert.state, alert.feed_no, alert.observed) == ("open", 7, 0)


def test_a_child_names_its_parent() -> None:
    """Readers who want one alert a family leave out those that have one."""
    published = _renderer().render(_change(_alert(60)), 120, feed_no=1, parent="0123456789abcdef")
    assert _data(published)["parent"] == "0123456789abcdef"
