"""When the state of a shard is stored."""

from __future__ import annotations

AT_MOST = 0.1
"""Share of the time that checkpoints may take, however large the state."""

QUIET_S = 10.0
"""If no record has come for this long, the state is stored even if no bucket has closed."""


class CheckpointPace:
    """Says when a checkpoint is due: soon after the state has changed, and not all the time.

    Parameters
    ----------
    every_s
        How long a change may wait for a checkpoint, if the state is small.

    Attributes
    ----------
    changed_at
        When the first close happened that no checkpoint holds yet (none holds open buckets).

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

    @property
    def unstored(self) -> bool:
        """Whether records have been taken that no checkpoint holds."""
        return self._taken_at is not None

    def took(self, now_s: float, *, closed: bool) -> None:
        """Note that a record has been taken, and whether it closed a bucket."""
        self._taken_at = now_s
        if closed and self.changed_at is None:
            self.changed_at = now_s

    def stored(self, took_s: float, busy_s: float) -> None:
        """Note that everything is in a checkpoint, how long it took, and its processor time.

        A wait for broker or disk holds judging up as well, but it counts up to `every_s` only.
        Otherwise the next checkpoint after an outage would be put off by ten times the outage,
        and a restart would have all of that to read again.
        """
        self.changed_at = self._taken_at = None
        self._cost_s = max(busy_s, min(took_s, self._every_s))

    def due(self, now_s: float) -> bool:
        """Whether a checkpoint is due now, by the same clock as the other times."""
        least_s = self._cost_s / AT_MOST
        if self.changed_at is not None and now_s - self.changed_at >= max(self._every_s, least_s):
            return True
        quiet_s = max(min(self._every_s, QUIET_S), least_s)
        return self._taken_at is not None and now_s - self._taken_at >= quiet_s
