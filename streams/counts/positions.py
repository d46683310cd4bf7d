"""Where counting goes on in each lane: at what the broker has stored for the consumer group."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

from confluent_kafka import Consumer, TopicPartition

from streams.broker.topics.records import ends_of
from streams.config.sources import Source
from streams.counts.mark import Begin, Mark, UnreadableMark, decode_mark, decode_marks
from streams.counts.protocol import LaneId, TopicPlace

log = logging.getLogger(__name__)


class CountFailed(Exception):
    """LaneCounting cannot go on without losing something; the process must end."""


class Places(NamedTuple):
    """Where lanes go on: their marks, which of them are not stored yet, and topics' ends."""

    marks: dict[LaneId, Mark]
    begun: set[LaneId]
    heads: dict[TopicPlace, int]


class Positions:
    """The positions of a consumer group.

    Parameters
    ----------
    consumer, group
        A consumer of the group, and the group's name.
    counts
        The topic that totals are written to.
    begin
        Where to begin in lanes whose position the broker no longer has; None ends it there.
    by_topic
        The sources of each topic that is counted.
    """

    def __init__(
        self,
        consumer: Consumer,
        group: str,
        counts: str,
        begin: Begin | None,
        by_topic: Mapping[str, Sequence[Source]],
    ) -> None:
        self._consumer, self._group = consumer, group
        self._counts, self._begin = counts, begin
        self._by_topic = by_topic

    def lanes(self, topic: str) -> int:
        """Return a topic's number of partitions."""
        return len(self._consumer.list_topics(topic, timeout=10).topics[topic].partitions)

    def marks(self, partitions: list[TopicPlace]) -> Places:
        """Return where the lanes of newly assigned partitions go on.

        Raises
        ------
        CountFailed
            Where the broker no longer has the record at a mark, or no longer the marks.
        """
        found = Places({}, set(), {})
        places = self._committed(partitions)
        if self._begin is None and any(place.offset < 0 for place in places):
            self._require_marks()
        for place in places:
            low, high = ends_of(self._consumer, place)
            found.heads[place.topic, place.partition] = high
            marks = self._marks(place) if low <= place.offset <= high else {}
            for source in self._by_topic[place.topic]:
                lane = (source.name, place.partition)
                mark = marks.get(source.name)
                if mark is None or not low <= mark.offset <= high:
                    # A source that comes to a topic which others read begins as any new one.
                    fresh = bool(marks) and mark is None
                    found.marks[lane] = self._begin_at(place, low, high, fresh=fresh)
                    found.begun.add(lane)
                else:
                    found.marks[lane] = mark
        return found

    def _marks(self, place: TopicPartition) -> dict[str, Mark]:
        """Read marks by source; none where they can't be read, and `begin` says what to do then."""
        sources = self._by_topic[place.topic]
        try:
            if not any(source.only_read for source in sources):
                return {sources[0].name: decode_mark(place.offset, place.metadata)}
            names = [source.name for source in sources]
            return decode_marks(place.offset, place.metadata, names)
        except UnreadableMark as error:
            if self._begin is not None:
                return {}
            raise CountFailed(
                f"{place.topic} partition {place.partition}: {error}. Go on with the version that"
                " wrote it, or go on once with `weathervane count --begin oldest` (or newest);"
                f" group {self._group} then has a new position"
            ) from None

    def _begin_at(self, place: TopicPartition, low: int, high: int, *, fresh: bool) -> Mark:
        """Return where to go on in a lane whose position, or the record there, is gone."""
        lane = f"{place.topic} partition {place.partition}"
        if place.offset >= 0 and self._begin is None and not fresh:
            kept = (
                f"the broker has kept only {low} and later: {low - place.offset} records are gone"
                if place.offset < low
                else f"the topic ends at {high}: it is not the one that was counted"
            )
            raise CountFailed(
                f"{lane}: counting must go on at offset {place.offset}; {kept}. To accept that, go"
                f" on once with `weathervane count --begin oldest` (or newest); group {self._group}"
                " then has a new position"
            )
        mark = Mark(high if self._begin == "newest" else low)
        log.log(
            logging.INFO if mark.offset == 0 else logging.WARNING,
            "%s: there is no position to go on at; counting begins with the %s record, at offset"
            " %d",
            lane,
            self._begin or "oldest",
            mark.offset,
        )
        return mark

    def _committed(self, places: Iterable[TopicPlace]) -> list[TopicPartition]:
        return self._consumer.committed([TopicPartition(*place) for place in places], timeout=10)

    def _require_marks(self) -> None:
        """Raise `CountFailed` where the group has no mark at all, although it has counted.

        A broker deletes a group's offsets when it has been empty for `offsets.retention.minutes`.
        A new source, and a new partition of a known one, have no mark either, but others do.
        """
        every = [(topic, number) for topic in self._by_topic for number in range(self.lanes(topic))]
        if any(place.offset >= 0 for place in self._committed(every)):
            return
        if any(self._end(self._counts, n) > 0 for n in range(self.lanes(self._counts))):
            raise CountFailed(
                f"consumer group {self._group}: its positions must be stored, since {self._counts}"
                " holds what was counted; the broker has none (it deletes those of a group that has"
                " been away for offsets.retention.minutes). Say once where to go on: `weathervane"
                " count --begin oldest` counts all that the topics still hold, `--begin newest`"
                " only what comes; what was counted before changes no total. Then start as before"
            )

    def _end(self, topic: str, number: int) -> int:
        _, end = ends_of(self._consumer, TopicPartition(topic, number))
        return end

    def published(self, lanes: list[LaneId]) -> Iterator[float]:
        """Yield the watermarks that other processes committed for their lanes."""
        topics = {source.name: topic for topic, of in self._by_topic.items() for source in of}
        for place in self._committed(dict.fromkeys((topics[name], n) for name, n in lanes)):
            for name, mark in (self._marks(place) if place.offset >= 0 else {}).items():
                if (name, place.partition) in lanes:
                    yield mark.published
