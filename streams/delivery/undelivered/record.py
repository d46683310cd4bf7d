"""The records of the topic ``undelivered``: alerts that were given up, and those sent again.

Records are events, and are never changed. An alert stands as undelivered if the last record with
its id says so.
"""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Iterable
from typing import Annotated, Any, Literal

import msgspec

from streams.alerts.cloudevent import decode_event

Instant = Annotated[dt.datetime, msgspec.Meta(tz=True)]
Id = Annotated[str, msgspec.Meta(pattern=r"^[0-9a-f]{16}$")]
Whole = Annotated[int, msgspec.Meta(ge=0, le=2**53 - 1)]


class Undelivered(msgspec.Struct, frozen=True, kw_only=True, tag_field="type", tag="undelivered"):
    """An alert that was given up for one receiver.

    Attributes
    ----------
    id
        A hash of receiver and alert, so that a repeat can be recognised.
    at
        When it was given up.
    receiver
        Name of the receiver.
    reason, detail
        Why the receiver has not accepted it: a word, and a sentence.
    attempts
        How often it was sent before it was given up.
    topic, partition, offset
        Its record among the alerts.
    alert, subject
        ``id`` and ``subject`` of the CloudEvent; null where the record is no alert.
    payload
        The record's bytes, in base64.
    """

    v: Literal[1]
    id: Id
    at: Instant
    receiver: str
    reason: str
    detail: str
    attempts: Whole
    topic: str
    partition: Whole
    offset: Whole
    alert: str | None
    subject: str | None
    payload: bytes


class Redelivered(msgspec.Struct, frozen=True, kw_only=True, tag_field="type", tag="redelivered"):
    """An undelivered alert that the receiver has accepted after all."""

    v: Literal[1]
    id: Id
    at: Instant
    receiver: str


_decoder: msgspec.json.Decoder[Undelivered | Redelivered] = msgspec.json.Decoder(
    Undelivered | Redelivered
)


def make_undelivered(
    payload: bytes, *, at: dt.datetime, receiver: str, **fields: Any
) -> Undelivered:
    """Make the record of an alert that was given up.

    Parameters
    ----------
    payload
        The alert, as published.
    at, receiver
        When it was given up, and for whom.
    fields
        The other attributes but ``id``, ``alert`` and ``subject``, which follow from the payload.
    """
    said = hashlib.blake2b(receiver.encode() + b"\0" + payload, digest_size=8)
    alert = subject = None
    try:
        envelope = decode_event(payload)
        alert, subject = envelope.id, envelope.subject
    except ValueError:
        pass  # a receiver is sent whatever the topic holds
    return Undelivered(
        v=1, id=said.hexdigest(), at=at.astimezone(dt.UTC), receiver=receiver,
        alert=alert, subject=subject, payload=payload, **fields,
    )  # fmt: skip


def redelivered(record: Undelivered, at: dt.datetime) -> Redelivered:
    """Make the record of an alert that was accepted after all."""
    return Redelivered(v=1, id=record.id, at=at.astimezone(dt.UTC), receiver=record.receiver)


def encode_record(record: Undelivered | Redelivered) -> bytes:
    """Write a record as JSON."""
    return msgspec.json.encode(record)


def decode_record(raw: bytes) -> Undelivered | Redelivered:
    """Read a record.

    Raises
    ------
    ValueError
        Where `raw` is none; the message says what is wrong, and where.
    """
    try:
        return _decoder.decode(raw)
    except RecursionError:
        raise ValueError("JSON must not be nested so deeply") from None


def standing(records: Iterable[bytes | None]) -> tuple[list[Undelivered], list[str]]:
    """Return what is undelivered, in order, and a problem for each record that is not one."""
    found: dict[str, Undelivered] = {}
    problems = []
    for raw in records:
        if raw is None:
            continue
        try:
            record = decode_record(raw)
        except ValueError as error:
            problems.append(f"a record of the topic undelivered cannot be read: {error}")
            continue
        if isinstance(record, Redelivered):
            found.pop(record.id, None)
        else:
            found[record.id] = record
    return list(found.values()), problems
