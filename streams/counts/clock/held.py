"""Events that a lane holds until later ones confirm their time, and those that it then refuses."""

from __future__ import annotations

from typing import NamedTuple

from streams.items import Complaint, Send

Taken = tuple[int, float, Send | Complaint, float | None, bool, int | None]
"""Of an event: offset, time, itself, when it was written, whether the broker says so, and which of
its record's items it is. (A plain tuple: one is made for each event.)"""


class Refused(NamedTuple):
    """An event that the lane held and now rejects; the intake still has its bytes."""

    offset: int
    detail: str
    item: int | None


def refused(taken: Taken) -> Refused:
    """Return why an event is refused whose time was held and not confirmed."""
    offset, _, event, _, _, index = taken
    found = f"{event.event_time.isoformat()} jumps ahead alone"
    return Refused(offset, f"event_time must follow the lane's; {found}", index)
