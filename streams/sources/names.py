"""Ids and names: at most 256 bytes of UTF-8, not empty, no control characters."""

from __future__ import annotations

import unicodedata

from streams.items import MAX_NAME_BYTES


def name_problem(text: str) -> str | None:
    r"""Say what is wrong with an id or name; None where nothing is.

    Found text is not repeated: it may be a megabyte, or somebody's message.

    Examples
    --------
    >>> name_problem("106900012345")
    >>> name_problem("")
    'must not be empty'
    >>> name_problem("a\tb")
    'must hold no control characters; found U+0009'
    """
    if not text:
        return "must not be empty"
    if len(text) <= MAX_NAME_BYTES // 4 and text.isprintable():
        return None  # nearly all: no code point takes more than 4 bytes
    if len(text) > MAX_NAME_BYTES:
        return f"must be at most {MAX_NAME_BYTES} bytes; found {len(text)} characters"
    for character in text:
        if unicodedata.category(character) in ("Cc", "Cs"):
            return f"must hold no control characters; found U+{ord(character):04X}"
    size = len(text.encode())
    if size > MAX_NAME_BYTES:
        return f"must be at most {MAX_NAME_BYTES} bytes; found {size}"
    return None
