"""How the values of a table are written for people, in each language."""

from __future__ import annotations

import datetime as dt
from typing import Final

from detectors.comparison.rate_ratio import Bounded
from streams.bulletin.document.form import ColumnKind, SmallBars, Value
from streams.explain.page_parts import short
from streams.explain.svg import sparkline
from streams.language.catalogue import Catalogue

UNKNOWN: Final = "–"


def shown(value: Value, kind: ColumnKind, words: Catalogue) -> str:
    """Write a value.

    Parameters
    ----------
    value
        The value.
    kind
        That of its column.
    words
        The catalogue of the reader.

    Examples
    --------
    >>> from streams.language.catalogue import ENGLISH
    >>> shown(Bounded(1.5, 1.2, 1.9), "change", ENGLISH), shown(1234, "count", ENGLISH)
    ('+50.0% (+20.0% to +90.0%)', '1,234')
    >>> shown(Bounded(0.5, 0.25, 0.75), "share", ENGLISH), shown(None, "count", ENGLISH)
    ('50.0% (25.0% to 75.0%)', '–')
    """
    match value:
        case None:
            return UNKNOWN
        case Bounded():
            return _change(value, words) if kind == "change" else _share(value, words)
        case SmallBars():
            return sparkline(value.counts)
        case dt.date():
            return value.isoformat()
        case int():
            return f"{value:,}"
        case float():
            return percent(value) if kind == "share" else short(value)
        case str():
            return value


def percent(part: float) -> str:
    """Write a part of a whole.

    Examples
    --------
    >>> percent(0.1234)
    '12.3%'
    """
    return f"{100.0 * part:.1f}%"


def more_or_less(ratio: float) -> str:
    """Write a ratio as what was added or lost.

    Examples
    --------
    >>> more_or_less(1.25), more_or_less(0.9), more_or_less(40.0)
    ('+25.0%', '-10.0%', '+3,900%')
    """
    added = 100.0 * (ratio - 1.0)
    return f"{added:+,.0f}%" if added >= 1000.0 else f"{added:+.1f}%"


def _change(value: Bounded, words: Catalogue) -> str:
    low = more_or_less(value.low)
    if value.value is None:
        return words.gettext("from 0")
    middle = more_or_less(value.value)
    if value.high is None:
        text = words.gettext("{value} ({low} or more)")
        return text.format(value=middle, low=low)
    text = words.gettext("{value} ({low} to {high})")
    return text.format(value=middle, low=low, high=more_or_less(value.high))


def _share(value: Bounded, words: Catalogue) -> str:
    if value.value is None:
        return UNKNOWN
    high = 1.0 if value.high is None else value.high
    text = words.gettext("{value} ({low} to {high})")
    return text.format(value=percent(value.value), low=percent(value.low), high=percent(high))
