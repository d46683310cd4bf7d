"""Takes the texts of an item's fields out of a document, as a source's table says.

A document is what a format makes of a record: an object of JSON, a row of CSV, a report. The
format says how a place is looked up in it, and nothing here knows which format it is.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import compress
from typing import Any, cast

from streams.items import SKIPPED, Skipped
from streams.sources.formats.format import (
    CODED,
    NEEDED,
    PEOPLE,
    Columns,
    Constant,
    Field,
    Values,
)
from streams.sources.formats.rows import Column, RecordRows
from streams.sources.lost_fields import NoText
from streams.sources.rejects import Undecodable
from streams.sources.times.numbers import DIGITS, NumberForm, Numbers

Find = Callable[[Any], Any]
"""Looks up one place in a document; None where it is not there."""

Finder = Callable[[str, Field | None], Find]
"""Makes a `Find` of a place, as the table names it, and the field that it is for; a condition is
for none."""

JOINED: frozenset[Field] = frozenset(("time", "occurred_at"))
"""Fields whose places are joined; of any other field the first place with a value counts."""

_TEXTS, _WHOLE_NUMBERS = {str, type(None)}, {int}


class Mapper:
    """Takes fields out of documents.

    Parameters
    ----------
    columns
        Where each field stands, and which documents are wanted.
    finder
        How a place is looked up.
    time_form
        What a whole number means that is the time.

    Examples
    --------
    >>> columns = Columns("s", {"time": ("day", "hour"), "sender": ("code", Constant("1069"))})
    >>> mapper = Mapper(columns, lambda place, _: lambda document: document.get(place))
    >>> mapper.values({"day": "2026-03-02", "hour": "08:00:00", "code": None})
    ('2026-03-02 08:00:00', '1069')
    """

    def __init__(self, columns: Columns, finder: Finder, time_form: NumberForm = DIGITS) -> None:
        self._time_form = time_form
        self._fields = [
            (field, _value([_find(place, field, finder) for place in places], field))
            for field, places in columns.named.items()
        ]
        self._wanted = [(finder(place, None), texts) for place, texts in columns.where]
        self._words = None if CODED.isdisjoint(columns.named) else columns.words

    def values(self, document: Any) -> Values | Skipped:
        """Return the texts of a document's fields, in the order of the columns.

        Raises
        ------
        Undecodable
            Where a field that an event must have holds what no text can be made of.
        """
        if self._wanted and not self._wants(document):
            return SKIPPED
        values = tuple(
            [
                value
                if type(value := find(document)) is str or value is None
                else self._text(field, value)
                for field, find in self._fields
            ]
        )
        if self._words is not None and type(values[-1]) is not NoText:  # the last of the fields
            return (*values[:-1], self._word(values[-1]))
        return values

    def rows(self, documents: Sequence[Any]) -> RecordRows:
        """Return the texts of many documents' fields, in columns; see `values`.

        Raises
        ------
        Undecodable
            Where a field holds what no text can be made of: each record must be taken by itself.
        """
        wanted: Sequence[bool] = [True] * len(documents)
        if self._wanted:
            wanted = list(map(self._wants, documents))
            documents = list(compress(documents, wanted))
            if not documents:
                return RecordRows(wanted, ())
        columns = [self._column(field, find, documents) for field, find in self._fields]
        if self._words is not None:  # the last of the fields
            texts = cast("Sequence[str | None]", columns[-1])
            known = {text: self._word(text) for text in dict.fromkeys(texts)}
            columns[-1] = list(map(known.__getitem__, texts))
        return RecordRows(wanted, columns)

    def _word(self, text: str | None) -> str | None:
        """Return what a text of the last field stands for."""
        assert self._words is not None, "asked only where texts stand for words"
        return self._words.get(" ".join((text or "").split()), self._words.get("*"))

    def _wants(self, document: Any) -> bool:
        return all(_is_one_of(find(document), texts) for find, texts in self._wanted)

    def _column(self, field: Field, find: Find, documents: Sequence[Any]) -> Column:
        values = list(map(find, documents))
        types = set(map(type, values))
        if types <= _TEXTS:
            return values
        if field == "time" and types == _WHOLE_NUMBERS:
            return Numbers(values, self._time_form)
        texts = [
            value if value is None or type(value) is str else self._text(field, value)
            for value in values
        ]
        if NoText in set(map(type, texts)):
            raise Undecodable("wrong_type", f"{field} is lost, which is told of each record")
        return texts

    def _text(self, field: Field, value: Any) -> Any:
        if field == "time" and type(value) is int:
            return self._time_form.text(value)
        return value if type(value) is NoText else text_or_none(field, value)


def _find(place: str | Constant, field: Field, finder: Finder) -> Find:
    if isinstance(place, Constant):
        value = place.value
        return lambda _: value
    return finder(place, field)


def _value(finds: Sequence[Find], field: Field) -> Find:
    """Return what looks a field up: in its one place, in the first with a value, or in all."""
    if len(finds) == 1:
        return finds[0]
    if field in JOINED:

        def joined(document: Any) -> Any:
            texts = [text_or_none(field, find(document)) for find in finds]
            bad = next((text for text in texts if type(text) is NoText), None)
            return bad or " ".join(text for text in texts if text) or None

        return joined

    def first(document: Any) -> Any:
        for find in finds:
            if text := text_or_none(field, find(document)):
                return text
        return None

    return first


def text_or_none(field: Field, value: Any) -> Any:
    """Return the text of a field, or `NoText` where an event does without it.

    Raises
    ------
    Undecodable
        Where it does not.
    """
    try:
        return as_text(field, value)
    except Undecodable as error:
        if field in NEEDED:
            raise
        return NoText(error.detail)


def as_text(field: Field, value: Any) -> Any:
    """Return the text of a field; of people also a list, where there are several."""
    return as_texts(field, value) if field in PEOPLE else as_one_text(field, value)


def as_one_text(field: Field, value: Any) -> str | None:
    """Return a field's value as the text that a column of CSV would hold.

    Raises
    ------
    Undecodable
        Where it is neither text nor a number.
    """
    if value is None or type(value) is str:
        return value
    if type(value) is int:
        return str(value)
    if type(value) is float and field in JOINED:
        return f"{value:.6f}"
    if type(value) is bool and field == "consent":
        return "true" if value else "false"
    raise Undecodable("wrong_type", f"{field} must be text or a whole number; found another type")


def as_texts(field: Field, value: Any) -> Any:
    """Return the texts of a list of people, or the text of one.

    Of those in a list each may be none: then only its own event does without it.

    Examples
    --------
    >>> as_texts("recipient", ["a@shop.example", None]), as_texts("recipient", [1, 2])
    ('a@shop.example', ['1', '2'])
    """
    if type(value) is not list:
        return as_one_text(field, value)
    texts = [text for each in value if (text := _one_or_none(field, each))]
    return texts if len(texts) > 1 else texts[0] if texts else None


def _one_or_none(field: Field, value: Any) -> str | NoText | None:
    try:
        return as_one_text(field, value)
    except Undecodable as error:
        return NoText(error.detail)


def _is_one_of(value: Any, texts: frozenset[str]) -> bool:
    """Whether a value, or one of a list, is among the texts; what is not there is empty."""
    if type(value) is list:
        return any(_is_one_of(each, texts) for each in value)
    if type(value) is bool:
        return ("true" if value else "false") in texts
    return ("" if value is None else str(value)) in texts
