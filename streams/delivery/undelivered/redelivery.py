"""Sends undelivered alerts again: which ones, and what became of each."""

from __future__ import annotations

import datetime as dt
from collections.abc import Awaitable, Callable, Iterable, Iterator, Mapping
from contextlib import AsyncExitStack
from typing import Literal

import msgspec

from streams.delivery.channels.channel import EventReceiver, attempt, where_it_failed
from streams.delivery.undelivered.record import Redelivered, Undelivered, redelivered

Fate = Literal["delivered", "refused", "not_tried"]


class Wanted(msgspec.Struct, frozen=True):
    """Which undelivered alerts are meant; None means any.

    Attributes
    ----------
    receiver
        Name of the receiver.
    alert
        An alert's id, all of its revisions; or with a revision only that one.
    since
        Given up at this time or later.
    """

    receiver: str | None = None
    alert: str | None = None
    since: dt.datetime | None = None

    def chosen(self, records: Iterable[Undelivered]) -> Iterator[Undelivered]:
        """Yield the records that are meant."""
        for record in records:
            if self.receiver not in (None, record.receiver):
                continue
            if self.since is not None and record.at < self.since:
                continue
            if self.alert is None or f"{record.alert or ''}.".startswith(f"{self.alert}."):
                yield record


class Resent(msgspec.Struct, frozen=True):
    """What became of an undelivered alert; `detail` says why it was not delivered."""

    record: Undelivered
    fate: Fate
    detail: str = ""


async def send_again(
    records: Iterable[Undelivered],
    receivers: Mapping[str, EventReceiver],
    write: Callable[[Redelivered], Awaitable[None]],
    now: Callable[[], dt.datetime],
    report: Callable[[Resent], None],
) -> None:
    """Send each alert once, receiver by receiver and in order.

    A receiver that does not answer at all is not asked again. A delivery is recorded before the
    next alert is sent; where that fails, the alert stands as undelivered, and a repeat of the
    command sends it again.

    Parameters
    ----------
    records
        The alerts.
    receivers
        The receivers of the configuration, by name.
    write
        Records that an alert was delivered after all.
    now
        Gives the time.
    report
        Is told what became of each alert.
    """
    by_receiver: dict[str, list[Undelivered]] = {}
    for record in records:
        by_receiver.setdefault(record.receiver, []).append(record)
    for name, lost in by_receiver.items():
        if name not in receivers:
            for record in lost:
                report(Resent(record, "not_tried", "its receiver is not in the configuration"))
            continue
        await _send_all(lost, receivers[name], write, now, report)


async def _send_all(
    lost: list[Undelivered],
    receiver: EventReceiver,
    write: Callable[[Redelivered], Awaitable[None]],
    now: Callable[[], dt.datetime],
    report: Callable[[Resent], None],
) -> None:
    async with AsyncExitStack() as stack:
        silent = ""
        try:
            send = await stack.enter_async_context(receiver.open())
        except Exception as error:
            silent = where_it_failed(error)
        for record in lost:
            if silent:
                report(Resent(record, "not_tried", f"the receiver does not answer: {silent}"))
                continue
            refusal = await attempt(send, record.payload)
            if refusal is None:
                await write(redelivered(record, now()))
                report(Resent(record, "delivered"))
                continue
            report(Resent(record, "refused", refusal.detail))
            silent = "" if refusal.answered or refusal.unforeseen else refusal.detail
