"""Newcomers are ranked among first counts; where these are few, among the counts of the known."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pytest

from detectors import PeerCounts
from detectors.cohort.newcomers import Peers

F8 = npt.NDArray[np.float64]

ALPHA = 0.01
NONE = np.zeros(0)


def _peers(days: int, known: F8, first: F8) -> Peers:
    peers = Peers(1.0, keep_per_day=0.97, first_per_day=1000.0, young_buckets=28)
    for _ in range(days):
        peers.learn(first, NONE, known, 1.0)
    return peers


@pytest.mark.parametrize("first", [[], [1.0], [30.0] * 3])
@pytest.mark.parametrize("known", [60, 300])
def test_a_newcomer_larger_than_all_is_found_however_few_newcomers_there_are(
    known: int, first: list[float]
) -> None:
    """Before, no count of a newcomer was enough where fewer than 1/alpha had come lately."""
    counts = np.random.default_rng(known).poisson(20.0, known).astype(float)
    peers = _peers(60, counts, np.array(first))
    nats = peers.first_evidence(np.array([20.0, 300.0]), 1.0, ALPHA)
    assert nats[1] >= -np.log(ALPHA) > nats[0]


def test_with_too_few_known_counts_nobody_is_accused() -> None:
    """Ten counts cannot say what one in a hundred is like."""
    peers = _peers(5, np.full(2, 20.0), NONE)
    assert peers.first_evidence(np.array([1e6]), 1.0, ALPHA)[0] < -np.log(ALPHA)


def test_newcomers_that_count_as_the_known_do_keep_the_promise() -> None:
    """The chance of a false alarm is at most alpha, whatever the distribution."""
    rng = np.random.default_rng(2)
    for sigma in (0.3, 1.0, 2.0):
        peers = _peers(1, NONE, NONE)
        for _ in range(60):
            peers.learn(NONE, NONE, np.ceil(rng.lognormal(3.0, sigma, 100)), 1.0)
        first = np.ceil(rng.lognormal(3.0, sigma, 20_000))
        alarms = peers.first_evidence(first, 1.0, ALPHA) >= -np.log(ALPHA)
        assert np.mean(alarms) <= ALPHA


def test_with_enough_peers_the_known_say_nothing() -> None:
    """Bit for bit the rank among first counts alone."""
    peers = _peers(60, np.full(500, 3.0), np.full(40, 2.0))
    assert peers.first.weight >= 1.0 / ALPHA
    x = np.array([1.0, 2.0, 3.0, 90.0])
    alone = PeerCounts.evidence(peers.first, x, 1.0)
    assert peers.first_evidence(x, 1.0, ALPHA).tobytes() == alone.tobytes()
