"""Lanes that wait for a schema: what was fetched of them is held until it is decided about."""

from __future__ import annotations

from collections.abc import Callable

from streams.counts.fetched import Fetched
from streams.counts.protocol import LaneId
from streams.sources.schemas.table import SchemaNeeded


class WaitingLanes:
    """Takes what was fetched to where it is counted, and holds what cannot be decoded yet.

    Parameters
    ----------
    take
        Counts records of a lane in their order, as far as it can; it raises `SchemaNeeded`.
    position
        Returns the offset of a lane from which on nothing has been taken.
    ask
        Begins to decide about a schema.
    pause, resume
        Stop the fetching of a lane, and go on with it.
    """

    def __init__(
        self,
        *,
        take: Callable[[Fetched], None],
        position: Callable[[LaneId], int],
        ask: Callable[[SchemaNeeded], None],
        pause: Callable[[LaneId], None],
        resume: Callable[[LaneId], None],
    ) -> None:
        self._take, self._position, self._ask = take, position, ask
        self._pause, self._resume = pause, resume
        self._held: dict[LaneId, list[Fetched]] = {}

    def __contains__(self, lane: object) -> bool:
        return lane in self._held

    def __len__(self) -> int:
        return len(self._held)

    def take(self, fetched: Fetched) -> None:
        """Count records, or hold them behind those of their lane that wait."""
        if not self._count(fetched):
            self._pause(fetched.lane)

    def go_on(self) -> None:
        """Try once more: something has been decided about."""
        for lane in list(self._held):
            for fetched in self._held.pop(lane):
                self._count(fetched)
            if lane not in self._held:
                self._resume(lane)

    def _count(self, fetched: Fetched) -> bool:
        """Count records, or hold them; return whether the lane need not begin to wait."""
        if fetched.lane in self._held:
            self._held[fetched.lane].append(fetched)
            return True
        try:
            self._take(fetched)
        except SchemaNeeded as needed:
            self._held[fetched.lane] = [fetched.since(self._position(fetched.lane))]
            self._ask(needed)
            return False
        return True

    def drop(self) -> None:
        """Forget what is held: the partitions have moved."""
        self._held.clear()
