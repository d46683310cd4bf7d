"""Many records decoded at once, each to one item, in columns."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import NamedTuple, Protocol, runtime_checkable

from streams.items import SKIPPED
from streams.sources.formats.format import Headers, RecordDecoder, Values
from streams.sources.lost_fields import NoText
from streams.sources.rejects import Undecodable
from streams.sources.times.numbers import Numbers

Column = Sequence[str | None] | Numbers
"""The texts of one field, as `Values` has them; of the time also whole numbers."""


class RecordRows(NamedTuple):
    """The one item of each of many records.

    Attributes
    ----------
    wanted
        Of each record, whether the source wants it.
    columns
        What those have in each field, in the order of the source's columns; nothing where there are
        none.
    """

    wanted: Sequence[bool]
    columns: Sequence[Column]


@runtime_checkable
class RowsDecoder(Protocol):
    """Decodes many records at less cost."""

    def rows(self, values: Sequence[bytes], headers: Sequence[Headers]) -> RecordRows:
        """Return the one item of each record, of one record at least, as `items` would.

        Raises
        ------
        Undecodable, SchemaNeeded, ValueError
            Where a record may not be read, or may not have one item.
        """


def rows_of(
    decoder: RecordDecoder, values: Sequence[bytes], headers: Sequence[Headers]
) -> RecordRows:
    """Return the one item of each record; see `RowsDecoder.rows`."""
    wanted: list[bool] = []
    rows: list[Values] = []
    for value, with_headers in zip(values, headers, strict=True):
        (item,) = decoder.items(value, with_headers)
        if isinstance(item, Undecodable):
            raise item
        wanted.append(item is not SKIPPED)
        if item is not SKIPPED:
            if NoText in set(map(type, item)):
                raise Undecodable("wrong_type", "a field is lost, which is told of each record")
            rows.append(item)
    return RecordRows(wanted, list(zip(*rows, strict=True)))


def all_rows(decoder: RecordDecoder) -> Callable[[Sequence[bytes], Sequence[Headers]], RecordRows]:
    """Return a decoder's `rows`, or what does the same."""
    return decoder.rows if isinstance(decoder, RowsDecoder) else partial(rows_of, decoder)
