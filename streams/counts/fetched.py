"""What the client fetches, as the records of one lane after the other."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby
from typing import Any, NamedTuple

from confluent_kafka import TIMESTAMP_LOG_APPEND_TIME, KafkaError, Message

from streams.broker.topics.records import headers_of
from streams.counts.protocol import LaneId
from streams.sources.formats.format import Headers


class Fetched(NamedTuple):
    """Records of one lane that were fetched together, in their order.

    Attributes
    ----------
    lane
        The source, and the partition.
    offsets, values, written_s
        Of each record: its offset, its value, and Kafka's timestamp in epoch s.
    appended
        Whether the broker set these times when it appended the records.
    headers
        Of each record, where they are wanted and one has some.
    """

    lane: LaneId
    offsets: Sequence[int]
    values: list[bytes | None]
    written_s: list[float | None]
    appended: bool
    headers: list[Headers] | None = None

    def since(self, offset: int) -> Fetched:
        """Return the records from an offset on."""
        if not self.offsets or self.offsets[0] >= offset:
            return self
        at = bisect_left(self.offsets, offset)
        return self._replace(
            offsets=self.offsets[at:],
            values=self.values[at:],
            written_s=self.written_s[at:],
            headers=None if self.headers is None else self.headers[at:],
        )


def by_lane(messages: list[Message]) -> Iterable[tuple[Any, list[Message]]]:
    """Yield runs of messages of one lane, in their order."""
    if not messages:
        return
    topics, numbers = list(map(Message.topic, messages)), list(map(Message.partition, messages))
    if topics.count(topics[0]) == numbers.count(numbers[0]) == len(messages):
        yield (topics[0], numbers[0]), messages  # the rule, where there is much to read
        return
    at = 0
    for lane, run in groupby(zip(topics, numbers, strict=True)):
        first, at = at, at + len(list(run))
        yield lane, messages[first:at]


def errors(messages: list[Message]) -> list[KafkaError]:
    """Return the errors among what was fetched."""
    # Not by `count(None)`: an error cannot be compared with None.
    return [error for error in map(Message.error, messages) if error is not None]


def fetched(
    lanes: Sequence[LaneId], records: list[Message], *, headed: bool = False
) -> Iterator[Fetched]:
    """Yield the records of a partition for each of its lanes.

    They come apart where their times are of another kind.
    """
    # Mapping a method is the cheapest way in Python to call it on many objects.
    times = list(map(Message.timestamp, records))
    kinds = [kind for kind, _ in times]
    at = 0
    while at < len(records):
        # All kinds are one, but where the topic's setting has just been changed.
        kind, upto = kinds[at], len(records)
        if kinds[at:].count(kind) < upto - at:
            upto = next(n for n in range(at, upto) if kinds[n] != kind)
        found = Fetched(
            lanes[0],
            _offsets(records[at:upto]),
            list(map(Message.value, records[at:upto])),
            [written_ms / 1000 if kind else None for _, written_ms in times[at:upto]],
            kind == TIMESTAMP_LOG_APPEND_TIME,
            _all_headers(records[at:upto]) if headed else None,
        )
        yield found
        for lane in lanes[1:]:
            yield found._replace(lane=lane)
        at = upto


def _all_headers(records: list[Message]) -> list[Headers] | None:
    """Return the headers of each record; None where none has any."""
    found = list(map(Message.headers, records))
    return [headers_of(record) for record in records] if any(found) else None


def _offsets(records: list[Message]) -> Sequence[int]:
    """Return the offsets of a lane's records, mostly from the first and the last: they rise."""
    first, last = records[0].offset() or 0, records[-1].offset() or 0
    if last - first == len(records) - 1:
        return range(first, last + 1)
    return [record.offset() or 0 for record in records]
