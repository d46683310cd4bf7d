"""Which files of an archive hold a span of time."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from streams.archive.read.reader import Archive
from streams.detection.signals import events_signal


class TimeSpan(NamedTuple):
    """A span of event time: epoch s, `until_s` is not in it."""

    since_s: float
    until_s: float


def files_within(archive: Archive, span: TimeSpan, group: str | None = None) -> Iterator[Path]:
    """Name the files of counts that may hold buckets of a span.

    A file ends where the next of its shard and group begins.

    Parameters
    ----------
    archive
        The archive.
    span
        The span.
    group
        Only of this group; None is all.
    """
    by_shard: dict[tuple[str, str], list[tuple[int, Path]]] = defaultdict(list)
    for path in (archive.root / "buckets").glob("day=*/*.parquet"):
        start, shard, name = path.stem.split(".", 2)
        if group in (None, name):
            counts = archive.root / "counts" / path.parent.name / path.name
            by_shard[shard, name].append((int(start), counts))
    for _, files in sorted(by_shard.items()):
        files.sort()
        ends = [float(start) for start, _ in files[1:]] + [float("inf")]
        for (first, path), end in zip(files, ends, strict=True):
            if span.since_s < end and first < span.until_s:
                yield path


def counted_signals(archive: Archive) -> dict[str, str]:
    """Say what each source's events are counted as; "" where they are no events."""
    return {
        name: events_signal(source.signal) or ""
        for name, source in archive.manifest.sources.items()
    }


def beside(path: Path, table: str) -> Path:
    """Name the file of another table for the same buckets."""
    return path.parents[2] / table / path.parent.name / path.name
