"""Sends the monitor's events to one receiver, beside its alerts: they never wait for each other."""

from __future__ import annotations

import asyncio
import logging
import random
from typing import Final

from streams.delivery.channels.channel import EventReceiver, Refusal, Send, attempt, where_it_failed
from streams.delivery.courier import Backoff
from streams.delivery.meters import ServeMetrics
from streams.delivery.monitor.event import kind_of

ATTEMPTS: Final = 5
"""How often an event is sent at most; after that a newer one says more."""

MOST_WAITING: Final = 100
"""Events that wait for a receiver at most; then the oldest is given up."""

_OPEN_AGAIN_AFTER_S = 5.0
_log = logging.getLogger(__name__)


class EventSender:
    """Sends events to a receiver, one at a time, each a few times at most.

    Parameters
    ----------
    receiver
        The receiver.
    metrics
        Where events are counted by their fate.
    heartbeats
        Whether it is told that the monitor lives.
    backoff
        How long to wait before another attempt.
    """

    def __init__(
        self,
        receiver: EventReceiver,
        metrics: ServeMetrics,
        *,
        heartbeats: bool = True,
        backoff: Backoff | None = None,
    ) -> None:
        self.name, self._receiver, self._heartbeats = receiver.name, receiver, heartbeats
        self._backoff = backoff or Backoff()
        self._accepted = metrics.monitor_events.labels(receiver.name, "accepted")
        self._given_up = metrics.monitor_events.labels(receiver.name, "given_up")
        self._waiting: asyncio.Queue[bytes] = asyncio.Queue(MOST_WAITING)

    def offer(self, event: bytes) -> None:
        """Take an event to send; a heartbeat only where it is wanted."""
        if not self._heartbeats and kind_of(event) == "heartbeat":
            return
        if self._waiting.full():
            self._waiting.get_nowait()
            self._given_up.inc()
        self._waiting.put_nowait(event)

    async def run(self) -> None:
        """Send until cancelled."""
        while True:
            try:
                async with self._receiver.open() as send:
                    while True:
                        await self._send(send, await self._waiting.get())
            except Exception as error:  # it is no one's but this receiver's
                _log.error("monitor events for %s: %s", self.name, where_it_failed(error))
            await asyncio.sleep(_OPEN_AGAIN_AFTER_S)

    async def _send(self, send: Send, event: bytes) -> None:
        refusal: Refusal | None = None
        for failures in range(ATTEMPTS):
            if refusal is not None:
                # This only spreads load; it protects no secret.
                chance = random.random()  # noqa: S311
                await asyncio.sleep(self._backoff.wait_s(failures, chance, None))
            refusal = await attempt(send, event)
            if refusal is None:
                self._accepted.inc()
                return
            if refusal.final:
                break
        self._given_up.inc()
        _log.warning(
            "%s %s has not accepted an event on the monitor itself (%s); it is given up, alerts are"
            " not",
            self._receiver.kind,
            self.name,
            "" if refusal is None else refusal.detail,
        )
