"""One alert to one receiver: posted until it is accepted.

Only a 2xx is acceptance. Everything else is tried again for ever: no answer, a 5xx, a
redirect (which CloudEvents webhooks must not follow), and a 4xx too, 410 included: the
receiver may be mended or its address corrected, whereas an alert given up is lost. So
a receiver that refuses one alert holds up its own queue, and only that: its lag grows,
and the first refusal is in the log. To be rid of it, take it out of the configuration.
"""

from __future__ import annotations

import asyncio
import datetime as dt
import logging
import random
import time
from collections.abc import Callable

import httpx

from streams import version
from streams.alerts.cloudevent import CONTENT_TYPE
from streams.config.tables import Webhook
from streams.delivery.backoff import Backoff, retry_after_s
from streams.delivery.meters import ServeMetrics

_log = logging.getLogger(__name__)


class Courier:
    """Posts alerts to a receiver, one at a time."""

    def __init__(
        self, hook: Webhook, metrics: ServeMetrics, *, backoff: Backoff | None = None
    ) -> None:
        self._hook = hook
        self._backoff = backoff or Backoff()
        self._deliveries = metrics.deliveries.labels(hook.name)
        self._failures = metrics.failures
        self._begun: float | None = None
        metrics.webhook_waiting.labels(hook.name).set_function(self._waiting_s)
        headers = {
            "Content-Type": CONTENT_TYPE,
            "User-Agent": f"weathervane/{version()}",
        }
        self._client = httpx.AsyncClient(
            headers=headers, timeout=hook.timeout, follow_redirects=False
        )

    async def close(self) -> None:
        """Close the connections."""
        await self._client.aclose()

    def _waiting_s(self) -> float:
        begun = self._begun  # read once: Prometheus asks from another thread
        return 0.0 if begun is None else time.monotonic() - begun

    async def deliver(self, raw: bytes, wanted: Callable[[], bool] = lambda: True) -> bool:
        """Post an alert until it is accepted, or until `wanted` says no before an attempt.

        Returns
        -------
        bool
            Whether it was accepted.
        """
        self._begun = time.monotonic()
        try:
            return await self._until_accepted(raw, wanted, self._begun)
        finally:
            self._begun = None

    async def _until_accepted(self, raw: bytes, wanted: Callable[[], bool], begun: float) -> bool:
        failures = 0
        shown = ""
        while wanted():
            reason, detail, retry_after = await self._post(raw)
            if not reason:
                self._deliveries.inc()
                if failures:
                    _log.info(
                        "webhook %s accepts again, after %d failures in %.0f s",
                        self._hook.name,
                        failures,
                        time.monotonic() - begun,
                    )
                return True
            failures += 1
            self._failures.labels(self._hook.name, reason).inc()
            if reason != shown:
                # Once for each reason, not each attempt: an outage may last for days.
                _log.warning(
                    "webhook %s has not accepted an alert (%s); it and those behind it wait,"
                    " and it is tried again until it is accepted",
                    self._hook.name,
                    detail,
                )
                shown = reason
            # Spreads load; nothing secret hangs on it.
            chance = random.random()  # noqa: S311
            await asyncio.sleep(self._backoff.wait(failures, chance, retry_after))
        return False

    async def _post(self, raw: bytes) -> tuple[str, str, float | None]:
        """Try once: an empty reason is success; else reason, detail, Retry-After."""
        try:
            # httpx limits each step; this the whole, since a trickle of bytes is no progress.
            async with asyncio.timeout(self._hook.timeout):
                answer = await self._client.post(self._hook.url, content=raw)
        except TimeoutError:
            return "timeout", f"no answer within {self._hook.timeout:g} s", None
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            # Its words, not the address: that may hold a token.
            return type(error).__name__, f"{type(error).__name__}: {error}", None
        if answer.is_success:
            return "", "", None
        status = answer.status_code
        wait = retry_after_s(answer.headers.get("Retry-After"), dt.datetime.now(dt.UTC))
        return str(status), f"HTTP {status} {answer.reason_phrase}".rstrip(), wait
