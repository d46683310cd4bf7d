"""How values are shown in templates: times, words for names of ours, parts of addresses. Pure."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Final
from urllib.parse import quote, urlencode
from zoneinfo import ZoneInfo

from markupsafe import Markup, escape

from streams.alerts.terms import (
    DEEDS,
    EVENTS,
    FAULT_NAMES,
    KIND_NAMES,
    LEVEL_NAMES,
    SEVERITIES,
    SIGNAL_NAMES,
    STATES,
    VERDICTS,
    term,
)
from streams.delivery.access.asked import CSRF_FIELD
from streams.delivery.console.frame.reader import Reader
from streams.language.catalogue import Catalogue, Term, mark_in
from streams.names.in_address import entity_in_address

_MINUTE_S: Final = 60
_HOUR_S: Final = 3600
_DAY_S: Final = 86_400
_DAYS_AGO: Final = 30
"""What is older is shown as a date; console.js has the same number."""


def raw(text: str) -> Markup:
    """Escape a value for HTML, and leave what nobody sees in it: a form sends it back.

    Parameters
    ----------
    text
        The value.
    """
    return escape(text)


def path(text: str) -> Markup:
    """Return a text as one part of an address.

    Parameters
    ----------
    text
        An id or a name.
    """
    return Markup(quote(text, safe=""))  # noqa: S704 - it holds no markup then


def entity_address(level: str, name: str) -> Markup:
    """Return the address of an entity's page.

    Parameters
    ----------
    level, name
        The entity.

    Examples
    --------
    >>> print(entity_address("sender", "a/b"), entity_address("sender", ".."))
    /entities/sender/a%2Fb /entities/sender?id=..
    """
    place, query = entity_in_address(level, name)
    asked = f"?{urlencode(query)}" if query else ""
    return Markup(f"/entities/{place}{asked}")  # noqa: S704 - all of it is quoted


def csrf(reader: Reader) -> Markup:
    """Return the field by which a form proves whose page it is on.

    Parameters
    ----------
    reader
        Whose page it is.
    """
    if not reader.csrf:
        return Markup("")
    return Markup('<input type="hidden" name="{}" value="{}">').format(CSRF_FIELD, reader.csrf)


def iso(at: dt.datetime | str) -> str:
    """Return a time as RFC 3339.

    Parameters
    ----------
    at
        The time, or such a text.
    """
    return at if isinstance(at, str) else at.isoformat()


def local(at: dt.datetime | str, zone: ZoneInfo) -> str:
    """Return a time as people of a zone read it; a text that is none, as it is.

    Parameters
    ----------
    at
        The time, or its RFC 3339 text.
    zone
        The zone.

    Examples
    --------
    >>> local("2026-03-01T22:30:00Z", ZoneInfo("Asia/Shanghai")), local("?", ZoneInfo("UTC"))
    ('2026-03-02 06:30', '?')
    """
    found = _time(at)
    return str(at) if found is None else f"{found.astimezone(zone):%Y-%m-%d %H:%M}"


def age(words: Catalogue, at: dt.datetime | str, now: dt.datetime, zone: ZoneInfo) -> str:
    """Say how long ago a time was, in its largest unit; one older than 30 days is a date.

    Parameters
    ----------
    words
        In which language.
    at
        The time, or its RFC 3339 text.
    now
        The clock.
    zone
        The zone of the date.

    Examples
    --------
    >>> from streams.language.catalogue import catalogue
    >>> at, zone = dt.datetime(2026, 3, 1, 20, tzinfo=dt.UTC), ZoneInfo("Asia/Shanghai")
    >>> age(catalogue("zh"), at, at + dt.timedelta(days=29.9), zone)
    '29 天前'
    >>> age(catalogue("zh"), at, at + dt.timedelta(days=30), zone)
    '2026-03-02'
    """
    found = _time(at)
    if found is None:
        return str(at)
    seconds = max(0, int((now - found).total_seconds()))
    if seconds >= _DAYS_AGO * _DAY_S:
        return f"{found.astimezone(zone):%Y-%m-%d}"
    if seconds >= _DAY_S:
        n = seconds // _DAY_S
        return words.ngettext("{n} day ago", "{n} days ago", n).format(n=n)
    if seconds >= _HOUR_S:
        n = seconds // _HOUR_S
        return words.ngettext("{n} hr. ago", "{n} hr. ago", n).format(n=n)
    if seconds >= _MINUTE_S:
        n = seconds // _MINUTE_S
        return words.ngettext("{n} min. ago", "{n} min. ago", n).format(n=n)
    return words.ngettext("{n} sec. ago", "{n} sec. ago", seconds).format(n=seconds)


def word(words: Catalogue, kind: str, name: str) -> str:
    """Return the word for a name of ours; one without a word stands for itself.

    Parameters
    ----------
    words
        In which language.
    kind
        What it names, a key of `WORDS`.
    name
        As on the wire.
    """
    return term(words, WORDS[kind], name)


WORDS: Final[Mapping[str, Mapping[str, Term]]] = {
    "state": STATES,
    "event": EVENTS,
    "severity": SEVERITIES,
    "level": LEVEL_NAMES,
    "signal": SIGNAL_NAMES,
    "verdict": VERDICTS,
    "fault": FAULT_NAMES,
    "deed": DEEDS,
    "label": {**VERDICTS, "unjudged": mark_in("verdict", "not labelled")},
    "kind": KIND_NAMES,
    "view": {
        "platform": mark_in("view", "only platform"),
        "region": mark_in("view", "only region"),
        "carrier": mark_in("view", "only carrier"),
    },
    "role": {
        "viewer": mark_in("role", "viewer"),
        "operator": mark_in("role", "operator"),
        "admin": mark_in("role", "admin"),
    },
}
"""The words for names of ours, by what they name."""


def _time(at: dt.datetime | str) -> dt.datetime | None:
    if isinstance(at, dt.datetime):
        return at
    try:
        found = dt.datetime.fromisoformat(at)
    except ValueError:
        return None
    return None if found.tzinfo is None else found
