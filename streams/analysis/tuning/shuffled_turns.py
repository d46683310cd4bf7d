"""Kinds of bursts in turn, shuffled. Pure, but for the generator it is given."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np


class Deck:
    """Kinds of bursts, ratio and length, each as often as any other, in an order that is drawn."""

    def __init__(self, kinds: Sequence[tuple[float, int]], rng: np.random.Generator) -> None:
        self._kinds, self._rng = kinds, rng
        self._left: list[tuple[float, int]] = []

    def next(self) -> tuple[float, int]:
        """The next one."""
        if not self._left:
            self._left = [self._kinds[n] for n in self._rng.permutation(len(self._kinds))]
        return self._left.pop()
