"""Entity-buckets a second of `weathervane detect` on Apache Kafka, and what it writes.

    python -m benchmarks.live [--senders 100000] [--buckets 40] [--json] [--quick]

Starts a broker, writes the first buckets of all senders to the topic `counts`, as a counter
would, starts `weathervane detect` with default settings, lets it judge them, and then
writes the others; once with every sender counting in every bucket, once with a tenth of
them. CPU seconds are the process's own, user and system, from the first bucket on that is not
a newcomers' one to the last checkpoint's end: reading, decoding, judging, checkpoints and
their acknowledgement.
"""

from __future__ import annotations

import argparse
import time

from benchmarks.counts_load import CountsLoad, idle_complaints
from benchmarks.figures import print_figures
from benchmarks.on_kafka import Live, load, on_kafka
from streams.broker.topics.plan import changelog_topic

FIRST = 2
"""Buckets before the clock is started: everybody is new in the first."""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--senders", type=int, default=100_000)
    parser.add_argument("--buckets", type=int, default=40)
    parser.add_argument("--active", type=float, action="append", help="share that counts")
    parser.add_argument("--quick", action="store_true", help="2,000 senders, 6 buckets")
    parser.add_argument("--json", action="store_true")
    arguments = parser.parse_args()
    senders, buckets = arguments.senders, arguments.buckets
    if arguments.quick:
        senders, buckets = 2_000, 6
    for active in arguments.active or [1.0, 0.1]:
        figures = measure(senders, buckets, active)
        print_figures(figures, as_json=arguments.json)


def measure(senders: int, buckets: int, active: float, seed: int = 1) -> dict[str, float]:
    """Judge so many buckets of so many senders."""
    source = CountsLoad(senders, active, seed=seed)
    with on_kafka("") as live:
        topic = live.config.topic("counts")
        first = [record for k in range(FIRST) for record in source.bucket(k)]
        rest = [list(source.bucket(k)) for k in range(FIRST, FIRST + buckets)]
        live.write(topic, [*idle_complaints(FIRST + buckets), *first])
        live.start("detect")
        live.wait(lambda: closed(live) >= FIRST)
        live.wait_stored()
        cpu_s, began = live.cpu_s("detect"), time.monotonic()
        counts, changelog = (live.topic_bytes(t) for t in (topic, changelog_topic(live.config)))
        judged = live.metric("detect", "weathervane_detect_entity_buckets")
        plain = live.write(topic, (record for bucket in rest for record in bucket))
        live.wait(lambda: closed(live) >= FIRST + buckets)
        judged_s = time.monotonic() - began
        live.wait_stored()
        cpu_s = live.cpu_s("detect") - cpu_s
        judged = live.metric("detect", "weathervane_detect_entity_buckets") - judged
        counting = active * judged
        return {
            "senders": senders,
            "active": active,
            "entity_buckets": round(judged),
            "cpu_s": round(cpu_s, 2),
            "wall_s_with_writing": round(judged_s, 1),
            "entity_buckets_a_cpu_s": round(judged / cpu_s),
            "active_entity_buckets_a_cpu_s": round(counting / cpu_s),
            "counts_bytes_an_active": round(plain / counting, 1),
            "counts_bytes_an_active_on_disk": round(
                (live.topic_bytes(topic) - counts) / counting, 1
            ),
            "changelog_bytes_an_entity_bucket_here": round(
                (live.topic_bytes(changelog_topic(live.config)) - changelog) / judged, 1
            ),
            "resident_mb_highest": round(live.resident_mb("detect", highest=True)),
            "load_1_min": float(load().split()[0]),
        }


def closed(live: Live) -> float:
    """Buckets that detect has closed."""
    return live.metric("detect", "weathervane_detect_buckets_closed")


if __name__ == "__main__":
    main()
