"""Which actions of the log are asked for, and a page of them. Pure."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Mapping
from itertools import islice
from typing import Final, NamedTuple, get_args
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from streams.actions.action import Action, MakeSilence, subject_of
from streams.actions.desk import LogEntry

KINDS: Final[tuple[str, ...]] = tuple(str(kind.__struct_config__.tag) for kind in get_args(Action))
"""What may have been done, as actions have it."""

LONGEST: Final = 256
"""Characters of a text that is looked for."""


class LogFilter(NamedTuple):
    """Which actions are asked for; what is empty or None is any.

    ``by``, ``about`` and ``text`` are parts of a name, of what the action is about, of its text.
    """

    by: str = ""
    kind: str = ""
    about: str = ""
    text: str = ""
    since: dt.date | None = None
    until: dt.date | None = None

    def fits(self, entry: LogEntry, zone: ZoneInfo) -> bool:
        """Whether an action is one of them.

        Parameters
        ----------
        entry
            The action, and its text.
        zone
            Whose days `since` and `until` are.
        """
        action = entry.action
        if self.kind and kind_of(action) != self.kind:
            return False
        if self.since is not None or self.until is not None:
            day = action.at.astimezone(zone).date()
            if not (self.since or dt.date.min) <= day <= (self.until or dt.date.max):
                return False
        return (
            _holds(action.by, self.by)
            and _holds(subject_text(action), self.about)
            and _holds(entry.text or "", self.text)
        )

    @property
    def query(self) -> str:
        """The filter as a part of an address."""
        fields = {
            name: value if isinstance(value, str) else value.isoformat()
            for name, value in self._asdict().items()
            if value
        }
        return urlencode(fields)


def read_filter(fields: Mapping[str, str]) -> LogFilter:
    """Return the filter that an address asks for; what cannot be read in it is any.

    Parameters
    ----------
    fields
        The address's fields.

    Examples
    --------
    >>> read_filter({"by": " wang ", "kind": "note", "since": "2026-03-02", "until": "x"}).query
    'by=wang&kind=note&since=2026-03-02'
    """
    kind = fields.get("kind", "")
    return LogFilter(
        by=_text(fields, "by"),
        kind=kind if kind in KINDS else "",
        about=_text(fields, "about"),
        text=_text(fields, "text"),
        since=_day(fields.get("since", "")),
        until=_day(fields.get("until", "")),
    )


class LogPage(NamedTuple):
    """A page of the log, the newest first; ``after`` leads to the next one, None where none is."""

    entries: list[LogEntry]
    after: str | None


def page_of(
    newest_first: Iterable[Action],
    text_of: Callable[[Action], str | None],
    wanted: LogFilter,
    zone: ZoneInfo,
    limit: int,
) -> LogPage:
    """Return the first actions that are asked for.

    Parameters
    ----------
    newest_first
        Actions, from where the page begins.
    text_of
        Returns an action's text, where it still stands.
    wanted, zone
        Which are asked for, and whose days its days are.
    limit
        How many a page has at most.
    """
    entries = (LogEntry(action, text_of(action)) for action in newest_first)
    found = list(islice((one for one in entries if wanted.fits(one, zone)), limit + 1))
    shown = found[:limit]
    return LogPage(shown, shown[-1].action.id if len(found) > limit else None)


def kind_of(action: Action) -> str:
    """Return what was done, as the action has it."""
    return str(action.__struct_config__.tag)


def subject_text(action: Action) -> str:
    """Return what an action is about, with what a silence matches: a text to look in."""
    if not isinstance(action, MakeSilence):
        return subject_of(action)
    texts = (f"{key}={text}" for key, texts in action.match.texts.items() for text in texts)
    return " ".join((subject_of(action), *texts))


def _holds(text: str, part: str) -> bool:
    return not part or part.casefold() in text.casefold()


def _text(fields: Mapping[str, str], name: str) -> str:
    return fields.get(name, "").strip()[:LONGEST]


def _day(text: str) -> dt.date | None:
    try:
        return dt.date.fromisoformat(text)
    except ValueError:
        return None
