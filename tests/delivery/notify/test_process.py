"""What runs beside the receivers goes on after an error, and one that ends is not hidden."""

from __future__ import annotations

import asyncio
import datetime as dt
from typing import Any

import pytest

from streams.delivery.notify import process
from streams.delivery.notify.process import Notifying
from streams.delivery.notify.record import Settled

DONE = Settled(at=dt.datetime(2026, 3, 2, tzinfo=dt.UTC), receivers={})


def test_an_error_of_what_is_settled_ends_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """It is logged, and tried again at the next time."""
    written: list[Settled] = []

    class Journal:
        async def write(self, record: Settled) -> None:
            written.append(record)
            if len(written) < 3:
                raise RuntimeError("no")

    class Notifier:
        def settled(self, *_: Any) -> Settled:
            return DONE

    monkeypatch.setattr(process, "SETTLE_EVERY_S", 0.001)
    notifying = Notifying.__new__(Notifying)
    notifying.sends, notifying.read_through_s = True, 0.0
    notifying._journal, notifying._notifier = Journal(), Notifier()  # type: ignore[assignment]

    async def run() -> None:
        task = asyncio.create_task(notifying._settle())
        while len(written) < 4:
            assert not task.done()
            await asyncio.sleep(0.001)
        task.cancel()

    asyncio.run(run())
