"""Entity-buckets a CPU-second that an archive is judged anew at, Parquet to alerts.

    python -m benchmarks.archive [--senders 100000] [--buckets 60] [--full] [--json] [--quick]

Minute buckets of senders with a signature and a platform, of which a tenth count, are judged and
recorded; then the archive is opened and replayed, on one core. The alerts must be the same. With
`--full` there are complaints about half as many, and all five levels.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from benchmarks.counts_load import CountsLoad, idle_complaints
from benchmarks.figures import print_figures
from streams.analysis.archive_replay import ArchiveReplay
from streams.archive.read.reader import Archive
from streams.archive.record.recording import Recording
from streams.config.load import parse_config
from streams.counts.wire import decode_counts
from streams.detection.shard import Shard
from streams.items import Level

ACTIVE = 0.1
CATEGORIES = 8

FIVE_LEVELS: tuple[Level, ...] = ("all", "category", "platform", "signature", "sender")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--senders", type=int, default=100_000)
    parser.add_argument("--buckets", type=int, default=60)
    parser.add_argument("--full", action="store_true", help="both signals, five levels")
    parser.add_argument("--quick", action="store_true", help="1,000 senders, 10 buckets")
    parser.add_argument("--json", action="store_true")
    arguments = parser.parse_args()
    senders, buckets = (1_000, 10) if arguments.quick else (arguments.senders, arguments.buckets)
    figures = measure(senders, buckets, full=arguments.full)
    print_figures(figures, as_json=arguments.json)


def counts(senders: int, buckets: int, *, full: bool, seed: int) -> Iterator[bytes]:
    """Records of all buckets."""
    categories = CATEGORIES if full else 0
    sends = CountsLoad(senders, ACTIVE, seed=seed, categories=categories)
    if not full:
        yield from idle_complaints(buckets)
    complaints = CountsLoad(
        senders, ACTIVE / 2, seed=seed + 1, source="complaints", categories=categories
    )
    for bucket in range(buckets):
        yield from sends.bucket(bucket)
        if full:
            yield from complaints.bucket(bucket)


def measure(senders: int, buckets: int, *, full: bool = False, seed: int = 1) -> dict[str, float]:
    """Record, then replay."""
    config = parse_config({"count": {"levels": list(FIVE_LEVELS)}} if full else {})
    with tempfile.TemporaryDirectory(prefix="weathervane-bench-") as folder:
        root = Path(folder) / "archive"
        with Recording(root, config) as recording:
            shard = Shard(0, config)
            values = list(counts(senders, buckets, full=full, seed=seed))
            recorded: list[bytes] = []
            for offset, value in enumerate(values):
                for result in shard.close(offset, decode_counts(value)):
                    recording.on_bucket(result)
                    recorded += [alert.value for alert in result.alerts]
            recording.finish()
            size = sum(writer.bytes_written for writer in recording.writers.values())
        replayed: list[bytes] = []
        began = time.process_time()
        archive = Archive(root)
        found = ArchiveReplay(config, archive.manifest).run(
            archive.buckets(), lambda alert: replayed.append(alert.value)
        )
        cpu_s = time.process_time() - began
    if replayed != recorded:
        raise RuntimeError("the replay's alerts are not those that were recorded")
    return {
        "senders": senders,
        "entity_buckets": found.entity_buckets,
        "rows": archive.rows,
        "bytes_a_row": round(size / archive.rows, 2),
        "revisions": len(replayed),
        "cpu_s": round(cpu_s, 2),
        "ms_a_bucket": round(1e3 * cpu_s / buckets, 2),
        "entity_buckets_a_cpu_s": round(found.entity_buckets / cpu_s),
    }


if __name__ == "__main__":
    main()
