"""The forms of time that streams of events have, read without a search through all others."""

from __future__ import annotations

import datetime as dt

_SHORTEST, _LONGEST = len("2026-03-02T09:00:00Z"), len("2026-03-02T09:00:00.123456Z")


def quick(text: str) -> dt.datetime | None:
    """Return what `streams.sources.times.usual.usual` says of a text; None for it to be asked.

    These are seconds and milliseconds since 1970, of 10 and 13 digits, and RFC 3339 in UTC.

    Examples
    --------
    >>> quick("1772442000123").isoformat(), quick("2026-03-02T09:00:00Z").isoformat()
    ('2026-03-02T09:00:00.123000+00:00', '2026-03-02T09:00:00+00:00')
    >>> quick("2026-03-02 09:00:00")
    """
    size = len(text)
    if size in (10, 13):
        if text.isascii() and text.isdigit() and text[0] != "0":
            number = float(text)
            return dt.datetime.fromtimestamp(number / 1000 if size == 13 else number, dt.UTC)
    elif (
        _SHORTEST <= size <= _LONGEST
        and text[10] == "T"
        and text[4] == text[7] == "-"
        and text[13] == text[16] == ":"
        and text[-1] == "Z"
        and (size == _SHORTEST or text[19] == ".")
        and text.isascii()
        and text[11:13] < "24"
    ):
        try:
            return dt.datetime.fromisoformat(text)
        except ValueError:
            return None
    return None
