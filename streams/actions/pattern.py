r"""A text that a value must match, with ``*`` as a wildcard at its start or end. Pure.

A sender chooses its own name, and the name may hold a star. So a star is a wildcard only where a
person wrote it: ``\*`` at the start or end is the star itself, and `literal` writes a name so that
it matches nothing else.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final, NamedTuple, get_args

from streams.detection.misuse.table import MISUSE_KINDS, MISUSE_SIGNALS
from streams.detection.signals import SIGNALS, FaultKind
from streams.items import LEVELS, name_problem
from streams.rule_packs.book import rule_ids

MATCHER_KEYS: Final = (
    "level", "id", "signature", "platform", "category", "signal", "kind", "source", "severity",
)  # fmt: skip
"""What of an alert can be matched, in the order in which it is shown."""

MOST_TEXTS: Final = 100
"""The most texts of one key."""

WORDS: Final[Mapping[str, tuple[str, ...]]] = {
    "level": (*LEVELS, "source"),
    "signal": (*SIGNALS, *MISUSE_SIGNALS, "source"),
    "kind": (*get_args(FaultKind), *MISUSE_KINDS, *rule_ids()),
    "severity": ("warning", "critical"),
}
"""Keys whose values are known: another text would never match."""

_FIRST = re.compile(r"(\\*)\*")
_LAST = re.compile(r"(\\*)\*\Z")
_ALONE = re.compile(r"\\*\*")


class Pattern(NamedTuple):
    """What a text says: `body`, and whether anything may stand before and after it."""

    before: bool
    body: str
    after: bool

    def matches(self, value: str) -> bool:
        """Whether a value is as it says."""
        if self.before and self.after:
            return self.body in value
        if self.before:
            return value.endswith(self.body)
        return value.startswith(self.body) if self.after else value == self.body


def parse_pattern(text: str) -> Pattern:
    r"""Read a text with its wildcards.

    Examples
    --------
    >>> parse_pattern("1069*")
    Pattern(before=False, body='1069', after=True)
    >>> parse_pattern(r"\*Sale")
    Pattern(before=False, body='*Sale', after=False)
    """
    if _ALONE.fullmatch(text):
        return Pattern(text == "*", text[1:], after=text == "*")
    first, last = _FIRST.match(text), _LAST.search(text)
    body = text[1:] if first else text  # either the wildcard, or what makes it a star
    if last:
        at = len(body) - len(text) + last.start()
        body = body[:at] + body[at + 1 :]
    return Pattern(
        first is not None and not first[1], body, last is not None and not last[1]
    )  # fmt: skip


def literal(name: str) -> str:
    r"""Write a name as the text that matches it alone.

    Examples
    --------
    >>> literal("Shop"), literal("*Sale*"), literal("*")
    ('Shop', '\\*Sale\\*', '\\*')
    """
    if _ALONE.fullmatch(name):
        return f"\\{name}"
    if last := _LAST.search(name):
        name = f"{name[: last.start()]}\\{name[last.start() :]}"
    return f"\\{name}" if _FIRST.match(name) else name


def text_problem(key: str, text: str) -> str | None:
    """Say what is wrong with a text that is to match a key; None where nothing is.

    Examples
    --------
    >>> text_problem("signal", "sends"), text_problem("id", "1069*")
    (None, None)
    >>> print(text_problem("severity", "urgent"))
    must be warning | critical, or have a * at its start or end; got 'urgent'
    """
    if problem := name_problem(text):
        return problem
    words = WORDS.get(key)
    if words is None or any(map(parse_pattern(text).matches, words)):
        return None
    return f"must be {' | '.join(words)}, or have a * at its start or end; got {text!r}"
