"""Bars of text."""

from __future__ import annotations

import math
from collections.abc import Sequence

BLOCKS = "▁▂▃▄▅▆▇█"


def block(part: float) -> str:
    """A bar of eight heights; the full one is kept for what reaches 1."""
    if part >= 1.0:
        return BLOCKS[-1]
    return BLOCKS[min(int(max(part, 0.0) * len(BLOCKS)), len(BLOCKS) - 2)]


def sparkline(counts: Sequence[float]) -> str:
    """Counts against the largest of them, by their root: few are seen beside many.

    Examples
    --------
    >>> sparkline([0, 1, 4, 16])
    '▁▃▅█'
    """
    most = max([*counts, 1.0])
    return "".join(block(math.sqrt(count / most)) for count in counts)
