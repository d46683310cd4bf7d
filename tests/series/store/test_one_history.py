"""An entity that moved to another shard has one history, each bucket once."""

from __future__ import annotations

from dataclasses import replace

from streams.series.store.one_history import of_signals
from streams.series.store.rows import StoredRow
from tests.series.store.buckets import T0, watched


def _rows(
    shard: int, minutes: range, count: float = 9.0, alert: str | None = None
) -> list[StoredRow]:
    made = (watched(T0 + 60 * minute, count) for minute in minutes)
    return [StoredRow("sends", shard, replace(bucket, alert_id=alert)) for bucket in made]


def test_what_one_shard_began_another_goes_on_with() -> None:
    """In the order of time, whatever the shards' numbers; the last ones, where there are many."""
    rows = [*_rows(0, range(5, 9)), *_rows(1, range(5))]
    (found,) = of_signals(rows, 400).values()
    assert [bucket.start for bucket in found] == [T0 + 60 * minute for minute in range(9)]
    (found,) = of_signals(rows, 6).values()
    assert [bucket.start for bucket in found] == [T0 + 60 * minute for minute in range(3, 9)]


def test_of_two_rows_of_a_bucket_the_one_that_says_more_stands() -> None:
    """With the alert; else with a count; else of the shard that judged it last."""
    old, new = _rows(0, range(3), 7.0, "a"), _rows(1, range(6), 9.0)
    (found,) = of_signals([*old, *new], 400).values()
    assert [bucket.count for bucket in found] == [7.0, 7.0, 7.0, 9.0, 9.0, 9.0]
    silent, loud = _rows(1, range(6), 0.0), _rows(0, range(3), 7.0)
    (found,) = of_signals([*loud, *silent], 400).values()
    assert [bucket.count for bucket in found] == [7.0, 7.0, 7.0, 0.0, 0.0, 0.0]
    (found,) = of_signals([*_rows(0, range(6), 5.0), *_rows(1, range(4), 9.0)], 400).values()
    assert {bucket.count for bucket in found} == {5.0}


def test_signals_stay_apart() -> None:
    """Of any shard."""
    rows = _rows(0, range(2))
    others = [row._replace(signal="complaints") for row in _rows(1, range(3))]
    assert {name: len(buckets) for name, buckets in of_signals([*rows, *others], 9).items()} == {
        "sends": 2,
        "complaints": 3,
    }
