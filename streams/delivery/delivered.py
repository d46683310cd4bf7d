"""Which alerts a receiver has had lately: one that is published again is not sent again."""

from __future__ import annotations

from collections import OrderedDict
from typing import Final

import msgspec

REMEMBERED: Final = 10_000
"""How many of a partition's alerts are remembered for a receiver."""


class _Id(msgspec.Struct):
    id: str


_decode = msgspec.json.Decoder(_Id).decode


class Delivered:
    """The ids of the alerts that a receiver has had last, of one partition.

    detect publishes alerts again after a crash: those since its last checkpoint. Their ids are the
    same. At a start the queue reads back as many records as are remembered, so that a repeat is
    known wherever the processes were killed.

    Examples
    --------
    >>> had = Delivered(most=2)
    >>> for alert in (b'{"id": "a.1"}', b'{"id": "b.1"}', b'{"id": "c.1"}'):
    ...     had.add(alert)
    >>> had.holds(b'{"id": "a.1"}'), had.holds(b'{"id": "b.1"}')
    (False, True)
    >>> had.holds(b"no alert")
    False
    """

    def __init__(self, most: int = REMEMBERED) -> None:
        self._most = most
        self._ids: OrderedDict[str, None] = OrderedDict()

    def add(self, alert: bytes) -> None:
        """Note that the receiver has had an alert."""
        name = _id_of(alert)
        if name is not None:
            self._ids[name] = None
            self._ids.move_to_end(name)
            if len(self._ids) > self._most:
                self._ids.popitem(last=False)

    def holds(self, alert: bytes) -> bool:
        """Whether the receiver has had it."""
        return _id_of(alert) in self._ids


def _id_of(alert: bytes) -> str | None:
    try:
        return _decode(alert).id
    except (msgspec.DecodeError, ValueError):
        return None
