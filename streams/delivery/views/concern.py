"""Which alerts and entities concern a view. Pure; what is not known to concern it does not.

An alert names what it is about and what that belongs to. It names no carrier, and no region of a
code: the registry does.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from typing import Protocol

from streams.access.view import View
from streams.alerts.cloudevent import Alert
from streams.names.canonical import form_of_stored
from streams.registry.entry import CodeEntry
from streams.registry.plan import PlanEntry

MOST_NAMES_TOLD = 3
"""An alert names so many codes or platforms at most: with as many there may be others."""

_OF_CODES = ("sender", "access_code", "signature")
"""Levels that may belong to codes."""

_CODES = ("sender", "access_code")
"""Levels whose entities may be codes."""


class Codes(Protocol):
    """What the registry says of codes."""

    def code_of(self, number: str, day: int) -> CodeEntry | PlanEntry | None:
        """Find what covers a number on a day."""
        ...


def concerns(view: View, alert: Alert, codes: Codes) -> bool:
    """Whether a revision concerns a view.

    * A platform: the alert is about it, or all that the alert names as its platform is this one.
    * A carrier, or a region: the alert is about a code, a sender that is one, or a signature, and
      all codes that it names are this carrier's, or declared for this region alone.

    An alert on the data, on a category or on all senders together concerns nobody's view.

    Parameters
    ----------
    view, alert
        The view, and the revision.
    codes
        The registry.
    """
    level = alert.entity.level
    if alert.event == "ended":
        return True  # it names no entity: the feed goes on elsewhere
    if level in ("source", "all", "category"):
        return False
    if view.kind == "platform":
        return _named(alert, "platform") == {view.name}
    if level not in _OF_CODES:
        return False
    found = _named(alert, "access_code")
    if not found and level == "sender":
        found = {alert.entity.in_form}
    day = _day(alert.first_bucket)
    return (
        day is not None
        and 0 < len(found) < MOST_NAMES_TOLD
        and all(is_of(view, name, day, codes) for name in found)
    )


def is_of(view: View, code: str, day: int, codes: Codes) -> bool:
    """Whether a code is of a carrier, or of a region alone, on a day.

    Parameters
    ----------
    view, code
        The view, and the code.
    day
        The day, by its number.
    codes
        The registry; codes that nobody registered are of no view.
    """
    entry = codes.code_of(code, day)
    if not isinstance(entry, CodeEntry):
        return False
    return entry.carrier == view.name if view.kind == "carrier" else entry.regions == (view.name,)


def may_concern(view: View, entity: str, names: Iterable[str]) -> bool:
    """Whether an alert may concern a view, by what the board holds of it: quick, and no less.

    Parameters
    ----------
    view
        The view.
    entity, names
        What it is about and belongs to, as ``level/name``.
    """
    if view.kind != "platform":
        return entity.partition("/")[0] in _OF_CODES
    wanted = str.casefold(f"platform/{view.name}")
    return any(wanted == form_of_stored(name).casefold() for name in (entity, *names))


def is_view_itself(view: View, level: str, name: str, day: int, codes: Codes) -> bool:
    """Whether an entity is what a view names, whether it has an alert or not.

    Parameters
    ----------
    view
        The view.
    level, name
        The entity.
    day, codes
        Today, and the registry.
    """
    if view.kind == "platform":
        return level == "platform" and name == view.name
    return level in _CODES and is_of(view, name, day, codes)


def _named(alert: Alert, level: str) -> set[str]:
    if alert.entity.level == level:
        return {alert.entity.in_form}
    names = (alert.belongs_to or {}).get(level, [])
    return {form_of_stored(name) for name in names}


def _day(text: str) -> int | None:
    try:
        return dt.date.fromisoformat(text[:10]).toordinal()
    except ValueError:
        return None
