"""Burst detection for counts: no clock, no configuration, no input or output."""

from detectors.burst_bank import BurstBank, Judgement
from detectors.cohort_prior import CohortPrior
from detectors.dispersion import Dispersion
from detectors.first_count import FirstCounts
from detectors.focus_bank import FocusBank, Onset

__all__ = [
    "BurstBank",
    "CohortPrior",
    "Dispersion",
    "FirstCounts",
    "FocusBank",
    "Judgement",
    "Onset",
]
