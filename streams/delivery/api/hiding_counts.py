"""What each silence has hidden, counted once for all who ask."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping

from streams.actions.book import Book
from streams.actions.preview import HiddenCount
from streams.delivery.api.board import Board
from streams.delivery.api.board_hiding import SourcesOf, board_hidden_by


class HidingCounts:
    """Counts what silences and snoozes have hidden; it counts again where something has changed.

    Silences with a wildcard are held against every alert: thousands of each take seconds. So one
    count runs at a time, whoever asks.

    Parameters
    ----------
    board, book
        The alerts as they stand, and what people have done.
    sources
        The sources of each group.
    """

    def __init__(self, board: Board, book: Book, sources: SourcesOf) -> None:
        self._board, self._book, self._sources = board, book, sources
        self._counting = asyncio.Lock()
        self._of: tuple[int, int] | None = None
        self._counts: Mapping[str, HiddenCount] = {}

    async def now(self) -> Mapping[str, HiddenCount]:
        """Return the counts of all silences and snoozes that are kept, by their ids."""
        async with self._counting:
            versions = self._board.version, self._book.state.version
            if versions != self._of:
                kept, rows = list(self._book.state.every_hiding()), list(self._board)
                # In a thread: each alert is looked at.
                self._counts = await asyncio.to_thread(
                    lambda: board_hidden_by(kept, rows, self._sources)
                )
                self._of = versions
            return self._counts
