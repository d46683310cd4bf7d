"""A closed bucket as arrays by row: what its rows are judged by, and what becomes of them."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from detectors.kernels.library import NOTHING

F8 = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]

BLOCK = 1 << 13
"""Rows at a time: what one block needs stays in the processor's cache, and nobody waits for long
for the interpreter's lock."""


class BucketRows:
    """The rows of a bank in a closed bucket, which kernels read and fill a block at a time.

    Parameters
    ----------
    x
        Counts of the known rows.
    alarmed
        Known rows with an open alert.
    exposure
        Exposure of the bucket, above 0.
    hour
        Hour of the week in which it lies; None where it is not known.
    calendar_factor
        Times by which the calendar raises each row; None: it raises no row.
    newcomers
        Rows to come, for which there is room in what is found.
    limit
        Evidence, in nats, at which a known row alarms.
    trust
        How much each row may teach all others: see `Tenure.trusts`.

    Attributes
    ----------
    exposures
        Exposure of each known row where the calendar raises some, else nothing.
    nats, expected
        Evidence of each row, and what was expected of it: set when it is judged.
    factor
        How busy each row is in the hour: set when it is judged.
    threshold
        Evidence at which each row alarms: the limit, until it is judged otherwise.
    learned, plain
        Counts as they were learned, and what was expected of them without `factor`.
    """

    __slots__ = (
        *("alarmed", "exposure", "exposures", "hour", "limit", "n", "trust", "x"),
        *("expected", "factor", "learned", "nats", "plain", "threshold"),
    )

    def __init__(
        self,
        x: F8,
        alarmed: Flags,
        *,
        exposure: float = 1.0,
        hour: int | None = None,
        calendar_factor: F8 | None = None,
        newcomers: int = 0,
        limit: float = np.inf,
        trust: F8 = NOTHING,
    ) -> None:
        self.x, self.alarmed, self.exposure, self.hour = x, alarmed, exposure, hour
        self.limit, self.n, self.trust = limit, len(x), trust
        self.exposures = (
            NOTHING if calendar_factor is None else exposure * calendar_factor[: len(x)]
        )
        found = np.empty((6, self.n + newcomers))
        self.nats, self.expected, self.factor, self.learned, self.plain, self.threshold = found
        self.threshold.fill(limit)

    def exposure_of(self, rows: slice | npt.NDArray[np.intp]) -> float | F8:
        """Exposure of some of the known rows: one of all, or one of each."""
        return self.exposures[rows] if len(self.exposures) else self.exposure
