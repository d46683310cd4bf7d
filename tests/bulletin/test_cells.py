"""Cells are read from an archive as they were counted, by the days of the source."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

from streams.archive.manifest import Manifest
from streams.archive.read.reader import Archive
from streams.archive.record.writer import Writer
from streams.archive.tables import ShardGroup
from streams.bulletin.cell import UNNAMED, BulletinPeriod, Cell, Cells
from streams.bulletin.contents.days import DaySpan
from streams.bulletin.contents.recorded import Recordings
from streams.detection.bucket_result import BucketResult
from streams.detection.context.membership import Belonging
from streams.detection.merge import ClosedBucket
from streams.detection.source_faults.verdict import SourceVerdict
from streams.facts.bucket import CellCount, Facts
from tests.events_of import config

HOUR = 3600
DAY = dt.date(2026, 3, 2)
START = int(dt.datetime(2026, 3, 1, 16, tzinfo=dt.UTC).timestamp())  # midnight in Shanghai


def written(root: Path, hours: dict[int, list[CellCount]], *, cells: bool = True) -> Path:
    """Write an archive of these hours of two sources."""
    made = config(
        count={"bucket": "1h"},
        timezone="Asia/Shanghai",
        sources={
            "sends": {"kind": "send", "group": "one", "cells": cells},
            "complaints": {"kind": "complaint", "group": "one", "cells": cells},
        },
    )
    manifest = Manifest.from_config(made, "kafka")
    manifest.write(root)
    writer = Writer(root, ShardGroup(0, "one"), manifest)
    for hour, counted in hours.items():
        start = START + hour * HOUR
        bucket = ClosedBucket(start, start + HOUR, {}, Belonging(), {}, Facts(cells=counted))
        gap = SourceVerdict(times=1, gap=hour == 49)
        writer.add(BucketResult(0, "one", bucket, [], {"complaints": gap, "sends": gap}, {}))
    writer.flush()
    return root


def cells_of(root: Path) -> Cells | None:
    """Read five days."""
    span = DaySpan(DAY, DAY + dt.timedelta(4))
    return Recordings([Archive(root)], "Asia/Shanghai").cells(span)


def test_cells_are_summed_by_day(tmp_path: Path) -> None:
    """Hours of a day in the source's time zone are one day; what is not named is named so."""
    fraud = CellCount("complaints", "loans", "Mall", "11", "fraud", 3)
    hours = {
        0: [fraud, CellCount("sends", "loans", "Mall", None, None, 900)],
        23: [fraud, CellCount("complaints", "loans", None, None, "other", 2)],
        24: [fraud],
        48: [],
        49: [],
    }
    found = cells_of(written(tmp_path, hours))
    day = BulletinPeriod(DAY, DAY)
    assert found is not None
    assert found.first == DAY
    assert found.total(Cell("loans", region="11"), day) == 6
    assert found.total(Cell(platform=UNNAMED), day) == 2
    assert found.known.tolist() == [True, True, True]
    assert found.total(Cell(), BulletinPeriod(DAY, DAY + dt.timedelta(9))) == 11


def test_a_gap_is_no_zero(tmp_path: Path) -> None:
    """A day of which all buckets are gaps was not counted."""
    fraud = CellCount("complaints", "loans", "Mall", "11", "fraud", 3)
    found = cells_of(written(tmp_path, {0: [fraud], 49: [], 72: [fraud]}))
    assert found is not None
    assert found.known.tolist() == [True, False, False, True]


def test_an_archive_without_cells_has_none(tmp_path: Path) -> None:
    """The bulletin says that it lacks them."""
    assert cells_of(written(tmp_path, {0: []}, cells=False)) is None
