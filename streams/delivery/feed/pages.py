"""The regulator's feeds: alerts by number, per group and shard, the newest of them kept.

Pure: alerts go in in the topic's order, pages come out. A feed is named by group and
shard because that is where numbers count 1, 2, ... (contract: alerts).
"""

from __future__ import annotations

from bisect import bisect_right
from collections import deque
from typing import Literal

import msgspec

from streams.alerts.cloudevent import Envelope

FeedKey = tuple[str, int]
"""A group and a shard."""

Fate = Literal["added", "early", "repeat", "conflict"]
"""What became of an alert: see `Feeds.add`."""


class Item(msgspec.Struct, frozen=True):
    """An alert in a feed: its number, its id and its bytes as published."""

    feed_no: int
    id: str
    raw: bytes


class Gap(msgspec.Struct, frozen=True):
    """Numbers from `first` to `last` that a reader will not see: none was published."""

    first: int
    last: int


class Page(msgspec.Struct, frozen=True):
    """Consecutive items of a feed, and where it stands.

    ``after`` is the cursor to go on from. ``gaps`` are the numbers missing between the
    cursor given and the last item.
    """

    items: list[Item]
    gaps: list[Gap]
    after: int
    oldest: int | None
    newest: int | None

    @property
    def has_next(self) -> bool:
        """Whether more can be read at once."""
        return self.newest is not None and self.newest > self.after


class Gone(msgspec.Struct, frozen=True):
    """What followed the cursor is no longer kept; ``after`` is the smallest cursor that works."""

    oldest: int
    after: int


class _Feed:
    """One feed; through ``floor`` nothing is kept."""

    def __init__(self, floor: int) -> None:
        self.floor = floor
        self.items: deque[Item] = deque()

    @property
    def newest(self) -> int:
        return self.items[-1].feed_no if self.items else self.floor

    def index(self, feed_no: int) -> int:
        """Where the first item above `feed_no` stands."""
        return bisect_right(self.items, feed_no, key=lambda item: item.feed_no)


class Feeds:
    """All feeds of the topic ``alerts``, with at most `keep` items between them.

    One bound for all, since the topic is read from its end backwards by that many
    records: a busy group may push out a quiet group's items, whose readers then get
    `Gone` if they are that far behind.
    """

    def __init__(self, keep: int) -> None:
        self._keep = keep
        self._feeds: dict[FeedKey, _Feed] = {}
        self._arrived: deque[FeedKey] = deque()
        self._cut: set[int] = set()

    def cut(self, shard: int) -> None:
        """Say that the shard's alerts are not read from their beginning.

        What precedes a feed's first item is then gone; else it is a gap.
        """
        self._cut.add(shard)

    def add(self, shard: int, envelope: Envelope, raw: bytes) -> Fate:
        """Take in an alert as read.

        Returns
        -------
        Fate
            ``early``: revision 0, never in a feed. ``repeat``: known, or older than what
            is kept. ``conflict``: its number is taken by another alert, or has been
            passed over; the feed stays as readers have seen it.
        """
        alert = envelope.alert
        feed_no = alert.feed_no
        if alert.revision == 0 or feed_no is None:
            return "early"
        key = (alert.group, shard)
        feed = self._feeds.get(key)
        if feed is None:
            feed = self._feeds[key] = _Feed(feed_no - 1 if shard in self._cut else 0)
        if feed_no <= feed.newest:
            at = feed.index(feed_no) - 1
            known = feed_no <= feed.floor or (at >= 0 and feed.items[at].id == envelope.id)
            return "repeat" if known else "conflict"
        feed.items.append(Item(feed_no, envelope.id, raw))
        self._arrived.append(key)
        if len(self._arrived) > self._keep:
            oldest = self._feeds[self._arrived.popleft()]
            oldest.floor = oldest.items.popleft().feed_no
        return "added"

    def __len__(self) -> int:
        """Count the items kept."""
        return len(self._arrived)

    def __contains__(self, key: FeedKey) -> bool:
        """Tell whether a feed has ever had an item."""
        return key in self._feeds

    def keys(self) -> list[FeedKey]:
        """Feeds that have ever had an item, in order."""
        return sorted(self._feeds)

    def newest(self, key: FeedKey, limit: int) -> Page:
        """Give the newest items, oldest first."""
        feed = self._feeds.get(key) or _Feed(0)
        start = max(0, len(feed.items) - limit)
        before = feed.items[start].feed_no - 1 if feed.items else feed.floor
        return _page(feed, before, start, limit)

    def after(self, key: FeedKey, cursor: int, limit: int) -> Page | Gone:
        """Give the items numbered above `cursor`; none where it is ahead of the feed."""
        feed = self._feeds.get(key) or _Feed(0)
        if cursor < feed.floor:
            return Gone(feed.items[0].feed_no if feed.items else feed.floor + 1, feed.floor)
        return _page(feed, cursor, feed.index(cursor), limit)


def _page(feed: _Feed, cursor: int, start: int, limit: int) -> Page:
    # By index, not islice: a deque is quick near both its ends, and readers are near one.
    stop = min(start + limit, len(feed.items))
    items = [feed.items[i] for i in range(start, stop)]
    gaps = []
    seen = cursor
    for item in items:
        if item.feed_no > seen + 1:
            gaps.append(Gap(seen + 1, item.feed_no - 1))
        seen = item.feed_no
    oldest = feed.items[0].feed_no if feed.items else None
    return Page(items, gaps, seen, oldest, feed.newest if feed.items else None)
