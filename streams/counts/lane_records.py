"""The records that a source's lanes are counted from, without a broker: files, or an archive."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple, Protocol

from streams.items import Event, Reject, Skipped


class LaneRecord(NamedTuple):
    """A record of a lane.

    Attributes
    ----------
    lane, offset, value
        Its place, and its bytes.
    written_s
        Its own timestamp, epoch s.
    appended
        Whether a broker set this time, and not who wrote the record.
    """

    lane: int
    offset: int
    value: bytes
    written_s: float | None
    appended: bool = False


class LaneEvent(NamedTuple):
    """An event of a file, which `ingest` would write to a lane.

    Attributes
    ----------
    lane, offset, event
        Its place, and what would be written there.
    written_s
        When it would be written, epoch s.
    """

    lane: int
    offset: int
    event: Event
    written_s: float


class LaneRecords(Protocol):
    """The items of a source's records, in order within each lane."""

    lanes: int

    @property
    def bytes_total(self) -> int | None:
        """The number of bytes; None if it is not known."""
        ...

    @property
    def bytes_read(self) -> int:
        """The number of bytes read so far, for a progress bar."""
        ...

    @property
    def damage(self) -> list[str]:
        """The damaged places: after one of them, records may be missing."""
        ...

    @property
    def records_read(self) -> int:
        """How many records of the source have been read; a record may hold several items."""
        ...

    def __iter__(self) -> Iterator[LaneRecord | LaneEvent | Reject | Skipped]:
        """Yield the items: each a record of a lane, or why it is none."""
        ...
