"""Whatever a receiver answers, a webhook says whether it has accepted, soon, in little memory."""

from __future__ import annotations

import asyncio
import datetime as dt
import math
import socket
import threading
import tracemalloc

import pytest
from hypothesis import given
from hypothesis import strategies as st

from streams.delivery.channels.channel import Refusal
from streams.delivery.channels.posting import retry_after_s
from streams.delivery.channels.webhook import Webhook
from tests.alerts.examples import numbered
from tests.delivery.poison import POISONS, SECRET, bomb, poison_receiver

SOON_S, LATE_S = 1.0, 60.0
NEVER_ENDING = ("slow head", "endless interim answers")
"""Kinds whose heads end by the timeout only."""
MOST_MEMORY = 8_000_000
NOW = dt.datetime(2020, 2, 1, tzinfo=dt.UTC)


def post(url: str, times: int = 1, timeout_s: float = LATE_S) -> list[Refusal | None]:
    """Post an alert some times, with one connection."""

    async def run() -> list[Refusal | None]:
        hook = Webhook.model_validate({"name": "ops", "url": url, "timeout": f"{timeout_s}s"})
        async with hook.open() as send:
            return [await send(numbered(1)) for _ in range(times)]

    return asyncio.run(run())


@pytest.mark.parametrize("kind", POISONS)
def test_any_answer_is_taken(kind: str) -> None:
    """An answer counts by its status; it takes no longer than it may, and little memory."""
    bomb()
    times = 2 if kind.startswith(("endless", "slow")) else 12
    with poison_receiver(kind) as ops:
        tracemalloc.start()
        found = post(ops.url, times, SOON_S if kind in NEVER_ENDING else LATE_S)
        memory = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
    assert len(ops.asked) >= times
    if POISONS[kind].accepts:
        assert found == [None] * times
    for refusal in found:
        if refusal is not None:
            assert len(refusal.reason) < 50
            assert len(refusal.detail) < 300
            assert refusal.detail.isprintable()
            assert SECRET not in refusal.detail
            assert 0 <= (refusal.retry_after_s or 0) < math.inf
    assert any(refusal is None for refusal in found) == POISONS[kind].accepts
    assert any(refusal is not None and refusal.reason == "timeout" for refusal in found) == (
        kind in NEVER_ENDING
    )
    assert memory < MOST_MEMORY


def test_no_cookie_is_kept() -> None:
    """A receiver sets cookies without end: none is sent back, and none is stored."""
    with poison_receiver("cookies") as ops:
        assert {refusal.reason for refusal in post(ops.url, times=20) if refusal} == {"503"}
    assert ops.cookies == 0


def test_what_speaks_no_tls_is_a_refusal() -> None:
    """An address of https where something else answers."""
    with socket.create_server(("127.0.0.1", 0)) as server:

        def answer() -> None:
            for words in (b"HTTP/1.1 200 OK\r\n\r\n", b"\xff" * 100, b"", b"\x16\x03\x01\xff\xff"):
                connection, _ = server.accept()
                connection.recv(1)
                connection.sendall(words)
                connection.close()

        thread = threading.Thread(target=answer)
        thread.start()
        port = server.getsockname()[1]
        found = post(f"https://127.0.0.1:{port}/?token={SECRET}", times=4)
        thread.join()
    for refusal in found:
        assert refusal is not None
        assert refusal.reason in ("ConnectError", "ReadError")
        assert not refusal.unforeseen
        assert SECRET not in refusal.detail


def test_a_redirect_counts_by_its_status() -> None:
    """Whatever stands in Location, nobody looks at it."""
    with poison_receiver("redirect") as ops:
        reasons = {refusal.reason for refusal in post(ops.url, times=40) if refusal}
    assert reasons == {"301", "302", "303", "307", "308"}


@given(st.one_of(st.text(max_size=60), st.text("0123456789:+- ,GMTFebSat", max_size=200)))
def test_any_retry_after_is_read(header: str) -> None:
    """It is a finite number of seconds, or none."""
    found = retry_after_s(header, NOW)
    assert found is None or 0 <= found < math.inf


@given(
    st.integers(0, 10**30),
    st.integers(0, 10**12),
    st.integers(0, 10**12),
    st.sampled_from(["GMT", "+0000", "-2400", "+99999", "-" + "9" * 30, ""]),
)
def test_any_date_is_read(day: int, year: int, hour: int, zone: str) -> None:
    """Dates that no calendar has, too."""
    found = retry_after_s(f"Sat, {day} Feb {year} {hour}:00:00 {zone}", NOW)
    assert found is None or 0 <= found < math.inf
