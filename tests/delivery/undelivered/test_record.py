"""What was given up is kept whole; what was delivered after all stands no more."""

from __future__ import annotations

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st
from prometheus_client import Gauge

from streams.delivery.undelivered.follower import UndeliveredCount
from streams.delivery.undelivered.record import (
    Undelivered,
    decode_record,
    encode_record,
    make_undelivered,
    redelivered,
    standing,
)
from tests.alerts.examples import numbered, raw

AT = dt.datetime(2026, 3, 2, 12, tzinfo=dt.UTC)


def lost(payload: bytes, receiver: str = "ops", offset: int = 7) -> Undelivered:
    """An alert that was given up."""
    return make_undelivered(
        payload, at=AT, receiver=receiver, reason="403", detail="HTTP 403 Forbidden",
        attempts=3, topic="alerts", partition=0, offset=offset,
    )  # fmt: skip


@given(st.binary(max_size=300), st.text(min_size=1, max_size=100))
def test_any_bytes_come_back(payload: bytes, receiver: str) -> None:
    """What was in the topic alerts, alert or not, is there bit for bit."""
    record = lost(payload, receiver)
    assert decode_record(encode_record(record)) == record
    assert record.payload == payload


def test_an_alert_is_named() -> None:
    """Its id with the revision, and its subject; other records have none."""
    record = lost(raw(revision=4))
    assert (record.alert, record.subject) == ("2b1926685558e977.4", "sender/106900012345")
    assert (lost(b"rubbish").alert, lost(b"rubbish").subject) == (None, None)


def test_a_repeat_is_known() -> None:
    """The same alert for the same receiver has the same id, wherever it stood."""
    assert lost(raw()).id == lost(raw(), offset=99).id
    assert len({lost(raw()).id, lost(raw(), "other").id, lost(numbered(2)).id}) == 3
    long = "r" * 99
    assert lost(raw(), f"{long}1").id != lost(raw(), f"{long}2").id


def test_the_last_record_holds() -> None:
    """Given up, delivered, given up again: each record changes what stands; rubbish is told."""
    first, other = lost(numbered(1)), lost(numbered(2))
    done = redelivered(first, AT)
    raws = [encode_record(first), encode_record(other), encode_record(done)]
    assert standing([*raws, None])[0] == [other]
    assert standing([*raws, encode_record(first)])[0] == [other, first]
    found, problems = standing([b"{", b"[" * 100_000, *raws])
    assert found == [other]
    assert len(problems) == 2


@pytest.mark.parametrize("most", [1, 10])
def test_the_metric_counts_what_stands(most: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """For each configured receiver, up to a bound; a repeat counts once."""
    monkeypatch.setattr("streams.delivery.undelivered.follower.MOST", most)
    gauge = Gauge("undelivered", "", ["receiver"], registry=None)
    count = UndeliveredCount({"ops": gauge, "dead": gauge})
    first, other = lost(numbered(1)), lost(numbered(2))
    for record in (first, first, other, lost(numbered(3), "gone")):
        count.take(encode_record(record))
    count.take(b"rubbish")
    count.take(None)
    count.show()
    assert gauge.labels("ops")._value.get() == min(most, 2)
    assert gauge.labels("dead")._value.get() == 0
    count.take(encode_record(redelivered(first, AT)))
    count.show()
    assert gauge.labels("ops")._value.get() == min(most, 2) - 1
