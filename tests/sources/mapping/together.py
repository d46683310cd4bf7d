"""Records decoded together are what each of them is alone."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest

from streams.items import SKIPPED
from streams.sources.formats.rows import RowsDecoder
from streams.sources.lost_fields import NoText
from streams.sources.rejects import Undecodable
from streams.sources.times.numbers import Numbers


def assert_rows(decoder: RowsDecoder, alone: Any, records: Sequence[bytes]) -> None:
    """`rows` gives the items that `alone` gives of each record, or refuses all of them."""
    headers: list[Any] = [()] * len(records)
    try:
        items = [item for record in records for item in _one(alone(record))]
    except (Undecodable, ValueError):
        with pytest.raises((Undecodable, ValueError)):
            decoder.rows(records, headers)
        return
    wanted, columns = decoder.rows(records, headers)
    assert list(wanted) == [item is not SKIPPED for item in items]
    texts = [column.texts() if isinstance(column, Numbers) else column for column in columns]
    assert list(zip(*texts, strict=True)) == [item for item in items if item is not SKIPPED]


def _one(items: Any) -> Any:
    (item,) = items
    if isinstance(item, Undecodable):
        raise item
    if NoText in set(map(type, item if item is not SKIPPED else ())):
        raise ValueError("what is lost is told of each record")
    return [item]
