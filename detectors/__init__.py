"""Burst detection for counts: no clock, no configuration, no input or output."""

from detectors.burst.bank import BurstBank
from detectors.burst.focus_bank import FocusBank, Onset
from detectors.burst.judgement import Judgement
from detectors.cohort.peer_counts import PeerCounts
from detectors.cohort.prior import CohortPrior
from detectors.comparison.cusum_bank import CusumBank
from detectors.comparison.ewma_bank import EwmaBank
from detectors.comparison.glr_bank import GlrBank
from detectors.comparison.tail_bank import TailBank
from detectors.distributions.dispersion import Dispersion
from detectors.rate.bank import RateBank
from detectors.rate.delay import Delay
from detectors.scalar.complaint_rate import ComplaintRate
from detectors.scalar.cusum import CUSUM
from detectors.scalar.e_sr import PredictiveESR
from detectors.scalar.ewma import EWMA
from detectors.scalar.negative_binomial_glr import NegativeBinomialGLR
from detectors.scalar.poisson_focus import PoissonFOCuS
from detectors.scalar.score_ranks import ScoreRanks
from detectors.scalar.tail_probability import TailProbability
from detectors.slow.bank import SlowBank

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
