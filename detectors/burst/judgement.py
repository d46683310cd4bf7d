"""What a bank of burst detectors says of one closed bucket."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

F8 = npt.NDArray[np.float64]
Rows = npt.NDArray[np.intp]
Flags = npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Judgement:
    """What one closed bucket says of each row, newcomers last."""

    evidence_nats: F8
    threshold_nats: F8
    expected: F8
    """Predictive mean of the count, from before the bucket."""
    fits: Flags
    """Whether the count fits the baseline; worked out for alarmed rows, else true."""
    among_peers: Flags
    """Rows whose evidence is their rank among their peers: newcomers and young ones."""
    spared: Rows
    """Rows below their threshold that would have reached it had the calendar not raised them."""
