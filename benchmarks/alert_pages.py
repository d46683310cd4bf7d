"""Time of an alert's page, and of silences: ``python -m benchmarks.alert_pages [--alerts N]``.

Serve's application in this process, behind its gate, with so many alerts of a week on its board, of
which each hundredth has parts. The answers are those that a browser gets. Prints one JSON object:
the time to the whole answer in ms, median and largest, and the size of the page in KB.
"""

from __future__ import annotations

import argparse
import asyncio
import statistics
import sys
import time

import httpx
import orjson

from streams.alerts.cloudevent import Entity, decode_event
from streams.delivery.api.board import Board
from tests.access.known import NOW
from tests.alerts.examples import raw
from tests.delivery.access.serving import Served

_TIMES = 15
_PARTS = 100


def main() -> None:
    """Fill the board, and ask for each page some times."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--alerts", type=int, default=10_000)
    asked = parser.parse_args()
    served = Served()
    board: Board = served.board
    board._most = 2 * asked.alerts
    for number in range(1, asked.alerts + 1):
        head = number - number % _PARTS or _PARTS
        text = raw(
            alert_id=f"{number:016x}",
            entity=Entity("sender", f"1069{number % (asked.alerts // 10):08}"),
            parent=None if number == head else f"{head:016x}",
        )
        board.take(decode_event(text), text, NOW.timestamp() - number % 600_000)
    pages = {
        "alert": f"/alerts/{_PARTS:016x}",
        "silences": "/silences",
        "preview": "/silences/new?id=1069*",
    }
    found = {name: asyncio.run(_timed(served, path)) for name, path in pages.items()}
    sys.stdout.write(orjson.dumps({"alerts": asked.alerts, **found}).decode() + "\n")


async def _timed(served: Served, path: str) -> dict[str, float]:
    transport = httpx.ASGITransport(served.gate, client=("127.0.0.1", 40000))
    async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1:8780") as client:
        times, size = [], 0
        for _ in range(_TIMES):
            began = time.perf_counter()
            answer = await client.get(path)
            times.append(1000 * (time.perf_counter() - began))
            assert answer.status_code == 200
            size = len(answer.content)
    return {
        "median_ms": round(statistics.median(times), 1),
        "most_ms": round(max(times), 1),
        "kb": round(size / 1000, 1),
    }


if __name__ == "__main__":
    main()
