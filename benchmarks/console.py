"""Seconds from an alert on the topic to its row in an open console, and what serve spends on it.

    python -m benchmarks.console [--alerts 1000] [--seconds 60] [--consoles 50] [--json] [--quick]
    python -m benchmarks.console --rate 20000 [--minutes 3]

Without a rate: alerts are published evenly over the seconds. One console is a page in Chromium; a
row is there when it stands in the document. The others do over HTTP what its script does: they
follow the stream of changes, and ask for their part of the page at most once a second. They look
at five views, the newest alerts first, a fifth of them at each. An alert is shown once its row, or
one that came later and may have pushed it off the page, stands there. In the end all consoles of a
view must show the same.

With a rate: count and detect judge that many live events a second (as `benchmarks.latency` makes
them), and the delay is that of every alert that they raise, in one page in Chromium.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import re
import threading
import time
from collections.abc import Callable, Iterator

import httpx
import numpy as np
from confluent_kafka import Producer
from playwright.sync_api import Page

from benchmarks.figures import print_figures
from benchmarks.latency import BUCKET_S, HISTORY, Traffic
from benchmarks.notify import written_at
from benchmarks.on_kafka import Live, load, on_kafka
from streams.broker.client.settings import for_confluent
from streams.broker.local.port_and_folder import free_port
from tests.alerts.examples import raw
from tests.browser.chromium import Look, launched

VIEWS = ["", "&severity=warning", "&signal=complaints", "&state=open", "&acknowledged=no"]
NEWEST = "?level=sender&sort=newest"
LEAST_S = 1.0
WAIT_S = 30.0
"""A row that has not come so long after the last alert counts as this late."""

_NOTES = """() => { window.rowsAt = {};
  const note = () => { for (const row of document.querySelectorAll('[data-alert]'))
    window.rowsAt[row.dataset.alert] ??= Date.now() / 1000; };
  new MutationObserver(note).observe(document.getElementById('list'),
    {childList: true, subtree: true}); note(); }"""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--alerts", type=int, default=1000)
    parser.add_argument("--seconds", type=float, default=60.0)
    parser.add_argument("--consoles", type=int, default=50)
    parser.add_argument("--rate", type=int, help="live events a second")
    parser.add_argument("--minutes", type=float, default=3.0)
    parser.add_argument("--quick", action="store_true", help="100 alerts in 6 s, 10 consoles")
    parser.add_argument("--json", action="store_true")
    asked = parser.parse_args()
    if asked.rate:
        figures = judged(asked.rate, 60.0 * asked.minutes)
    elif asked.quick:
        figures = published(100, 6.0, 10)
    else:
        figures = published(asked.alerts, asked.seconds, asked.consoles)
    print_figures(figures, as_json=asked.json)


def published(alerts: int, seconds: float, consoles: int) -> dict[str, float]:
    """Publish alerts evenly, with consoles open."""
    with on_kafka(f"[serve]\nport = {free_port()}") as live:
        url = _started(live)
        with _others(url, consoles - 1) as others, _page(url) as page:
            cpu_s, began = live.cpu_s("serve"), time.monotonic()
            producer = Producer(for_confluent(live.place))
            for number in range(alerts):
                time.sleep(max(0.0, began + number * seconds / alerts - time.monotonic()))
                text = raw(alert_id=f"{number:016x}", feed_no=number + 1)
                producer.produce(live.config.topic("alerts"), text, key=b"k")
                producer.poll(0)
            producer.flush()
            came = _first(written_at(live, alerts))
            last = max(came)
            _wait(lambda: last in _rows_at(page) and others.all_show(last))
            spent_s, took_s = live.cpu_s("serve") - cpu_s, time.monotonic() - began
            seen = [_rows_at(page), *(one.seen for one in others.consoles)]
            rows_at = [_shown_or_passed(one, came) for one in seen]
            # Each view ends with the newest alerts; all that have the same view show the same.
            stand = {one.view: set[str]() for one in others.consoles}
            for one in others.consoles:
                stand[one.view].add(one.tag)
            return {
                "consoles": consoles,
                **_figures(came, rows_at),
                "views_that_differ": sum(len(tags) - 1 for tags in stand.values()),
                "serve_cores": round(spent_s / took_s, 3),
                "serve_mb_highest": round(live.resident_mb("serve", highest=True)),
                "load_1_min": float(load().split()[0]),
            }


def judged(rate: int, seconds: float) -> dict[str, float]:
    """Judge live events, with one console open."""
    with on_kafka(f"[serve]\nport = {free_port()}") as live:
        senders = 10_000 if rate >= 5_000 else 1_000
        traffic = Traffic(live, senders, rate * BUCKET_S / senders, 1)
        live.start("count")
        traffic.history()
        live.start("detect")
        url = _started(live)
        live.wait(lambda: live.metric("detect", "weathervane_detect_buckets_closed") >= HISTORY - 2)
        with _page(url) as page:
            traffic.run(rate, BUCKET_S, bursts=False)
            began = time.time()
            traffic.run(rate, seconds, bursts=True)
            found = {name: at for name, at in _first(written_at(live, 1)).items() if at >= began}
            senders_only = set(found) & _of_senders(url)
            came = {name: found[name] for name in found if name in senders_only}
            _wait(lambda: set(came) <= set(_rows_at(page)))
            return {
                "events_a_s": rate,
                **_figures(came, [_rows_at(page)]),
                "load_1_min": float(load().split()[0]),
            }


class _Console:
    """One that is open: what it has seen, and when."""

    def __init__(self, view: str) -> None:
        self.view, self.tag = view, ""
        self.seen: dict[str, float] = {}

    async def look(self, client: httpx.AsyncClient) -> None:
        """Follow the stream, and ask when it says so, until cancelled."""
        news = asyncio.Event()

        async def follow() -> None:
            async with client.stream("GET", "/console/events", timeout=None) as stream:
                async for line in stream.aiter_lines():
                    if line.startswith("data"):
                        news.set()

        following = asyncio.create_task(follow())
        try:
            while True:
                await news.wait()
                news.clear()
                answer = await client.get(
                    f"/console/now{NEWEST}{self.view}", headers={"If-None-Match": self.tag}
                )
                if answer.status_code == 200:
                    self.tag, now = answer.headers["etag"], time.time()
                    for alert_id in re.findall(r'data-alert="(\w+)"', answer.text):
                        self.seen.setdefault(alert_id, now)
                await asyncio.sleep(LEAST_S)
        finally:
            following.cancel()


class _Others:
    """Consoles without a browser, in a thread of their own."""

    def __init__(self, url: str, count: int) -> None:
        self.consoles = [_Console(VIEWS[number % len(VIEWS)]) for number in range(count)]
        self._url = url
        self._loop = asyncio.new_event_loop()
        self._stopped = asyncio.Event()
        self._thread = threading.Thread(target=self._run)

    def all_show(self, last: str) -> bool:
        """Whether each has seen the last alert, and all of a view show the same."""
        tags = {(one.view, one.tag) for one in self.consoles}
        views = {one.view for one in self.consoles}
        return len(tags) == len(views) and all(last in one.seen for one in self.consoles)

    def start(self) -> None:
        """Open them."""
        self._thread.start()

    def stop(self) -> None:
        """Close them."""
        self._loop.call_soon_threadsafe(self._stopped.set)
        self._thread.join()

    def _run(self) -> None:
        with asyncio.Runner(loop_factory=lambda: self._loop) as runner:
            runner.run(self._all())

    async def _all(self) -> None:
        limits = httpx.Limits(max_connections=None)
        async with httpx.AsyncClient(base_url=self._url, limits=limits, timeout=60) as client:
            tasks = [asyncio.create_task(one.look(client)) for one in self.consoles]
            await self._stopped.wait()
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)


@contextlib.contextmanager
def _others(url: str, count: int) -> Iterator[_Others]:
    others = _Others(url, count)
    others.start()
    try:
        yield others
    finally:
        others.stop()


@contextlib.contextmanager
def _page(url: str) -> Iterator[Page]:
    with launched() as chromium, chromium.visit(url, Look()) as visit:
        page = visit.open(f"/{NEWEST}")
        page.evaluate(_NOTES)
        yield page


def _started(live: Live) -> str:
    live.start("serve")
    url = f"http://127.0.0.1:{live.config.serve.port}"
    live.wait(lambda: _is_ready(url))
    return url


def _is_ready(url: str) -> bool:
    try:
        return httpx.get(f"{url}/readyz", trust_env=False).status_code == 200
    except httpx.HTTPError:
        return False


def _of_senders(url: str) -> set[str]:
    """Ids of the alerts on senders."""
    asked = {"level": "sender", "limit": "1000"}
    answer = httpx.get(f"{url}/api/v1/alerts", params=asked, trust_env=False)
    return {one["cloudevent"]["data"]["alert_id"] for one in answer.json()["alerts"]}


def _first(revisions: dict[str, float]) -> dict[str, float]:
    """When the first revision of each alert was written."""
    found: dict[str, float] = {}
    for name, at in revisions.items():
        alert_id = name.partition(".")[0]
        found[alert_id] = min(at, found.get(alert_id, at))
    return found


def _rows_at(page: Page) -> dict[str, float]:
    found: dict[str, float] = page.evaluate("window.rowsAt")
    return found


def _shown_or_passed(seen: dict[str, float], ids: dict[str, float]) -> dict[str, float]:
    """When each alert, or one after it, was seen; ids grow."""
    first, found = np.inf, {}
    for alert_id in sorted(ids, reverse=True):
        first = min(first, seen.get(alert_id, np.inf))
        found[alert_id] = first
    return found


def _wait(done: Callable[[], bool]) -> None:
    began = time.monotonic()
    while not done() and time.monotonic() < began + WAIT_S:
        time.sleep(0.5)


def _figures(came: dict[str, float], consoles: list[dict[str, float]]) -> dict[str, float]:
    late = [
        min(rows_at.get(name, np.inf) - at, WAIT_S)
        for rows_at in consoles
        for name, at in came.items()
    ]
    in_browser = [min(consoles[0].get(name, np.inf) - at, WAIT_S) for name, at in came.items()]
    p50, p99 = np.quantile(late, [0.5, 0.99])
    return {
        "alerts": len(came),
        "rows": len(late),
        "missed": sum(1 for each in late if each >= WAIT_S),
        "p50_s": round(float(p50), 3),
        "p99_s": round(float(p99), 3),
        "highest_s": round(float(max(late)), 3),
        "browser_p99_s": round(float(np.quantile(in_browser, 0.99)), 3),
    }


if __name__ == "__main__":
    main()
