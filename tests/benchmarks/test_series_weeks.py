"""Over weeks the store of series stays as large as it is, and answers as quickly."""

from __future__ import annotations

from pathlib import Path

from benchmarks.series_weeks import WEEK_H, weeks


def test_over_weeks_it_keeps_what_it_is_told_to(tmp_path: Path) -> None:
    """Rows go a segment at a time, so an eighth longer at most; all else stays as it is."""
    found = weeks(tmp_path / "s", 30, 8, keep_weeks=2.0, most_bytes=1 << 30, most_names=100)
    steady = found[3:]
    assert all(2 * WEEK_H <= week.oldest_h <= 2.4 * WEEK_H for week in steady)
    assert max(week.rows_mb for week in steady) < 1.3 * min(week.rows_mb for week in steady)
    assert max(week.disk_mb - week.rows_mb for week in found) < 64.0
    assert steady[-1].memory_mb < 1.2 * steady[0].memory_mb


def test_over_weeks_it_stays_below_its_bytes(tmp_path: Path) -> None:
    """However long rows might be kept."""
    found = weeks(tmp_path / "s", 100, 6, keep_weeks=99.0, most_bytes=4_000_000, most_names=10_000)
    assert all(week.rows_mb < 5.0 for week in found)
    assert found[-1].oldest_h < 5 * WEEK_H
