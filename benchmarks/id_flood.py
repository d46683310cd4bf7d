"""Memory and time of `count` and `detect` where a minute brings millions of fresh ids.

    python -m benchmarks.id_flood [--ids 10000000] [--known 500] [--named] [--json]

Five minutes of known senders, one with the flood too, and two more without. One process does what
`count` does with the records of four partitions, but for the client. Another does what `detect`
does with what the first has written.
"""

from __future__ import annotations

import argparse
import multiprocessing
import resource
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from benchmarks.figures import print_figures
from streams.config.load import parse_config
from streams.config.model import Config
from streams.counts.mark import Mark
from streams.counts.protocol import Commit, LaneCounting, Write
from streams.counts.wire import decode_counts
from streams.detection.shard import Shard

LANES, BATCH, FLUSH_EVERY = 4, 1000, 100_000
CALM, FLOOD, MINUTES = 5, 5, 8
"""Minutes before the flood, its minute, and all minutes."""

T0 = 1_772_409_600
RECORD = (
    '{"v":1,"type":"send","event_id":"e%d","event_time":"2026-03-02T00:%02d:%02dZ","channel":"sms",'
    '"sender":{"id":"%s"%s},"source":"bench"}'
)
NAMED = ',"signature":"signature of the shop %s","platform":"Mall"'


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--ids", type=int, default=10_000_000)
    parser.add_argument("--known", type=int, default=500)
    parser.add_argument("--named", action="store_true", help="each with a signature of its own")
    parser.add_argument("--json", action="store_true")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="weathervane-bench-") as folder:
        path = Path(folder) / "counts"
        figures = {
            **_in_child(count, path, arguments.ids, arguments.known, arguments.named),
            **_in_child(detect, path),
        }
    print_figures(figures, as_json=arguments.json)


def _in_child(work: object, *arguments: object) -> dict[str, float]:
    """Run in a process of its own, so that the memory is its own."""
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        figures: dict[str, float] = pool.apply(work, arguments)  # type: ignore[arg-type]
    return figures


def _config() -> Config:
    made = parse_config({"timezone": "UTC"})
    vars(made)["sources"] = {"sends": made.sources["sends"]}
    return made


def _peak_mb() -> int:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024


def batches(lane: int, ids: int, known: int, named: bool) -> Iterator[tuple[int, list[bytes]]]:
    """Yield the records of a lane, and the minute they are of."""
    number = 0
    for minute in range(MINUTES):
        flood = ids // LANES if minute == FLOOD else 0
        every = max(flood // (3 * known), 1)
        ids_of = [f"known {n % known}" for n in range(3 * known)]
        total = max(flood, len(ids_of))
        batch: list[bytes] = []
        for at in range(total):
            second = at * 60 // total
            senders = [f"fresh {lane} {at}"] if at < flood else []
            if at % every == 0 and at // every < len(ids_of):
                senders.append(ids_of[at // every])
            for sender in senders:
                names = NAMED % sender if named else ""
                batch.append((RECORD % (number, minute, second, sender, names)).encode())
                number += 1
            if len(batch) >= BATCH:
                yield minute, batch
                batch = []
        if batch:
            yield minute, batch


def count(path: Path, ids: int, known: int, named: bool) -> dict[str, float]:
    """Count all lanes, and write what `count` would."""
    config = _config()
    counting = LaneCounting(config)
    for lane in range(LANES):
        counting.assign(("sends", lane), LANES, Mark(0))
    offsets = [0] * LANES
    taken = longest_flush_s = counting_s = 0.0
    began = time.process_time()
    with path.open("wb") as file:

        def flush() -> float:
            longest_s, early = 0.0, True
            while early or counting.behind:
                since = time.process_time()
                for step in counting.flush(early=early):
                    if isinstance(step, Write):
                        file.write(len(step.value).to_bytes(4, "big") + step.value)
                    elif isinstance(step, Commit):
                        counting.committed(step.marks)
                longest_s, early = max(longest_s, time.process_time() - since), False
            return longest_s

        due, last = FLUSH_EVERY, 0
        for together in zip(*(batches(n, ids, known, named) for n in range(LANES)), strict=True):
            for lane, (minute, values) in enumerate(together):
                since = time.process_time()
                offset, written_s = offsets[lane], float(T0 + 60 * minute + 60)
                counting.intakes["sends", lane].take_all(
                    range(offset, offset + len(values)), values, [written_s] * len(values)
                )
                counting_s += time.process_time() - since
                offsets[lane] += len(values)
                taken += len(values)
            if taken >= due or together[0][0] > last:
                due, last = taken + FLUSH_EVERY, together[0][0]
                longest_flush_s = max(longest_flush_s, flush())
        for intake in counting.intakes.values():
            intake.lane.idle(float(T0 + 60 * MINUTES))
        longest_flush_s = max(longest_flush_s, flush())
    return {
        "events": taken,
        "count: RSS at most, MB": _peak_mb(),
        "count: CPU s, making records too": round(time.process_time() - began, 1),
        "count: events a CPU-second": round(taken / counting_s),
        "count: longest flush, CPU s": round(longest_flush_s, 2),
        "counts, MB": round(path.stat().st_size / 1e6, 1),
    }


def detect(path: Path) -> dict[str, float]:
    """Judge what was written; a close's time is that of the record that lets the minute close."""
    shard = Shard(0, _config())
    closes: list[float] = []
    surplus_ids = 0.0
    with path.open("rb") as file:
        while size := file.read(4):
            since = time.process_time()
            before = shard.buckets_closed
            counts = decode_counts(file.read(int.from_bytes(size, "big")))
            alerts = shard.take(shard.position, counts, float(T0))
            if shard.buckets_closed > before:
                closes.append(round(time.process_time() - since, 3))
            surplus_ids += sum(a.alert.observed for a in alerts if a.alert.kind == "overflow") / 2
    return {
        "detect: RSS at most, MB": _peak_mb(),
        "detect: close before, CPU s": closes[FLOOD - 1],
        "detect: close of the flood, CPU s": closes[FLOOD],
        "detect: close after, CPU s": closes[FLOOD + 1],
        "detect: entities known": sum(g.panel.known for g in shard.groups.values()),
        "surplus ids told": round(surplus_ids),
    }


if __name__ == "__main__":
    main()
