"""Which alerts of the board are asked for, by what they are and by what people have done. Pure."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator
from typing import Final, Literal, NamedTuple

from streams.actions.about_alert import AlertActions
from streams.actions.state import ActionState
from streams.alerts.cloudevent import AlertState, decode_event
from streams.alerts.label import Verdict
from streams.delivery.api.board import Board, BoardRow

NOBODY: Final = "-"
"""Stands for nobody where an owner is asked for."""

WantedState = AlertState | Literal["in_progress"]
WantedLabel = Verdict | Literal["none"]


class BoardFilter(NamedTuple):
    """Which alerts are asked for; None is any.

    Attributes
    ----------
    state
        ``in_progress`` is early or open.
    signal, severity
        The alert's own.
    entity, level
        What it is about: ``level/id``, and any of a level.
    platform, signature, category
        What it is about, or belongs to; upper and lower case are the same.
    owner
        Whom it is assigned to, or who has acknowledged it; `NOBODY` is neither of them.
    acknowledged, hidden
        Whether somebody takes care of it, and whether a silence or a snooze hides it now. Both
        are so of alerts in progress only.
    label
        Its verdict; ``none`` is unjudged.
    text
        A part of its id, of a name that it is about, belongs to or looks like, or of its owner.
    """

    state: WantedState | None = None
    signal: str | None = None
    severity: str | None = None
    entity: str | None = None
    level: str | None = None
    platform: str | None = None
    signature: str | None = None
    category: str | None = None
    owner: str | None = None
    acknowledged: bool | None = None
    hidden: bool | None = None
    label: WantedLabel | None = None
    text: str | None = None

    def fits(self, row: BoardRow, state: ActionState, now: dt.datetime) -> bool:
        """Whether an alert is one of them.

        Parameters
        ----------
        row
            The alert.
        state, now
            What people have done, and the clock.
        """
        return self._fits_alert(row) and self._fits_people(row, state, now)

    def _fits_alert(self, row: BoardRow) -> bool:
        return (
            (self.state is None or _is_in(self.state, row))
            and (self.signal is None or self.signal == row.signal)
            and (self.severity is None or self.severity == row.severity)
            and (self.entity is None or self.entity == row.entity)
            and (self.level is None or row.entity.partition("/")[0] == self.level)
            and (self.platform is None or _has(row, f"platform/{self.platform}"))
            and (self.signature is None or _has(row, f"signature/{self.signature}"))
            and (self.category is None or _has(row, f"category/{self.category}"))
        )

    def _fits_people(self, row: BoardRow, state: ActionState, now: dt.datetime) -> bool:
        asked = (self.owner, self.acknowledged, self.hidden, self.label, self.text)
        if all(each is None for each in asked):
            return True
        done = state.alert(row.alert_id)
        return (
            (self.label is None or self.label == (done.label or "none"))
            and (self.acknowledged is None or self.acknowledged == done.acknowledges(row))
            and (self.owner is None or _is_of(self.owner, owners(row, done)))
            and (self.text is None or _says(self.text.casefold(), row, done))
            and (self.hidden is None or self.hidden == is_hidden(row, state, now))
        )


def find(
    board: Board, wanted: BoardFilter, state: ActionState, now: dt.datetime
) -> Iterator[BoardRow]:
    """Yield the alerts that are asked for, by the shortest way there is to them.

    Parameters
    ----------
    board
        The alerts as they stand.
    wanted
        Which of them.
    state, now
        What people have done, and the clock.
    """
    among: Iterable[BoardRow] = board
    if wanted.entity is not None:
        among = board.of_entity(wanted.entity)
    elif wanted.state in ("early", "open", "in_progress") or wanted.acknowledged or wanted.hidden:
        among = board.in_progress
    return (row for row in among if wanted.fits(row, state, now))


def owners(row: BoardRow, done: AlertActions) -> list[str]:
    """Return whose an alert is: whom it is assigned to, and who has acknowledged it.

    Parameters
    ----------
    row
        The alert.
    done
        What people have done about it.
    """
    acknowledged_by = done.acknowledged_by if done.acknowledges(row) else None
    return [name for name in (done.assigned_to, acknowledged_by) if name is not None]


def is_hidden(row: BoardRow, state: ActionState, now: dt.datetime) -> bool:
    """Whether a silence or a snooze keeps people from being told of an alert in progress.

    Parameters
    ----------
    row
        The alert.
    state, now
        What people have done, and the clock.
    """
    if not row.in_progress or not (state.silences(now) or state.snoozes(now)):
        return False
    return state.hides(decode_event(row.raw).alert, now) is not None


def _is_in(state: WantedState, row: BoardRow) -> bool:
    return row.in_progress if state == "in_progress" else row.state == state


def _has(row: BoardRow, name: str) -> bool:
    wanted = name.casefold()
    return row.entity.casefold() == wanted or any(each.casefold() == wanted for each in row.names)


def _is_of(owner: str, names: list[str]) -> bool:
    return not names if owner == NOBODY else owner in names


def _says(text: str, row: BoardRow, done: AlertActions) -> bool:
    """Whether a text, in lower case, is part of what can be looked for."""
    names = [row.entity, *row.names]
    said = [row.alert_id, *(each.partition("/")[2] for each in names), *owners(row, done)]
    if row.looks_like is not None:
        said.append(row.looks_like)
    return any(text in each.casefold() for each in said)
