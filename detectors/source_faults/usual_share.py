"""The usual share of a kind in each bucket, and the evidence that it has changed."""

from __future__ import annotations

from detectors.distributions.negative_binomial import deviation_nats
from detectors.state import State

LEAST_BUCKETS = 20.0
"""Buckets from which the spread of the share is known."""

LEAST_CHANGE = 0.1
"""A smaller change is no fault, however certain."""

LARGEST_SHAPE = 400.0
"""Every share is assumed to vary by at least 5 % of itself."""


class UsualShare:
    r"""Recent mean and spread of a share x / n, and the evidence that it has changed.

    .. math:: \mu = \overline{x/n}, \qquad
        c^2 = \frac{\overline{(x/n)^2} - \mu^2 - \mu (1 - \mu) \overline{1/n}}{\mu^2}, \qquad
        x \sim NB(\text{mean } \mu n, \text{ shape } 1/c^2)

    with means over buckets that fade. The spread holds everything that makes the share vary apart
    from chance, such as days on which it is zero: a binomial test would find a fault on each
    of them. All buckets have the same weight, since those with a low share may be the small
    ones. The evidence is `deviation_nats`.

    Parameters
    ----------
    keep
        Weight that a bucket keeps after one more.

    Examples
    --------
    >>> share = UsualShare(0.95)
    >>> for _ in range(20):
    ...     share.learn(0, 5000)
    ...     share.learn(300, 5000)
    >>> [round(share.evidence_nats(x, 5000)) for x in (0, 350, 2500)]
    [0, 0, 13]
    """

    def __init__(self, keep: float) -> None:
        self._keep = keep
        self.forget()
        self.state = State()
        self.state.shared(self, _shares=float, _squares=float, _inverses=float)
        self.state.shared(self, _buckets=float, _learned=float)

    def forget(self) -> None:
        """Begin anew."""
        self._shares = self._squares = self._inverses = self._buckets = self._learned = 0.0

    @property
    def mean(self) -> float:
        """Usual share."""
        return self._shares / self._buckets if self._buckets else 0.0

    def evidence_nats(self, x: float, n: float) -> float:
        """Evidence against the usual share; 0 while it is hardly known or hardly changed."""
        mean = self.mean
        if self._learned < LEAST_BUCKETS or n <= 0.0 or abs(x / n - mean) < LEAST_CHANGE:
            return 0.0
        drawn = mean * (1.0 - mean) * self._inverses / self._buckets
        variance = max(self._squares / self._buckets - mean * mean - drawn, 0.0)
        # A share that varies by all of itself has the weight of one bucket.
        relative = variance / (mean * mean) if mean > 0.0 else 1.0
        spread = (1.0 + self._buckets * relative) / (1.0 + self._buckets)
        return deviation_nats(x, mean * n, min(1.0 / spread, LARGEST_SHAPE))

    def learn(self, x: float, n: float) -> None:
        """Learn a bucket with n items, x of them of the kind."""
        if n <= 0.0:
            return
        keep, share = self._keep, x / n
        self._shares = keep * self._shares + share
        self._squares = keep * self._squares + share * share
        self._inverses = keep * self._inverses + 1.0 / n
        self._buckets = keep * self._buckets + 1.0
        self._learned += 1.0
