"""What a search for entities shows: those whose id or name has a part, and their alerts. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import islice
from typing import Final

import msgspec

from streams.delivery.api.board import Board, BoardRow
from streams.items import Level

MOST: Final = 50
"""Entities that are shown."""


class FoundEntity(msgspec.Struct, frozen=True):
    """An entity that was found.

    Attributes
    ----------
    level, id
        The entity.
    alerts
        Its alerts that serve holds, the newest first.
    """

    level: Level
    id: str
    alerts: list[BoardRow]

    @property
    def in_progress(self) -> list[BoardRow]:
        """Those that are not over."""
        return [row for row in self.alerts if row.in_progress]


def with_alerts(names: Iterable[tuple[Level, str]], board: Board) -> list[FoundEntity]:
    """Return entities with their alerts, those with an alert in progress first.

    Parameters
    ----------
    names
        Level and id of each.
    board
        The alerts as they stand.
    """
    found = [
        FoundEntity(level, name, board.of_entity(f"{level}/{name}")[::-1]) for level, name in names
    ]
    return sorted(found, key=lambda one: not one.in_progress)


def on_the_board(text: str, board: Board, level: Level | None) -> list[tuple[Level, str]]:
    """Search those that have an alert: where there is no store of all entities.

    Parameters
    ----------
    text
        A part of an id or name; upper and lower case are the same.
    board
        The alerts as they stand.
    level
        Only entities of this level.
    """
    part = text.casefold()
    entities = dict.fromkeys(
        row.entity
        for row in board.latest()
        if part in row.entity.casefold() and not row.entity.startswith("source/")
    )
    split = (entity.partition("/") for entity in entities)
    return list(
        islice(((level, name) for level, _, name in split if part in name.casefold()), MOST)
    )
