"""Spans of time and shares, as people read them. Pure."""

from __future__ import annotations

from streams.language.catalogue import Catalogue

_DAY_S, _HOUR_S, _MINUTE_S = 86_400, 3600, 60


def span_text(words: Catalogue, seconds: float) -> str:
    """Return a span of time in one rounded unit.

    Parameters
    ----------
    words
        In which language.
    seconds
        The span.

    Examples
    --------
    >>> from streams.language.catalogue import catalogue
    >>> [span_text(catalogue("en"), s) for s in (0.2, 60, 75, 4000, 86_400, 200_000)]
    ['0 s', '1 min', '75 s', '67 min', '1 day', '2 days']
    """
    if seconds >= 2 * _DAY_S or seconds == _DAY_S:
        n = round(seconds / _DAY_S)
        return words.ngettext("{n} day", "{n} days", n).format(n=f"{n:,}")
    if seconds >= 2 * _HOUR_S or seconds == _HOUR_S:
        return words.gettext("{n} h").format(n=round(seconds / _HOUR_S))
    if seconds >= 2 * _MINUTE_S or seconds == _MINUTE_S:
        return words.gettext("{n} min").format(n=round(seconds / _MINUTE_S))
    return words.gettext("{n} s").format(n=round(seconds))


def share_text(part: float, whole: float) -> str:
    """Return a share as a percentage, as precise as it is of use.

    Examples
    --------
    >>> share_text(1, 3), share_text(1, 100_000), share_text(1, 10_000_000)
    ('33 %', '0.001 %', '< 0.001 %')
    """
    percent = 100.0 * part / whole
    if percent < 0.001:
        return "< 0.001 %"
    return f"{percent:.2g} %" if percent < 10 else f"{percent:.0f} %"
