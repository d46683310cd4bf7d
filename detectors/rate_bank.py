"""Complaints against what sends lead one to expect, for all entities of one level."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import msgspec
import numpy as np
import numpy.typing as npt

from detectors.complaint_rate import LEAST_DUE
from detectors.delay import PHONE_CALLS, Delay
from detectors.dispersion import Dispersion
from detectors.echo import Echo
from detectors.focus_bank import FocusBank, Onset
from detectors.gamma_poisson import capped_mean, forget, tail, widen
from detectors.gauge import Gauge
from detectors.outlook import Outlook, band, least
from detectors.rate_prior import RatePrior
from detectors.shiryaev_roberts import step

F8 = npt.NDArray[np.float64]
Rows = npt.NDArray[np.intp]
Flags = npt.NDArray[np.bool_]

DAY_S = 86_400.0

BLOCK = 1 << 13
"""Rows at a time: what one block needs stays in the processor's cache."""

LEAST_FACTOR = 1e-6

SPARSE = 1.0
"""Entities expected to be complained about less are capped at 3 in the common factor."""

FITS = 0.05
"""A count with at least this chance to be reached or passed fits what its sends explain."""


@dataclass(frozen=True, slots=True)
class Due:
    """Messages whose complaints are due in a bucket, of each row."""

    known: F8
    """By sends that were seen."""
    total: F8
    """With what is taken to have been sent before the recording began."""


@dataclass(frozen=True, slots=True)
class RateJudgement:
    """What one closed bucket says of each row."""

    evidence_nats: F8
    """Of rows that were judged; nothing is meant by the others'."""
    threshold_nats: float
    expected: F8
    """Complaints expected of the sends, from before the bucket."""
    exposure: F8
    """Messages due times the common factor."""
    fits: Flags
    """Whether the complaints fit; worked out for alarmed rows, else true."""


