"""The format "lines": lines of a log, which a template splits into names.

A template is the line as it is written, with a name in braces wherever something stands that
differs. What is before a name's next fixed text is its value, up to where that text comes first, so
that a line is read once, whatever it holds. The rest of a line, after the last fixed text, is the
last name's, or nobody's if the template ends in a fixed text.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import partial

from streams.items import Skipped
from streams.sources.files.input_file import InputFile
from streams.sources.formats.csv_rows import find_column
from streams.sources.formats.format import Columns, Format, Headers, Values
from streams.sources.mapping.mapper import Mapper
from streams.sources.rejects import Undecodable

_NAME = re.compile(r"\{([^{}]*)\}")
_A_NAME = re.compile(r"\w+")


def names_of(template: str) -> list[str]:
    """Return the names of a template.

    Examples
    --------
    >>> names_of("{date} {clock} Sent SMS [from:{from}]")
    ['date', 'clock', 'from']
    """
    return _NAME.findall(template)


def template_problem(template: str) -> str | None:
    """Say why a text is no template; None where it is one.

    Examples
    --------
    >>> template_problem("{time}{code}")
    'must have a fixed text between two names'
    """
    names = names_of(template)
    if not names or any(_A_NAME.fullmatch(name) is None for name in names):
        return 'must be a line with names in braces, such as "{date} {clock} Sent [from:{from}]"'
    if len(set(names)) < len(names):
        return "must name each part once"
    if "}{" in template:
        return "must have a fixed text between two names"
    return None


class LogLines:
    """The lines of a file; see `streams.sources.formats.format.RecordReader`."""

    def __init__(self, file: InputFile, _: Columns) -> None:
        self._file = file
        self._record = b""

    def __iter__(self) -> Iterator[bytes]:
        """Yield each line that is not blank, without its end."""
        for line in self._file.lines():
            if line.strip():
                self._record = line.rstrip(b"\r\n")
                yield self._record

    def raw(self) -> bytes:
        """Return the line yielded last."""
        return self._record


class LogRecords:
    """Decodes lines; see `streams.sources.formats.format.RecordDecoder`."""

    def __init__(self, columns: Columns) -> None:
        self._first, *self._texts = _NAME.sub("\0", columns.template).split("\0")
        self._mapper = Mapper(columns, partial(find_column, columns.header or (), frozenset()))

    def items(self, value: bytes, headers: Headers) -> Sequence[Values | Undecodable | Skipped]:
        """Return the one item of a line."""
        try:
            line = value.decode()
        except UnicodeDecodeError:
            raise Undecodable("not_utf8", "a record must be UTF-8; found other bytes") from None
        return [self._mapper.values(self._split(line))]

    def _split(self, line: str) -> list[str]:
        if not line.startswith(self._first):
            raise _unlike()
        found, at = [], len(self._first)
        for text in self._texts:
            end = line.find(text, at) if text else len(line)
            if end < 0:
                raise _unlike()
            found.append(line[at:end])
            at = end + len(text)
        return found


def _unlike() -> Undecodable:
    return Undecodable("bad_value", "a record must be a line as template says; found another one")


LINES = Format(
    name="lines",
    summary="lines of a log, as a template says",
    kinds=("send", "complaint"),
    channel="sms",
    fields={},
    required=("time", "sender"),
    places="names of its template",
    holds_people=False,
    reader=LogLines,
    record=LogRecords,
    options=("time_format", "encoding", "template"),
)
