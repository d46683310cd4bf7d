"""The local archive: which part is recorded into, and what is removed when."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest

from streams.archive.local import archives_in, current_part, next_part, parts, remove_old
from streams.archive.manifest import FILE, Manifest
from streams.config.model import Config
from tests.events_of import config

DAY_S = 86_400.0


def _begun(part: Path, settings: Config) -> Path:
    part.mkdir(parents=True)
    Manifest.from_config(settings, "kafka").write(part)
    return part


def _days(part: Path, first: str, number: int, *tables: str) -> None:
    for day in range(number):
        name = f"day={dt.date.fromisoformat(first) + dt.timedelta(days=day)}"
        for table in tables or ("buckets", "counts", "alerts", "labels"):
            (part / table / name).mkdir(parents=True)
            (part / table / name / "0.0.60s.parquet").touch()


def _kept(part: Path, table: str = "buckets") -> list[str]:
    return sorted(folder.name for folder in (part / table).iterdir())


def test_recording_goes_on_with_the_last_part_as_long_as_it_is_counted_alike(
    tmp_path: Path,
) -> None:
    """Another level, bucket or number of shards begins the next part; a threshold does not."""
    settings = config()
    assert current_part(tmp_path, settings) == next_part(tmp_path) == tmp_path / "1"
    first = _begun(tmp_path / "1", settings)
    assert current_part(tmp_path, config(detect={"budget_per_day": 1.0})) == first
    for other in (
        config(count={"levels": ["sender", "all"]}),
        config(count={"bucket": "1h"}),
        config(detect={"shards": 2}),
    ):
        assert current_part(tmp_path, other) == tmp_path / "2"
    second = _begun(tmp_path / "2", config(detect={"shards": 2}))
    assert current_part(tmp_path, settings) == tmp_path / "3"
    assert archives_in(tmp_path) == [first, second]
    assert archives_in(second) == [second]


def test_parts_are_in_the_order_of_their_numbers(tmp_path: Path) -> None:
    """The tenth comes after the ninth; what else lies there is no part."""
    for name in ("10", "9", "notes", "9.old"):
        (tmp_path / name).mkdir()
    assert [part.name for part in parts(tmp_path)] == ["9", "10"]
    assert next_part(tmp_path) == tmp_path / "11"


def test_a_part_that_cannot_be_read_is_left_as_it_is(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """Another version's manifest: the next part begins, and the log says why."""
    settings = config()
    manifest = _begun(tmp_path / "1", settings) / FILE
    manifest.write_text('{"v": 99}')
    assert current_part(tmp_path, settings) == tmp_path / "2"
    assert "found 99" in caplog.text


def test_days_go_when_newer_ones_are_older_than_what_is_kept(tmp_path: Path) -> None:
    """In every table and part; told by the newest day with buckets. An empty part goes as well."""
    settings = config()
    first, second = (_begun(tmp_path / name, settings) for name in ("1", "2"))
    _days(first, "2026-03-01", 5)
    _days(second, "2026-03-06", 4)
    _days(second, "2026-03-20", 1, "labels")
    assert remove_old(tmp_path, 9 * DAY_S) == []
    remove_old(tmp_path, 6.5 * DAY_S)
    assert _kept(first) == _kept(first, "counts") == ["day=2026-03-02", *_march(3, 5)]
    remove_old(tmp_path, 2 * DAY_S)
    assert parts(tmp_path) == [second]
    assert _kept(second) == _march(7, 9)
    assert _kept(second, "labels") == [*_march(7, 9), "day=2026-03-20"]


def _march(first: int, last: int) -> list[str]:
    return [f"day=2026-03-{day:02}" for day in range(first, last + 1)]


def test_nothing_is_removed_before_there_are_buckets(tmp_path: Path) -> None:
    """Alerts of an old state may be there first."""
    part = _begun(tmp_path / "1", config())
    _days(part, "2020-01-01", 1, "alerts")
    assert remove_old(tmp_path, DAY_S) == []
    assert remove_old(tmp_path / "none", DAY_S) == []
    assert _kept(part, "alerts") == ["day=2020-01-01"]
