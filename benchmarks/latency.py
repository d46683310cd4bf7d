"""Seconds from an event's append to its alert on the topic `alerts`, live on Apache Kafka.

    python -m benchmarks.latency [--rate 20000] [--minutes 3] [--json] [--quick]

Starts a broker, `weathervane count` and `weathervane detect` with default settings (buckets of
a minute), writes half an hour of history, and then a steady rate of events. Every two
seconds a sender sends at once, within that rate, twenty times what it sends in a whole
bucket; the time is taken from the last of these events, handed to the producer, to the early
alert (revision 0) in a consumer's hands. Beside it: what was written to `counts` for
each active entity-bucket, by the real counter with its early totals.
"""

from __future__ import annotations

import argparse
import datetime as dt
import json
import threading
import time
from typing import Any

import numpy as np
from confluent_kafka import Consumer, Producer, TopicPartition

from benchmarks.counts_load import PLATFORMS, SENDERS_A_SIGNATURE
from benchmarks.figures import print_figures
from benchmarks.on_kafka import Live, load, on_kafka
from streams.broker.client.settings import for_confluent

BUCKET_S = 60
HISTORY = 30
"""Buckets before the live ones."""

TIMES = 20
"""A burst is so many times what its sender sends in a bucket."""

EVERY_S = 2.0
TICK_S = 0.01
LATE_S = 20.0
"""An alert that has not come by then counts as this late."""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rate", type=int, action="append", help="events a second")
    parser.add_argument("--senders", type=int, default=10_000)
    parser.add_argument("--minutes", type=float, default=3.0)
    parser.add_argument("--quick", action="store_true", help="500 events a second, 20 s")
    parser.add_argument("--json", action="store_true")
    arguments = parser.parse_args()
    rates, minutes, senders = (
        arguments.rate or [5_000, 20_000],
        arguments.minutes,
        arguments.senders,
    )
    if arguments.quick:
        rates, minutes, senders = [500], 1 / 3, 1_000
    for rate in rates:
        figures = measure(rate, senders, 60.0 * minutes)
        print_figures(figures, as_json=arguments.json)


def measure(rate: int, senders: int, seconds: float, seed: int = 1) -> dict[str, float]:
    """Run it at a rate, and say how late the alerts were."""
    mean = rate * BUCKET_S / senders
    with on_kafka("") as live:
        traffic = Traffic(live, senders, mean, seed)
        live.start("count")
        traffic.history()
        live.start("detect")
        live.wait(lambda: live.metric("detect", "weathervane_detect_buckets_closed") >= HISTORY - 2)
        reader = _Reader(live)
        with reader:
            # Let the live rate settle for a bucket before the first burst.
            traffic.run(rate, BUCKET_S, bursts=False)
            cpu_s = {name: live.cpu_s(name) for name in ("count", "detect")}
            topic = live.config.topic("counts")
            began, sent = live.topic_bytes(topic), traffic.sent
            wall = time.monotonic()
            traffic.run(rate, seconds, bursts=True)
            wall_s = time.monotonic() - wall
            cpu_s = {name: live.cpu_s(name) - before for name, before in cpu_s.items()}
            written = live.topic_bytes(topic) - began
            # Everybody counts in every bucket.
            active = live.metric("detect", "weathervane_detect_entities") * wall_s / BUCKET_S
            time.sleep(LATE_S)
        late = [min(reader.at.get(s, np.inf) - t, LATE_S) for s, t in traffic.bursts.items()]
        p50, p90, p99 = np.quantile(late, [0.5, 0.9, 0.99])
        return {
            "events_a_s_asked": rate,
            "events_a_s_sent": round((traffic.sent - sent) / wall_s),
            "senders": senders,
            "bursts": len(late),
            "not_found": sum(1 for seconds_late in late if seconds_late >= LATE_S),
            "p50_s": round(float(p50), 2),
            "p90_s": round(float(p90), 2),
            "p99_s": round(float(p99), 2),
            "highest_s": round(max(late), 2),
            "count_cpu": round(cpu_s["count"] / wall_s, 2),
            "detect_cpu": round(cpu_s["detect"] / wall_s, 2),
            "counts_bytes_an_active_on_disk": round(written / max(active, 1.0), 1),
            "load_1_min": float(load().split()[0]),
        }


