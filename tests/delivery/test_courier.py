"""An alert is sent until its receiver accepts it."""

import asyncio
import datetime as dt
import logging
import socket
import time
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from streams.alerts.cloudevent import CONTENT_TYPE
from streams.delivery.channels.posting import retry_after_s
from streams.delivery.channels.webhook import Webhook
from streams.delivery.courier import Backoff, Courier
from streams.delivery.meters import ServeMetrics
from tests.alerts.examples import numbered
from tests.delivery.receivers import receiver

NOW = dt.datetime(2020, 2, 1, tzinfo=dt.UTC)
QUICK = Backoff(first_s=0.001, longest_s=0.002)


def deliver(
    url: str,
    *alerts: bytes,
    timeout: float = 5.0,
    wanted: Callable[[], bool] = lambda: True,
) -> ServeMetrics:
    metrics = ServeMetrics()

    async def run() -> None:
        hook = Webhook.model_validate({"name": "ops", "url": url, "timeout": f"{timeout}s"})
        courier = Courier(hook, metrics, backoff=QUICK)
        async with hook.open() as send:
            for raw in alerts:
                await courier.deliver(send, raw, wanted)

    asyncio.run(run())
    return metrics


def count(metrics: ServeMetrics, name: str, **labels: str) -> float:
    return metrics.registry.get_sample_value(name, {"receiver": "ops", **labels}) or 0.0


def test_an_alert_is_posted_as_published() -> None:
    """A receiver gets the alert's bytes, as a structured CloudEvent."""
    with receiver() as ops:
        deliver(ops.url, numbered(1))
    assert ops.accepted == [numbered(1)]
    assert ops.content_types == {CONTENT_TYPE}


def test_order_is_kept_through_failures() -> None:
    """Alerts behind a failing one wait, and arrive in order, each accepted once."""
    with receiver(500, 500, 503, 200, 500) as ops:
        metrics = deliver(ops.url, *map(numbered, (1, 2, 3)))
    assert ops.accepted == [*map(numbered, (1, 2, 3))]
    assert ops.asked == [*[numbered(1)] * 4, numbered(2), numbered(2), numbered(3)]
    assert count(metrics, "weathervane_webhook_deliveries_total") == 3
    assert count(metrics, "weathervane_webhook_failures_total", reason="500") == 3
    assert count(metrics, "weathervane_webhook_failures_total", reason="503") == 1


@pytest.mark.parametrize("status", [301, 400, 404, 410, 415, 422, 429])
def test_a_refusal_is_tried_again(status: int) -> None:
    """A 4xx or a redirect is not acceptance: the alert is posted again, not dropped."""
    headers = {"Location": "http://127.0.0.1:1/"}
    with receiver((status, headers)) as ops:
        deliver(ops.url, numbered(1))
    assert ops.asked == [numbered(1)] * 2
    assert ops.accepted == [numbered(1)]


def test_a_refusal_is_said_once_and_shows_no_secret(caplog: pytest.LogCaptureFixture) -> None:
    """The log has one line for each reason, not for each attempt, and not the address."""
    caplog.set_level(logging.INFO, "streams.delivery")
    with receiver(500, 500, 500, 410, 410) as ops:
        deliver(ops.url, numbered(1))
    lines = [record.getMessage() for record in caplog.records]
    assert [line.split("(")[1].split(")")[0] for line in lines[:2]] == [
        "HTTP 500 Internal Server Error",
        "HTTP 410 Gone",
    ]
    assert lines[2].startswith("webhook ops accepts again, after 5 failures")
    assert len(lines) == 3
    assert "secret" not in caplog.text


def test_what_does_not_answer_is_tried_again() -> None:
    """A refused connection and a silent receiver count as failures, by kind."""
    attempts = iter([True, True, False])
    with socket.create_server(("127.0.0.1", 0)) as silent:
        port = silent.getsockname()[1]
        metrics = deliver(
            f"http://127.0.0.1:{port}/", numbered(1), timeout=0.05, wanted=lambda: next(attempts)
        )
    assert count(metrics, "weathervane_webhook_failures_total", reason="timeout") + count(
        metrics, "weathervane_webhook_failures_total", reason="ReadTimeout"
    ) == pytest.approx(2)
    attempts = iter([True, False])
    metrics = deliver(f"http://127.0.0.1:{port}/", numbered(1), wanted=lambda: next(attempts))
    assert count(metrics, "weathervane_webhook_failures_total", reason="ConnectError") == 1


def test_retry_after_is_honoured() -> None:
    """A receiver that asks for a second gets a second."""
    with receiver((429, {"Retry-After": "1"})) as ops:
        begun = time.monotonic()
        deliver(ops.url, numbered(1))
    assert time.monotonic() - begun >= 1.0
    assert ops.accepted == [numbered(1)]


def test_what_is_not_wanted_any_more_is_not_posted() -> None:
    """Where its partition has moved, an alert is left to its new owner."""
    with receiver() as ops:
        deliver(ops.url, numbered(1), wanted=lambda: False)
    assert ops.asked == []


@given(st.integers(1, 10**9), st.floats(0, 1, exclude_max=True))
def test_waits_are_bounded_for_ever(failures: int, chance: float) -> None:
    """However long the outage, a wait is between half a second and a minute."""
    assert 0.5 <= Backoff().wait_s(failures, chance, None) <= 60.0


def test_a_retry_after_cannot_stop_deliveries_for_ever() -> None:
    """What a receiver asks for is honoured up to an hour."""
    assert Backoff().wait_s(1, 0.0, 1e9) == 3600.0
    assert Backoff().wait_s(9, 0.0, 1.0) == 30.0


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        (None, None),
        ("0", 0.0),
        ("120", 120.0),
        ("9" * 5000, 9999999999.0),
        ("Sat, 01 Feb 2020 00:01:00 GMT", 60.0),
        ("Fri, 31 Jan 2020 00:00:00 GMT", 0.0),
        ("Sat, 01 Feb 2020 08:01:00 +0800", 60.0),
        ("soon", None),
        ("-5", None),
        ("²", None),
        ("", None),
    ],
)
def test_retry_after_is_read(header: str | None, seconds: float | None) -> None:
    """Seconds and dates are read; what is neither counts as not given."""
    assert retry_after_s(header, NOW) == seconds


def test_waiting_is_measured_while_it_lasts() -> None:
    """How long the alert whose turn it is has not been accepted; 0 before and after."""
    seen = []
    metrics = ServeMetrics()

    def look() -> bool:
        seen.append(count(metrics, "weathervane_webhook_waiting_seconds"))
        return len(seen) < 4

    async def run(url: str) -> None:
        hook = Webhook.model_validate({"name": "ops", "url": url})
        courier = Courier(hook, metrics, backoff=QUICK)
        assert count(metrics, "weathervane_webhook_waiting_seconds") == 0
        async with hook.open() as send:
            assert not (await courier.deliver(send, numbered(1), look)).accepted

    with receiver(500, 500, 500) as ops:
        asyncio.run(run(ops.url))
    assert len(seen) == 4
    assert 0 < seen[0] < seen[1] < seen[2] < seen[3]
    assert count(metrics, "weathervane_webhook_waiting_seconds") == 0
