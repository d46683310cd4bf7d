"""Burst detection for counts: no clock, no configuration, no input or output."""

from detectors.burst_bank import BurstBank
from detectors.cohort_prior import CohortPrior
from detectors.complaint_rate import ComplaintRate
from detectors.cusum import CUSUM
from detectors.cusum_bank import CusumBank
from detectors.delay import Delay
from detectors.dispersion import Dispersion
from detectors.e_sr import PredictiveESR
from detectors.ewma import EWMA
from detectors.ewma_bank import EwmaBank
from detectors.focus_bank import FocusBank, Onset
from detectors.glr_bank import GlrBank
from detectors.judgement import Judgement
from detectors.negative_binomial_glr import NegativeBinomialGLR
from detectors.peer_counts import PeerCounts
from detectors.poisson_focus import PoissonFOCuS
from detectors.rate_bank import RateBank
from detectors.score_ranks import ScoreRanks
from detectors.slow_bank import SlowBank
from detectors.tail_bank import TailBank
from detectors.tail_probability import TailProbability

__all__ = [
    "CUSUM",
    "EWMA",
    "BurstBank",
    "CohortPrior",
    "ComplaintRate",
    "CusumBank",
    "Delay",
    "Dispersion",
    "EwmaBank",
    "FocusBank",
    "GlrBank",
    "Judgement",
    "NegativeBinomialGLR",
    "Onset",
    "PeerCounts",
    "PoissonFOCuS",
    "PredictiveESR",
    "RateBank",
    "ScoreRanks",
    "SlowBank",
    "TailBank",
    "TailProbability",
]
