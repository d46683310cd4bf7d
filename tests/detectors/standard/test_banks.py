"""Each standard bank has the numbers of the detector of one series, whatever other rows it has."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest

from detectors import (
    CUSUM,
    EWMA,
    CusumBank,
    EwmaBank,
    GlrBank,
    NegativeBinomialGLR,
    TailBank,
    TailProbability,
)

F8 = npt.NDArray[np.float64]


@dataclass
class Pair:
    """A detector, its bank, and the name of the argument that goes with a count."""

    scalar: Callable[[], Any]
    bank: Callable[[], Any]
    beside: str


PAIRS = {
    "poisson-cusum": Pair(lambda: CUSUM(1.5), lambda: CusumBank(1.5), "expected"),
    "nb-cusum": Pair(
        lambda: CUSUM(3.0, dispersion=0.3), lambda: CusumBank(3.0, dispersion=0.3), "expected"
    ),
    "nb-glr": Pair(
        lambda: NegativeBinomialGLR(0.2, window=40), lambda: GlrBank(0.2, window=40), "expected"
    ),
    "ewma-given": Pair(EWMA, EwmaBank, "expected"),
    "ewma-learned": Pair(EWMA, EwmaBank, "exposure"),
    "tail-given": Pair(TailProbability, TailBank, "expected"),
    "tail-learned": Pair(TailProbability, TailBank, "exposure"),
}
GIVEN_TAIL = PAIRS["tail-given"]

every_pair = pytest.mark.parametrize("pair", PAIRS.values(), ids=PAIRS)


def history(rows: int, closes: int) -> list[tuple[F8, F8]]:
    """Counts and expectations, sparse to huge; a burst in every third row."""
    rng = np.random.default_rng(6)
    means = 10.0 ** rng.uniform(-3, 4, rows)
    buckets = []
    for t in range(closes):
        expected = means * rng.uniform(0.3, 1.5, rows)
        raised = np.where((np.arange(rows) % 3 == 0) & (t > closes // 2), 4.0, 1.0)
        x = rng.negative_binomial(5.0, 5.0 / (5.0 + expected * raised)).astype(float)
        buckets.append((x, expected))
    return buckets


def score(pair: Pair, bank: Any, x: F8, beside: F8) -> F8:
    found: F8 = bank.score(x, **{pair.beside: beside})
    return found


def learn(pair: Pair, bank: Any, x: F8, beside: F8) -> None:
    # A tail that is given its expectations has nothing to learn.
    if pair is not GIVEN_TAIL:
        bank.learn(x, **{pair.beside: beside})


@every_pair
def test_bank_equals_scalar(pair: Pair) -> None:
    """Over 120 buckets, rows that join late and resets included, to 1e-9."""
    rows, joined = 12, 7
    bank = pair.bank()
    bank.grow(joined)
    scalars = [pair.scalar() for _ in range(rows)]
    for t, (x, beside) in enumerate(history(rows, 120)):
        if t == 30:
            bank.grow(rows - joined)
            joined = rows
        features: list[dict[Hashable, Any]] = [
            {"count": float(x[i]), pair.beside: float(beside[i])} for i in range(joined)
        ]
        scalar_scores = [scalars[i].score_one(features[i]) for i in range(joined)]
        scores = score(pair, bank, x[:joined], beside[:joined])
        assert scores.tolist() == pytest.approx(scalar_scores, rel=1e-9, abs=1e-9)
        learn(pair, bank, x[:joined], beside[:joined])
        for i in range(joined):
            scalars[i].learn_one(features[i])
        over = np.flatnonzero(scores > 30.0)
        if hasattr(bank, "reset"):
            bank.reset(over)
            for place in over.tolist():
                scalars[place].reset()


@every_pair
def test_rows_are_independent(pair: Pair) -> None:
    """The bits of a row are the same alone, among others, and in another position."""
    rows = 67
    order = np.random.default_rng(1).permutation(rows)
    everybody, shuffled, alone = pair.bank(), pair.bank(), pair.bank()
    everybody.grow(rows)
    shuffled.grow(rows)
    alone.grow(1)
    for x, beside in history(rows, 60):
        scores = score(pair, everybody, x, beside)
        assert score(pair, shuffled, x[order], beside[order]).tolist() == scores[order].tolist()
        assert score(pair, alone, x[9:10], beside[9:10]).tolist() == [scores[9]]
        learn(pair, everybody, x, beside)
        learn(pair, shuffled, x[order], beside[order])
        learn(pair, alone, x[9:10], beside[9:10])


@every_pair
def test_scoring_changes_nothing(pair: Pair) -> None:
    """A score leaves the bank and the given counts as they were."""
    bank = pair.bank()
    bank.grow(5)
    buckets = history(5, 10)
    for x, beside in buckets:
        learn(pair, bank, x, beside)
    x, beside = buckets[0]
    kept = x.copy(), beside.copy()
    first = score(pair, bank, x, beside)
    score(pair, bank, x * 100.0, beside)
    assert score(pair, bank, x, beside).tolist() == first.tolist()
    assert (x.tolist(), beside.tolist()) == (kept[0].tolist(), kept[1].tolist())


@every_pair
def test_what_is_handed_in_stays_the_callers(pair: Pair) -> None:
    """The caller may use the same arrays for the next bucket."""
    plain, reused = pair.bank(), pair.bank()
    plain.grow(5)
    reused.grow(5)
    hand_x, hand_beside = np.zeros(5), np.zeros(5)
    for x, beside in history(5, 20):
        hand_x[:], hand_beside[:] = x, beside
        assert score(pair, reused, hand_x, hand_beside).tolist() == (
            score(pair, plain, x, beside).tolist()
        )
        learn(pair, plain, x, beside)
        learn(pair, reused, hand_x, hand_beside)
