"""The regulator's feeds: numbered alerts of each group and shard. The newest are kept.

Alerts are added in the topic's order, and read in pages. Each group and shard has a feed of its
own, since that is where numbers count 1, 2, ... They begin again with a new epoch, so a cursor
names the epoch too. A reader that has read an epoch to its end goes on with the next.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import deque
from typing import Literal

import msgspec
from msgspec.structs import replace

from streams.alerts.cloudevent import Alert, Envelope
from streams.alerts.identity import EPOCH
from streams.alerts.packed import packed, unpacked
from streams.delivery.feed.cursor import Beginning, Cursor

FeedKey = tuple[str, int]
"""A group and a shard."""

Fate = Literal["added", "early", "repeat", "conflict"]
"""What became of an alert: see `Feeds.add`."""


class Item(msgspec.Struct, frozen=True):
    """An alert in a feed: its number, its id, and its bytes, packed.

    ``left_out`` names what a view's reader is not shown of it: then the bytes are not those that
    were published, whose hash is ``leaf``.
    """

    feed_no: int
    id: str
    small: bytes
    left_out: tuple[str, ...] = ()
    leaf: bytes | None = None

    @property
    def raw(self) -> bytes:
        """The alert as published."""
        return unpacked(self.small)


class Gap(msgspec.Struct, frozen=True):
    """Numbers from `first` to `last` that no reader will see: none of them was published."""

    first: int
    last: int


class Page(msgspec.Struct, frozen=True):
    """Consecutive items of a feed, and where it stands.

    ``after`` is the cursor to go on from. ``gaps`` are the numbers missing between the
    cursor given and the last item. ``later`` says whether a later epoch has begun.
    ``whole`` says whether the feed has the items of all numbers: that of a view has not, and names
    no gaps.
    """

    items: list[Item]
    gaps: list[Gap]
    after: Cursor
    oldest: int | None
    newest: int | None
    later: bool = False
    whole: bool = True

    @property
    def has_next(self) -> bool:
        """Whether more can be read at once."""
        return self.later or (self.newest is not None and self.newest > self.after.number)


class Gone(msgspec.Struct, frozen=True):
    """What followed the cursor is no longer kept; ``after`` is the smallest cursor that works."""

    oldest: int
    after: Cursor


class NeverReached(msgspec.Struct, frozen=True):
    """The feed has never come to this cursor; ``after`` is the smallest cursor that works."""

    newest: int | None
    after: Cursor


class _Feed:
    """One epoch of a feed; items numbered up to ``floor`` are not kept.

    Where ``known`` is false no alert has been read, and there were some before those that are
    kept: then nobody knows how far the feed has come.
    """

    def __init__(
        self, floor: int = 0, epoch: int = EPOCH, *, known: bool = True, whole: bool = True
    ) -> None:
        self.floor = floor
        self.epoch = epoch
        self.known = known
        self.whole = whole
        self.items: deque[Item] = deque()

    @property
    def newest(self) -> int:
        return self.items[-1].feed_no if self.items else self.floor

    def index(self, feed_no: int) -> int:
        """Index of the first item numbered above `feed_no`."""
        return bisect_right(self.items, feed_no, key=lambda item: item.feed_no)


class Feeds:
    """All feeds of the topic ``alerts``, with at most `keep` items between them.

    All feeds share one bound, since at the start so many of the topic's newest records are read.
    So a busy group may push out the items of a quiet one. A reader of the quiet group that is so
    far behind gets `Gone`.

    Parameters
    ----------
    keep
        How many items are kept.
    whole
        Whether they get all alerts; those of a view do not.
    """

    def __init__(self, keep: int, *, whole: bool = True) -> None:
        self._keep, self._whole = keep, whole
        self._feeds: dict[FeedKey, list[_Feed]] = {}
        """The epochs of each feed that still have items, and the newest."""
        self._arrived: deque[tuple[FeedKey, _Feed]] = deque()
        self._cut: set[int] = set()
        self._named: dict[FeedKey, int] = {}
        """The last epoch of each feed that another one's last item names."""

    def cut(self, shard: int) -> None:
        """Note that the shard's alerts are not read from their beginning.

        Numbers before a feed's first item are then gone; otherwise they are a gap.
        """
        self._cut.add(shard)

    def begin_view(self) -> Feeds:
        """Return feeds for some of the alerts, which have none yet.

        What these feeds no longer keep those do not either; that is all they know of others.
        """
        made = Feeds(self._keep, whole=False)
        dropped = {key[1] for key, epochs in self._feeds.items() for feed in epochs if feed.floor}
        made._cut = self._cut | dropped
        return made

    def kept(self) -> list[tuple[int, Item]]:
        """Return the shard of each item, and the item: those of a feed in order."""
        return [
            (key[1], item)
            for key, epochs in self._feeds.items()
            for feed in epochs
            for item in feed.items
        ]

    def holds(self, shard: int, alert: Alert, item_id: str) -> bool:
        """Whether an alert has the item of its number."""
        for feed in self._feeds.get((alert.group, shard), ()):
            if feed.epoch == alert.epoch and alert.feed_no is not None:
                at = feed.index(alert.feed_no) - 1
                return at >= 0 and feed.items[at].id == item_id
        return False

    def add(
        self,
        shard: int,
        envelope: Envelope,
        raw: bytes,
        left_out: tuple[str, ...] = (),
        leaf: bytes | None = None,
    ) -> Fate:
        """Add an alert, as read from the topic.

        Returns
        -------
        Fate
            ``early``: revision 0, which is never in a feed. ``repeat``: known, or older than
            what is kept, or of an epoch that is over. ``conflict``: another alert has its number,
            or a later number came before it; the feed stays as readers have seen it.
        """
        alert = envelope.alert
        feed_no = alert.feed_no
        if alert.revision == 0 or feed_no is None:
            return "early"
        key = (alert.group, shard)
        epochs = self._feeds.setdefault(key, [])
        if not epochs:
            floor = feed_no - 1 if shard in self._cut else 0
            epochs.append(_Feed(floor, alert.epoch, whole=self._whole))
        elif alert.epoch > epochs[-1].epoch:
            epochs.append(_Feed(0, alert.epoch, whole=self._whole))
        feed = epochs[-1]
        if alert.epoch < feed.epoch:
            return "repeat"
        if feed_no <= feed.newest:
            at = feed.index(feed_no) - 1
            known = feed_no <= feed.floor or (at >= 0 and feed.items[at].id == envelope.id)
            return "repeat" if known else "conflict"
        for named in alert.successors or ():
            name = (named.group, named.shard)
            self._named[name] = max(named.epoch, self._named.get(name, 0))
        feed.items.append(Item(feed_no, envelope.id, packed(raw), left_out, leaf))
        self._arrived.append((key, feed))
        if len(self._arrived) > self._keep:
            of_key, oldest = self._arrived.popleft()
            oldest.floor = oldest.items.popleft().feed_no
            if not oldest.items and oldest is not self._feeds[of_key][-1]:
                self._feeds[of_key].remove(oldest)
        return "added"

    def __len__(self) -> int:
        """How many items are kept."""
        return len(self._arrived)

    def __contains__(self, key: FeedKey) -> bool:
        """Whether a feed has ever had an item."""
        return key in self._feeds

    def keys(self) -> list[FeedKey]:
        """Feeds that have ever had an item, in order."""
        return sorted(self._feeds)

    def newest(self, key: FeedKey, limit: int) -> Page:
        """Return the newest items of the newest epoch, oldest first."""
        feed = self._epochs(key)[-1]
        start = max(0, len(feed.items) - limit)
        before = feed.items[start].feed_no - 1 if feed.items else feed.floor
        return _page(feed, before, start, limit)

    def after(
        self, key: FeedKey, cursor: Cursor | Beginning, limit: int
    ) -> Page | Gone | NeverReached:
        """Return the items after `cursor`; none where it is the newest."""
        epochs = self._epochs(key)
        oldest, newest = epochs[0], epochs[-1]
        if isinstance(cursor, Beginning):
            cursor = Cursor(oldest.epoch, 0)
        place = next((n for n, feed in enumerate(epochs) if feed.epoch == cursor.epoch), None)
        feed = newest if place is None else epochs[place]
        begin = Cursor(feed.epoch, feed.floor)
        if cursor < Cursor(oldest.epoch, oldest.floor) or (place is not None and cursor < begin):
            feed = oldest if place is None else feed
            first = feed.items[0].feed_no if feed.items else feed.floor + 1
            return Gone(first, Cursor(feed.epoch, feed.floor))
        if place is None and cursor == (self._named.get(key), 0):
            return Page([], [], cursor, None, None)  # the epoch has begun, and has no item yet
        if place is None or (feed.known and cursor.number > feed.newest):
            return NeverReached(feed.newest or None, begin)
        if feed is not newest and cursor.number == feed.newest:
            following = epochs[epochs.index(feed) + 1]
            return self.after(key, Cursor(following.epoch, 0), limit)
        page = _page(feed, cursor.number, feed.index(cursor.number), limit)
        return page if feed is newest else replace(page, later=True)

    def _epochs(self, key: FeedKey) -> list[_Feed]:
        return self._feeds.get(key) or [
            _Feed(known=self._whole and key[1] not in self._cut, whole=self._whole)
        ]


def _page(feed: _Feed, cursor: int, start: int, limit: int) -> Page:
    # By index, not islice: a deque is quick near both its ends, and readers are near one.
    stop = min(start + limit, len(feed.items))
    items = [feed.items[i] for i in range(start, stop)]
    gaps = []
    seen = cursor
    for item in items:
        if item.feed_no > seen + 1 and feed.whole:
            gaps.append(Gap(seen + 1, item.feed_no - 1))
        seen = item.feed_no
    oldest = feed.items[0].feed_no if feed.items else None
    newest = feed.newest if feed.items else None
    return Page(items, gaps, Cursor(feed.epoch, seen), oldest, newest, whole=feed.whole)
