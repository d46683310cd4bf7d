"""What ``weathervane record`` says of a run: a summary, as a table or as JSON."""

from __future__ import annotations

import dataclasses
from typing import Any

from rich.table import Table

from streams.archive.record.recording import Recording
from streams.cli.console import out
from streams.cli.language import reader
from streams.language.catalogue import mark_in
from streams.sources.reject_tally import RejectTally
from streams.strays import SourceStrays


@dataclasses.dataclass(frozen=True)
class RecordSummary:
    """What this run has recorded.

    Attributes
    ----------
    buckets, rows
        Closed buckets, and counts in them.
    alerts, labels
        Numbers of alerts and labels, each with all its revisions counted once.
    events
        Raw events; 0 without ``--events``.
    rejects
        Records that could not be understood. 0 live without ``--events``: then only the counting
        process reads events.
    bytes, bytes_a_row
        Size of the counts on disk.
    late, duplicates
        Events whose bucket had closed, and events whose id had been seen in their bucket.
    sources
        The same by source, and of files who has most of them, and whose clock is ahead.
    reject_reasons
        For each reason of rejects, the most frequent first, how many there are, and the first.
    """

    buckets: int
    rows: int
    alerts: int
    labels: int
    events: int
    rejects: int
    bytes: int
    bytes_a_row: float
    late: int
    duplicates: int
    sources: dict[str, SourceStrays]
    reject_reasons: list[dict[str, Any]]


def measured(
    recording: Recording,
    rejects: RejectTally,
    alerts: int,
    sources: dict[str, SourceStrays],
    labels: int = 0,
    events: int = 0,
) -> RecordSummary:
    """Sum up what was recorded."""
    writers = recording.writers.values()
    rows = sum(writer.rows_written for writer in writers)
    size = sum(writer.bytes_written for writer in writers)
    buckets = sum(writer.buckets_written for writer in writers)
    return RecordSummary(
        buckets=buckets,
        rows=rows,
        alerts=alerts,
        labels=labels,
        events=events,
        rejects=rejects.total,
        bytes=size,
        bytes_a_row=round(size / max(rows, 1), 2),
        late=sum(one.late for one in sources.values()),
        duplicates=sum(one.duplicates for one in sources.values()),
        sources=sources,
        reject_reasons=rejects.document(),
    )


_SUMMARY = {
    "buckets": mark_in("of a recording", "buckets"),
    "rows": mark_in("of a recording", "rows"),
    "alerts": mark_in("of a recording", "alerts"),
    "labels": mark_in("of a recording", "labels"),
    "events": mark_in("of a recording", "events"),
    "rejects": mark_in("of a recording", "rejects"),
    "bytes": mark_in("of a recording", "bytes"),
    "bytes_a_row": mark_in("of a recording", "bytes a row"),
    "late": mark_in("of a recording", "late"),
    "duplicates": mark_in("of a recording", "duplicates"),
}


def show(written: RecordSummary) -> None:
    """Print what was recorded."""
    table = Table(show_header=False)
    numbers = dataclasses.asdict(written)
    del numbers["reject_reasons"], numbers["sources"]
    words = reader()
    for name, number in numbers.items():
        table.add_row(words.pgettext(*_SUMMARY[name]), f"{number:,}")
    out.print(table)
