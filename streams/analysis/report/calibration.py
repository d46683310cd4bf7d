"""Whether counts come as they were foretold, and false alerts as often as they were allowed. Pure.

The histogram is of the non-randomised probability integral transform of counts (Czado, Gneiting,
Held 2009): a count x takes the part of each bin that lies between F(x - 1) and F(x), F being the
predictive distribution. Where predictions are right on average all bins have the same height.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from functools import partial

import numpy as np
import numpy.typing as npt

from detectors.distributions.gamma_poisson import tail
from streams.alerts.cloudevent import Alert
from streams.analysis.shards import Shards
from streams.config.model import Config
from streams.detection.context.budget import split_budget
from streams.detection.forecast import Foretold
from streams.detection.judges.volume import Stream
from streams.detection.signals import KNOWN, NEWCOMER, RATE, TAIL, YOUNG, Signal
from streams.items import Level

EDGES = (0.1, 1.0, 10.0, 100.0)
"""Between classes of size: counts expected in a bucket."""

SIZES = ("under 0.1", "0.1 to 1", "1 to 10", "10 to 100", "100 and more")
BINS = 10
LEAST_MEAN = EDGES[0]
"""Below, nearly every count is 0, and the histogram is flat whatever was foretold."""

NEW, FEW_DAYS, SLOWLY, BY_RATE = "new", "known for a few days", "slow rises", "complaint rates"
BESIDE = "other detectors"
_CLASS_OF = {NEWCOMER: NEW, YOUNG: FEW_DAYS, RATE: BY_RATE, "slow-e-sr": SLOWLY}
_ROWS = 1 << 15

F8 = npt.NDArray[np.float64]
_Place = tuple[int, str, Level, Signal]


@dataclass(frozen=True, slots=True)
class Histogram:
    """Of one class of size; `heights` are 1 where what was foretold is right."""

    size: str
    counts: int
    heights: tuple[float, ...]


class Calibration:
    """Listens to a replay.

    Parameters
    ----------
    shards
        What judges; each of its streams is listened to.

    Attributes
    ----------
    allowed
        False alerts allowed, by class: the sum of the chances that each judgement was given.
    classes
        Class of each alert that was opened, by group and id.
    """

    def __init__(self, shards: Shards) -> None:
        self.allowed: dict[str, float] = defaultdict(float)
        self.classes: dict[tuple[str, str], str] = {}
        self._streams: dict[_Place, Stream] = {}
        self._means: dict[_Place, F8] = {}
        self._heights = np.zeros((len(SIZES), BINS))
        self._counts = np.zeros(len(SIZES), dtype=np.int64)
        for shard, group, stream in shards.streams():
            place = shard, group, stream.level, stream.signal
            self._streams[place] = stream
            stream.listener = partial(self._take, place)

    def _take(self, place: _Place, told: Foretold) -> None:
        self._means[place] = told.mean
        self.allowed[NEW] += told.newcomers
        self.allowed[FEW_DAYS] += told.young
        here = np.flatnonzero(told.judged)
        sizes = np.digitize(told.mean[here], EDGES)
        of = np.bincount(sizes, weights=told.alpha[here], minlength=len(SIZES))
        for name, allowed in zip(SIZES, of.tolist(), strict=True):
            self.allowed[name] += allowed
        large = here[told.mean[here] >= LEAST_MEAN]
        for at in range(0, len(large), _ROWS):
            self._histogram(told, large[at : at + _ROWS])

    def _histogram(self, told: Foretold, rows: npt.NDArray[np.intp]) -> None:
        a, b, x, e = (of[rows] for of in (told.shape, told.rate, told.counts, told.exposure))
        low, high = 1.0 - tail(a, b, x, e), 1.0 - tail(a, b, x + 1.0, e)
        edges = np.arange(1, BINS + 1) / BINS
        wide = np.maximum(high - low, 1e-12)[:, None]
        below = np.clip((edges - low[:, None]) / wide, 0.0, 1.0)
        below[:, -1] = 1.0
        parts = np.diff(below, axis=1, prepend=0.0)
        sizes = np.digitize(told.mean[rows], EDGES)
        for size in np.unique(sizes).tolist():
            self._heights[size] += parts[sizes == size].sum(axis=0)
            self._counts[size] += np.count_nonzero(sizes == size)

    def opened(self, shard: int, alert: Alert) -> None:
        """Take an alert that the last close opened."""
        self.classes[alert.group, alert.alert_id] = self._class(shard, alert)

    def _class(self, shard: int, alert: Alert) -> str:
        if alert.detector not in (KNOWN, TAIL):
            return _CLASS_OF.get(alert.detector, BESIDE)
        place = shard, alert.group, alert.entity.level, alert.signal
        row = self._streams[place].row(alert.entity.id)
        assert row is not None
        return SIZES[int(np.digitize(self._means[place][row], EDGES))]

    def finish(self) -> None:
        """Let go of what judged: nothing more is to come, and it is large."""
        for stream in self._streams.values():
            stream.listener = None
        self._streams.clear()
        self._means.clear()

    @property
    def histograms(self) -> list[Histogram]:
        """One for each class of size that was counted."""
        return [
            Histogram(size, int(counts), tuple((BINS * heights / counts).tolist()))
            for size, counts, heights in zip(SIZES, self._counts, self._heights, strict=True)
            if counts
        ]


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
