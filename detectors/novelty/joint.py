"""How surprising the new names of a subject are, of all kinds together."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Final

ALONE: Final = 0.01
"""Part of the false alarms that a jump of one kind of names may cost, where there are others: a
rebranding brings new signatures, a new customer new merchants, but seldom both at once."""


def joint_nats(each: Sequence[float]) -> float:
    r"""Combine the surprises of several kinds of names of a subject: Fisher's method.

    .. math:: P(p_1 p_2 \le e^{-s}) = e^{-s} (1 + s)

    for two; whoever lets a code to others brings new signatures and new merchants at once.

    References
    ----------
    R. A. Fisher: Statistical Methods for Research Workers (1925), section 21.1.

    Examples
    --------
    >>> round(joint_nats([8.0, 9.0]), 2), joint_nats([4.0])
    (14.11, 4.0)
    """
    total, term, series = sum(each), 1.0, 1.0
    for number in range(1, len(each)):
        term *= total / number
        series += term
    return total - math.log(series)


def all_nats(each: Sequence[float]) -> float:
    """Evidence of all kinds of names of a subject: of all together, or of one that is alone enough.

    Examples
    --------
    >>> round(all_nats([8.0, 9.0]), 2), round(all_nats([19.0, 0.0]), 2), all_nats([19.0])
    (14.11, 14.39, 19.0)
    """
    if len(each) == 1:
        return each[0]
    return max(joint_nats(each) if min(each) > 0.0 else 0.0, max(each) + math.log(ALONE))
