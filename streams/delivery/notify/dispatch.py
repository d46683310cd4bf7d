"""Tells one receiver what is due, one notification at a time: sends, records, tries again.

A notification is recorded after the receiver has accepted it and before the next one is sent, so
that a kill repeats one at most. One that is refused waits, and others of the receiver go on; while
nothing is accepted at all, the waits grow.
"""

from __future__ import annotations

import asyncio
import contextlib
import datetime as dt
import logging
import random
import time
from collections.abc import Callable, Collection
from typing import Final

import msgspec

from streams.delivery.channels.channel import Refusal, attempt, where_it_failed
from streams.delivery.channels.notification import Notification, Tell
from streams.delivery.courier import LONGEST_RETRY_AFTER_S, TRIED_AT_LEAST_S, Backoff
from streams.delivery.meters import ServeMetrics
from streams.delivery.notify.journal import Journal
from streams.delivery.notify.notifier import Notifier
from streams.delivery.notify.record import sent_record
from streams.delivery.notify.table import Receiver
from streams.delivery.topic_writer import NotWritten
from streams.delivery.undelivered.record import Undelivered, make_undelivered
from streams.delivery.undelivered.writer import UndeliveredWriter

FINISH_WITHIN_S: Final = 10.0
"""How long a stop, or a move to another process, waits for the answer to what is under way."""

_LONGEST_SLEEP_S: Final = 60.0
_RESTART_AFTER_S: Final = 5.0
_log = logging.getLogger(__name__)


class _Tries(msgspec.Struct):
    """Refusals of one group in a row, and when the first attempt was, on a clock that only runs."""

    number: int
    since_s: float


