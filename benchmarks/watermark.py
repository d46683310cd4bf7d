"""What it costs that no single record says when a bucket is over.

    python -m benchmarks.watermark [--hours N] [--json]

One lane, buckets of a minute, 10 s of lateness, `idle_after` of 30 s. Events come by chance, at a
mean rate, and are written half a second after they happen in the mean. The delay that is added is
how much later a bucket closes than it did when the largest event time decided: with a watermark
made of a real `Watermark` and real idle decisions, looked at every half second, as `count` does.
"""

from __future__ import annotations

import argparse
import json
import random
from collections.abc import Iterator
from typing import NamedTuple

from streams.counts.bucket import Buckets
from streams.counts.clock.idle import idle_through
from streams.counts.clock.watermark import Watermark

BUCKET_S, LATENESS_S, IDLE_AFTER_S, FLUSH_S, TRANSIT_S = 60, 10.0, 30.0, 0.5, 0.5
RATES = (0.1, 1.0, 10.0, 1000.0)
START_S = 1_772_409_600.0


class Record(NamedTuple):
    """When an event happened, and when its record was written; epoch s."""

    time_s: float
    written_s: float


def records(rate: float, seconds: float, fast: float, chance: random.Random) -> list[Record]:
    """Draw a lane, of which a share has clocks that are 4:59 ahead."""
    out = []
    time_s = START_S
    while (time_s := time_s + chance.expovariate(rate)) < START_S + seconds:
        ahead_s = 299.0 if chance.random() < fast else 0.0
        out.append(Record(time_s + ahead_s, time_s + chance.expovariate(1 / TRANSIT_S)))
    return sorted(out, key=lambda record: record.written_s)


def largest_time(lane: list[Record]) -> dict[int, float]:
    """When each bucket closed by the largest event time, which is how it was."""
    closed: dict[int, float] = {}
    next_s = int(START_S) + BUCKET_S
    for record in lane:
        while record.time_s - LATENESS_S >= next_s:
            closed[next_s] = record.written_s
            next_s += BUCKET_S
    return closed


def by_votes(lane: list[Record], *, appended: bool) -> tuple[dict[int, float], int]:
    """When each bucket closes, and how many events are late."""
    watermark = Watermark(Buckets(BUCKET_S, "UTC"), LATENESS_S)
    closed: dict[int, float] = {}
    late = 0
    before_s = START_S

    def note(now_s: float) -> None:
        nonlocal before_s
        while before_s + BUCKET_S <= watermark.closed:
            before_s += BUCKET_S
            closed[int(before_s)] = now_s

    look_s = START_S
    for record in lane:
        while look_s < record.written_s:
            through = idle_through(
                lag_s=watermark.lag_s,
                now_s=look_s,
                idle_after_s=IDLE_AFTER_S,
                lateness_s=LATENESS_S,
                bucket_s=BUCKET_S,
                group_watermarks=[],
            )
            watermark.close_to(through)
            note(look_s)
            look_s += FLUSH_S
        late += record.time_s < watermark.closed
        watermark.take(record.time_s, record.written_s, appended=appended)
        note(record.written_s)
    return closed, late


def measure(hours: float) -> Iterator[dict[str, float | str]]:
    """Measure each rate, by the senders' clocks and by the broker's, without and with fast ones."""
    for rate in RATES:
        seconds = hours * 3600.0 * (0.1 if rate >= 1000.0 else 1.0)
        for who, appended in (("senders", False), ("broker", True)):
            lane = records(rate, seconds, 0.0, random.Random(f"watermark {rate}"))
            was = largest_time(lane)
            now, late = by_votes(lane, appended=appended)
            added = sorted(now[end] - was[end] for end in was if end in now)
            fast = records(rate, seconds, 0.3, random.Random(f"fast {rate}"))
            _, late_fast = by_votes(fast, appended=appended)
            yield {
                "records_a_second": rate,
                "times_set_by": who,
                "median_s": round(added[len(added) // 2], 2),
                "p99_s": round(added[int(len(added) * 0.99)], 2),
                "late": late,
                "late_with_three_in_ten_ahead": late_fast,
            }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--hours", type=float, default=4.0)
    parser.add_argument("--json", action="store_true")
    arguments = parser.parse_args()
    rows = list(measure(arguments.hours))
    if arguments.json:
        print(json.dumps(rows))
        return
    print("records/s  times set by  added delay: median, 99 %   late   late with 3 in 10 ahead")
    for row in rows:
        print(
            f"{row['records_a_second']:9}  {row['times_set_by']:12}  {row['median_s']:17} s,"
            f" {row['p99_s']:5} s  {row['late']:5}  {row['late_with_three_in_ten_ahead']:5}"
        )


if __name__ == "__main__":
    main()
