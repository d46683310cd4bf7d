"""Durations as people write them: ``"60s"``, ``"15m"``, ``"1h"``, ``"1d"``."""

import re

_FORM = re.compile(r"([0-9]+(?:\.[0-9]+)?)(s|m|h|d)")
_UNIT_S = {"s": 1.0, "m": 60.0, "h": 3600.0, "d": 86400.0}


def parse_duration(text: object) -> float:
    """Return the seconds of a duration.

    Raises
    ------
    ValueError
        Where `text` is not a number followed by s, m, h or d.

    Examples
    --------
    >>> parse_duration("15m")
    900.0
    """
    match = _FORM.fullmatch(text) if isinstance(text, str) else None
    if match is None:
        raise ValueError('must be a duration such as "60s", "15m", "1h" or "1d"')
    return float(match[1]) * _UNIT_S[match[2]]


def format_duration(seconds: float) -> str:
    """Write seconds in the largest unit that gives a whole number.

    Examples
    --------
    >>> format_duration(900.0), format_duration(86400), format_duration(90)
    ('15m', '1d', '90s')
    """
    for unit, size in (("d", 86400), ("h", 3600), ("m", 60)):
        if seconds >= size and seconds % size == 0:
            return f"{seconds / size:.0f}{unit}"
    return f"{seconds:.15g}s"  # never an exponent, which would not read back