class Dispatcher:
    """Tells one receiver.

    Parameters
    ----------
    receiver
        The receiver.
    notifier
        Says what is due.
    journal
        Takes what was sent.
    undelivered
        Takes the alerts that are given up.
    metrics
        Where notifications are counted.
    may_send
        Whether this process is the one that sends.
    backoff
        How long to wait after refusals.
    """

    def __init__(
        self,
        receiver: Receiver,
        notifier: Notifier,
        journal: Journal,
        undelivered: UndeliveredWriter,
        metrics: ServeMetrics,
        may_send: Callable[[], bool],
        *,
        backoff: Backoff | None = None,
    ) -> None:
        self.name, self._receiver = receiver.name, receiver
        self._notifier, self._journal, self._undelivered = notifier, journal, undelivered
        self._metrics, self._may_send = metrics, may_send
        self._backoff = backoff or Backoff()
        self._awake = asyncio.Event()
        self._idle = asyncio.Event()
        self._idle.set()
        self._tries: dict[str, _Tries] = {}
        self._refused = 0
        self._refused_since: float | None = None
        self._paused_until_s = 0.0
        self._said = ""
        metrics.notify_waiting.labels(receiver.name).set_function(self._waiting_s)
        metrics.notify_given_up.labels(receiver.name)
        metrics.notify_sent.labels(receiver.name, "new")

    def wake(self) -> None:
        """Have it look at what is due."""
        self._awake.set()

    async def finish(self) -> None:
        """Wait until nothing is under way, for a while."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(FINISH_WITHIN_S):
                await self._idle.wait()

    async def run(self) -> None:
        """Send until cancelled; after any error it begins again.

        An error here is no one's but this receiver's.
        """
        receiver = self._receiver
        while True:
            try:
                async with receiver.channel.open(receiver.language) as tell:
                    while True:
                        await self._next(tell)
            except Exception as error:
                self._metrics.errors.labels(self.name, type(error).__name__).inc()
                said = where_it_failed(error)
                _log.error("receiver %s: %s; it goes on in a moment", self.name, said)
            await asyncio.sleep(_RESTART_AFTER_S)

    async def _next(self, tell: Tell) -> None:
        self._awake.clear()
        now_s = time.time()
        wait_s = _LONGEST_SLEEP_S
        if self._may_send():
            paused_s = self._paused_until_s - time.monotonic()
            if paused_s > 0:
                await asyncio.sleep(min(paused_s, _LONGEST_SLEEP_S))
                return
            found = self._notifier.due(self.name, now_s)
            if found is not None:
                await self._hand_over(tell, found)
                return
            # What was refused and no longer waits, since it is hidden now, begins anew later.
            self._tries = {
                group: tries
                for group, tries in self._tries.items()
                if self._notifier.waits(self.name, group)
            }
            wait_s = min(wait_s, max(self._notifier.next_due_s(self.name) - now_s, 0.0))
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(wait_s):
                await self._awake.wait()

    async def _hand_over(self, tell: Tell, found: Notification) -> None:
        """Send and record; where this is cancelled, end first what is under way."""
        self._idle.clear()
        work = asyncio.create_task(self._send(tell, found))
        try:
            await asyncio.shield(work)
        except asyncio.CancelledError:
            await asyncio.wait([work], timeout=FINISH_WITHIN_S)
            work.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await work
            raise
        finally:
            self._idle.set()

    async def _send(self, tell: Tell, found: Notification) -> None:
        tries = self._tries.setdefault(found.group, _Tries(0, time.monotonic()))
        refusal = await attempt(tell, found)
        now = dt.datetime.now(dt.UTC)
        if refusal is None:
            del self._tries[found.group]
            self._accepted()
            self._metrics.notify_sent.labels(self.name, found.reason).inc()
            if self._notifier.unrecorded(found):
                self._notifier.resent(self.name, found.group, now.timestamp())
            elif found.alerts:
                await self._journal.write(sent_record(found, now, tries.number + 1))
            return
        tries.number += 1
        self._refuse(found, refusal)
        if refusal.final and self._notifier.unrecorded(found):
            # It was given up when it was first told; that it stands is said again all the same.
            del self._tries[found.group]
            self._notifier.resent(self.name, found.group, now.timestamp())
            return
        lost = None
        if not self._notifier.unrecorded(found):  # it says nothing new, so nothing is lost
            lost = self._given_up(found, refusal, now, tries)
        if lost is not None:
            await self._give_up(lost, refusal, now, tries)
            if refusal.only:
                await self._settle_others(found, lost, now, tries)
            return
        # This only spreads load; it protects no secret.
        chance = random.random()  # noqa: S311
        wait_s = self._backoff.wait_s(tries.number, chance, refusal.retry_after_s)
        self._notifier.put_off(self.name, found.group, now.timestamp() + wait_s)

    def _accepted(self) -> None:
        if self._refused:
            _log.info("receiver %s accepts again, after %d refusals", self.name, self._refused)
        self._refused, self._refused_since, self._said = 0, None, ""

    def _refuse(self, found: Notification, refusal: Refusal) -> None:
        self._metrics.notify_failures.labels(self.name, refusal.reason).inc()
        if refusal.unforeseen:
            self._metrics.errors.labels(self.name, refusal.reason).inc()
        if refusal.reason != self._said:
            # Once for each reason, not each attempt: an outage may last for days.
            _log.warning(
                "receiver %s has not accepted a notification (%s); it is tried again until it is"
                " accepted or given up",
                self.name,
                refusal.detail,
            )
            self._said = refusal.reason
        self._refused += 1
        if self._refused_since is None:
            self._refused_since = time.monotonic()
        wait_s = min(refusal.retry_after_s or 0.0, LONGEST_RETRY_AFTER_S)
        if self._refused > 1:
            # One that is refused alone delays no other; where all are, the receiver is left alone.
            wait_s = self._backoff.wait_s(self._refused - 1, 0.0, refusal.retry_after_s)
        self._paused_until_s = time.monotonic() + wait_s

    def _given_up(
        self, found: Notification, refusal: Refusal, now: dt.datetime, tries: _Tries
    ) -> Notification | None:
        """Return what is given up now: of the alerts those that have waited for long enough."""
        if refusal.final:
            return _of_alerts(found, refusal.only) if refusal.only else found
        after_s = self._receiver.give_up_after
        if time.monotonic() - tries.since_s < min(after_s, TRIED_AT_LEAST_S):
            return None
        old = [
            one
            for one in found.alerts
            if now.timestamp() - self._notifier.waits_since(found, one.envelope.alert.alert_id)
            >= after_s
        ]
        return msgspec.structs.replace(found, alerts=tuple(old)) if old else None

    async def _give_up(
        self, lost: Notification, refusal: Refusal, now: dt.datetime, tries: _Tries
    ) -> None:
        for one in lost.alerts:
            record = make_undelivered(
                one.raw, at=now, receiver=self.name, reason=refusal.reason, detail=refusal.detail,
                attempts=tries.number, topic="", partition=0, offset=0,
            )  # fmt: skip
            await self._write_undelivered(record)
        del self._tries[lost.group]
        self._metrics.notify_given_up.labels(self.name).inc(len(lost.alerts))
        await self._journal.write(sent_record(lost, now, tries.number, refusal.detail))
        _log.error(
            "receiver %s: a notification of %d alerts is given up after %d attempts (%s); they are"
            " in the topic undelivered, and `weathervane redeliver` sends them again",
            self.name,
            len(lost.alerts),
            tries.number,
            refusal.detail,
        )

    async def _settle_others(
        self, found: Notification, lost: Notification, now: dt.datetime, tries: _Tries
    ) -> None:
        """Record what the receiver has accepted of a notification of which some is given up."""
        lost_ids = {one.envelope.alert.alert_id for one in lost.alerts}
        ids = [one.envelope.alert.alert_id for one in found.alerts]
        others = _of_alerts(found, [one for one in ids if one not in lost_ids])
        if others.alerts:
            self._accepted()
            self._metrics.notify_sent.labels(self.name, found.reason).inc()
            await self._journal.write(sent_record(others, now, tries.number))

    async def _write_undelivered(self, record: Undelivered) -> None:
        while True:
            try:
                await self._undelivered.write(record)
            except NotWritten as error:
                _log.warning("%s; it is tried until it is written", error)
                await asyncio.sleep(_RESTART_AFTER_S)
                continue
            return

    def _waiting_s(self) -> float:
        since = self._refused_since  # read once: Prometheus asks from another thread
        return 0.0 if since is None else time.monotonic() - since


def _of_alerts(found: Notification, alert_ids: Collection[str]) -> Notification:
    """Return a notification of some of its alerts."""
    alerts = [one for one in found.alerts if one.envelope.alert.alert_id in alert_ids]
    return msgspec.structs.replace(found, alerts=tuple(alerts))
