"""Whether counts come as they were foretold, and false alerts as often as they were allowed. Pure.

The histogram is of the non-randomised probability integral transform of counts (Czado, Gneiting,
Held 2009): a count x takes the part of each bin that lies between F(x - 1) and F(x), F being the
predictive distribution. Where predictions are right on average all bins have the same height.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from detectors.distributions.gamma_poisson import tail
from streams.alerts.cloudevent import Alert
from streams.config.model import Config
from streams.detection.bucket_result import BucketResult, Forecast
from streams.detection.context.bucket import Stream
from streams.detection.context.budget import split_budget
from streams.detection.signals import KNOWN, NEWCOMER, RATE, TAIL, YOUNG
from streams.items import LEVELS
from streams.language.catalogue import mark

EDGES = (0.1, 1.0, 10.0, 100.0)
"""Between classes of size: counts expected in a bucket."""

SIZES = (
    mark("under 0.1"), mark("0.1 to 1"), mark("1 to 10"), mark("10 to 100"), mark("100 and more"),
)  # fmt: skip
BINS = 10
LEAST_MEAN = EDGES[0]
"""Below this, nearly every count is 0, and the histogram is flat for any forecast."""

NEW, FEW_DAYS = mark("new"), mark("known for a few days")
SLOWLY, BY_RATE = mark("slow rises"), mark("complaint rates")
BESIDE = mark("other detectors")
_CLASS_OF = {NEWCOMER: NEW, YOUNG: FEW_DAYS, RATE: BY_RATE, "slow-e-sr": SLOWLY}
_ROWS = 1 << 15


@dataclass(frozen=True, slots=True)
class Histogram:
    """Of one class of size; `heights` are 1 where what was foretold is right."""

    size: str
    counts: int
    heights: tuple[float, ...]


class Calibration:
    """Adds up what closed buckets were judged by.

    Attributes
    ----------
    allowed
        False alerts allowed, by class: the sum of the chances that each judgement was given.
    classes
        Class of each alert that was opened, by group and id.
    """

    def __init__(self) -> None:
        self.allowed: dict[str, float] = defaultdict(float)
        self.classes: dict[tuple[str, str], str] = {}
        self._heights = np.zeros((len(SIZES), BINS))
        self._counts = np.zeros(len(SIZES), dtype=np.int64)

    def take(self, result: BucketResult) -> None:
        """Take what became of a closed bucket, with its forecasts."""
        for _, forecast in sorted(result.forecasts.items(), key=_in_order):
            self._add(forecast)
        for published in result.alerts:
            alert = published.alert
            if alert.event == "opened" and alert.signal != "source":
                self.classes[alert.group, alert.alert_id] = self._class(alert, result)

    def _add(self, forecast: Forecast) -> None:
        self.allowed[NEW] += forecast.newcomers
        self.allowed[FEW_DAYS] += forecast.young
        rows = np.flatnonzero(forecast.judged)
        sizes = np.digitize(forecast.mean[rows], EDGES)
        sums = np.bincount(sizes, weights=forecast.alpha[rows], minlength=len(SIZES))
        for name, allowed in zip(SIZES, sums.tolist(), strict=True):
            self.allowed[name] += allowed
        large = rows[forecast.mean[rows] >= LEAST_MEAN]
        for at in range(0, len(large), _ROWS):
            self._histogram(forecast, large[at : at + _ROWS])

    def _histogram(self, forecast: Forecast, rows: npt.NDArray[np.intp]) -> None:
        a, b, x, e = (
            of[rows] for of in (forecast.shape, forecast.rate, forecast.counts, forecast.exposure)
        )
        low, high = 1.0 - tail(a, b, x, e), 1.0 - tail(a, b, x + 1.0, e)
        edges = np.arange(1, BINS + 1) / BINS
        wide = np.maximum(high - low, 1e-12)[:, None]
        below = np.clip((edges - low[:, None]) / wide, 0.0, 1.0)
        below[:, -1] = 1.0
        parts = np.diff(below, axis=1, prepend=0.0)
        sizes = np.digitize(forecast.mean[rows], EDGES)
        for size in np.unique(sizes).tolist():
            self._heights[size] += parts[sizes == size].sum(axis=0)
            self._counts[size] += np.count_nonzero(sizes == size)

    def _class(self, alert: Alert, result: BucketResult) -> str:
        if alert.detector not in (KNOWN, TAIL):
            return _CLASS_OF.get(alert.detector, BESIDE)
        forecast = result.forecasts[alert.signal, alert.entity.level]
        mean = forecast.mean[forecast.rows[alert.entity.id]]
        return SIZES[int(np.digitize(mean, EDGES))]

    @property
    def histograms(self) -> list[Histogram]:
        """One for each class of size that was counted."""
        return [
            Histogram(size, int(counts), tuple((BINS * heights / counts).tolist()))
            for size, counts, heights in zip(SIZES, self._counts, self._heights, strict=True)
            if counts
        ]


def _in_order(item: tuple[Stream, Forecast]) -> tuple[str, int]:
    """Sums must not depend on the order of the table of signals."""
    (signal, level), _ = item
    return signal, LEVELS.index(level)


def by_the_day(config: Config, days: dict[str, float]) -> dict[str, float]:
    """False alerts allowed of what has a budget a day, whatever is counted.

    Parameters
    ----------
    config
        The configuration.
    days
        How long each group was recorded.
    """
    out = {SLOWLY: 0.0, BY_RATE: 0.0, BESIDE: 0.0}
    for (group, _, signal), budget in split_budget(config).items():
        lasted = days.get(group, 0.0) * config.detect.shards
        out[SLOWLY] += budget.slow_per_day * lasted
        out[BESIDE] += sum(each for _, each in budget.beside) * lasted
        if signal == "complaint_rate":
            out[BY_RATE] += budget.known_per_day * lasted
    return out
