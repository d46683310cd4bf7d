"""What is known of entities, for a view's reader: of those that concern it.

An entity concerns a view if it is what the view names, or if it has alerts, and all of these that
serve holds concern the view: the figures of a code that others use too would show what they send.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import replace
from itertools import islice

from streams.alerts.cloudevent import decode_event
from streams.delivery.api.board import Board
from streams.delivery.entities.library import LAST, BucketSpan, EntityRecord, Library
from streams.delivery.views.concern import is_view_itself
from streams.delivery.views.opened import OpenView
from streams.explain.history import AlertSpan, EntityHistory
from streams.items import Level
from streams.series.record import Outlook
from streams.series.store.name_chunks import Named
from streams.series.store.names import Matches
from streams.series.store.store import SeriesStore


class LibraryOfView(Library):
    """Answers as another library does, of what concerns a view.

    Parameters
    ----------
    whole
        Knows all entities.
    opened, board
        The view, and all alerts as they stand.
    now
        The clock: whose a code is depends on the day.
    """

    def __init__(
        self, whole: Library, opened: OpenView, board: Board, now: Callable[[], dt.datetime]
    ) -> None:
        self._whole, self._opened, self._board, self._clock = whole, opened, board, now

    @property
    def store(self) -> SeriesStore | None:  # type: ignore[override]
        """The store, as long as it is open."""
        return self._whole.store

    @property
    def problem(self) -> str | None:  # type: ignore[override]
        """Why there is none, or why it gets nothing new."""
        return self._whole.problem

    def sees(self, level: str, entity: str) -> bool:
        """Whether an entity concerns the view."""
        view, day = self._opened.view, self._clock().date().toordinal()
        if is_view_itself(view, level, entity, day, self._opened.codes):
            return True
        mine = self._opened.board.of_entity(f"{level}/{entity}")
        return bool(mine) and len(mine) == len(self._board.of_entity(f"{level}/{entity}"))

    async def search(self, part: str, limit: int, level: Level | None = None) -> Matches:
        """Find entities of the view that have an alert by a part of their name, in any case."""
        wanted = part.casefold()
        entities = dict.fromkeys(row.entity for row in self._opened.board.latest())
        if self._opened.view.kind == "platform":
            entities[f"platform/{self._opened.view.name}"] = None
        split = ((of, name) for of, _, name in (each.partition("/") for each in entities))
        found = [
            Named(of, name)
            for of, name in islice(
                (
                    (of, name)
                    for of, name in split
                    if level in (None, of) and wanted in name.casefold() and self.sees(of, name)
                ),
                limit + 1,
            )
        ]
        return Matches(found[:limit], len(found) <= limit)

    async def entity(
        self, level: Level, entity: str, span: BucketSpan = LAST, at: float | None = None
    ) -> EntityRecord:
        """Return what is known of an entity; nothing of one that does not concern the view."""
        if not self.sees(level, entity):
            return EntityRecord([], [])
        found = await self._whole.entity(level, entity, span, at)
        shown = [self._opened.shown(decode_event(raw), raw) for raw in found.alerts]
        return EntityRecord(
            [self._of_view(history) for history in found.histories],
            [one.raw for one in shown if one is not None],
        )

    async def outlooks(self, level: Level, entity: str) -> list[Outlook]:
        """Ask detect what the open buckets of an entity hold."""
        if not self.sees(level, entity):
            return []
        return await self._whole.outlooks(level, entity)

    def _of_view(self, history: EntityHistory) -> EntityHistory:
        return replace(
            history,
            own_alerts=self._spans(history.own_alerts),
            other_alerts=self._spans(history.other_alerts),
            faults=(),
        )

    def _spans(self, spans: tuple[AlertSpan, ...]) -> tuple[AlertSpan, ...]:
        return tuple(span for each in spans if (span := self._span(each)) is not None)

    def _span(self, span: AlertSpan) -> AlertSpan | None:
        shown = [self._opened.shown(each, b"") for each in span.revisions]
        revisions = tuple(one.envelope for one in shown if one is not None)
        return replace(span, revisions=revisions) if revisions else None
