"""Serve's store of ``series`` at its load, and SQLite beside it: rows, bytes, reading, search.

``python -m benchmarks.series_store [--entities 1000000] [--minutes 6] [--peers ours sqlite]``

Each minute a row of every entity is written, as of a monitor whose senders all counted. Both write
20,000 rows at a time, with the position, so that a kill loses nothing.
"""

from __future__ import annotations

import argparse
import resource
import sqlite3
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from streams.items import Level
from streams.series.record import BucketSeries, SeriesBlock
from streams.series.store.store import SeriesStore

AT_ONCE = 20_000
T0 = 1_767_225_600
READS = 200
PARTS = ("10690000", "99999", "商城", "一丁", "no such name")


def names(entities: int) -> list[str]:
    """Half access codes, half Chinese names."""
    return [
        f"{chr(0x4E00 + n % 5000)}{chr(0x5E00 + n % 3000)}商城{n}" if n % 2 else f"1069{n:08}"
        for n in range(entities)
    ]


def block(ids: Sequence[str], seed: int) -> SeriesBlock:
    """Rows of a bucket."""
    random, rows = np.random.default_rng(seed), len(ids)
    level: Level = "sender"
    return SeriesBlock(
        level=level,
        signal="sends",
        factor=1.0,
        ids=ids,
        count=random.poisson(5, rows).astype("<i8"),
        expected=random.gamma(5, 1, rows).astype("<f4"),
        shape=random.gamma(5, 1, rows).astype("<f4"),
        evidence_nats=random.gamma(1, 0.3, rows).astype("<f4"),
        threshold_nats=np.full(rows, 11.3, "<f4"),
        raised=np.ones(rows, "<f4"),
        flags=np.full(rows, 7, "u1"),
        detectors=["e-sr"],
        detector=np.zeros(rows, "u1"),
    )


def buckets(ids: Sequence[str], minute: int) -> list[BucketSeries]:
    """One minute, in pieces as records have them."""
    start = T0 + 60 * minute
    return [
        BucketSeries(
            group="1m",
            shard=0,
            epoch=1,
            start=start,
            end=start + 60,
            blocks=[block(ids[at : at + AT_ONCE], minute * 1000 + at)],
        )
        for at in range(0, len(ids), AT_ONCE)
    ]


def said(name: str, rows: int, minutes: list[float], reads: list[float], size: int) -> None:
    """Print a peer's figures."""
    total = sum(minutes)
    print(
        f"{name}: {rows / total:,.0f} rows/s ({minutes[0]:.2f} s the first minute,"
        f" {minutes[-1]:.2f} s the last); an entity's history p50"
        f" {np.percentile(reads, 50) * 1e3:.2f} ms, p99 {np.percentile(reads, 99) * 1e3:.2f} ms;"
        f" {size / rows:.1f} bytes a row"
    )


def size_of(folder: Path) -> int:
    """Bytes of all files."""
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())


def ours(folder: Path, ids: Sequence[str], minutes: int) -> None:
    """The store."""
    store = SeriesStore(folder / "s", keep_s=30 * 86_400, most_bytes=100 << 30)
    took, cpu = [], time.process_time()
    for minute in range(minutes):
        found = buckets(ids, minute)
        began = time.perf_counter()
        for number, one in enumerate(found):
            store.write([one], [], {("series", 0): minute * 1000 + number})
        took.append(time.perf_counter() - began)
    cpu = time.process_time() - cpu
    reads = []
    for place in np.random.default_rng(7).integers(0, len(ids), READS).tolist():
        began = time.perf_counter()
        assert len(store.rows("1m", "sender", ids[place], T0, T0 + 1e9, 400)) == min(minutes, 400)
        reads.append(time.perf_counter() - began)
    for part in PARTS:
        began = time.perf_counter()
        found_names = store.search(part, 50).found
        took_ms = (time.perf_counter() - began) * 1e3
        print(
            f"search {part!r} of {len(store.names):,} names: {took_ms:.0f} ms, {len(found_names)}"
        )
    store.close()
    said("ours", len(ids) * minutes, took, reads, size_of(folder))
    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss >> 10
    print(f"ours: {cpu / (len(ids) * minutes) * 1e6:.1f} CPU-us a row, at most {most} MB in memory")


def sqlite(folder: Path, ids: Sequence[str], minutes: int) -> None:
    """A table by entity and time, of the same values."""
    base = sqlite3.connect(folder / "rows.db", isolation_level=None)
    for pragma in ("journal_mode=wal", "synchronous=normal", "cache_size=-16000"):
        base.execute(f"pragma {pragma}")
    base.execute(
        "create table rows (who integer, start integer, value blob, primary key (who, start))"
        " without rowid"
    )
    took = []
    for minute in range(minutes):
        found = buckets(ids, minute)
        began = time.perf_counter()
        for number, one in enumerate(found):
            rows = one.blocks[0]
            values = np.rec.fromarrays(
                [rows.count, rows.expected, rows.shape, rows.evidence_nats, rows.threshold_nats]
            )
            raw, size = values.tobytes(), values.dtype.itemsize
            first = number * AT_ONCE
            base.execute("begin")
            base.executemany(
                "insert or replace into rows values (?, ?, ?)",
                [(first + n, one.start, raw[n * size : n * size + size]) for n in range(len(rows))],
            )
            base.execute("commit")
        took.append(time.perf_counter() - began)
    reads = []
    for place in np.random.default_rng(7).integers(0, len(ids), READS).tolist():
        began = time.perf_counter()
        assert base.execute("select * from rows where who = ?", (place,)).fetchall()
        reads.append(time.perf_counter() - began)
    base.close()
    said("sqlite", len(ids) * minutes, took, reads, size_of(folder))


PEERS = {"ours": ours, "sqlite": sqlite}


def main() -> None:
    """Run the peers that are asked for."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--entities", type=int, default=1_000_000)
    parser.add_argument("--minutes", type=int, default=6)
    parser.add_argument("--peers", nargs="+", choices=PEERS, default=list(PEERS))
    given = parser.parse_args()
    ids = names(given.entities)
    for name in given.peers:
        with tempfile.TemporaryDirectory() as folder:
            PEERS[name](Path(folder), ids, given.minutes)


if __name__ == "__main__":
    main()
