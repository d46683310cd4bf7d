"""The tables of the week, as the kernels make them, against the formulas in NumPy."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from detectors.exposure.profile import Profile
from detectors.exposure.season import Season

F8 = npt.NDArray[np.float64]
HOURS, DAYS = 168, 7


def _by_clock(values: F8) -> F8:
    """Sums over the days, by hour of the day, for each hour of the week."""
    return np.tile(values.reshape(len(values), DAYS, 24).sum(axis=1), DAYS)


def test_shapes_are_those_of_the_formula() -> None:
    """Shapes, shares and what is trusted of them, after a week of counts."""
    rng, profile = np.random.default_rng(2), Profile(1.0 / 24.0)
    profile.state.grow_to(50)
    for hour in [*range(HOURS), *range(30)]:
        x, plain = rng.poisson(2.0, 50).astype(float), rng.gamma(2.0, 1.0, 50)
        profile.add(slice(0, 50), hour, x, plain)
        profile.pass_bucket(hour)
    seen, due, kappa = profile._seen, profile._due, profile._weight
    weight = due.sum(axis=0) + kappa
    weight /= weight.sum()
    shapes = profile._starts / np.sum(profile._starts * weight, axis=1)[:, None]
    clock = _by_clock(shapes) / DAYS
    known = (kappa * clock + _by_clock(seen)) / (kappa + _by_clock(due))
    shapes = (kappa * shapes * known / clock + seen) / (kappa + due)
    shapes /= np.sum(shapes * weight, axis=1)[:, None]
    np.testing.assert_allclose(profile._shapes, shapes, rtol=1e-12)
    seen_by = _by_clock(due).sum(axis=0)
    trusted = 1.0 + seen_by / (seen_by + profile.kinds * kappa) * (shapes - 1.0)
    np.testing.assert_allclose(profile._trusted, trusted, rtol=1e-12)
    shares = due.sum(axis=1) + kappa
    np.testing.assert_allclose(profile._shares, shares / shares.sum(), rtol=1e-12)


def test_indices_are_those_of_the_formula() -> None:
    """Of each row and hour, whatever was added last; and the same after all is worked out anew."""
    rng, season = np.random.default_rng(2), Season(1.0 / 24.0)
    season.state.grow_to(3)
    for hour in [*range(100), *range(20)]:
        plain = rng.gamma(2.0, 1.0, 3)
        season.add(slice(0, 3), hour, rng.poisson(2.0, 3).astype(float), plain)
        season.pass_bucket(hour)
    season.state.grow_to(4)
    seen, due, kappa = season._seen, season._due, season._weight
    clock = (kappa + _by_clock(seen)) / (kappa + _by_clock(due))
    index = (kappa * clock + seen) / (kappa + due)
    known = np.where(due > 0.0, 1.0, 1e-9)
    index /= (np.sum(known * index, axis=1) / np.sum(known, axis=1))[:, None]
    found = [season.factor(slice(0, 4), hour)[0] for hour in range(HOURS)]
    np.testing.assert_allclose(np.stack(found, axis=1), index, rtol=1e-12)
    season._derive()
    again = [season.factor(np.array([3, 0, 1, 2]), hour)[0] for hour in range(HOURS)]
    assert [row.tolist() for row in again] == [row[[3, 0, 1, 2]].tolist() for row in found]
