"""Alerts to test with."""

from typing import Any

import msgspec

from streams.alerts.cloudevent import Alert, Entity, encode_alert

OPENED = Alert(
    event="opened",
    alert_id="2b1926685558e977",
    revision=1,
    group="1d-Asia-Shanghai",
    feed_no=1,
    state="open",
    entity=Entity("sender", "106900012345"),
    signal="complaints",
    detector="esr",
    severity="warning",
    onset="2020-02-01T00:00:00+08:00",
    first_bucket="2020-02-01T00:00:00+08:00",
    last_bucket="2020-02-01T00:00:00+08:00",
    bucket_s=86400,
    observed=52,
    expected=3.1,
    ratio=16.7742,
    evidence_nats=61.5,
    threshold_nats=9.2,
    summary="Complaints about sender 106900012345 burst: 52 where 3.1 were expected.",
    config="0123456789ab",
)


def alert(**changes: Any) -> Alert:
    """`OPENED` with changes."""
    return msgspec.structs.replace(OPENED, **changes)


def raw(**changes: Any) -> bytes:
    """The bytes of `OPENED` with changes."""
    return encode_alert(alert(**changes), name="test", time="2020-02-02T00:00:00+08:00")


def numbered(feed_no: int, **changes: Any) -> bytes:
    """The bytes of an alert of its own with that number in the feed."""
    return raw(**{"alert_id": f"{feed_no:016x}", "feed_no": feed_no, **changes})
