"""How a string that came in is shown: what is invisible, or changes what stands beside it, escaped.

A name may hold characters that a terminal obeys (controls), that turn the order of the text around
(bidirectional ones), or that nobody sees. Whoever shows such a name to people escapes it by
`printable`. Data for programs keep the names as they came; in a table for spreadsheets `csv_cell`
keeps them from becoming formulas.
"""

from __future__ import annotations

import unicodedata
from typing import Final

_SHORT = {"\t": "\\t", "\n": "\\n", "\r": "\\r"}
_ESCAPED = frozenset(("Cc", "Cf", "Cs", "Zl", "Zp"))
"""Controls, formats (bidirectional and zero-width ones too), lone surrogates, line separators."""

_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r")
"""With these a spreadsheet begins a formula: such a text gets an apostrophe before it."""

Cell = str | int | float | None


def csv_cell(value: Cell) -> Cell:
    r"""Return a value as it may stand in a spreadsheet.

    Examples
    --------
    >>> csv_cell("106900012345"), csv_cell('=HYPERLINK("http://x")'), csv_cell(-2.5)
    ('106900012345', '\'=HYPERLINK("http://x")', -2.5)
    """
    return f"'{value}" if isinstance(value, str) and value.startswith(_FORMULA) else value


def printable(text: str) -> str:
    r"""Escape what cannot be seen, as JSON does: an escaped JSON text is the same JSON.

    Examples
    --------
    >>> print(printable("mall\u202egnp.\n"))
    mall\u202egnp.\n
    >>> print(printable("短信 é"))
    短信 é
    """
    if text.isprintable():
        return text
    return "".join(map(_escaped, text))


def _escaped(character: str) -> str:
    if character.isprintable() or unicodedata.category(character) not in _ESCAPED:
        return character
    code = ord(character)
    if code > 0xFFFF:  # JSON has no escape for it but that of its two halves in UTF-16
        high, low = divmod(code - 0x10000, 0x400)
        return f"\\u{0xD800 + high:04x}\\u{0xDC00 + low:04x}"
    return _SHORT.get(character) or f"\\u{code:04x}"
