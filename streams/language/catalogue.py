"""Catalogues: the texts that people read, in each language.

A text stands in the program in English, and is its own key. Whoever writes for people has a
`Catalogue` as an argument, and asks it for the text in the reader's language:

    words.gettext("Nothing yet.")
    words.gettext("Assigned to {name}").format(name=name)
    words.ngettext("{n} alert", "{n} alerts", n).format(n=n)
    words.pgettext("of a bucket", "open")

A text that stands in a table, where no reader is known, is marked: with `mark`, with `mark_in` if
the word means something of its own there, or with `mark_forms` if it goes with a number. ``python
-m tests.words`` finds all these calls and keeps the files ``zh/*.po`` in step with them.
"""

from __future__ import annotations

import io
from collections.abc import Mapping
from functools import cache
from importlib import resources
from typing import Final, Literal, get_args

import msgspec

Language = Literal["en", "zh"]
"""The language of what people read."""

LANGUAGES: Final[tuple[Language, ...]] = get_args(Language)
"""All languages; English, in which the program is written, is the first."""

TAGS: Final[dict[Language, str]] = {"en": "en", "zh": "zh-Hans"}
"""The languages as HTML and HTTP name them."""

NAMES: Final[dict[Language, str]] = {"en": "English", "zh": "中文"}
"""The languages as their readers name them."""

PARTS: Final = ("messages", "terminal", "console")
"""The files of a catalogue. A text that several parts have stands in the first of them."""

Term = tuple[str, str]
"""A context, and a text in English."""

Forms = tuple[str, str]
"""A text in English for one, and for any other number."""

Texts = Mapping[tuple[str, str | None], tuple[str, ...]]
"""By text and context: the translation, or one for each plural form."""


class Catalogue(msgspec.Struct, frozen=True):
    """The texts of one language.

    A text without a translation is given in English; a test sees to it that there is none.

    Attributes
    ----------
    language
        The language.
    texts
        The translations; empty for English.
    """

    language: Language
    texts: Texts

    def gettext(self, message: str) -> str:
        """Return a text.

        Parameters
        ----------
        message
            The text in English.
        """
        return self.texts.get((message, None), (message,))[0]

    def pgettext(self, context: str, message: str) -> str:
        """Return a text that means something of its own in a context.

        Parameters
        ----------
        context
            Tells apart what is one word in English and several elsewhere.
        message
            The text in English.
        """
        return self.texts.get((message, context), (message,))[0]

    def ngettext(self, one: str, other: str, n: float) -> str:
        """Return the form of a text for a number.

        Parameters
        ----------
        one
            The text in English for one.
        other
            The text in English for any other number.
        n
            The number; the text's own ``{n}`` is not filled in.
        """
        if self.language == "zh":  # has one form for all numbers
            return self.texts.get((one, None), (other,))[0]
        return one if n == 1 else other


def mark(message: str) -> str:
    """Return a text as it is: it is translated where it is shown.

    Parameters
    ----------
    message
        The text in English, a literal.
    """
    return message


def mark_in(context: str, message: str) -> Term:
    """Return a text and its context: `Catalogue.pgettext` takes both where it is shown.

    Parameters
    ----------
    context
        Tells apart what is one word in English and several elsewhere; a literal.
    message
        The text in English, a literal.
    """
    return context, message


def mark_forms(one: str, other: str) -> Forms:
    """Return the two forms of a text: `Catalogue.ngettext` takes both, and the number.

    Parameters
    ----------
    one
        The text in English for one, a literal.
    other
        The text in English for any other number, a literal.
    """
    return one, other


@cache
def catalogue(language: Language) -> Catalogue:
    """Return the catalogue of a language; its files are read once.

    Parameters
    ----------
    language
        Which one.

    Examples
    --------
    >>> catalogue("zh").pgettext("severity", "warning")
    '一般'
    >>> catalogue("en").ngettext("{n} day", "{n} days", 2)
    '{n} days'
    """
    texts: dict[tuple[str, str | None], tuple[str, ...]] = {}
    if language != "en":
        folder = resources.files("streams.language") / language
        for part in PARTS:
            texts.update(_read((folder / f"{part}.po").read_bytes()))
    return Catalogue(language=language, texts=texts)


ENGLISH: Final = catalogue("en")
"""The catalogue of what is on the wire."""


def _read(file: bytes) -> Texts:
    from babel.messages.pofile import read_po  # takes a while, and English does without

    texts: dict[tuple[str, str | None], tuple[str, ...]] = {}
    for message in read_po(io.BytesIO(file), abort_invalid=True):
        if isinstance(message.id, str) and message.id:
            texts[message.id, message.context] = (str(message.string),)
        elif message.id:
            texts[message.id[0], message.context] = tuple(map(str, message.string or ()))
    return texts
