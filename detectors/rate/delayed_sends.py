"""Sends whose complaints are still to come: a few decaying numbers an entity."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from detectors.kernels.library import kernel
from detectors.rate.delay import Delay, exponential_shares

F8 = npt.NDArray[np.float64]

LEAST_DUE = 1e-9
"""Messages due, at least, so that no expectation is zero."""

_DUE = kernel("sends_due")
_AFTER = kernel("sends_after")


class DelayedSends:
    r"""Sends weighed by the delay to their complaints, updated bucket by bucket.

    .. math:: B_t = \sum_{d \ge 0} f_d\, n_{t-d}

    For an exponential (:math:`f_0`, then :math:`f_1 q^{d-1}`; `Delay.shares`) one number is
    enough, :math:`A \leftarrow q A + n`: its part of B is :math:`f_0 n_t + f_1 A`.

    A floor of h buckets would need all sends of h buckets. Instead, time is cut into blocks
    of h buckets. A send in the i-th bucket of its block (from 0) counts 1/2h at once and 1/h in
    each later bucket of the block. What is then missing of 1, :math:`(i + 1/2)/h`, counts in the
    next block, :math:`2 (h - k - 1/2) / h^2` of it in the k-th bucket. In the end each send counts
    1, and steady sends count the same in each bucket; only the end of the horizon is blurred, to
    between one and two horizons. Three numbers are held: the sends of the block, what is
    missing of them, and what was missing of the sends of the last block.

    A bucket costs one multiplication and one addition for each number, so that m empty buckets
    and then n are the same to the last bit as m + n. `due` and `after` are for one entity,
    `due_of_all` and `take` for the rows of a bank.

    Parameters
    ----------
    delay
        From sending to complaining.
    bucket_s
        Bucket size in seconds.

    Attributes
    ----------
    size
        Numbers held for each entity.

    Examples
    --------
    >>> delay = Delay((0.5, 0.3, 0.15), (3600.0, 86_400.0, 864_000.0), 0.05, 90 * 86_400.0)
    >>> delayed = DelayedSends(delay, 86_400.0)
    >>> state = [0.0] * delayed.size
    >>> for bucket, sends in enumerate([1000.0, 0.0, 0.0]):
    ...     print(round(delayed.due(state, sends, bucket)), end=" ")
    ...     state = delayed.after(state, sends, bucket)
    597 155 57
    """

    def __init__(self, delay: Delay, bucket_s: float) -> None:
        parts = [exponential_shares(bucket_s, mean) for mean in delay.means_s]
        weights = delay.weights
        self._steps = delay.horizon_buckets(bucket_s)
        self._floor = delay.floor
        self._now = delay.floor / (2 * self._steps)
        self._now += sum(w * first for w, (first, _, _) in zip(weights, parts, strict=True))
        self._later = [w * later for w, (_, later, _) in zip(weights, parts, strict=True)]
        self._keep = [keep for _, _, keep in parts]
        self._laters, self._keeps = np.array(self._later), np.array(self._keep)
        self.size = len(parts) + 3

    def due_of_all(self, past: F8, sends: F8, bucket: int) -> tuple[F8, F8]:
        """B of all rows, at least `LEAST_DUE`, and with messages from before the recording began.

        Parameters
        ----------
        past
            State of the rows, a column each.
        sends, bucket
            Sends of the bucket, and its number.
        """
        h, place, buckets = self._steps, bucket % self._steps, bucket + 1
        before = self.uncovered(buckets) / min(buckets, h)
        known, total = np.empty_like(sends), np.empty_like(sends)
        _DUE(
            len(self._keep), len(sends), past, sends, self._now, self._laters,
            self._floor / h, self._floor * (2 * (h - place) - 1) / h**2,
            LEAST_DUE, before, known, total,
        )  # fmt: skip
        return known, total

    def take(self, past: F8, sends: F8, bucket: int) -> None:
        """Take the sends of a bucket into the state of all rows, a column each."""
        place = bucket % self._steps
        _AFTER(
            len(self._keep), len(sends), past, sends, self._keeps,
            (place + 0.5) / self._steps, place == self._steps - 1,
        )  # fmt: skip

    def due(self, state: Sequence[float], sends: float, bucket: int) -> float:
        """B of a bucket with these sends: messages whose complaints are due."""
        out = self._now * sends
        for later, held in zip(self._later, state, strict=False):
            out = out + later * held
        h, place = self._steps, bucket % self._steps
        return (
            out
            + self._floor / h * state[-3]
            + self._floor * (2 * (h - place) - 1) / h**2 * state[-1]
        )

    def after(self, state: Sequence[float], sends: float, bucket: int) -> list[float]:
        """State after a bucket; buckets are numbered from 0, the first of all."""
        new: list[float] = []
        for keep, held in zip(self._keep, state, strict=False):
            new.append(keep * held + sends)
        place = bucket % self._steps
        block, missing = state[-3] + sends, state[-2] + sends * ((place + 0.5) / self._steps)
        if place == self._steps - 1:
            new += [0.0 * block, 0.0 * missing, missing]
        else:
            new += [block, missing, state[-1]]
        return new

    def uncovered(self, buckets: int) -> float:
        """Share of complaints about messages from before the last `buckets` buckets."""
        if buckets >= self._steps:
            return 0.0
        out = self._floor * (1.0 - (buckets - 0.5) / self._steps)
        for later, keep in zip(self._later, self._keep, strict=True):
            # later / (1 - keep) is the share of all but the send's own bucket.
            out += later / (1.0 - keep) * keep ** (buckets - 1)
        return out

    def mean(self, state: Sequence[float], sends: float, buckets: int) -> float:
        """Mean of the sends over the last `buckets` buckets, at most those of the present block."""
        return (state[-3] + sends) * (1.0 / min(buckets, self._steps))

    def recent(self, past: F8) -> F8:
        """Recent mean of the sends of all rows, from the slowest exponential."""
        return np.asarray((1.0 - self._keep[-1]) * past[len(self._keep) - 1])
