"""A minute of fresh ids on Apache Kafka: memory of `count` and `detect`, and what comes after it.

    python -m benchmarks.id_flood_live [--ids 1000000] [--known 500] [--named] [--json]

Starts a broker and both processes, writes five minutes of known senders at once, and then three
more second by second, as they pass: the first has the flood too. A minute may be judged once its
lateness is over and each of its lanes has so many records behind it as agree on that.
"""

from __future__ import annotations

import argparse
import threading
import time
from collections.abc import Iterator

from confluent_kafka import Producer

from benchmarks.figures import print_figures
from benchmarks.id_flood import CALM, FLOOD, LANES, MINUTES, NAMED, RECORD
from benchmarks.live import closed
from benchmarks.on_kafka import Live, load, on_kafka
from streams.broker.client.settings import for_confluent

TEXT = '[sources.complaints]\nkind = "complaint"\ngroup = "complaints"\n'
"""Otherwise each minute would wait until `complaints`, where nothing comes, is taken for idle."""

KNOWN_A_SECOND = 25
"""Records of known senders in each lane."""

LATENESS_S = 10


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--ids", type=int, default=1_000_000)
    parser.add_argument("--known", type=int, default=500)
    parser.add_argument("--named", action="store_true", help="each with a signature of its own")
    parser.add_argument("--json", action="store_true")
    arguments = parser.parse_args()
    figures = measure(arguments.ids, arguments.known, arguments.named)
    print_figures(figures, as_json=arguments.json)


def measure(ids: int, known: int, named: bool) -> dict[str, float]:
    """Write it all, and note when each minute was closed."""
    with on_kafka(TEXT) as live:
        producer = Producer(
            {**for_confluent(live.place), "linger.ms": 5, "compression.type": "lz4"}
            | {"queue.buffering.max.messages": 1_000_000, "log_level": 0}
        )
        live.start("count")
        live.start("detect")
        for minute in range(CALM):
            for second in range(60):
                _write(producer, minute, second, ids, known, named)
        if producer.flush(60):
            raise RuntimeError("events were not written within 60 s")
        live.wait(lambda: closed(live) >= CALM - 1)
        with _Closes(live) as closes:
            starts, ends = [], []
            for minute in range(FLOOD, MINUTES):
                starts.append(time.monotonic())
                for second in range(60):
                    time.sleep(max(starts[-1] + second - time.monotonic(), 0.0))
                    _write(producer, minute, second, ids, known, named)
                ends.append(time.monotonic())
            if producer.flush(60):
                raise RuntimeError("events were not written within 60 s")
            live.wait(lambda: FLOOD + 2 in closes.at)
            after = [closes.at[n] - LATENESS_S for n in (FLOOD + 1, FLOOD + 2)]
        return {
            "fresh ids": ids,
            "seconds in which they were written": round(ends[0] - starts[0], 1),
            "count: RSS at most, MB": round(live.resident_mb("count", highest=True)),
            "detect: RSS at most, MB": round(live.resident_mb("detect", highest=True)),
            "flood closed, s after its lateness": round(after[0] - starts[1], 1),
            "minute after closed, s after its lateness": round(after[1] - starts[2], 1),
            "entities known": live.metric("detect", "weathervane_detect_entities"),
            "load of 1 minute": float(load().split()[0]),
        }


def _write(producer: Producer, minute: int, second: int, ids: int, known: int, named: bool) -> None:
    for lane in range(LANES):
        senders = [f"known {(KNOWN_A_SECOND * second + n) % known}" for n in range(KNOWN_A_SECOND)]
        if minute == FLOOD:
            senders += [f"fresh {lane} {n}" for n in _fresh(second, ids // LANES)]
        for number, sender in enumerate(senders):
            names = NAMED % sender if named else ""
            event_id = (minute * 60 + second) << 32 | lane << 28 | number
            value = RECORD % (event_id, minute, second, sender, names)
            while True:
                try:
                    producer.produce("sends", value, partition=lane)
                    break
                except BufferError:
                    producer.poll(0.05)
        producer.poll(0)


def _fresh(second: int, ids: int) -> Iterator[int]:
    """Numbers of the ids that come to a lane in a second."""
    yield from range(ids * second // 60, ids * (second + 1) // 60)


class _Closes:
    """Notes when detect had closed so many minutes."""

    def __init__(self, live: Live) -> None:
        self.at: dict[int, float] = {}
        self._live, self._stop = live, threading.Event()
        self._thread = threading.Thread(target=self._run)

    def __enter__(self) -> _Closes:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._thread.join()

    def _run(self) -> None:
        while not self._stop.wait(0.1):
            for number in range(int(closed(self._live)) + 1):
                self.at.setdefault(number, time.monotonic())


if __name__ == "__main__":
    main()
