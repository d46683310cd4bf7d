"""Complaints of one sender, compared with what its sends lead one to expect."""

from __future__ import annotations

from collections.abc import Hashable
from typing import Any

from river import base

from detectors.burst.e_sr import step_one, weight_kept, winsorised
from detectors.rate.delay import DAY_S, PHONE_CALLS, Delay
from detectors.rate.delayed_sends import LEAST_DUE, DelayedSends


class ComplaintRate(base.AnomalyDetector):
    r"""Evidence, in nats, that the share of messages complained about has risen.

    Complaints of a bucket are negative binomial with mean :math:`p B`. p, complaints a
    message, has a ``Gamma(a, b)`` posterior, and

    .. math:: B_t = K_t + u_t \bar n_t, \qquad K_t = \sum_{d < t} f_d\, n_{t-d}

    are the messages whose complaints are due: K by the known sends and the delay f
    (`DelayedSends`), the rest by messages from before the first bucket. u is their share of the
    complaints; the sender is assumed to have sent then as it has since, with an error as
    large as that. With :math:`\omega = K/B`, the predictive has

    .. math:: 1/a' = 1/a + \delta (1 + 1/m) + c^2 + (1 - \omega)^2, \qquad m = p B

    and the evidence is that of `PredictiveESR` at exposure B. So a wave of complaints after a
    campaign is expected, and so is one about messages from before the recording. What is
    uncertain teaches little: :math:`a \leftarrow a + \omega x`,
    :math:`b \leftarrow b + \omega (K + B) / 2`. So p is never wrong by more than a factor of two,
    whether everything or nothing had been sent before.

    Alarm at score :math:`\ge -\ln\alpha`, then `reset`.

    Parameters
    ----------
    a, b
        Prior shape and rate (complaints a message: a / b).
    delay
        From sending to complaining.
    bucket_s
        Bucket size in seconds.
    overdispersion
        δ: relative spread of large counts, and excess of the variance-to-mean ratio of
        small ones.
    expectation_cv
        c: relative error of the exposure.
    ratios
        Ratios to look for.
    keep_per_day
        Weight that what was learned keeps after a day.
    shape
        Shape at which forgetting stops.
    winsor_sd
        Complaints are learned as at most this many deviations, each plus 1, over the mean.

    Examples
    --------
    A sender of 1,000 messages a day and five complaints sends 20,000 on one day, then none:

    >>> detector = ComplaintRate()
    >>> for _ in range(60):
    ...     detector.learn_one({"sends": 1000, "complaints": 5})
    >>> detector.reset()
    >>> detector.learn_one({"sends": 20_000, "complaints": 65})
    >>> round(detector.expected({"sends": 0}))
    20
    >>> [round(detector.score_one({"sends": 0, "complaints": x}), 1) for x in (0, 20, 100)]
    [-3.4, -1.1, 14.0]
    """

    def __init__(
        self,
        a: float = 0.3,
        b: float = 300.0,
        *,
        delay: Delay = PHONE_CALLS,
        bucket_s: float = DAY_S,
        overdispersion: float = 0.1,
        expectation_cv: float = 0.1,
        ratios: tuple[float, ...] = (1.5, 2.0, 4.0, 10.0),
        keep_per_day: float = 0.97,
        shape: float = 0.3,
        winsor_sd: float = 3.0,
    ) -> None:
        self.a = a
        self.b = b
        self.delay = delay
        self.bucket_s = bucket_s
        self.overdispersion = overdispersion
        self.expectation_cv = expectation_cv
        self.ratios = ratios
        self.keep_per_day = keep_per_day
        self.shape = shape
        self.winsor_sd = winsor_sd
        self._keep = keep_per_day ** (bucket_s / DAY_S)
        self._sends = DelayedSends(delay, bucket_s)
        self._past = [0.0] * self._sends.size
        self._closed = 0
        self._a, self._b = a, b
        self._r = [0.0] * len(ratios)

    @property
    def rate(self) -> float:
        """Complaints a message: the mean of p."""
        return self._a / self._b

    def expected(self, x: dict[Hashable, Any]) -> float:
        """Complaints expected in a bucket with these sends."""
        known, guess = self._due(float(x["sends"]))
        return self.rate * (known + guess)

    def score_one(self, x: dict[Hashable, Any]) -> float:
        """Evidence, in nats, that these complaints would give."""
        known, guess = self._due(float(x["sends"]))
        return self._step(float(x["complaints"]), known, guess)[0]

    def learn_one(self, x: dict[Hashable, Any]) -> None:
        """Learn the sends and complaints of a bucket."""
        sends, count = float(x["sends"]), float(x["complaints"])
        known, guess = self._due(sends)
        due, mean = known + guess, self.rate * (known + guess)
        self._r = self._step(count, known, guess)[1]
        learned = winsorised(count, mean, self._a, self.overdispersion, self.winsor_sd)
        g = weight_kept(self._a, self._keep, self.shape)
        self._a = g * self._a + known / due * learned
        self._b = g * self._b + known / due * (known + due) / 2.0
        self._past = self._sends.after(self._past, sends, self._closed)
        self._closed += 1

    def reset(self) -> None:
        """Begin the evidence anew, after an alarm."""
        self._r = [0.0] * len(self.ratios)

    def _due(self, sends: float) -> tuple[float, float]:
        """K, and what is added for messages from before the first bucket."""
        known = max(self._sends.due(self._past, sends, self._closed), LEAST_DUE)
        before = self._sends.uncovered(self._closed + 1)
        return known, before * self._sends.mean(self._past, sends, self._closed + 1)

    def _step(self, x: float, known: float, guess: float) -> tuple[float, list[float]]:
        due = known + guess
        mean = self.rate * due
        spread = self.overdispersion * (1.0 + 1.0 / mean)
        spread += self.expectation_cv**2 + (guess / due) ** 2
        narrow = 1.0 / (1.0 + self._a * spread)
        a, b = self._a * narrow, self._b * narrow
        return step_one(self._r, a, b, x, due, self.ratios)
