"""What one can choose for a new silence, and what is chosen already. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Final, NamedTuple

from streams.actions.pattern import WORDS

CHOSEN_OF_WORDS: Final = ("level", "signal", "severity")
WRITTEN: Final = ("id", "signature", "platform", "category")


class SilenceKey(NamedTuple):
    """A key of a silence in a form.

    Attributes
    ----------
    name
        The key.
    words
        What can be chosen; empty where texts are written.
    texts
        What is chosen or written.
    """

    name: str
    words: Sequence[str]
    texts: Sequence[str]


class SilenceKeys(NamedTuple):
    """The keys in the order of a form: usual ones, and those that few need."""

    usual: Sequence[SilenceKey]
    seldom: Sequence[SilenceKey]


def keys_of(texts: Mapping[str, Sequence[str]], sources: Iterable[str]) -> SilenceKeys:
    """Return the keys of a form.

    Parameters
    ----------
    texts
        What is chosen already.
    sources
        Names of the configuration's sources.
    """

    def key(name: str, words: Sequence[str]) -> SilenceKey:
        chosen = texts.get(name, ())
        # A text with a wildcard is none of the words, and stays.
        return SilenceKey(name, [*words, *(one for one in chosen if one not in words)], chosen)

    usual = [
        *(key(name, WORDS[name]) for name in CHOSEN_OF_WORDS),
        *(SilenceKey(name, (), texts.get(name, ())) for name in WRITTEN),
    ]
    seldom = [key("source", sorted(sources)), key("kind", WORDS["kind"])]
    return SilenceKeys(usual, seldom)
