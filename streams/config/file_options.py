"""How the records of a source are written: forms of times, encoding, delimiter, columns."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from typing import Annotated, Any

from pydantic import AfterValidator, BeforeValidator, Field

from streams.sources.files.encoding import encoding_problem
from streams.sources.formats.format import Format
from streams.sources.formats.lines import template_problem
from streams.sources.times.time_format import format_problem

OPTIONS = ("time_format", "encoding", "delimiter", "columns", "template")
"""The keys that only some formats have: see `streams.sources.formats.format.Format.options`."""

LONGEST_FORMAT = 200


def _listed(value: Any) -> Any:
    """One text stands for a list of one."""
    return [value] if isinstance(value, str) else value


def _time_format(text: str) -> str:
    problem = format_problem(text) if len(text) <= LONGEST_FORMAT else "must be a format of times"
    if problem is not None:
        raise ValueError(problem)
    return text


def _encoding(name: str) -> str:
    problem = encoding_problem(name)
    if problem is not None:
        raise ValueError(problem)
    return name


def _delimiter(text: str) -> str:
    if len(text) != 1 or text in '"\r\n\0 ' or text.isalnum():
        raise ValueError('must be one sign, such as ";" or "\\t"')
    return text


def _columns(names: list[str]) -> list[str]:
    if any(not name or name != name.strip() for name in names):
        raise ValueError("must hold names without blanks around them")
    if len(set(names)) < len(names):
        raise ValueError("must name each column once")
    return names


def _template(text: str) -> str:
    problem = template_problem(text)
    if problem is not None:
        raise ValueError(problem)
    return text


TimeFormats = Annotated[
    list[Annotated[str, AfterValidator(_time_format)]],
    BeforeValidator(_listed),
    Field(min_length=1, max_length=10),
]
Encoding = Annotated[str, AfterValidator(_encoding)]
Delimiter = Annotated[str, AfterValidator(_delimiter)]
Template = Annotated[str, Field(max_length=1000), AfterValidator(_template)]
ColumnNames = Annotated[list[str], Field(min_length=1, max_length=10_000), AfterValidator(_columns)]


def option_problems(
    given: Collection[str], allowed: Collection[str], form: str, *, own_events: bool
) -> Iterator[str]:
    """Yield what is wrong with the options of a source's table.

    Parameters
    ----------
    given, allowed
        The options that the table has, and those of its format.
    form
        The format's name.
    own_events
        Whether the records are Weathervane's own, whose times have one form.
    """
    for option in OPTIONS:
        if option in given and option not in allowed:
            yield f'may not have `{option}` where format is "{form}"; remove it'
        elif option == "time_format" and option in given and own_events:
            yield "may have `time_format` only where it names `time`; remove it"


def topic_problems(
    given: Collection[str], found: Format, formats: Iterable[Format]
) -> Iterator[str]:
    """Yield why the records of another's topic cannot be read as a source's table says.

    Parameters
    ----------
    given
        The options that the table has.
    found, formats
        Its format, and all.
    """
    if found.record is None:
        those = " or ".join(f'"{each.name}"' for each in formats if each.record)
        yield (
            'may have topic_format = "source" only where a record stands alone, as where format'
            f' is {those}; the records of "{found.name}" are of files'
        )
    elif found.name == "csv" and "columns" not in given:
        yield 'must name `columns` where format is "csv" and topic_format is "source"'
    elif found.name != "csv" and "encoding" in given:
        yield 'may have `encoding` of a topic only where format is "csv": other records are UTF-8'
