"""The records of the topic ``notifications``: what was sent to whom, and what nobody is owed. Pure.

Whoever sends next folds them, so that a crash repeats no more than what was not yet recorded.
"""

from __future__ import annotations

import datetime as dt
from typing import Annotated, Literal

import msgspec

from streams.alerts.cloudevent import AlertState, Number
from streams.delivery.channels.notification import Notification, Reason

Instant = Annotated[dt.datetime, msgspec.Meta(tz=True)]
FORM = 1
MOST_ALERTS = 500
"""Alerts of one notification at most; what is more follows in the next one."""


class SentAlert(msgspec.Struct, frozen=True):
    """An alert as a notification told it: its revision, and what it was then."""

    alert_id: str
    revision: Number
    state: AlertState
    severity: Literal["warning", "critical"]
    acknowledged: bool = False

    @property
    def closed(self) -> bool:
        """Whether it was told that the alert is over."""
        return self.state in ("resolved", "retracted")


class Sent(msgspec.Struct, frozen=True, kw_only=True, tag_field="type", tag="sent"):
    """A notification that a receiver has accepted, or that was given up.

    Attributes
    ----------
    at
        When it was accepted or given up.
    due
        When it fell due.
    receiver, group, status, reason
        As the notification has them.
    outcome
        What became of it.
    attempts
        How often it was sent.
    detail
        Why it was given up; empty where it was accepted.
    digest
        Names the notification.
    alerts
        What it told.
    """

    v: Literal[1] = 1
    at: Instant
    due: Instant
    receiver: str
    group: str
    status: Literal["firing", "resolved"]
    reason: Reason
    outcome: Literal["accepted", "given_up"]
    attempts: Number
    detail: str = ""
    digest: str
    alerts: list[SentAlert]


class Settled(msgspec.Struct, frozen=True, kw_only=True, tag_field="type", tag="settled"):
    """Through when each receiver is owed nothing of alerts that are over.

    Attributes
    ----------
    at
        When it was written.
    receivers
        By name: of alerts that ended by this time the receiver needs to be told nothing.
    """

    v: Literal[1] = 1
    at: Instant
    receivers: dict[str, Instant]


Record = Sent | Settled
_decoder: msgspec.json.Decoder[Record] = msgspec.json.Decoder(Sent | Settled)


class _RecordForm(msgspec.Struct):
    v: int = 0


_record_form = msgspec.json.Decoder(_RecordForm)


def sent_record(
    notification: Notification, at: dt.datetime, attempts: int, given_up: str | None = None
) -> Sent:
    """Make the record of a notification.

    Parameters
    ----------
    notification
        The notification.
    at
        When it was accepted or given up.
    attempts
        How often it was sent.
    given_up
        Why it was given up; None where it was accepted.
    """
    return Sent(
        at=at.astimezone(dt.UTC),
        due=notification.at,
        receiver=notification.receiver,
        group=notification.group,
        status=notification.status,
        reason=notification.reason,
        outcome="accepted" if given_up is None else "given_up",
        attempts=attempts,
        detail=given_up or "",
        digest=notification.digest,
        alerts=[
            SentAlert(
                one.envelope.alert.alert_id,
                one.envelope.alert.revision,
                one.envelope.alert.state,
                one.envelope.alert.severity,
                one.acknowledged_by is not None,
            )
            for one in notification.alerts
        ],
    )


def encode(record: Record) -> bytes:
    """Write a record as JSON, ``v`` first."""
    return msgspec.json.encode(record)


def decode(raw: bytes) -> Record:
    """Read a record.

    Raises
    ------
    ValueError
        Where `raw` is none, or of a later version; the message says what is wrong, and where.
    """
    try:
        return _decoder.decode(raw)
    except RecursionError:
        raise ValueError("JSON must not be nested so deeply") from None
    except msgspec.ValidationError as error:
        if (later := _version(raw)) > FORM:
            raise ValueError(
                f"v must be {FORM}; found {later}: a later version wrote it. Run that version"
            ) from None
        raise error


def _version(raw: bytes) -> int:
    try:
        return _record_form.decode(raw).v
    except (ValueError, RecursionError):
        return 0
