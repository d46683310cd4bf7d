"""What a close is about to judge by, for whoever measures how well it fits what is counted."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

F8 = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Foretold:
    """A bucket of one level and signal, before it is judged.

    Attributes
    ----------
    counts, exposure
        Of each known row.
    shape, rate, mean
        Of each row's predictive negative binomial, widened, and its mean.
    judged
        Rows without an alert that are judged here.
    alpha
        Chance of a false alarm that each of them is allowed.
    newcomers, young
        False alarms allowed among newcomers, and among those known for a few days.
    """

    counts: F8
    exposure: F8
    shape: F8
    rate: F8
    mean: F8
    judged: Flags
    alpha: F8
    newcomers: float
    young: float


Listener = Callable[[Foretold], None]
"""Is told of each bucket before it is judged."""
