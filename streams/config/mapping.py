"""The values of a source's mapping: places, conditions, kinds by text and envelopes.

They stay in the table as they were written, so that the configuration's hash does not depend on how
they are read; the functions here read them.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Annotated, Any, get_args

from pydantic import PlainValidator

from streams.items import ComplaintKind, ConsentWord
from streams.sources.formats.format import (
    MAPPED_FIELDS,
    PEOPLE,
    Constant,
    EnvelopeName,
    Format,
    Places,
)
from streams.sources.mapping.paths import ALL, steps_of

MOST_PLACES = 20
"""Places of a field, and texts of a condition."""

MOST_TEXTS = 1000

_ONE_VALUE = frozenset((*MAPPED_FIELDS, "complaint_kind.from", "consent.from")) - PEOPLE
_OF_EACH_RECORD = frozenset(("time", "occurred_at", "event_id", *PEOPLE))
_KINDS = get_args(ComplaintKind)
_CONSENTS = get_args(ConsentWord)
_ENVELOPES = get_args(EnvelopeName)
_A_PLACE = 'must be a place, a list of places, or { value = "..." }'
FROM = "from"
OTHERS = "*"


def _choices(words: Iterable[str]) -> str:
    *first, last = (f'"{word}"' for word in words)
    return f"{', '.join(first)} or {last}"


def _place(value: object) -> object:
    if value == "":
        raise ValueError("must not be empty")
    if isinstance(value, list):
        if not 1 <= len(value) <= MOST_PLACES:
            raise ValueError(f"must have 1 to {MOST_PLACES} places")
        if not all(map(_is_place, value)):
            raise ValueError(_A_PLACE)
    elif not _is_place(value):
        raise ValueError(_A_PLACE)
    return value


def _is_place(value: object) -> bool:
    if isinstance(value, dict):
        return value.keys() == {"value"} and _is_text(value["value"])
    return _is_text(value)


def _is_text(value: object) -> bool:
    return isinstance(value, str) and value != ""


def _where(value: object) -> object:
    if not isinstance(value, dict) or not value:
        raise ValueError('must be a table of places and texts such as { "$.type" = "sms" }')
    for place, texts in value.items():
        texts = texts if isinstance(texts, list) else [texts]
        if not 1 <= len(texts) <= MOST_TEXTS:
            raise ValueError(f".{place} must have 1 to {MOST_TEXTS} texts")
        if not all(isinstance(text, str | int) for text in texts):
            raise ValueError(f".{place} must be a text, a whole number, true or false, or a list")
    return value


def _kind(value: object) -> object:
    if isinstance(value, str):
        if value not in _KINDS:
            raise ValueError(f"must be {_choices(_KINDS)}")
        return value
    if not isinstance(value, dict) or FROM not in value:
        raise ValueError('must be a kind, or a table such as { from = "$.type", "scam" = "fraud" }')
    return _words(value, _KINDS, 'must name a kind for a text, such as "scam" = "fraud"')


def _consent(value: object) -> object:
    if isinstance(value, dict) and FROM in value:
        example = 'must name a consent for a text, such as "yes" = "explicit"'
        return _words(value, _CONSENTS, example)
    try:
        _place(value)
    except ValueError as error:
        if isinstance(value, dict):
            table = '{ from = "$.opt_in", "yes" = "explicit" }'
            raise ValueError(f"{_A_PLACE}, or a table such as {table}") from error
        raise
    for one in value if isinstance(value, list) else [value]:
        if isinstance(one, dict) and one["value"] not in _CONSENTS:
            raise ValueError(f"must have as value {_choices(_CONSENTS)}")
    return value


def _words(table: dict[str, object], choices: Sequence[str], example: str) -> object:
    """Check a table of the texts at a place, each with the word that it stands for."""
    try:
        _place(table[FROM])
    except ValueError as error:
        raise ValueError(f".{FROM} {error}") from None
    if table.keys() == {FROM}:
        raise ValueError(example)
    for text, word in table.items():
        if text != FROM and word not in choices:
            raise ValueError(f".{text} must be {_choices(choices)}")
    return table


def _unwrap(value: object) -> object:
    names = value if isinstance(value, list) else [value]
    if not 1 <= len(names) <= len(_ENVELOPES) or any(name not in _ENVELOPES for name in names):
        raise ValueError(f"must be {_choices(_ENVELOPES)}, or a list of them, the outermost first")
    return value


def misplaced(
    found: Format,
    nested_keys: Iterable[str],
    places: Iterable[tuple[str, str | Constant]],
    columns: Sequence[str] | None,
) -> Iterator[str]:
    """Say which places are none, or stand where they must not.

    Parameters
    ----------
    found
        The source's format.
    nested_keys
        Keys of the table that only documents of objects and arrays can have.
    places
        Every place that the table names, with its key.
    columns
        The columns, or the parts of a line, where the table names them.
    """
    if not found.nested:
        for key in nested_keys:
            yield f'may have `{key}` only where records are documents, such as of "json"'
    for key, place in places:
        problem = None
        if isinstance(place, Constant):
            if key in _OF_EACH_RECORD:
                problem = "must stand in the record; a constant would be the same in all"
        else:
            problem = found.place_problem(place)
            if problem is None and columns is not None and place not in columns:
                key_of_names = "template" if "template" in found.options else "columns"
                problem = f"must be one of `{key_of_names}`; got {place!r}"
            if problem is None and found.nested and key in _ONE_VALUE and ALL in steps_of(place):
                problem = (
                    "must be a path to one value; `[*]` may stand in `items`, `where`, `recipient`"
                    " and `reporter`"
                )
        if problem is not None:
            yield f".{key} {problem}"


Place = Annotated[str | list[Any] | dict[str, Any], PlainValidator(_place)]
Where = Annotated[dict[str, Any], PlainValidator(_where)]
Kinds = Annotated[str | dict[str, Any], PlainValidator(_kind)]
Consents = Annotated[str | list[Any] | dict[str, Any], PlainValidator(_consent)]
Unwrap = Annotated[str | list[str], PlainValidator(_unwrap)]


def places_of(value: Any) -> Places:
    """Return the places that a key names, in their order.

    Examples
    --------
    >>> places_of("code"), places_of(["$.a", {"value": "x"}])
    (('code',), ('$.a', Constant(value='x')))
    >>> places_of({"from": "$.opt_in", "yes": "explicit"})
    ('$.opt_in',)
    """
    if isinstance(value, dict) and FROM in value:
        value = value[FROM]
    found = value if isinstance(value, list) else [value]
    return tuple(Constant(one["value"]) if isinstance(one, dict) else one for one in found)


def conditions_of(where: Mapping[str, Any] | None) -> tuple[tuple[str, frozenset[str]], ...]:
    """Return the texts that each place may have.

    Examples
    --------
    >>> conditions_of({"$.test": False})
    (('$.test', frozenset({'false'})),)
    """
    return tuple(
        (place, frozenset(map(_text, texts if isinstance(texts, list) else [texts])))
        for place, texts in (where or {}).items()
    )


def _text(value: str | int) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def words_of(table: Any) -> dict[str, str] | None:
    """Return the word of each text of a table, as texts are compared: blanks stand alone.

    None where the value is no such table.
    """
    if not isinstance(table, dict) or FROM not in table:
        return None
    return {" ".join(text.split()): word for text, word in table.items() if text != FROM}


def envelopes_of(unwrap: str | list[str] | None) -> tuple[EnvelopeName, ...]:
    """Return the envelopes, the outermost first."""
    names: Any = unwrap if isinstance(unwrap, list) else [] if unwrap is None else [unwrap]
    return tuple(names)
