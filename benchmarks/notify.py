"""Seconds from an alert on the topic to a message at a receiver, through a live serve.

    python -m benchmarks.notify [--alerts 1000] [--seconds 60] [--json] [--quick]
    python -m benchmarks.notify --rate 20000 [--minutes 3]

Without a rate: alerts are published evenly over the seconds, and ten receivers are told of each
at once, one of which is dead: it takes connections and never answers. The delay is from the
record's time of writing to the post in each of the nine others.

With a rate: count and detect judge that many live events a second (as `benchmarks.latency` makes
them), and the delay is that of every alert that they raise.
"""

from __future__ import annotations

import argparse
import json
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import numpy as np
from confluent_kafka import Consumer, Producer, TopicPartition

from benchmarks.figures import print_figures
from benchmarks.latency import BUCKET_S, HISTORY, Traffic
from benchmarks.on_kafka import Live, load, on_kafka
from streams.broker.client.settings import for_confluent
from streams.broker.local.port_and_folder import free_port
from tests.alerts.examples import raw

RECEIVERS = 10
_TABLE = """
[[receivers]]
name = "r{number}"
continue = true
group_by = "alert"
wait = "0s"
interval = "0s"
webhook = {{ url = "http://127.0.0.1:{port}/", timeout = "5s" }}
"""
WAIT_S = 30.0
"""A message that has not come so long after the last alert counts as this late."""


class _Receiver(ThreadingHTTPServer):
    """Notes when it was first told of each revision."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.at: dict[str, float] = {}


class _Handler(BaseHTTPRequestHandler):
    server: _Receiver
    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        now = time.time()
        for event in json.loads(body):
            self.server.at.setdefault(event["id"], now)
        self.send_response(204)
        self.end_headers()

    def log_message(self, format: str, *args: object) -> None:
        pass


@contextmanager
def _receiver() -> Iterator[_Receiver]:
    with _Receiver() as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield server
        finally:
            server.shutdown()
            thread.join()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--alerts", type=int, default=1000)
    parser.add_argument("--seconds", type=float, default=60.0)
    parser.add_argument("--rate", type=int, help="live events a second")
    parser.add_argument("--minutes", type=float, default=3.0)
    parser.add_argument("--quick", action="store_true", help="100 alerts in 5 s")
    parser.add_argument("--json", action="store_true")
    asked = parser.parse_args()
    if asked.rate:
        figures = judged(asked.rate, 60.0 * asked.minutes)
    elif asked.quick:
        figures = published(100, 5.0)
    else:
        figures = published(asked.alerts, asked.seconds)
    print_figures(figures, as_json=asked.json)


def published(alerts: int, seconds: float) -> dict[str, float]:
    """Publish alerts evenly; nine receivers are well, one is dead."""
    with ExitStack() as open_ones:
        well = [open_ones.enter_context(_receiver()) for _ in range(RECEIVERS - 1)]
        dead = open_ones.enter_context(socket.create_server(("127.0.0.1", 0), backlog=1024))
        ports = [dead.getsockname()[1], *(one.server_address[1] for one in well)]
        live = open_ones.enter_context(on_kafka(_text(ports)))
        live.start("serve")
        _wait_for_turn(live)
        producer = Producer(for_confluent(live.place))
        topic = live.config.topic("alerts")
        began = time.monotonic()
        for number in range(alerts):
            time.sleep(max(0.0, began + number * seconds / alerts - time.monotonic()))
            producer.produce(topic, raw(alert_id=f"{number:016x}", feed_no=number + 1), key=b"k")
            producer.poll(0)
        producer.flush()
        written = written_at(live, alerts)
        _wait(lambda: all(len(one.at) >= alerts for one in well))
        return {"receivers": RECEIVERS, "dead": 1, **_figures(written, well)}


def judged(rate: int, seconds: float) -> dict[str, float]:
    """Judge live events, and tell one receiver of every alert."""
    with ExitStack() as open_ones:
        one = open_ones.enter_context(_receiver())
        live = open_ones.enter_context(on_kafka(_text([one.server_address[1]])))
        senders = 10_000 if rate >= 5_000 else 1_000
        traffic = Traffic(live, senders, rate * BUCKET_S / senders, 1)
        live.start("count")
        traffic.history()
        live.start("detect")
        live.start("serve")
        live.wait(lambda: live.metric("detect", "weathervane_detect_buckets_closed") >= HISTORY - 2)
        _wait_for_turn(live)
        traffic.run(rate, BUCKET_S, bursts=False)
        traffic.run(rate, seconds, bursts=True)
        # Only what is news is told: openings, and ends.
        written = {
            name: at
            for name, at in written_at(live, 1).items()
            if name in one.at or name.endswith((".0", ".1"))
        }
        confirmed = {name for name in written if name.endswith(".1") and name[:-1] + "0" in written}
        news = {name: at for name, at in written.items() if name not in confirmed}
        _wait(lambda: set(news) <= set(one.at))
        return {"events_a_s": rate, **_figures(news, [one])}


def _text(ports: list[int]) -> str:
    tables = [_TABLE.format(number=number, port=port) for number, port in enumerate(ports)]
    return "\n".join([*tables, "[serve]", f"port = {free_port()}"])


def _wait_for_turn(live: Live) -> None:
    live.wait(lambda: live.metric("serve", "weathervane_notify_sends") == 1)


def written_at(live: Live, least: int) -> dict[str, float]:
    """When each revision was written, as the topic has it: epoch s."""
    consumer = Consumer({**for_confluent(live.place), "group.id": "bench-reader"})
    consumer.assign([TopicPartition(live.config.topic("alerts"), 0, 0)])
    found: dict[str, float] = {}
    while messages := consumer.consume(1000, timeout=5.0) or len(found) < least:
        for message in messages if isinstance(messages, list) else []:
            if message.error() is None:
                name = json.loads(message.value() or b"")["id"]
                found.setdefault(name, message.timestamp()[1] / 1000)
    consumer.close()
    return found


def _wait(done: Callable[[], bool]) -> None:
    began = time.monotonic()
    while not done() and time.monotonic() < began + WAIT_S:
        time.sleep(0.1)


def _figures(written: dict[str, float], receivers: list[_Receiver]) -> dict[str, float]:
    late = [
        min(one.at.get(name, np.inf) - at, WAIT_S)
        for one in receivers
        for name, at in written.items()
    ]
    p50, p99 = np.quantile(late, [0.5, 0.99])
    return {
        "alerts": len(written),
        "messages": len(late),
        "not_told": sum(1 for each in late if each >= WAIT_S),
        "p50_s": round(float(p50), 3),
        "p99_s": round(float(p99), 3),
        "highest_s": round(float(max(late)), 3),
        "load_1_min": float(load().split()[0]),
    }


if __name__ == "__main__":
    main()
