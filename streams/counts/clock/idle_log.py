"""The idle decisions of a lane: those that a recount repeats, and those that a mark must hold."""

from __future__ import annotations

from collections.abc import Sequence

Decision = tuple[int, float]
"""The offset of the next record when the lane was declared idle, and the epoch s through which."""


class IdleLog:
    """The decisions of the run before, to be repeated, and all of them, for the next mark.

    Parameters
    ----------
    decisions
        Those of the mark to go on from.

    Examples
    --------
    >>> log = IdleLog([(7, 60.0)])
    >>> log.due(6), log.is_recount, log.due(7), log.is_recount
    ([], True, [(7, 60.0)], False)
    >>> log.add(9, 120.0)
    >>> log.after(7)
    ((9, 120.0),)
    """

    def __init__(self, decisions: Sequence[Decision]) -> None:
        self._ahead = list(decisions)
        self._log = list(decisions)

    @property
    def is_recount(self) -> bool:
        """Whether decisions of the run before are still to be repeated."""
        return len(self._ahead) > 0

    def due(self, position: int) -> Sequence[Decision]:
        """Return, once, the decisions of the run before that it took up to a position."""
        if not self._ahead:
            return ()
        due = [decision for decision in self._ahead if decision[0] <= position]
        del self._ahead[: len(due)]
        return due

    def add(self, position: int, through: float) -> None:
        """Note a decision; it replaces one at the same position."""
        self._log = [entry for entry in self._log if entry[0] != position]
        self._log.append((position, through))

    def after(self, offset: int) -> tuple[Decision, ...]:
        """Forget the decisions up to an offset, and return the others."""
        self._log = [entry for entry in self._log if entry[0] > offset]
        return tuple(self._log)
