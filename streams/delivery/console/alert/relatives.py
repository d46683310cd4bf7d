"""The alerts beside an alert: its parent, other parts of it, its own, and earlier ones. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final, NamedTuple

from streams.alerts.cloudevent import Envelope, decode_event
from streams.delivery.api.board import Board, BoardRow

MOST_SHOWN: Final = 20
"""Alerts of one kind that a page shows."""


class RelatedAlert(NamedTuple):
    """An alert beside the one that a page shows, as it stands."""

    row: BoardRow
    envelope: Envelope


class RelatedAlerts(NamedTuple):
    """Some alerts, the furthest beyond chance first, and how many there are beside them."""

    shown: tuple[RelatedAlert, ...]
    left_out: int


class Relatives(NamedTuple):
    """What belongs to an alert.

    Attributes
    ----------
    parent
        The alert that it is part of; None where there is none, or it is not held.
    siblings
        Other parts of the parent.
    parts
        The alerts that are part of it.
    earlier
        Other alerts of the same entity and signal, the one that changed last first.
    """

    parent: RelatedAlert | None
    siblings: RelatedAlerts
    parts: RelatedAlerts
    earlier: RelatedAlerts


def relatives_of(board: Board, row: BoardRow, envelope: Envelope) -> Relatives:
    """Find what belongs to an alert.

    Parameters
    ----------
    board
        The alerts as they stand.
    row, envelope
        The alert.
    """
    parent_id = envelope.alert.parent
    parent = None if parent_id is None else board.alert(parent_id)
    siblings = [] if parent_id is None else board.under(parent_id)
    return Relatives(
        parent=None if parent is None else RelatedAlert(parent, decode_event(parent.raw)),
        siblings=_furthest(one for one in siblings if one.alert_id != row.alert_id),
        parts=_furthest(board.under(row.alert_id)),
        earlier=_some(
            [
                one
                for one in reversed(board.of_entity(row.entity))
                if one.signal == row.signal and one.alert_id != row.alert_id
            ]
        ),
    )


def _furthest(rows: Iterable[BoardRow]) -> RelatedAlerts:
    return _some(sorted(rows, key=lambda one: (-one.beyond_nats, one.alert_id)))


def _some(rows: list[BoardRow]) -> RelatedAlerts:
    shown = tuple(RelatedAlert(one, decode_event(one.raw)) for one in rows[:MOST_SHOWN])
    return RelatedAlerts(shown, len(rows) - len(shown))
