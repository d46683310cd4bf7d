"""Undelivered alerts are sent again, once each and in order, and what arrives is recorded."""

from __future__ import annotations

import asyncio
import datetime as dt
from collections.abc import Callable
from typing import Any

import msgspec
import pytest

from streams.delivery.channels.channel import Refusal
from streams.delivery.topic_writer import NotWritten
from streams.delivery.undelivered.record import Redelivered, Undelivered
from streams.delivery.undelivered.redelivery import Resent, Wanted, send_again
from tests.alerts.examples import numbered, raw
from tests.delivery.test_queue import Scripted
from tests.delivery.undelivered.test_record import AT, lost

RECORDS = [
    lost(numbered(1)),
    lost(numbered(2), "other"),
    lost(numbered(2)),
    lost(b"rubbish"),
    msgspec.structs.replace(lost(numbered(3)), at=AT + dt.timedelta(days=1)),
]
OPS = [RECORDS[0], RECORDS[2], RECORDS[3], RECORDS[4]]


def again(
    send: Callable[[bytes], Refusal | None],
    write: Callable[[Redelivered], None] = lambda _: None,
    **changes: Any,
) -> list[Resent]:
    """Send all records; the receiver `other` is not configured."""
    outcomes: list[Resent] = []

    async def write_it(record: Redelivered) -> None:
        write(record)

    async def run() -> None:
        receivers = {"ops": Scripted("ops", send, **changes)}
        await send_again(RECORDS, receivers, write_it, lambda: AT, outcomes.append)

    asyncio.run(run())
    return outcomes


@pytest.mark.parametrize(
    ("chosen", "found"),
    [
        (Wanted(), RECORDS),
        (Wanted(receiver="ops"), OPS),
        (Wanted(receiver="nobody"), []),
        (Wanted(alert=f"{2:016x}"), [RECORDS[1], RECORDS[2]]),
        (Wanted(alert=f"{2:016x}.1", receiver="ops"), [RECORDS[2]]),
        (Wanted(alert=f"{2:016x}.10"), []),
        (Wanted(since=AT), RECORDS),
        (Wanted(since=AT + dt.timedelta(seconds=1)), [RECORDS[4]]),
    ],
)
def test_a_choice_is_by_receiver_alert_and_time(chosen: Wanted, found: list[Undelivered]) -> None:
    """Each that is given narrows it; an alert's id means all revisions, or exactly one."""
    assert list(chosen.chosen(RECORDS)) == found


def test_a_revision_is_no_prefix() -> None:
    """Revision 1 does not mean revision 10."""
    ten = lost(raw(revision=10))
    assert list(Wanted(alert="2b1926685558e977.1").chosen([ten])) == []
    assert list(Wanted(alert="2b1926685558e977").chosen([ten])) == [ten]


def test_what_is_accepted_is_recorded_at_once() -> None:
    """The record is written before the next alert is sent."""
    events: list[object] = []
    outcomes = again(events.append, lambda record: events.append(record.id))
    assert events == [event for one in OPS for event in (one.payload, one.id)]
    assert [one.fate for one in outcomes].count("delivered") == 4
    (strange,) = [one for one in outcomes if one.fate == "not_tried"]
    assert (strange.record, strange.detail) == (
        RECORDS[1],
        "its receiver is not in the configuration",
    )


def test_a_refusal_leaves_the_alert_and_goes_on() -> None:
    """A receiver that answers is asked for each; nothing refused is recorded."""
    written: list[str] = []
    refused = Refusal("403", "HTTP 403 Forbidden", answered=True)

    def send(alert: bytes) -> Refusal | None:
        if alert == numbered(1):
            return refused
        if alert == b"rubbish":
            raise UnicodeError
        return None

    outcomes = again(send, lambda record: written.append(record.id))
    assert [one.fate for one in outcomes if one.record in OPS] == [
        "refused", "delivered", "refused", "delivered",
    ]  # fmt: skip
    assert written == [OPS[1].id, OPS[3].id]


def test_a_receiver_that_does_not_answer_is_asked_once() -> None:
    """No answer, or no connection at all: its other alerts are left."""
    silent = again(lambda _: Refusal("timeout", "no answer within 10 s"))
    fates = ["refused", "not_tried", "not_tried", "not_tried"]
    assert [one.fate for one in silent if one.record in OPS] == fates
    broken = again(lambda _: None, broken_openings=1)
    assert [one.fate for one in broken if one.record in OPS] == ["not_tried"] * 4
    assert "token" not in "".join(one.detail for one in broken)


def test_what_cannot_be_recorded_ends_it() -> None:
    """An alert that was accepted and is not recorded stays; nothing more is sent."""
    sent: list[bytes] = []

    def write(_: Redelivered) -> None:
        raise NotWritten("no broker")

    with pytest.raises(NotWritten):
        again(sent.append, write)
    assert sent == [OPS[0].payload]
