"""The cheap question who could have an alert misses nobody whom the dear one finds."""

from __future__ import annotations

import numpy as np
import pytest

from detectors.burst.shiryaev_roberts import ShiryaevRoberts

RATIOS, LEVELS = (1.5, 3.0, 10.0), ((1.0, 3.0), (2.0, 30.0))
ROWS = 4000


@pytest.mark.parametrize("levels", [LEVELS, ()])
def test_who_reaches_could_reach(levels: tuple[tuple[float, float], ...]) -> None:
    """At every limit, of shapes far below and above 1; and most others are left out."""
    rng = np.random.default_rng(5)
    evidence = ShiryaevRoberts(RATIOS, levels, half=0.3)
    evidence.state.grow_to(ROWS)
    evidence.r[:] = np.exp(rng.uniform(-20.0, 8.0, evidence.r.shape))
    rows = rng.permutation(ROWS)[: ROWS // 2]
    shape, mean = 10.0 ** rng.uniform(-4, 6, len(rows)), 10.0 ** rng.uniform(-6, 5, len(rows))
    x = np.floor(mean * 10.0 ** rng.exponential(0.4, len(rows)) + 1.0)
    share, _ = evidence.shares(mean, 1.0)
    nats = evidence.score(rows, share, shape, shape / mean, x, 1.0)
    for limit in (-2.0, *np.quantile(nats, [0.5, 0.9, 0.99])):
        could = evidence.could_reach(rows, share, shape, mean, x, float(limit))
        assert could[nats >= limit].all()
    assert 0.0 < np.mean(could) < 0.5
