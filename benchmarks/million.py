"""One million senders in one `weathervane detect`: memory, and the way back after kill -9.

    python -m benchmarks.million [--senders 1000000] [--active 0.1] [--json] [--quick]

Starts a broker and `weathervane detect` with default settings, lets it judge buckets of all
senders and store their state, writes one more bucket, kills detect once that is judged, and
starts it again: the time is that from the start of the process, imports and all, until it
has its state back, has judged everything in `counts`, and its numbers are what they were.
"""

from __future__ import annotations

import argparse
import signal
import time

from benchmarks.counts_load import CountsLoad, idle_complaints
from benchmarks.figures import print_figures
from benchmarks.live import closed
from benchmarks.on_kafka import load, on_kafka
from streams.broker.topics.plan import changelog_topic

STORED, MORE = 4, 2
"""Buckets that are in the checkpoint, and buckets that came after it."""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--senders", type=int, default=1_000_000)
    parser.add_argument("--active", type=float, action="append", help="share that counts")
    parser.add_argument("--quick", action="store_true", help="5,000 senders")
    parser.add_argument("--json", action="store_true")
    arguments = parser.parse_args()
    for active in arguments.active or [0.1, 1.0]:
        figures = measure(5_000 if arguments.quick else arguments.senders, active)
        print_figures(figures, as_json=arguments.json)


def measure(senders: int, active: float, seed: int = 1) -> dict[str, float]:
    """Memory and restart of a worker with so many senders."""
    source = CountsLoad(senders, active, seed=seed)
    with on_kafka("") as live:
        topic = live.config.topic("counts")
        live.write(topic, idle_complaints(STORED + MORE))
        live.start("detect")
        for bucket in range(STORED):
            live.write(topic, source.bucket(bucket))
        live.wait(lambda: closed(live) >= STORED)
        live.wait_stored()
        state = live.topic_bytes(changelog_topic(live.config))
        for bucket in range(STORED, STORED + MORE):
            live.write(topic, source.bucket(bucket))
        live.wait(lambda: closed(live) >= STORED + MORE)
        entities = live.metric("detect", "weathervane_detect_entities")
        highest = live.resident_mb("detect", highest=True)
        live.end("detect", signal.SIGKILL)
        began = time.monotonic()
        live.start("detect")
        live.wait(lambda: live.metric("detect", "weathervane_detect_entities") > 0)
        restored_s = time.monotonic() - began
        live.wait(
            lambda: (
                # Of the process that was started again: what was stored is not judged again.
                closed(live) >= MORE
                and live.metric("detect", "weathervane_detect_lag_records") == 0
            )
        )
        caught_up_s = time.monotonic() - began
        again = live.metric("detect", "weathervane_detect_entities")
        if again != entities:
            raise RuntimeError(f"{entities:,.0f} entities before the kill, {again:,.0f} after it")
        return {
            "senders": senders,
            "active": active,
            "entities": round(entities),
            "resident_mb_highest": round(max(highest, live.resident_mb("detect", highest=True))),
            "state_mb_on_disk": round(state / 2**20, 1),
            "state_bytes_an_entity": round(state / entities, 1),
            "first_judging_after_s": round(restored_s, 1),
            "caught_up_after_s": round(caught_up_s, 1),
            "load_1_min": float(load().split()[0]),
        }


if __name__ == "__main__":
    main()
