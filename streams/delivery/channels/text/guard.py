r"""Strings that came in, as they stand in a message: they can do nothing there.

An adversary chooses the name of a sender. In a message it must not mention a person or all of a
group, become a link, be markup, begin a second line, or pass for words of ours. So

* what cannot be seen is escaped, and blanks are one blank;
* what makes addresses is put in brackets, as those who write about abuse do: ``evil[.]example``;
* angle brackets become others, since several services give them a meaning;
* a name of anything but letters, digits and a few signs is put in quotation marks.

What is markup only for one service is escaped by the style of its messages.
"""

from __future__ import annotations

import re
import unicodedata
from typing import Final

from streams.printable import printable

LONGEST: Final = 64
"""Characters of a name that are shown; the rest is on the alert's page."""

_MOST_MARKS: Final = 3
_REPLACED: Final = str.maketrans(
    {"<": "‹", ">": "›", "＜": "‹", "＞": "›", '"': "'", "“": "'", "”": "'", "「": "'", "」": "'"}
)
_MENTION: Final = re.compile("[@＠﹫]")
_ADDRESS: Final = re.compile(r"(?<=\S)[.．。｡․](?=\S)|:(?=[^\W\d_]|[/\\])|(?<=[^\W\d_]):(?=\S)")
"""Dots within words, and colons of schemes and emoji; the colon of a time or a port is neither."""
_PLAIN: Final = re.compile(r"[\w.+\-\[\]@]+")


def shown(name: str, longest: int = LONGEST) -> str:
    r"""Return a name as it may stand in a message.

    Examples
    --------
    >>> shown("106900012345"), shown("bank.example"), shown("a: back to normal")
    ('106900012345', 'bank[.]example', '“a: back to normal”')
    >>> print(shown("x\nhttps://e.example/ <!channel> @all"))
    “x\nhttps[:]//e[.]example/ ‹!channel› [@]all”
    """
    harmless = guarded(name, longest)
    return harmless if _PLAIN.fullmatch(harmless) else f"“{harmless}”"


def guarded(text: str, longest: int) -> str:
    """Return a text that mentions nobody, links nowhere and is one line."""
    seen = " ".join(printable(text).split())
    seen = _with_few_marks(seen)
    if len(seen) > longest:
        seen = f"{seen[: longest - 1].rstrip()}…"
    seen = seen.translate(_REPLACED)
    seen = _MENTION.sub(_in_brackets, seen)
    return _ADDRESS.sub(_in_brackets, seen)


def _in_brackets(found: re.Match[str]) -> str:
    return f"[{found[0]}]"


def _with_few_marks(text: str) -> str:
    """Leave out marks beyond a few on one letter: piled up they cover the lines above."""
    out: list[str] = []
    marks = 0
    for character in text:
        marks = marks + 1 if unicodedata.category(character) in ("Mn", "Me") else 0
        if marks <= _MOST_MARKS:
            out.append(character)
    return "".join(out)
