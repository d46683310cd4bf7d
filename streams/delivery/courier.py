"""Brings one alert to one receiver: it is sent until the receiver accepts it, or it is given up.

Every answer but an acceptance is tried again, since a receiver can be repaired and an address
corrected. An alert is given up when it is old (the receiver's ``give_up_after``), or at once for a
status that the receiver names: one alert that is rejected for ever must not hold up all others.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import random
import time
from collections.abc import Awaitable, Callable
from typing import Final

import msgspec

from streams.delivery.channels.channel import Addressee, Refusal, What, attempt
from streams.delivery.meters import ServeMetrics

LONGEST_RETRY_AFTER_S: Final = 3600.0
"""Longest wait that a receiver may ask for."""

TRIED_AT_LEAST_S: Final = 300.0
"""So long an old alert is tried too, or for ``give_up_after`` if that is shorter. After an outage
of serve all alerts are old, and a receiver may be away for a moment."""

_log = logging.getLogger(__name__)


class Backoff(msgspec.Struct, frozen=True):
    """Waits that double from `first_s` to `longest_s` seconds."""

    first_s: float = 1.0
    longest_s: float = 60.0

    def wait_s(self, failures: int, chance: float, retry_after_s: float | None) -> float:
        """Return the seconds to wait before the next attempt.

        Parameters
        ----------
        failures
            Failures in a row so far, at least 1.
        chance
            A random number in [0, 1): the wait is spread over its upper half, so that
            receivers that went down together are not all tried at one instant.
        retry_after_s
            What the receiver asked for.

        Examples
        --------
        >>> [Backoff().wait_s(n, 0.0, None) for n in (1, 2, 3, 99)]
        [0.5, 1.0, 2.0, 30.0]
        >>> Backoff().wait_s(1, 0.0, 20.0)
        20.0
        """
        # The exponent is bounded, since an outage is not.
        full_s = min(self.longest_s, self.first_s * 2.0 ** min(failures - 1, 64))
        wait_s = full_s * (1 + chance) / 2
        return max(wait_s, min(retry_after_s or 0.0, LONGEST_RETRY_AFTER_S))


class Delivery(msgspec.Struct, frozen=True):
    """What became of an alert.

    Attributes
    ----------
    accepted
        Whether the receiver has accepted it.
    attempts
        How often it was sent.
    given_up
        The last refusal, where it was given up; None where it was accepted or left to another.
    """

    accepted: bool
    attempts: int
    given_up: Refusal | None = None


class Courier:
    """Sends alerts to a receiver, one at a time.

    Parameters
    ----------
    receiver
        The receiver.
    metrics
        Where deliveries, failures and waiting are counted.
    backoff
        How long to wait before another attempt.
    """

    def __init__(
        self, receiver: Addressee, metrics: ServeMetrics, *, backoff: Backoff | None = None
    ) -> None:
        self._kind, self._name = receiver.kind, receiver.name
        self._give_up_after_s = receiver.give_up_after
        self._backoff = backoff or Backoff()
        self._deliveries = metrics.deliveries.labels(receiver.name)
        self._failures, self._errors = metrics.failures, metrics.errors
        self._begun: float | None = None
        self._stopped = asyncio.Event()
        metrics.webhook_waiting.labels(receiver.name).set_function(self._waiting_s)

    def _waiting_s(self) -> float:
        begun = self._begun  # read once: Prometheus asks from another thread
        return 0.0 if begun is None else time.monotonic() - begun

    def stop(self) -> None:
        """Make no further attempt: a delivery ends with the answer that it waits for."""
        self._stopped.set()

    async def deliver(
        self,
        send: Callable[[What], Awaitable[Refusal | None]],
        alert: What,
        wanted: Callable[[], bool] = lambda: True,
        *,
        age_s: float = 0.0,
    ) -> Delivery:
        """Send an alert until it is accepted or given up.

        Parameters
        ----------
        send
            The receiver's open channel.
        alert
            What its channel takes: an alert as published, or a notification.
        wanted
            Asked before each attempt; where it says no, the alert is left.
        age_s
            How many seconds ago it was published.

        Returns
        -------
        Delivery
            Whether it was accepted, given up, or left.
        """
        self._begun = begun = time.monotonic()
        try_s = min(self._give_up_after_s, TRIED_AT_LEAST_S)
        deadline = begun + max(self._give_up_after_s - max(age_s, 0.0), try_s)
        try:
            return await self._until_settled(send, alert, wanted, begun, deadline)
        finally:
            self._begun = None

    async def _until_settled(
        self,
        send: Callable[[What], Awaitable[Refusal | None]],
        alert: What,
        wanted: Callable[[], bool],
        begun: float,
        deadline: float,
    ) -> Delivery:
        failures = 0
        logged_reason = ""
        while wanted() and not self._stopped.is_set():
            refusal = await attempt(send, alert)
            if refusal is None:
                self._deliveries.inc()
                if failures:
                    _log.info(
                        "%s %s accepts again, after %d failures in %.0f s",
                        self._kind,
                        self._name,
                        failures,
                        time.monotonic() - begun,
                    )
                return Delivery(True, failures + 1)
            failures += 1
            self._failures.labels(self._name, refusal.reason).inc()
            if refusal.unforeseen:
                self._errors.labels(self._name, refusal.reason).inc()
            left_s = deadline - time.monotonic()
            if refusal.final or left_s <= 0:
                return Delivery(False, failures, refusal)
            if refusal.reason != logged_reason:
                # Once for each reason, not each attempt: an outage may last for days.
                _log.warning(
                    "%s %s has not accepted an alert (%s); it and those behind it wait,"
                    " and it is tried again until it is accepted or given up",
                    self._kind,
                    self._name,
                    refusal.detail,
                )
                logged_reason = refusal.reason
            # This only spreads load; it protects no secret.
            chance = random.random()  # noqa: S311
            wait_s = self._backoff.wait_s(failures, chance, refusal.retry_after_s)
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(min(wait_s, left_s)):
                    await self._stopped.wait()
        return Delivery(False, failures)
