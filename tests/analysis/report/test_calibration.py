"""Calibration: a histogram that is flat where predictions are right, and chances that add up."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pytest

from streams.analysis.report.calibration import FEW_DAYS, NEW, Calibration, by_the_day
from streams.config.load import parse_config
from streams.detection.bucket_result import BucketResult, Forecast
from streams.detection.context.bucket import Inspect
from streams.detection.merge import ClosedBucket
from streams.detection.shard import Shard
from streams.items import Counts, Total

F8 = npt.NDArray[np.float64]
CONFIG = parse_config({"count": {"levels": ["sender"]}})


def forecast(mean: F8, shape: float, counts: F8, **changes: object) -> BucketResult:
    """A bucket with these counts, forecast as negative binomials of this shape."""
    n = len(mean)
    fields: dict[str, object] = {
        "rows": {}, "counts": counts, "exposure": np.ones(n), "shape": np.full(n, shape),
        "rate": shape / mean, "mean": mean, "judged": np.ones(n, dtype=bool),
        "alpha": np.full(n, 1e-4), "newcomers": 0.5, "young": 0.25,
    }  # fmt: skip
    judged = Forecast(**{**fields, **changes})  # type: ignore[arg-type]
    bucket = ClosedBucket(0, 60, {}, {})
    return BucketResult(0, "1m", bucket, [], {}, {}, forecasts={("sends", "sender"): judged})


def heights(shape: float, drawn_as: float, level: float = 1.0) -> tuple[float, ...]:
    """The histogram of counts of one shape, foretold as of another, at so many times the mean."""
    calibration = Calibration()
    rng = np.random.default_rng(6)
    mean = np.full(40_000, 5.0)
    counts = rng.poisson(rng.gamma(drawn_as, level * mean / drawn_as)).astype(np.float64)
    calibration.take(forecast(mean, shape, counts))
    (histogram,) = calibration.histograms
    assert (histogram.size, histogram.counts) == ("1 to 10", 40_000)
    return histogram.heights


def test_right_predictions_are_flat() -> None:
    """Counts drawn as they were foretold fill all bins alike, for small counts too."""
    found = heights(4.0, 4.0)
    assert len(found) == 10
    assert sum(found) == pytest.approx(10.0)
    assert max(found) - min(found) < 0.08


def test_wrong_predictions_have_their_shape() -> None:
    """Too narrow: both ends high. Too wide: the middle. Too high: all to the left."""
    narrow, wide, high = heights(1e4, 1.0), heights(1.0, 1e4), heights(4.0, 4.0, level=0.5)
    assert min(narrow[0], narrow[-1]) > 1.5 > 1.0 > narrow[4]
    assert max(wide[0], wide[-1]) < 0.5 < 1.0 < wide[5]
    assert high[0] > 1.5 > high[-1]


def test_chances_add_up_by_size() -> None:
    """Allowed is the sum of what each judged row was given, in the class of its mean."""
    calibration = Calibration()
    mean = np.array([0.05, 0.5, 5.0, 50.0, 500.0, 0.5])
    judged = np.array([True, True, True, True, True, False])
    for _ in range(3):
        calibration.take(forecast(mean, 4.0, np.round(mean), judged=judged))
    sizes = ("under 0.1", "0.1 to 1", "1 to 10", "10 to 100", "100 and more")
    assert [calibration.allowed[size] for size in sizes] == pytest.approx([3e-4] * 5)
    assert (calibration.allowed[NEW], calibration.allowed[FEW_DAYS]) == (1.5, 0.75)
    assert [of.counts for of in calibration.histograms] == [3, 3, 3, 3]  # none of the least


def test_a_forecast_changes_no_judgement() -> None:
    """With forecasts the alerts are the same; they hold what the bucket was judged by."""
    found = []
    for inspect in (Inspect(), Inspect(forecasts=True)):
        shard = Shard(0, CONFIG, inspect)
        shard.take(0, Counts("complaints", 0, 1, 60, watermark=float("inf"), idle=True))
        results: list[BucketResult] = []
        for minute in range(20):
            counts = {"steady": 5, "burst": 5 if minute < 19 else 200}
            totals = [Total(60 * minute, "sender", name, n) for name, n in counts.items()]
            record = Counts("sends", 0, 1, 60, totals, watermark=60.0 * (minute + 1))
            results += shard.close(minute, record)
        found.append(results)
    without, with_them = found
    alerts = [[a.value for r in results for a in r.alerts] for results in found]
    assert alerts[0] == alerts[1]
    assert [a.alert.entity.id for r in without for a in r.alerts] == ["burst"]
    assert [r.forecasts for r in without] == [{}] * 20
    last = with_them[-1].forecasts["sends", "sender"]
    assert last.mean / last.exposure == pytest.approx(5.0, rel=0.1)
    assert last.counts.tolist() == [200.0, 5.0]  # newcomers by name
    assert last.rows == {"burst": 0, "steady": 1}


def test_what_has_a_budget_a_day_is_told_by_the_day() -> None:
    """Slow rises are allowed their part of the budget, over the days that were recorded."""
    allowed = by_the_day(parse_config({"detect": {"budget_per_day": 4.0}}), {"1m": 10.0})
    assert 0.0 < allowed["slow rises"] < 40.0
    assert by_the_day(CONFIG, {})["slow rises"] == 0.0
