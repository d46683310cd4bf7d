"""Names that would steer a terminal, turn a line around, forge one, or pass for markup."""

from __future__ import annotations

import sys
import unicodedata

from hypothesis import strategies as st

UNSEEN = frozenset(("Cc", "Cf", "Cs", "Zl", "Zp"))
"""Categories of characters that nobody may be shown as they are."""

BAD = [c for c in map(chr, range(sys.maxunicode + 1)) if unicodedata.category(c) in UNSEEN]
"""Each of these characters; of the surrogates, of which there are 2,048, too."""

_LURES = [
    "\x1b[2J",
    "\x1b]0;t\x07",
    "\u202e",
    "\u2066",
    "\u200b",
    "\n",
    "\r",
    "\u2028",
    "\ud800",
    "\U000e0041",
]
_USUAL = ["a", "短信", "[red]", "[/]", "<script>", "&amp;", '"', "\\", " ", "\u3000", "e\u0301"]

texts = st.lists(st.sampled_from(_LURES + _USUAL) | st.sampled_from(BAD), max_size=8).map("".join)
"""Any text that may come in: a detail, a note, a name of a topic or a file."""

encodable = texts.filter(lambda text: not any(unicodedata.category(each) == "Cs" for each in text))
"""Texts that can be UTF-8."""

names = texts.filter(
    lambda text: not any(unicodedata.category(each) in ("Cc", "Cs") for each in text)
).map(lambda text: text or "x")
"""Ids and names as events may have them: without control characters and surrogates."""


def whole(text: str) -> str:
    """Put the halves of a character together, as any reader of JSON does."""
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "surrogatepass")


def unseen(text: str, allowed: str = "\n") -> list[str]:
    """Return the characters of a text that would be obeyed, or not be seen."""
    return [
        f"U+{ord(each):04X}"
        for each in text
        if each not in allowed and unicodedata.category(each) in UNSEEN
    ]
