"""The texts of an event's fields: what is none of the field's is refused."""

from __future__ import annotations

from typing import get_args

from streams.items import MAX_COUNT, ConsentWord, name_problem
from streams.sources.rejects import Undecodable
from streams.sources.whole_number import whole_number

_CONSENTS = get_args(ConsentWord)
_CHOICES = f"{', '.join(_CONSENTS[:-1])} or {_CONSENTS[-1]}"


def unquoted(text: str) -> str:
    """Return a number without the signs by which a spreadsheet is told that it is a text.

    Examples
    --------
    >>> unquoted('="106900012345"'), unquoted("'106900012345"), unquoted("'Tis Mall")
    ('106900012345', '106900012345', "'Tis Mall")
    """
    if text.startswith('="') and text.endswith('"') and len(text) > 3:
        return text[2:-1].strip()
    number = text.removeprefix("'")
    return number if number != text and number.removeprefix("+").isdigit() else text


def checked_name(field: str, value: str) -> str:
    """Return a name; refuse what is none.

    Raises
    ------
    Undecodable
        Where it is none.
    """
    problem = name_problem(value)
    if problem is None:
        return value
    if any("\udc80" <= character <= "\udcff" for character in value[:1000]):
        raise Undecodable(
            "not_utf8",
            f"{field} must be UTF-8, or what `encoding` of its source names; found other bytes",
        )
    raise Undecodable("bad_name", f"{field} {problem}")


def consent_word(text: str) -> str | None:
    """Return a consent without the blanks around it; None where there is nothing else.

    Raises
    ------
    Undecodable
        Where it is none.
    """
    word = text.strip()
    if word and word not in _CONSENTS:
        raise Undecodable("bad_value", f"consent must be {_CHOICES}; found another text")
    return word or None


def count_of(text: str) -> int:
    """Return how many messages or complaints a text says.

    Raises
    ------
    Undecodable
        Where it is none.
    """
    count = whole_number(text)
    if count is None:
        raise Undecodable(
            "wrong_type",
            "count must be a whole number, such as 1234 or 1,234; found something else, or a number"
            " such as 1.234, which may be a fraction or a thousand",
        )
    if not 0 <= count <= MAX_COUNT:
        raise Undecodable("bad_value", f"count must be from 0 to {MAX_COUNT}")
    return count
