"""`ArrivalBank`: what its kernels do, against the same formulas over whole arrays."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pytest

from detectors.burst.shiryaev_roberts import step
from detectors.cohort.arrivals import LEVELS, RATIOS, ArrivalBank

F8 = npt.NDArray[np.float64]

HOUR_S = 3600.0


class Formulas:
    """The bank's series as its docstrings say them; sums in NumPy's order."""

    def __init__(self, bank: ArrivalBank, rows: int) -> None:
        self.bank = bank
        self.a, self.b = np.full((2, rows), 0.3), np.full((2, rows), 0.3 / (0.3 * 1.0 / 24.0))
        self.v = self.m = self.excess = np.zeros((2, rows))
        self.run, self.r = np.zeros((3, 2, rows)), np.zeros((6, 2, rows))
        self.pool_v, self.pool_m, self.seen, self.due = np.zeros((4, 2, 1))
        self.week_seen, self.week_due = np.zeros((2, 168))

    def spread(self) -> F8:
        start = np.array([[0.05], [0.5]])
        of_all = (self.pool_v + start * 4.0) / (self.pool_m + 4.0)
        return np.maximum((self.v + 8.0 * of_all) / (self.m + 8.0), 0.005)

    def index(self, hour: int) -> tuple[float, float]:
        seen, due, clock = self.week_seen, self.week_due, slice(hour % 24, None, 24)
        level = (3.0 + float(np.sum(seen))) / (3.0 + float(np.sum(due)))
        of_day = float(np.sum(due[clock]))
        same_hour = (3.0 * level + float(np.sum(seen[clock]))) / (3.0 + of_day)
        own = (3.0 * same_hour + float(seen[hour])) / (3.0 + float(due[hour]))
        return max(own / level, 0.01), 0.3 / (1.0 + of_day)

    def close(self, x: F8, exposure: float, hour: int, alarmed: npt.NDArray[np.bool_]) -> F8:
        """Judge and learn a bucket; gives evidence, mean, shape and rate."""
        index, error = self.index(hour)
        settled, calm = self.bank.settled, ~alarmed
        exposures = np.full(x.shape[1], np.maximum(exposure, 1e-3) * index)
        mean = exposures * self.a / self.b
        spread = self.spread() * (1.0 + 1.0 / mean) + 0.01 + error
        narrow = 1.0 / (1.0 + self.a * spread)
        shape, rate, nats = self.a * narrow, self.b * narrow, np.zeros_like(mean)
        if settled:
            flat = self.r.reshape(6, -1)
            inflow = (mean + 0.003) / (mean + 0.3)
            both = np.concatenate([exposures, exposures])
            inflow, a, b, counts = map(np.ravel, (inflow, shape, rate, x))
            nats = step(flat, inflow, a, b, counts, both, RATIOS, LEVELS, flat).reshape(x.shape)
            self.r[:, :, alarmed] = 0.0
            excess = self.excess + x - 1.25 * mean
            now = np.stack([np.ones_like(x), x, mean])
            goes_on = (excess > 0.0) & (self.excess > 0.0)
            self.run = np.where(goes_on, self.run + now, now)
            self.excess = np.where(alarmed, 0.0, np.maximum(excess, 0.0))
        keep = 0.97 ** (1.0 / 24.0) if settled else 0.5 ** (1.0 / 24.0)
        variance = mean + mean * mean / self.a
        most = mean + 3.0 * (np.sqrt(variance + self.spread() * mean * (1.0 + mean)) + 1.0)
        learned = np.minimum(x, most) if settled else x
        if settled:
            weight = np.where(calm, 1.0 / (1.0 + variance) ** 2, 0.0)
            v, m = ((learned - mean) ** 2 - variance) * weight, mean * (1.0 + mean) * weight
            self.v, self.m = keep * self.v + v, keep * self.m + m
            self.pool_v = keep * self.pool_v + np.sum(v, axis=1, keepdims=True)
            self.pool_m = keep * self.pool_m + np.sum(m, axis=1, keepdims=True)
            expected = float(np.sum((mean[0] / index)[calm]))
            part, kept = min(1.0, expected), 0.85
            self.week_seen[hour] = (
                kept * self.week_seen[hour] + part * float(np.sum(learned[0][calm])) / expected
            )
            self.week_due[hour] = kept * self.week_due[hour] + part
        g = np.minimum(1.0, keep + (1.0 - keep) * 0.3 / self.a)
        self.a = np.where(calm, g * self.a + learned, self.a)
        self.b = np.where(calm, g * self.b + exposures, self.b)
        return np.concatenate([nats, mean, shape, rate])


@pytest.mark.parametrize("rows", [1, 7, 300])
def test_kernels_compute_the_formulas_to_the_last_bit(rows: int) -> None:
    """Over ten days of hours, the first seven of which are not judged."""
    rng, bank = np.random.default_rng(rows), ArrivalBank(HOUR_S)
    bank.enter(rows)
    formulas = Formulas(bank, rows)
    alarmed = np.zeros(rows, dtype=np.bool_)
    usual, judged = rng.lognormal(-1.0, 1.5, rows), 0
    for hour in range(240):
        alarmed[:] = rng.random(rows) < (0.05 if rows > 1 else 0.0)
        ids = rng.poisson(usual * (8.0 if hour % 50 == 49 else 1.0)).astype(np.float64)
        x, exposure = np.stack([ids, ids * rng.integers(1, 5, rows)]), float(rng.lognormal(0, 0.3))
        judged += bank.settled
        by_formulas = formulas.close(x, exposure, hour % 168, alarmed)
        arrived = bank.judge(x, exposure, hour % 168, alarmed=alarmed)
        bank.learn(x, arrived, alarmed, hour % 168)
        assert arrived.found[:8].tobytes() == by_formulas.tobytes()
        assert arrived.highest_nats == max(arrived.evidence_nats.max(), 0.0)
    assert judged == 72
    assert arrived.evidence_nats.any()


def test_the_evidence_of_a_row_does_not_depend_on_its_place() -> None:
    """The same rows in another order get the same numbers."""
    rng, rows = np.random.default_rng(4), 23
    order = rng.permutation(rows)
    one, other = ArrivalBank(HOUR_S), ArrivalBank(HOUR_S)
    for bank in (one, other):
        bank.enter(rows)
        bank.age_days = 8.0
    none = np.zeros(rows, dtype=np.bool_)
    x = rng.poisson(3.0, (2, rows)).astype(np.float64)
    moved = np.ascontiguousarray(x[:, order])
    found = one.judge(x, 1.0, 5, alarmed=none).found
    assert other.judge(moved, 1.0, 5, alarmed=none).found.tobytes() == (found[:, order].tobytes())
