"""The e-value of an onset is 1 on average where nothing began, and large where something did."""

from __future__ import annotations

import numpy as np
import pytest

from detectors.emerging.onset_mixture import FALLS, RISES, Heights, Prior, judge_onsets


@pytest.mark.parametrize("heights", [RISES, FALLS])
def test_the_e_value_is_one_on_average(heights: Heights) -> None:
    """Where the rates come from the prior; and the share of large ones keeps Markov's bound."""
    rng = np.random.default_rng(1)
    rates = rng.gamma(4.0, 0.5, 20_000)
    counts = rng.poisson(rates[:, None], (20_000, 26)).astype(float)
    even = np.ones_like(counts)
    prior = Prior(np.full(20_000, 4.0), np.full(20_000, 2.0))
    e_values = np.exp(judge_onsets(counts, even, even, prior, heights).evidence_nats)
    assert e_values.mean() == pytest.approx(1.0, abs=0.3)
    assert (e_values >= 20.0).mean() <= 1.0 / 20.0


def test_exposure_is_what_counts_are_compared_with() -> None:
    """Twice the counts at twice the exposure are nothing new; the same exposure makes them so."""
    counts = np.array([[20.0] * 20 + [40.0] * 4])
    exposure = np.array([[1.0] * 20 + [2.0] * 4])
    prior = Prior(np.ones(1), np.full(1, 0.05))
    even = np.ones_like(counts)
    assert judge_onsets(counts, exposure, even, prior).evidence_nats[0] < 0.0
    assert judge_onsets(counts, even, even, prior).evidence_nats[0] > 10.0


def test_too_few_weeks_are_no_evidence() -> None:
    """Without weeks before an onset there is none."""
    counts = np.full((2, 8), 9.0)
    found = judge_onsets(counts, counts, np.ones_like(counts), Prior(np.ones(2), np.ones(2)))
    assert np.isneginf(found.evidence_nats).all()


def test_a_series_has_the_same_evidence_in_any_company() -> None:
    """It depends on its own counts only."""
    rng = np.random.default_rng(2)
    counts = rng.poisson(9.0, (50, 30)).astype(float)
    even = np.ones_like(counts)
    prior = Prior(np.ones(50), np.full(50, 0.1))
    together = judge_onsets(counts, even, even, prior)
    alone = judge_onsets(counts[7:8], even[:1], even[:1], Prior(np.ones(1), np.full(1, 0.1)))
    assert alone.evidence_nats[0] == pytest.approx(together.evidence_nats[7], abs=1e-9)
