"""Views that are read: each has a board and feeds of its own, of what concerns it and no more.

So no address can show more than that, or count it: there is nothing else to be shown.
"""

from __future__ import annotations

import asyncio
import logging
from array import array
from collections.abc import Callable, Iterable
from http import HTTPStatus
from typing import Final, NamedTuple

from msgspec.structs import replace
from starlette.types import ASGIApp

from streams.access.view import View
from streams.alerts.cloudevent import Envelope, decode_event
from streams.alerts.packed import packed
from streams.delivery.api.board import Board, BoardRow, OffsetPlace
from streams.delivery.feed.event_stream import LiveFeeds
from streams.delivery.feed.pages import Feeds, Item
from streams.delivery.feed.problem import ProblemError
from streams.delivery.views.abridged import AbridgedAlert, abridged
from streams.delivery.views.concern import Codes, concerns, may_concern
from streams.proofs.tree import leaf_hash

MOST_OPEN: Final = 64
"""Views that are held; the one that was asked for longest ago goes first, and its streams end."""

_log = logging.getLogger(__name__)


class ReadAlert(NamedTuple):
    """A revision as serve has read it."""

    envelope: Envelope
    raw: bytes
    written_s: float
    place: OffsetPlace
    in_feed: bool


class OpenView:
    """What a view's readers are answered from.

    Parameters
    ----------
    view, codes
        The view, and what the registry says of codes.
    board, feeds
        Empty ones, which are filled.

    Attributes
    ----------
    live
        Its feeds.
    app
        What answers its readers, once somebody has asked.
    """

    def __init__(self, view: View, codes: Codes, board: Board, feeds: Feeds) -> None:
        self.view, self.codes, self.board = view, codes, board
        self.live = LiveFeeds(feeds)
        self.app: ASGIApp | None = None
        self._waiting: list[ReadAlert] = []

    def shown(self, envelope: Envelope, raw: bytes) -> AbridgedAlert | None:
        """Return a revision as a reader sees it; None where it does not concern the view."""
        if not concerns(self.view, envelope.alert, self.codes):
            return None
        return abridged(envelope, raw, lambda alert_id: self.board.alert(alert_id) is not None)

    def take(self, read: ReadAlert) -> None:
        """Take a revision that has just been read."""
        if not self.live.ready:
            self._waiting.append(read)
            return
        found = self.shown(read.envelope, read.raw)
        if found is None:
            # It may have concerned the view before: what it has become is not known here.
            self.board.forget(read.envelope.alert.alert_id)
            return
        self.board.take(found.envelope, found.raw, read.written_s, read.place)
        if read.in_feed:
            self._add(read.place.partition, found, read.raw)
        self.live.publish()

    def fill(self, rows: Iterable[BoardRow], items: Iterable[tuple[int, Item]]) -> None:
        """Take what has been read before; it may run beside the event loop."""
        of_board = {row.alert_id: row for row in rows}
        mine = {
            row.alert_id: envelope
            for row in of_board.values()
            if may_concern(self.view, row.entity, row.names)
            and concerns(self.view, (envelope := decode_event(row.raw)).alert, self.codes)
        }
        for alert_id, envelope in mine.items():
            row = of_board[alert_id]
            found = abridged(envelope, row.raw, mine.__contains__)
            alert = found.envelope.alert
            self.board.adopt(
                replace(
                    row, small=packed(found.raw), parent=alert.parent, looks_like=alert.looks_like,
                    written_s=array("d", row.written_s), offsets=array("q", row.offsets),
                )
            )  # fmt: skip
        for shard, item in items:
            alert_id = item.id.rpartition(".")[0]
            if alert_id in of_board and alert_id not in mine:
                continue
            envelope = decode_event(item.raw)
            if concerns(self.view, envelope.alert, self.codes):
                found = abridged(envelope, item.raw, mine.__contains__)
                self._add(shard, found, item.raw)

    def _add(self, shard: int, found: AbridgedAlert, published: bytes) -> None:
        # What the feed's tree has is the hash of what was published.
        leaf = leaf_hash(published) if found.left_out else None
        self.live.feeds.add(shard, found.envelope, found.raw, found.left_out, leaf)

    def begin(self) -> None:
        """Answer from now on: take what has come since `fill` began."""
        self.live.ready = True
        waiting, self._waiting = self._waiting, []
        for read in waiting:
            self.take(read)


class Views:
    """The views that somebody reads.

    Parameters
    ----------
    board, live
        All alerts as they stand, and all feeds.
    codes
        What the registry says of codes; None where it has not been read.
    keep
        How many alerts a board and the feeds of a view hold at most.
    """

    def __init__(
        self, board: Board, live: LiveFeeds, codes: Callable[[], Codes | None], keep: int
    ) -> None:
        self._board, self._live, self._codes, self._keep = board, live, codes, keep
        self._open: dict[View, OpenView] = {}
        self._opening = asyncio.Lock()

    def take(self, envelope: Envelope, raw: bytes, written_s: float, place: OffsetPlace) -> None:
        """Take a revision that the board and the feeds have taken."""
        if not self._open:
            return
        in_feed = self._live.feeds.holds(place.partition, envelope.alert, envelope.id)
        read = ReadAlert(envelope, raw, written_s, place, in_feed)
        for one in list(self._open.values()):
            one.take(read)

    async def opened(self, view: View) -> OpenView:
        """Return a view, opened now or before.

        Raises
        ------
        ProblemError
            Where what concerns it is not known yet.
        """
        found = self._open.get(view)
        if found is None or not found.live.ready:
            async with self._opening:
                found = self._open.get(view)
                while found is None:
                    found = await self._filled(view)
        self._open[view] = self._open.pop(view, found)
        while len(self._open) > MOST_OPEN:
            self._open.pop(next(iter(self._open))).live.close()
        return found

    async def _filled(self, view: View) -> OpenView | None:
        """Return a view, just filled; None where the registry has changed meanwhile."""
        codes = self._codes()
        if not self._live.ready or (codes is None and view.needs_registry):
            raise ProblemError(
                HTTPStatus.SERVICE_UNAVAILABLE,
                "what concerns this view is still being read; try again in a second",
                headers={"Retry-After": "1"},
            )
        made = OpenView(view, codes or _NoCodes(), Board(self._keep), self._live.feeds.begin_view())
        rows, items = list(self._board), self._live.feeds.kept()
        self._open[view] = made  # what comes meanwhile waits in it
        try:
            await asyncio.to_thread(made.fill, rows, items)
            if self._open.get(view) is not made:
                return None
            made.begin()
        finally:
            if not made.live.ready and self._open.get(view) is made:
                del self._open[view]
        _log.info("view %s: %d alerts", view.kind, len(made.board))
        return made

    def registry_changed(self) -> None:
        """Drop views that the registry decides: they are opened anew by what it says now."""
        for view in [one for one in self._open if one.needs_registry]:
            self._open.pop(view).live.close()

    def close(self) -> None:
        """End all streams."""
        for one in self._open.values():
            one.live.close()

    @property
    def listeners(self) -> int:
        """How many streams views have."""
        return sum(one.live.listeners for one in self._open.values())


class _NoCodes:
    """The registry, where no view that is asked for needs it."""

    def code_of(self, number: str, day: int) -> None:
        """Know no code."""
