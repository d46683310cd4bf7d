"""The tables of what was counted beside totals: facts of a closed bucket to rows, and back.

A sketch is a column of bytes: its smallest hashes, six bytes each, in ascending order. As many rows
as there are bytes divided by six are as many distinct people or names, below `k`; with `k` hashes
the number is estimated (`detectors/distinct/bottom_k.py`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

import pyarrow as pa

from detectors.distinct.bottom_k import Sketch
from streams.archive.tables import NAME, TIME
from streams.facts.bucket import NO_FACTS, CellCount, Consents, Facts, LateTotal, SourceUse
from streams.facts.record import DistinctOf
from streams.items import Level

_ENTITY = [("bucket", TIME), ("source", NAME), ("level", NAME), ("id", pa.string())]
_NAMES = ("access_code", "signature", "category", "platform", "merchant", "account")

DISTINCT = pa.schema([*_ENTITY, ("of", NAME), ("k", pa.int16()), ("hashes", pa.binary())])
"""A row for each sketch of an entity of a closed bucket; `of` says of what."""

CONSENTS = pa.schema([*_ENTITY, *((name, pa.int64()) for name in Consents._fields)])
"""A row for each entity whose messages said which consent they had."""

USES = pa.schema(
    [*_ENTITY, *((name, NAME) for name in (*_NAMES, "region", "kind")), ("total", pa.int64())]
)
"""A row for what events of an entity named together, and how many they were.

One without a level says that all lanes of the source counted uses: senders without any
named nothing.
"""

LATE = pa.schema(
    [
        *_ENTITY,
        ("of_bucket", TIME),
        ("total", pa.int64()),
        ("k", pa.int16()),
        ("reporters", pa.binary()),
        ("valid_k", pa.int16()),
        ("valid_reporters", pa.binary()),
    ]
)
"""A row for late complaints about an entity: of their bucket, taking effect in `bucket`."""

CELLS = pa.schema(
    [
        ("bucket", TIME),
        ("source", NAME),
        *((name, NAME) for name in ("category", "platform", "region", "kind")),
        ("total", pa.int64()),
    ]
)
"""A row for the events of a source that name the same category, platform, region and kind."""

Row = tuple[Any, ...]
"""Values of a row after its bucket."""


class FactTable(NamedTuple):
    """A table of facts.

    Attributes
    ----------
    name
        Its folder.
    schema
        Its columns.
    rows
        Makes the rows of a bucket, sorted.
    """

    name: str
    schema: pa.Schema
    rows: Callable[[Facts], list[Row]]


def _distinct(facts: Facts) -> list[Row]:
    return sorted(
        (source, level, entity, what, sketch.k, sketch.pack())
        for (source, level), entities in facts.distinct.items()
        for entity, found in entities.items()
        for what, sketch in found.items()
    )


def _consents(facts: Facts) -> list[Row]:
    return sorted(
        (source, level, entity, *consents)
        for (source, level), entities in facts.consents.items()
        for entity, consents in entities.items()
    )


def _uses(facts: Facts) -> list[Row]:
    names = len(SourceUse._fields) - 4
    counted = [(source, None, None, *[None] * names, 0) for source in facts.uses_counted]
    return counted + [tuple(use) for use in facts.uses]


def _late(facts: Facts) -> list[Row]:
    return [
        (
            *(late.source, late.level, late.id, late.of_bucket, late.total),
            *(late.reporters.k, late.reporters.pack()),
            *(late.valid_reporters.k, late.valid_reporters.pack()),
        )
        for late in facts.late
    ]


def _cells(facts: Facts) -> list[Row]:
    return [tuple(cell) for cell in facts.cells]


FACT_TABLES = (
    FactTable("distinct", DISTINCT, _distinct),
    FactTable("consents", CONSENTS, _consents),
    FactTable("uses", USES, _uses),
    FactTable("late", LATE, _late),
    FactTable("cells", CELLS, _cells),
)
"""Every table of facts."""


def tables_of(words: Iterable[str]) -> list[FactTable]:
    """Return the tables that hold these, in order."""
    named = {word.partition("/")[0] for word in words}
    return [table for table in FACT_TABLES if table.name in named]


def batch_of(table: FactTable, start: int, facts: Facts) -> pa.RecordBatch:
    """Make the rows of a closed bucket in one of the tables."""
    rows = table.rows(facts)
    columns = list(zip(*rows, strict=True)) or [()] * (len(table.schema) - 1)
    return pa.record_batch(
        [
            pa.repeat(pa.scalar(start, TIME), len(rows)),
            *(
                pa.array(column, field.type)
                for column, field in zip(columns, list(table.schema)[1:], strict=True)
            ),
        ],
        schema=table.schema,
    )


def facts_of(rows: Mapping[str, Sequence[Row]]) -> Facts:
    """Make the facts of a bucket of the rows of each table, by its name."""
    if not any(rows.values()):
        return NO_FACTS
    distinct: dict[tuple[str, Level], dict[str, dict[DistinctOf, Sketch]]] = {}
    for source, level, entity, what, k, packed in rows.get("distinct", ()):
        of_level = distinct.setdefault((source, level), {})
        of_level.setdefault(entity, {})[what] = Sketch.unpack(packed, k)
    consents: dict[tuple[str, Level], dict[str, Consents]] = {}
    for source, level, entity, *numbers in rows.get("consents", ()):
        consents.setdefault((source, level), {})[entity] = Consents(*numbers)
    return Facts(
        distinct,
        consents,
        [SourceUse(*row) for row in rows.get("uses", ()) if row[1] is not None],
        [*map(_late_total, rows.get("late", ()))],
        tuple(row[0] for row in rows.get("uses", ()) if row[1] is None),
        [CellCount(*row) for row in rows.get("cells", ())],
    )


def _late_total(row: Row) -> LateTotal:
    source, level, entity, of_bucket, total, k, packed, valid_k, valid = row
    return LateTotal(
        source, of_bucket, level, entity, total,
        Sketch.unpack(packed, k), Sketch.unpack(valid, valid_k),
    )  # fmt: skip


def rows_of(batch: pa.RecordBatch) -> Iterator[tuple[int, Row]]:
    """Give the rows of a batch, each with its bucket, in epoch s."""
    columns = [
        batch.column(name).cast(TIME).cast(pa.int64()).to_pylist()
        if pa.types.is_timestamp(batch.schema.field(name).type)
        else batch.column(name).to_pylist()
        for name in batch.schema.names
    ]
    return ((row[0], row[1:]) for row in zip(*columns, strict=True))
