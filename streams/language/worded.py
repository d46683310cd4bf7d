"""A sentence that is found where no reader is known: a text, and the figures that fill it in."""

from __future__ import annotations

import msgspec

from streams.language.catalogue import ENGLISH, Catalogue

Figure = str | int | float | list[str]
"""What fills a text in: a name, a number, or several names, which are joined as a list is."""


class Worded(msgspec.Struct, frozen=True):
    """A text and its figures.

    Attributes
    ----------
    text
        The text in English, marked where it is written; the key of its translations.
    figures
        What stands for its placeholders, by their names.
    about
        What stands for its placeholder ``about``; it is a text of its own.
    """

    text: str
    figures: dict[str, Figure] = {}
    about: Worded | None = None

    def words(self, words: Catalogue = ENGLISH) -> str:
        """Return the sentence in a language.

        Parameters
        ----------
        words
            The catalogue of the reader.

        Examples
        --------
        >>> Worded("{about}: {n:,} of {of}", {"n": 2000, "of": ["a", "b"]}, Worded("it")).words()
        'it: 2,000 of a, b'
        """
        comma = words.pgettext("between items of a list", ", ")
        filled: dict[str, str | int | float] = {
            name: comma.join(of) if isinstance(of, list) else of
            for name, of in self.figures.items()
        }
        if self.about is not None:
            filled["about"] = self.about.words(words)
        return words.gettext(self.text).format_map(filled)

    def subject(self, words: Catalogue = ENGLISH) -> str:
        """Return what the sentence is about, in a language; itself, where that is not set apart.

        Parameters
        ----------
        words
            The catalogue of the reader.
        """
        return (self if self.about is None else self.about).words(words)


def with_remedy(words: Catalogue, problem: str, remedy: str) -> str:
    """Return what is wrong and what is to be done, in one sentence.

    Parameters
    ----------
    words
        The catalogue of the reader.
    problem
        What is wrong, in the reader's language.
    remedy
        What is to be done, marked.
    """
    text = words.gettext("{problem}: {remedy}")
    return text.format(problem=problem, remedy=words.gettext(remedy))