class Traffic:
    """Events of senders that all send at the same rate, and bursts of single ones."""

    def __init__(self, live: Live, senders: int, mean: float, seed: int) -> None:
        self.sent = 0
        self.bursts: dict[str, float] = {}
        self._senders, self._mean = senders, mean
        self._rng = np.random.default_rng(seed)
        self._order = iter(self._rng.permutation(senders).tolist())
        self._names = [f"1069{number:09d}" for number in range(senders)]
        self._about = [
            f'"sender":{{"id":"{name}","signature":"signature-{number // SENDERS_A_SIGNATURE}",'
            f'"platform":"platform-{number % PLATFORMS}"}}'
            for number, name in enumerate(self._names)
        ]
        self._producer = Producer(
            {**for_confluent(live.place), "linger.ms": 5, "compression.type": "lz4"}
            | {"queue.buffering.max.messages": 1_000_000, "log_level": 0}
        )

    def history(self) -> None:
        """What every sender sent in each of the last buckets, as one event with its count."""
        now = time.time()
        first = now - now % BUCKET_S - HISTORY * BUCKET_S
        for bucket in range(HISTORY):
            counts = self._rng.poisson(self._mean, self._senders).tolist()
            for number, count in enumerate(counts):
                if count:
                    self._send(number, first + bucket * BUCKET_S + 30.0, count)
            self._producer.poll(0)
        self._flush()

    def run(self, rate: int, seconds: float, *, bursts: bool) -> None:
        """Send at a steady rate; what a burst sends, the others send less."""
        began = time.monotonic()
        sent, next_burst = 0.0, began + EVERY_S
        while (now := time.monotonic()) < began + seconds:
            if bursts and now >= next_burst:
                sent += self._burst()
                next_burst += EVERY_S
            due = int((now - began) * rate - sent)
            if due > 0:
                at = time.time()
                for number in self._rng.integers(self._senders, size=due).tolist():
                    self._send(number, at)
                sent += due
            self._producer.poll(0)
            time.sleep(TICK_S)
        self._flush()

    def _burst(self) -> int:
        number = next(self._order)
        count, at = round(TIMES * self._mean), time.time()
        for _ in range(count):
            self._send(number, at)
        self.bursts[self._names[number]] = time.time()
        return count

    def _send(self, number: int, at: float, count: int = 1) -> None:
        self.sent += 1
        when = dt.datetime.fromtimestamp(at, dt.UTC).isoformat()
        event = (
            f'{{"v":1,"type":"send","event_id":"{self.sent}","event_time":"{when}","channel":"sms",'
            f'{self._about[number]},"count":{count},"source":"bench"}}'
        )
        while True:
            try:
                self._producer.produce("sends", event.encode(), key=self._names[number])
                return
            except BufferError:
                self._producer.poll(0.05)

    def _flush(self) -> None:
        if self._producer.flush(60):
            raise RuntimeError("events were not written within 60 s")


class _Reader:
    """Reads the topic `alerts`, and notes when the first alert about each sender was there."""

    def __init__(self, live: Live) -> None:
        self.at: dict[str, float] = {}
        self._stop = threading.Event()
        self._consumer = Consumer({**for_confluent(live.place), "group.id": "bench-reader"})
        self._consumer.assign([TopicPartition(live.config.topic("alerts"), 0, 0)])
        self._thread = threading.Thread(target=self._run)

    def __enter__(self) -> _Reader:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._thread.join()
        self._consumer.close()

    def _run(self) -> None:
        while not self._stop.is_set():
            for message in self._consumer.consume(100, timeout=0.05):
                if message.error() is None:
                    data: dict[str, Any] = json.loads(message.value() or b"")["data"]
                    if data["entity"]["level"] == "sender":
                        self.at.setdefault(data["entity"]["id"], time.time())


if __name__ == "__main__":
    main()
