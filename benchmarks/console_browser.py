"""Time of the console's pages as a person sees them: ``python -m benchmarks.console_browser``.

    python -m benchmarks.console_browser [--senders 1000000] [--alerts 10000] [--times 20] [--json]

A real serve on a broker of its own, whose store of series has so many senders, and its board so
many alerts of a week, a twentieth of them open. A page in Chromium opens alerts, types parts of
names into the search of entities and presses Enter, opens entities, and the first page. A time is
that from the key or the address to the moment at which what was asked for can be seen. Each part
of a name and each alert is a new one; the first of each kind is in the figures.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable, Iterator

import httpx
import msgspec
import numpy as np
from playwright.sync_api import Page

from benchmarks.figures import print_figures
from benchmarks.on_kafka import load, on_kafka
from benchmarks.series_store import AT_ONCE, block, names
from streams.alerts.cloudevent import Entity
from streams.broker.local.port_and_folder import free_port
from streams.series.codec import encode_bucket
from streams.series.record import BucketSeries
from tests.alerts.examples import raw
from tests.browser.chromium import Look, launched

MINUTES = 2
OPEN = 20
"""One alert in so many is open."""

_TEXT = """
[sources.sends]
kind = "send"
bucket = "60s"
[serve]
port = {port}
keep = {keep}
"""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--senders", type=int, default=1_000_000)
    parser.add_argument("--alerts", type=int, default=10_000)
    parser.add_argument("--times", type=int, default=20)
    parser.add_argument("--json", action="store_true")
    asked = parser.parse_args()
    figures = seen(asked.senders, asked.alerts, asked.times)
    print_figures(figures, as_json=asked.json)


def seen(senders: int, alerts: int, times: int) -> dict[str, float]:
    """Fill serve, and look at its pages."""
    ids, port = names(senders), free_port()
    with on_kafka(_TEXT.format(port=port, keep=2 * alerts)) as live:
        group = next(iter(live.config.groups))
        live.write(live.config.topic("alerts"), _alerts(group, ids, alerts))
        live.write(live.config.topic("series"), _series(group, ids))
        live.start("serve")
        url = f"http://127.0.0.1:{port}"
        filled_s = live.wait(lambda: _is_filled(url, ids), within_s=600)
        with launched() as chromium, chromium.visit(url, Look()) as visit:
            took = _looked(visit.page, url, ids, alerts, times)
        return {
            "senders": senders,
            "alerts": alerts,
            "filled_s": round(filled_s, 1),
            **{
                f"{name}_{what}_ms": round(float(value))
                for name, each in took.items()
                for what, value in (("median", np.median(each)), ("most", max(each)))
            },
            "serve_mb": round(live.resident_mb("serve", highest=True), 1),
            "load_1_min": float(load().split()[0]),
        }


def _looked(
    page: Page, url: str, ids: list[str], alerts: int, times: int
) -> dict[str, list[float]]:
    """Return the milliseconds of each look."""
    random = np.random.default_rng(7)
    took: dict[str, list[float]] = {"now": [], "alert": [], "search": [], "entity": []}

    def look(name: str, do: Callable[[], object], sign: str) -> None:
        began = time.perf_counter()
        do()
        page.locator(sign).first.wait_for()
        took[name].append(1000 * (time.perf_counter() - began))

    for number in range(times):
        look("now", lambda: page.goto(f"{url}/", wait_until="commit"), ".family")
        alert_id = f"{int(random.integers(1, alerts + 1)):016x}"
        address = f"{url}/alerts/{alert_id}"
        look("alert", lambda at=address: page.goto(at, wait_until="commit"), ".alert-log")
        page.goto(f"{url}/entities")
        name = ids[int(random.integers(len(ids)))]
        # Of a code its end, of a name what few others have.
        part = name[-5 - number % 3 :]
        page.locator("input[name=q]").fill(part)
        look("search", lambda: page.locator("input[name=q]").press("Enter"), "main td a")
        look("entity", page.locator("main td a").first.click, "svg.history")
    return took


def _series(group: str, ids: list[str]) -> Iterator[bytes]:
    """Yield records of the last minutes, in which every sender counts."""
    now = int(time.time()) // 60 * 60
    for minute in range(MINUTES):
        start = now + 60 * (minute - MINUTES)
        blocks = [
            block(ids[at : at + AT_ONCE], minute * 1000 + at) for at in range(0, len(ids), AT_ONCE)
        ]
        whole = BucketSeries(
            group=group, shard=0, epoch=1, start=start, end=start + 60, blocks=blocks
        )
        yield from (value for _, value in encode_bucket(whole))


def _alerts(group: str, ids: list[str], alerts: int) -> Iterator[bytes]:
    """Yield an opening of each alert, and the end of most; each tenth is under the one before."""
    for number in range(1, alerts + 1):
        common = {
            "alert_id": f"{number:016x}",
            "group": group,
            "signal": "sends",
            "entity": Entity("sender", ids[number * 97 % len(ids)]),
            "parent": f"{number - 1:016x}" if number % 10 == 0 else None,
        }
        yield raw(**common, feed_no=2 * number - 1)
        if number % OPEN:
            over = {"event": "resolved", "state": "resolved", "revision": 2}
            yield raw(**common, **over, feed_no=2 * number)


def _is_filled(url: str, ids: list[str]) -> bool:
    """Whether serve is ready, and its store has the last sender."""
    try:
        if httpx.get(f"{url}/readyz", trust_env=False).status_code != 200:
            return False
        asked = {"search": ids[-1]}
        answer = httpx.get(f"{url}/api/v1/entities", params=asked, trust_env=False, timeout=60)
        return bool(msgspec.json.decode(answer.content).get("entities"))
    except httpx.HTTPError:
        return False


if __name__ == "__main__":
    main()
