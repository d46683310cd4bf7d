"""Detectors of bursts in counts: a library without clock, configuration, input or output."""

from detectors.burst.bank import BurstBank
from detectors.burst.close import Judgement
from detectors.burst.e_sr import PredictiveESR
from detectors.burst.poisson_focus import FocusBank, Onset, PoissonFOCuS
from detectors.cohort.peer_counts import PeerCounts
from detectors.cohort.prior import CohortPrior
from detectors.cohort.score_ranks import ScoreRanks
from detectors.distributions.dispersion import Dispersion
from detectors.rate.bank import RateBank
from detectors.rate.complaint_rate import ComplaintRate
from detectors.rate.delay import Delay
from detectors.slow.bank import SlowBank
from detectors.standard.cusum import CUSUM, CusumBank
from detectors.standard.ewma import EWMA, EwmaBank
from detectors.standard.negative_binomial_glr import GlrBank, NegativeBinomialGLR
from detectors.standard.tail_probability import TailBank, TailProbability

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
