"""An entity that is watched: what is reported of it is what it was judged by."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from streams.config.load import parse_config
from streams.detection.context.bucket import Inspect
from streams.detection.shard import Shard
from streams.detection.signals import Signal
from streams.series.watched import WatchedEntity
from tests.detection.counts_of import counts

Judged = Callable[[str], dict[Signal, list[WatchedEntity]]]

MINUTES = 150
BURST = range(100, 104)
COMPLAINED = range(120, 124)
GROUP = "1m"


def _run(inspect: Inspect) -> tuple[list[bytes], dict[Signal, list[WatchedEntity]]]:
    """Forty senders and their complaints, one that bursts, one complained about, newcomers."""
    shard = Shard(0, parse_config({"count": {"levels": ["sender", "all"]}}), inspect)
    draw = np.random.default_rng(7)
    alerts: list[bytes] = []
    watched: dict[Signal, list[WatchedEntity]] = {}
    for minute in range(MINUTES):
        sends = {f"s{n}": int(draw.poisson(400)) for n in range(40)}
        sends |= {f"new{minute}": 1 + int(draw.poisson(1))}
        if minute in BURST:
            sends["s1"] *= 10
        rates = {name: 0.2 if name == "s2" and minute in COMPLAINED else 0.01 for name in sends}
        complaints = {name: int(draw.poisson(rates[name] * n)) for name, n in sends.items()}
        for offset, (source, counted) in enumerate([("sends", sends), ("complaints", complaints)]):
            totals = {(minute, name): count for name, count in counted.items() if count}
            record = counts(totals, until=minute + 1, source=source)
            for result in shard.close(2 * minute + offset, record):
                assert result.group == GROUP
                alerts += [alert.value for alert in result.alerts]
                for row in result.watched:
                    watched.setdefault(row.signal, []).append(row.entity)
    return alerts, watched


@pytest.fixture(scope="module")
def judged() -> Judged:
    """What the buckets were for a sender, by signal; each sender is watched in one run."""
    known: dict[str, dict[Signal, list[WatchedEntity]]] = {}

    def watched(entity: str) -> dict[Signal, list[WatchedEntity]]:
        if entity not in known:
            _, known[entity] = _run(Inspect({"sender": [entity]}))
        return known[entity]

    return watched


def test_watching_changes_no_byte() -> None:
    """The alerts are the same whether somebody is watched or not."""
    alerts, watched = _run(Inspect())
    assert alerts != []
    assert watched == {}
    assert _run(Inspect({"sender": ["s1"]}, forecasts=True))[0] == alerts


@pytest.mark.parametrize("entity", ["s1", "s2", "s3", "new40"])
def test_the_count_that_alarms_is_the_one_that_does(judged: Judged, entity: str) -> None:
    """Evidence reaches the threshold exactly in buckets that count what was said to alarm."""
    looked = 0
    for buckets in judged(entity).values():
        for before, bucket in zip([None, *buckets], buckets, strict=False):
            if (before is None or before.alert_id is None) and bucket.alarms_at is not None:
                over = bucket.evidence_nats >= bucket.threshold_nats
                assert (bucket.count >= bucket.alarms_at) == (over and bucket.count > 0)
                looked += 1
    assert looked > 50


def test_a_burst_is_reported_with_its_alert(judged: Judged) -> None:
    """A burst lies above the band, opens an alert, and nothing is learned while it is open."""
    buckets = judged("s1")["sends"]
    first = buckets[BURST[0]]
    assert first.high is not None
    assert first.high < first.count
    assert first.alert_id is not None
    assert first.alarms_at is not None
    assert first.alarms_at <= first.count
    assert not first.learned
    assert all(b.alarms_at is None and not b.fits for b in buckets[BURST[1] : BURST[-1] + 1])
    assert len({b.alert_id for b in buckets}) == 2  # the burst's, and none
    assert all(b.learned for b in buckets if b.alert_id is None)


def test_the_band_holds_most_of_what_is_usual(judged: Judged) -> None:
    """Of the buckets of a steady sender nine in ten lie within the band, which is no wall."""
    buckets = judged("s3")["sends"]
    bands = [(b.low, b.count, b.high) for b in buckets if b.low is not None and b.high is not None]
    assert len(bands) == MINUTES - 1  # the first has no baseline
    assert sum(low <= count <= high for low, count, high in bands) >= 0.9 * len(bands)
    # A week's cycle is not known after hours: it is wide, though never from nothing to anything.
    assert all(0 < low < 400 < high < 2000 for low, _, high in bands[10:])


def test_one_signal_judges_complaints_at_a_time(judged: Judged) -> None:
    """Where the rate judges an entity, its complaints say that they did not."""
    buckets = judged("s2")
    rates = {bucket.start for bucket in buckets["complaint_rate"]}
    assert len(rates) > 100
    for bucket in buckets["complaints"]:
        assert bucket.judged == (bucket.start not in rates)
    assert any(bucket.alert_id is not None for bucket in buckets["complaint_rate"])


def test_it_begins_with_the_first_count(judged: Judged) -> None:
    """A newcomer's first bucket has no band, and is judged among first counts."""
    first, second, *_ = judged("new40")["sends"]
    assert (first.low, first.high, first.detector) == (None, None, "first-count")
    assert first.count > 0
    assert second.high is not None
