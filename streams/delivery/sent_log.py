"""The newest notifications that were sent or given up, as the API lists them. Pure."""

from __future__ import annotations

import datetime as dt
from collections import deque
from collections.abc import Iterator
from itertools import islice
from typing import Final, NamedTuple

import msgspec

from streams.delivery.notify.record import Record, Sent, decode

MOST: Final = 10_000
"""Notifications that are held: the newest ones."""

MOST_BYTES: Final = 8_000_000
"""Bytes of them that are held."""


class SentFilter(NamedTuple):
    """Which notifications are asked for; None is any."""

    receiver: str | None = None
    alert_id: str | None = None
    since: dt.datetime | None = None

    def fits(self, sent: Sent) -> bool:
        """Whether a notification is one of them."""
        return (
            self.receiver in (None, sent.receiver)
            and (self.since is None or sent.at >= self.since)
            and (self.alert_id is None or any(one.alert_id == self.alert_id for one in sent.alerts))
        )


class _HeldSent(NamedTuple):
    """A record, as written, and its offset, which is its place."""

    offset: int
    raw: bytes


class SentLog:
    """Holds the newest notifications, in the order of their topic."""

    def __init__(self) -> None:
        self._held: deque[_HeldSent] = deque()
        self._bytes = 0

    def take(self, offset: int, raw: bytes, record: Record) -> None:
        """Take the topic's next record; one that has come before is passed over."""
        if not isinstance(record, Sent) or (self._held and offset <= self._held[-1].offset):
            return
        self._held.append(_HeldSent(offset, raw))
        self._bytes += len(raw)
        while len(self._held) > MOST or self._bytes > MOST_BYTES:
            self._bytes -= len(self._held.popleft().raw)

    def newest(self, wanted: SentFilter, before: int | None) -> Iterator[tuple[int, Sent]]:
        """Yield the notifications that are asked for, the newest first, with their places.

        Parameters
        ----------
        wanted
            Which.
        before
            Only those from before this place; None: all.
        """
        # To look for an id among bytes is faster than to decode them.
        needle = b"" if wanted.alert_id is None else msgspec.json.encode(wanted.alert_id)
        for offset, raw in reversed(self._held):
            if (before is not None and offset >= before) or needle not in raw:
                continue
            sent = decode(raw)
            if isinstance(sent, Sent) and wanted.fits(sent):
                yield offset, sent

    def about(self, alert_id: str, most: int) -> list[Sent]:
        """Return the newest notifications that told of an alert, the newest first.

        Parameters
        ----------
        alert_id
            The alert.
        most
            How many there are at most.
        """
        found = self.newest(SentFilter(alert_id=alert_id), None)
        return [sent for _, sent in islice(found, most)]
