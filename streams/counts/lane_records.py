"""The records that a source's lanes are counted from, without a broker: files, or an archive."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple, Protocol

from streams.items import Reject


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


class LaneRecords(Protocol):
    """The records of a source, in order within each lane."""

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

    def __iter__(self) -> Iterator[LaneRecord | Reject]: ...
