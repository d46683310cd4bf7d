"""What each silence has hidden, counted once for all who ask."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Mapping

from streams.actions.book import Book
from streams.actions.preview import HiddenCount
from streams.actions.state import Hiding
from streams.delivery.api.board import Board, BoardRow
from streams.delivery.api.board_hiding import HiddenTally, SourcesOf


class HidingCounts:
    """Counts what silences and snoozes have hidden; it counts again where something has changed.

    The first count holds silences with a wildcard against every alert: thousands of each take
    seconds. So one count runs at a time, whoever asks, and the next one looks at changes only.

    Parameters
    ----------
    board, book
        The alerts as they stand, and what people have done.
    sources
        The sources of each group.
    """

    def __init__(self, board: Board, book: Book, sources: SourcesOf) -> None:
        self._board, self._book, self._tally = board, book, HiddenTally(sources)
        self._counting, self._in_thread = asyncio.Lock(), threading.Lock()
        self._of: tuple[int, int] | None = None
        self._counts: Mapping[str, HiddenCount] = {}

    async def now(self) -> Mapping[str, HiddenCount]:
        """Return the counts of all silences and snoozes that are kept, by their ids."""
        async with self._counting:
            versions = self._board.version, self._book.state.version
            if versions != self._of:
                kept, rows = list(self._book.state.every_hiding()), list(self._board)
                # In a thread: it may take long.
                self._counts = await asyncio.to_thread(self._count, kept, rows)
                self._of = versions
            return self._counts

    def _count(self, kept: list[Hiding], rows: list[BoardRow]) -> Mapping[str, HiddenCount]:
        with self._in_thread:  # a count that nobody waits for any more goes on
            return self._tally.count(kept, rows)