class RateBank:
    r"""`ComplaintRate` for many entities, with what they can learn from each other.

    Row i is the i-th entity seen to send. On top of the scalar form: the prior of p is the
    cohort's (`RatePrior`), δ is learned (`Dispersion`), a common factor of the bucket enters
    every expectation (`common_factor`), and the inflow of R, which spends the budget, is
    :math:`(m + .003)/(m + .1)` relative to its mean over judged rows, m the complaints
    expected.

    State: 152 bytes a row (past sends 56, posterior and dispersion 32, R 48, onset 16), and
    24 for each start that Poisson-FOCuS holds.

    Parameters
    ----------
    bucket_s
        Bucket size in seconds.
    delay
        From sending to complaining.
    ratios, levels
        Alternatives, as `shiryaev_roberts.step` takes them; equally weighted.
    rate
        Complaints a message before anything has been seen.
    keep_per_day
        Weight that what was learned keeps after a day.
    shape
        Shape that forgetting stops at.
    expectation_cv
        Relative error of the exposure.
    winsor_sd
        Counts are learned as at most this many of their class's deviations over the mean.
    common_weight
        κ of the common factor: counts that pull it to 1.
    watched_buckets
        Buckets after its first that an entity is watched before it tells of the cohort.

    Examples
    --------
    >>> bank, all_, none = RateBank(86_400.0), np.ones(2, dtype=bool), np.zeros(2, dtype=bool)
    >>> def day(sends, complaints):
    ...     due = bank.due(sends)
    ...     return bank.close(sends, complaints, due, judged=all_, alarmed=none, alpha=1e-3)
    >>> bank.grow(2)
    >>> steady, usual = np.array([1000.0, 50.0]), np.array([10.0, 1.0])
    >>> for _ in range(60):
    ...     judged = day(steady, usual)
    >>> day(2 * steady, np.array([16.0, 2.0])).expected.round(1)
    array([16.4,  1.6])
    >>> judged = day(steady, np.array([40.0, 1.0]))
    >>> (judged.evidence_nats > judged.threshold_nats).tolist()
    [True, False]
    """

    def __init__(
        self,
        bucket_s: float,
        *,
        delay: Delay = PHONE_CALLS,
        ratios: tuple[float, ...] = (1.5, 2.0, 4.0, 10.0),
        levels: tuple[tuple[float, float], ...] = ((5.0, 1.0), (20.0, 10.0)),
        rate: float = 1e-3,
        keep_per_day: float = 0.97,
        shape: float = 0.3,
        expectation_cv: float = 0.1,
        winsor_sd: float = 3.0,
        common_weight: float = 50.0,
        watched_buckets: int | None = None,
    ) -> None:
        days = bucket_s / DAY_S
        self._ratios, self._levels = ratios, levels
        self._keep = keep_per_day**days
        self._shape = shape
        self._error = expectation_cv * expectation_cv
        self._winsor = winsor_sd
        self._common_weight = common_weight
        self._echo = Echo(delay, bucket_s)
        self._dispersion = Dispersion(self._keep)
        self._prior = RatePrior(self._keep, watched_buckets or max(7, round(1.0 / days)), rate=rate)
        self._gauge = Gauge(days)
        self._focus = FocusBank()
        self._closed = 0
        self._mean_share = 1.0
        self._past = np.zeros((self._echo.size, 0))
        self._a, self._b = np.zeros(0), np.zeros(0)
        self._v, self._m = np.zeros(0), np.zeros(0)
        self._r = np.zeros((len(ratios) + len(levels), 0))
        self.n = 0

    def grow(self, count: int) -> None:
        """Add entities seen to send in this bucket for the first time, before it closes."""
        a, b = self._prior.gamma()
        self._prior.enter(self.n, self.n + count)
        none = np.zeros(count)
        self._past = np.concatenate([self._past, np.zeros((len(self._past), count))], axis=1)
        self._a, self._b = np.append(self._a, none + a), np.append(self._b, none + b)
        self._v, self._m = np.append(self._v, none), np.append(self._m, none)
        self._r = np.concatenate([self._r, np.zeros((len(self._r), count))], axis=1)
        self._focus.grow(count)
        self.n += count

    def due(self, sends: F8) -> Due:
        """Messages whose complaints are due in a bucket with these sends."""
        past, sends = list(self._past), np.ascontiguousarray(sends, dtype=np.float64)
        buckets = self._closed + 1
        known = np.maximum(self._echo.due(past, sends, self._closed), LEAST_DUE)
        before = self._echo.uncovered(buckets) * self._echo.mean(past, sends, buckets)
        return Due(known, known + before)

    def usual_sends(self) -> F8:
        """Sends to assume in a bucket whose sends have not been recorded: the recent mean."""
        return self._echo.recent(list(self._past))

    def common_factor(self, x: F8, due: Due, judged: Flags) -> float:
        r"""What the bulk of judged entities were complained about, against what was expected.

        .. math::

            f = \frac{\kappa + \sum u \min(x, c)}{\kappa + \sum u E[\min(X, c)]}

        c is 3 for sparse entities and three predictive deviations over the mean for
        others, whose weight u makes them count as if three were expected of them.
        """
        if not self._prior.begun:
            return 1.0
        seen, expected = self._common_weight, self._common_weight
        for at in range(0, self.n, BLOCK):
            rows = slice(at, min(at + BLOCK, self.n))
            a, b, mean = self._predictive(rows, due.total[rows], due.known[rows])
            sparse = capped_mean(a, b, due.total[rows])
            deviation = np.sqrt(mean + mean * mean / a)
            busy = mean >= SPARSE
            weight = np.where(busy, np.minimum(1.0, 3.0 / mean), 1.0) * judged[rows]
            cap = np.where(busy, mean + 3.0 * deviation, 3.0)
            seen += float(np.sum(weight * np.minimum(x[rows], cap)))
            expected += float(np.sum(weight * np.where(busy, mean, sparse)))
        return seen / expected

    def _predictive(self, rows: slice, exposure: F8, known: F8) -> tuple[F8, F8, F8]:
        """Widened shape and rate, and mean, at an exposure of which so much is known."""
        a, b = self._a[rows], self._b[rows]
        mean = exposure * a / b
        spread = self._dispersion.of(mean, self._v[rows], self._m[rows]) + self._error
        guessed = 1.0 - known / exposure
        spread += guessed * guessed
        wide_a, wide_b = widen(a, b, spread)
        return wide_a, wide_b, mean

    def close(
        self,
        sends: F8,
        x: F8,
        due: Due,
        *,
        factor: float = 1.0,
        judged: Flags,
        alarmed: Flags,
        alpha: float,
        learn: bool = True,
    ) -> RateJudgement:
        """Judge one closed bucket, then learn from it.

        Parameters
        ----------
        sends, x
            Sends and complaints of all rows.
        due
            What `due` gave for these sends.
        factor
            Common factor of the bucket.
        judged
            Rows to be judged and learned from; of the others R stays 0.
        alarmed
            Rows with an open alert: R stays 0, nothing is learned.
        alpha
            Chance of a false alarm of a judged row and bucket.
        learn
            False keeps the complaints out of all that is learned.
        """
        n = self.n
        if not self._prior.begun and judged.any():
            self._begin(x, due, judged)
        sends = np.ascontiguousarray(sends, dtype=np.float64)
        x = np.ascontiguousarray(x, dtype=np.float64)
        factor = max(factor, LEAST_FACTOR)
        lesson = self._gauge.relative(factor)
        exposure = due.total * factor
        evidence, expected = np.empty(n), np.empty(n)
        fits = np.ones(n, dtype=np.bool_)
        calm = judged & ~alarmed
        shares = 0.0
        for at in range(0, n, BLOCK):
            rows = slice(at, min(at + BLOCK, n))
            held = np.flatnonzero(alarmed[rows])
            e, known = exposure[rows], due.known[rows] * factor
            a, b, mean = self._predictive(rows, e, known)
            share = _share(mean)
            shares += float(np.sum(share * judged[rows]))
            state = self._r[:, rows]
            inflow = share / self._mean_share
            evidence[rows] = step(
                state, inflow, a, b, x[rows], e, self._ratios, self._levels, state
            )
            expected[rows] = mean
            state[:, ~calm[rows]] = 0.0
            if len(held):
                fits[rows][held] = tail(a[held], b[held], x[rows][held], e[held]) >= FITS
            if learn:
                middle = (due.known[rows] + due.total[rows]) / 2.0
                self._learn(rows, x[rows], mean, known / e, middle * lesson, calm[rows])
            past = self._past[:, rows]
            past[:] = self._echo.after(list(past), sends[rows], self._closed)
        some = int(np.count_nonzero(judged))
        if some:
            self._mean_share = shares / some
        self._focus.close(expected, x, calm)
        self._closed += 1
        if learn:
            self._gauge.learn(factor)
            self._dispersion.pass_bucket()
            self._prior.pass_bucket(self._a, self._b)
        return RateJudgement(evidence, -math.log(alpha), expected, exposure, fits)

    def outlook(self, row: int, due: Due, alpha: float, *, factor: float = 1.0) -> Outlook | None:
        """What a row's complaints in the next bucket may be, before `close` judges them.

        Parameters
        ----------
        row
            An entity without an alert; of others only the band means something.
        due, alpha, factor
            As `close` will get them.

        Returns
        -------
        Outlook or None
            None in the first judged bucket, which sets its own expectation.
        """
        if not self._prior.begun:
            return None
        factor = max(factor, LEAST_FACTOR)
        at = slice(row, row + 1)
        e = due.total[at] * factor
        a, b, mean = self._predictive(at, e, due.known[at] * factor)
        inflow = _share(mean) / self._mean_share

        def alarms(x: F8) -> Flags:
            state = np.repeat(self._r[:, at], len(x), axis=1)
            v, wide, rate, exposure = (np.repeat(column, len(x)) for column in (inflow, a, b, e))
            evidence = step(state, v, wide, rate, x, exposure, self._ratios, self._levels, None)
            return np.asarray((evidence >= -math.log(alpha)) & (x > 0.0))

        return Outlook(*band(float(a[0]), float(b[0]), float(e[0])), least(alarms))

    def _begin(self, x: F8, due: Due, judged: Flags) -> None:
        """Begin with the first judged bucket's own mean: nobody is judged by what was given."""
        self._prior.start(
            float(np.sum(np.where(judged, x, 0.0))), float(np.sum(np.where(judged, due.total, 0.0)))
        )
        a, b = self._prior.gamma()
        self._a[:], self._b[:] = a, b

    def skip(self, sends: F8) -> None:
        """Let a bucket pass whose complaints were not recorded: only its sends count."""
        sends = np.ascontiguousarray(sends, dtype=np.float64)
        self._past = np.stack(self._echo.after(list(self._past), sends, self._closed))
        none = np.zeros(self.n)
        self._focus.close(none, none, none > 0.0)
        self._closed += 1

    def _learn(self, rows: slice, x: F8, mean: F8, sure: F8, lesson: F8, calm: Flags) -> None:
        a, b, v, m = self._a[rows], self._b[rows], self._v[rows], self._m[rows]
        learned = np.minimum(x, self._dispersion.ceiling(mean, a, self._winsor))
        add_v, add_m = self._dispersion.sums(mean, a, learned)
        add_v, add_m = sure * add_v, sure * add_m
        new_a, new_b = forget(a, b, self._keep, self._shape)
        some = slice(None) if calm.all() else calm
        self._dispersion.add(mean[some], add_v[some], add_m[some], x[some])
        self._prior.add((sure * learned)[some], (sure * lesson)[some], mean[some])
        np.copyto(a, new_a + sure * learned, where=calm)
        np.copyto(b, new_b + sure * lesson, where=calm)
        np.copyto(v, self._keep * v + add_v, where=calm)
        np.copyto(m, self._keep * m + add_m, where=calm)

    def rate_of(self, row: int) -> float:
        """Complaints a message of a row."""
        return float(self._a[row] / self._b[row])

    def reset(self, rows: Rows) -> None:
        """Start these rows' evidence anew, after an alarm."""
        self._r[:, rows] = 0.0
        self._focus.reset(rows)

    def adopt_level(self, rows: Rows, rate: F8) -> None:
        """Take a burst that outlived its longest life for the new level.

        Parameters
        ----------
        rows
            Entities.
        rate
            Their new complaints a message.
        """
        rate = np.maximum(rate, 1e-12)
        self._b[rows] = np.maximum(self._b[rows], self._shape / rate)
        self._a[rows] = self._b[rows] * rate
        self._v[rows] = self._m[rows] = 0.0
        self.reset(rows)

    def onset(self, row: int) -> Onset | None:
        """Where the stretch that stands out most began, or None if none does."""
        return self._focus.onset(row)

    def pack_shared(self) -> bytes:
        """What belongs to all rows: msgpack of plain values."""
        return msgspec.msgpack.encode(
            _Shared(
                self._closed,
                self._mean_share,
                self._focus.closed,
                self._gauge.dump(),
                self._dispersion.dump(),
                self._prior.dump(),
            )
        )

    def pack(self, start: int, stop: int) -> bytes:
        """Rows start..stop-1: msgpack of the arrays' little-endian bytes, one after another."""
        columns = (self._a, self._b, self._v, self._m, *self._past, *self._r)
        return msgspec.msgpack.encode(
            [*(c[start:stop].tobytes() for c in columns), self._focus.dump(start, stop)]
        )

    @classmethod
    def restore(
        cls, bucket_s: float, shared: bytes, chunks: list[bytes], **settings: Any
    ) -> RateBank:
        """Bank as it was packed, to the last bit.

        Parameters
        ----------
        bucket_s
            Bucket size in seconds.
        shared
            What `pack_shared` gave.
        chunks
            What `pack` gave, in the order of the rows.
        **settings
            As given to the bank that was packed.
        """
        bank = cls(bucket_s, **settings)
        common = msgspec.msgpack.decode(shared, type=_Shared)
        bank._closed, bank._mean_share = common.closed, common.mean_share
        bank._gauge.load(common.gauge)
        bank._dispersion.load(common.dispersion)
        bank._prior.load(common.prior)
        pieces = [msgspec.msgpack.decode(chunk, type=list[bytes]) for chunk in chunks]
        for *_, focus in pieces:
            bank._focus.load(focus)
        bank._focus.closed = common.focus_closed
        if pieces:
            columns = [np.frombuffer(b"".join(c)) for c in list(zip(*pieces, strict=True))[:-1]]
            bank._a, bank._b, bank._v, bank._m = (column.copy() for column in columns[:4])
            bank._past = np.stack(columns[4 : 4 + bank._echo.size])
            bank._r = np.stack(columns[4 + bank._echo.size :])
            bank.n = len(bank._a)
        return bank


def _share(mean: F8) -> F8:
    """How much of the budget an entity gets, before dividing by the mean over all."""
    return (mean + 0.003) / (mean + 0.1)


class _Shared(msgspec.Struct):
    closed: int
    mean_share: float
    focus_closed: int
    gauge: list[float]
    dispersion: list[bytes]
    prior: bytes
