"""The series of a close: the very figures that decided, of everybody who counted."""

from __future__ import annotations

from dataclasses import replace

import pytest

from streams.alerts.cloudevent import decode_event
from streams.detection.bucket_result import BucketResult
from streams.detection.context.bucket import Inspect
from streams.detection.series.records import series_of, series_records
from streams.detection.signals import JUDGE_BUCKETS, Signal
from streams.series.codec import decode_series
from streams.series.record import BucketSeries
from streams.series.watched import WatchedEntity
from tests.detection.series.minutes import judged

EXPLAINED = ("s1", "s2", "s3", "new40", "all")


@pytest.fixture(scope="module")
def plain() -> list[BucketResult]:
    """The minutes, with nothing to be reported."""
    return list(judged(Inspect()))


@pytest.fixture(scope="module")
def series() -> list[BucketResult]:
    """The minutes, with all series; somebody is asked for."""
    return list(judged(Inspect({"sender": ["s3"]}, series=True)))


@pytest.fixture(scope="module")
def explained() -> dict[tuple[str, Signal, int], WatchedEntity]:
    """What explain says of some entities, by id, signal and minute."""
    watch = {"sender": [name for name in EXPLAINED if name != "all"], "all": ["all"]}
    return {
        (row.id, row.signal, row.entity.start): row.entity
        for result in judged(Inspect(watch))
        for row in result.watched
    }


def test_series_change_no_byte(plain: list[BucketResult], series: list[BucketResult]) -> None:
    """The alerts are the same with them and without."""
    alerts = [[alert.value for alert in result.alerts] for result in plain]
    assert sum(map(len, alerts)) > 2
    assert [[alert.value for alert in result.alerts] for result in series] == alerts
    assert not any(result.watched or result.blocks for result in plain)


def test_whole_figures_are_those_of_explain(
    series: list[BucketResult], explained: dict[tuple[str, Signal, int], WatchedEntity]
) -> None:
    """To the last bit, also which count would have been enough in the bucket that opens."""
    looked = [
        (row.entity, explained[key])
        for result in series
        for row in result.watched
        if (key := (row.id, row.signal, row.entity.start)) in explained
    ]
    assert all(one == other for one, other in looked)
    assert sum(one.alert_id is not None for one, _ in looked) > 8
    assert sum(one.alert_id is None for one, _ in looked) > 100  # somebody is asked for


def test_every_alert_has_whole_figures_while_it_is_open(series: list[BucketResult]) -> None:
    """From the bucket that opens it to the one that ends it."""
    opened = set()
    for result in series:
        full = {row.entity.alert_id: row.entity for row in result.watched if row.entity.alert_id}
        for published in result.alerts:
            alert = decode_event(published.value).alert
            if alert.detector not in JUDGE_BUCKETS or alert.state not in ("open", "resolved"):
                continue
            figures = full[alert.alert_id]
            if alert.revision == 1:
                assert figures.alarms_known
                assert figures.alarms_at is not None
                assert figures.evidence_nats == pytest.approx(alert.evidence_nats, rel=1e-4)
            opened.add(alert.alert_id)
    assert len(opened) > 2


def test_everybody_who_counts_has_a_row(series: list[BucketResult]) -> None:
    """In a block or with whole figures, once for each signal; who does not count has none."""
    for result in series[5:]:
        for signal in ("sends", "complaints"):
            counted = result.bucket.sums[signal, "sender"]
            rows = {
                name: int(count)
                for block in result.blocks
                if (block.signal, block.level) == (signal, "sender")
                for name, count in zip(block.ids, block.count.tolist(), strict=True)
            }
            full = {
                row.id: int(row.entity.count)
                for row in result.watched
                if (row.signal, row.level) == (signal, "sender")
            }
            assert rows.keys() & full.keys() == set()
            assert {name: n for name, n in (rows | full).items() if n} == counted


def test_rows_are_what_explain_says_in_single_precision(
    series: list[BucketResult], explained: dict[tuple[str, Signal, int], WatchedEntity]
) -> None:
    """Counts, flags and bands are the same; nobody asked which count would be enough."""
    looked = 0
    for result in series:
        for record in series_records(result, 1):
            read = decode_series(record[1])
            assert isinstance(read, BucketSeries)
            for block in read.blocks:
                for place, name in enumerate(block.ids):
                    exact = explained.get((name, block.signal, read.start))
                    if exact is None:
                        continue
                    row = block.watched(place, read.start, read.end)
                    assert (row.low, row.high) == (exact.low, exact.high)
                    assert row.expected == pytest.approx(exact.expected, rel=1e-6)
                    assert row.evidence_nats == pytest.approx(exact.evidence_nats, rel=1e-6)
                    assert row.threshold_nats == pytest.approx(exact.threshold_nats, rel=1e-6)
                    assert row == replace(
                        exact,
                        expected=row.expected,
                        evidence_nats=row.evidence_nats,
                        threshold_nats=row.threshold_nats,
                        alarms_at=None,
                        alarms_known=False,
                    )
                    looked += 1
    assert looked > 500


def test_a_bucket_is_written_in_the_same_bytes_again(series: list[BucketResult]) -> None:
    """Whoever judges it again after a crash."""
    again = judged(Inspect({"sender": ["s3"]}, series=True))
    for one, other in zip(series, again, strict=True):
        assert list(series_records(one, 3)) == list(series_records(other, 3))
    assert series_of(series[0], 3).epoch == 3
