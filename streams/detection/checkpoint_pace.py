"""When a shard's state is stored: soon after it has changed, and not all the time."""

from __future__ import annotations

AT_MOST = 0.1
"""Share of the time that checkpoints may take, however large the state."""

QUIET_S = 10.0
"""Without a record for so long, all that came is stored, whatever it changed."""


class CheckpointPace:
    """Says whether a checkpoint is due.

    Parameters
    ----------
    every_s
        How long what has changed may be in no checkpoint, where the state is small.

    Attributes
    ----------
    changed_at
        When the first close came that is in no checkpoint: what is open is in none anyway.

    Examples
    --------
    >>> pace = CheckpointPace(every_s=5.0)
    >>> pace.took(now_s=100.0, closed=True)
    >>> pace.due(104.0), pace.due(105.0)
    (False, True)
    >>> pace.stored(took_s=2.0, busy_s=2.0)  # a large state: the next is 20 s after a change
    >>> pace.took(now_s=110.0, closed=True)
    >>> pace.due(129.0), pace.due(130.0)
    (False, True)
    """

    def __init__(self, every_s: float) -> None:
        self.changed_at: float | None = None
        self._every_s = every_s
        self._taken_at: float | None = None
        self._cost_s = 0.0

    def took(self, now_s: float, *, closed: bool) -> None:
        """Note that a record has been taken, and whether it closed a bucket."""
        self._taken_at = now_s
        if closed and self.changed_at is None:
            self.changed_at = now_s

    def stored(self, took_s: float, busy_s: float) -> None:
        """Note that all is in a checkpoint, how long it took, and how long the processor.

        A wait for broker or disk holds judging up as well, but counts up to `every_s` only:
        after an outage the next checkpoint would be put off by ten times the outage, with all
        that a restart must read again.
        """
        self.changed_at = self._taken_at = None
        self._cost_s = max(busy_s, min(took_s, self._every_s))

    def due(self, now_s: float) -> bool:
        """Whether it is time, on the clock that the other times are of."""
        least_s = self._cost_s / AT_MOST
        if self.changed_at is not None and now_s - self.changed_at >= max(self._every_s, least_s):
            return True
        quiet_s = max(min(self._every_s, QUIET_S), least_s)
        return self._taken_at is not None and now_s - self._taken_at >= quiet_s
