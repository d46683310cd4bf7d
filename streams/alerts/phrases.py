"""Parts of sentences that many have: a bucket, its start, a number as a person reads it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from streams.alerts.cloudevent import Alert
from streams.language.catalogue import Catalogue, mark_forms

_UNITS: Final = (
    (3600, mark_forms("in the hour from {time}", "in the {n} hours from {time}")),
    (60, mark_forms("in the minute from {time}", "in the {n} minutes from {time}")),
    (1, mark_forms("in the second from {time}", "in the {n} seconds from {time}")),
)


def span(words: Catalogue, start: str, bucket_s: int) -> str:
    """Return a bucket as part of a sentence.

    Parameters
    ----------
    words
        The catalogue of the reader.
    start
        RFC 3339 time of its start.
    bucket_s
        Its size in seconds.

    Examples
    --------
    >>> from streams.language.catalogue import catalogue
    >>> for words in map(catalogue, ("en", "zh")):
    ...     span(words, "2020-03-02T00:00:00-05:00", 86400)
    ...     span(words, "2020-03-02T09:30:00-05:00", 900)
    'on 2020-03-02'
    'in the 15 minutes from 2020-03-02 09:30'
    '2020-03-02 当天'
    '2020-03-02 09:30 起 15 分钟内'
    """
    if bucket_s == 86400:
        return words.gettext("on {day}").format(day=start[:10])
    size, forms = next((size, forms) for size, forms in _UNITS if bucket_s % size == 0)
    number = bucket_s // size
    return words.ngettext(*forms, number).format(n=number, time=instant(start, bucket_s))


def instant(start: str, bucket_s: int) -> str:
    """Return a bucket's start, as precise as it needs to be.

    Examples
    --------
    >>> instant("2020-03-02T09:30:00-05:00", 900), instant("2020-03-02T00:00:00-05:00", 86400)
    ('2020-03-02 09:30', '2020-03-02')
    """
    if bucket_s == 86400:
        return start[:10]
    return start[: 16 if bucket_s % 60 == 0 else 19].replace("T", " ")


def about(value: float) -> str:
    """Write a number with the digits that a person reads.

    Examples
    --------
    >>> about(1539.25), about(42.3), about(0.0617)
    ('1,539', '42', '0.062')
    """
    if value >= 100:
        return f"{value:,.0f}"
    if value >= 10:
        return f"{value:.0f}"
    return f"{value:.2g}"


def moved(alert: Alert, words: Catalogue) -> str:
    """Say what becomes of an alert whose feed has ended.

    Parameters
    ----------
    alert
        The alert's last revision in that feed.
    words
        The catalogue of the reader.
    """
    if alert.moved_to is None:
        return words.gettext("this feed has ended, and no other goes on with this alert")
    return words.gettext(
        "the monitor's shape has changed, and its next feed goes on with this alert"
    )


def listed(words: Catalogue, items: Iterable[str]) -> str:
    """Return items after one another.

    Parameters
    ----------
    words
        The catalogue of the reader.
    items
        What is listed.
    """
    return words.pgettext("between items of a list", ", ").join(items)
