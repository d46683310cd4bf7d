"""Whole numbers as spreadsheets and people write them: with separators, and as ``3.0``."""

from __future__ import annotations

import re

from streams.sources.times.time_format import normal

_LONGEST = 40
_PLAIN = re.compile(r"-?\d+", re.ASCII)
_GROUPED = re.compile(
    r"(?:\d{1,3}(?:,\d{3})+|\d{1,2}(?:,\d{2})+,\d{3})(?:\.0+)?"
    r"|\d{1,3}(?:\.\d{3})+,0+|\d{1,3}(?:\.\d{3}){2,}"
    r"|\d{1,3}(?:[ '’_]\d{3})+(?:[.,]0+)?",
    re.ASCII,
)
_ZEROS = re.compile(r"(\d+)[.,]0+", re.ASCII)
_SIGNS = re.compile(r"[ '’_,.]")


def whole_number(text: str) -> int | None:
    """Return the number that a text says; None where it says none, or leaves it open.

    ``1.234`` may be a fraction or a thousand, and ``1.000`` one or a thousand: neither is read.

    Examples
    --------
    >>> [whole_number(text) for text in ("1,234", "1 234 567", "1.234.567", "3.0", "１２")]
    [1234, 1234567, 1234567, 3, 12]
    >>> [whole_number(text) for text in ("1.234", "1.000", "1.5", "1e3", "12,34", "many")]
    [None, None, None, None, None, None]
    """
    if text.isdigit() and text.isascii() and len(text) <= _LONGEST:
        return int(text)
    text = normal(text) if len(text) <= _LONGEST else ""
    if _PLAIN.fullmatch(text):
        return int(text)
    if _GROUPED.fullmatch(text):
        whole = re.sub(r"[.,]0+\Z", "", text) if _has_fraction(text) else text
        return int(_SIGNS.sub("", whole))
    zeros = _ZEROS.fullmatch(text)
    if zeros is not None and len(text) - len(zeros[1]) != 4:
        return int(zeros[1])
    return None


def _has_fraction(grouped: str) -> bool:
    """Whether the last sign of a number with separators is not one of them."""
    signs: list[str] = _SIGNS.findall(grouped)
    return signs[-1] != signs[0]
