"""Burst detection for counts: no clock, no configuration, no input or output."""

from detectors.burst_bank import BurstBank, Judgement
from detectors.cohort_prior import CohortPrior
from detectors.dispersion import Dispersion
from detectors.e_sr import PredictiveESR
from detectors.first_count import FirstCounts
from detectors.focus_bank import FocusBank, Onset
from detectors.poisson_focus import PoissonFOCuS

__all__ = [
    "BurstBank",
    "CohortPrior",
    "Dispersion",
    "FirstCounts",
    "FocusBank",
    "Judgement",
    "Onset",
    "PoissonFOCuS",
    "PredictiveESR",
]
