"""What the sequencer does and in which order, without a client.

It gives every row of the topic ``registry`` one place in each partition of ``counts``. Only when a
control record has arrived everywhere its rows are committed, and only then comes the next. So a
sequencer that begins anew, or a second one, writes rows again that are there already, and leaves
none out: readers pass over what they know.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import NamedTuple

from streams.registry.control import RegistryRow, RegistryRows, encode_control
from streams.registry.entry import Entry
from streams.registry.topic_rows import RowUnreadable, TopicRow, read_row
from streams.registry.watch import OF_WATCH

ROWS_A_RECORD = 5000
"""Rows in a control record."""

BYTES_A_RECORD = 3_000_000
"""What the values of its rows have together; a record may have 8 MB."""


class WriteControl(NamedTuple):
    """Write these bytes to these partitions of ``counts``, and wait until all have arrived."""

    value: bytes
    partitions: range


class CommitRows(NamedTuple):
    """Commit that the rows before this offset are done."""

    before: int


class RefuseRow(NamedTuple):
    """Say that a record is no row: it is passed over."""

    offset: int
    problem: str


SequencerStep = WriteControl | CommitRows | RefuseRow


class Sequencing:
    """The rows since a commit.

    Parameters
    ----------
    committed
        Offset before which all rows are done: the seq of the last row that was written. Records
        that are no rows stay uncommitted until a row comes after them.
    partitions
        How many ``counts`` has.

    Attributes
    ----------
    position
        Offset before which all rows have been handed in.
    """

    def __init__(self, committed: int, partitions: int) -> None:
        self.position = committed
        self._after, self._partitions = committed, partitions

    def take(self, records: Iterable[TopicRow]) -> Iterator[SequencerStep]:
        """Take the next records of the topic; each step must be done before the next is taken."""
        rows: list[RegistryRow] = []
        size = 0
        for record in records:
            if record.offset < self.position:
                continue
            self.position = record.offset + 1
            try:
                row = read_row(record)
            except RowUnreadable as error:
                yield RefuseRow(record.offset, str(error))
                continue
            length = len(record.value or b"") + len(record.key or b"")
            if rows and (len(rows) == ROWS_A_RECORD or size + length > BYTES_A_RECORD):
                yield from self._write(rows)
                rows, size = [], 0
            rows.append(row)
            size += length
        if rows:
            yield from self._write(rows)

    def _write(self, rows: list[RegistryRow]) -> Iterator[SequencerStep]:
        record = RegistryRows(after=self._after, rows=rows)
        yield WriteControl(encode_control(record), range(self._partitions))
        self._after = rows[-1].seq
        yield CommitRows(self._after)


def folded(records: Iterable[TopicRow], before: int) -> list[RegistryRow]:
    """Return the rows that control records before a place have brought: see `Sequencing`."""
    rows: list[RegistryRow] = []
    for record in records:
        if record.offset >= before:
            continue
        try:
            rows.append(read_row(record))
        except RowUnreadable:
            continue  # the sequencer has said so
    return rows


class Declared(NamedTuple):
    """What the topic declares, as of its last record.

    Attributes
    ----------
    entries
        By key, as they hold.
    waiting
        Keys of rows whose last has not come: an import broke off, or is on its way.
    problems
        What is wrong with records that are no rows.
    """

    entries: dict[str, Entry]
    waiting: list[str]
    problems: list[str]


def latest(records: Iterable[TopicRow]) -> Declared:
    """Return what records declare: the newest entry of each key, but for rows that wait."""
    found: dict[str, Entry] = {}
    problems: list[str] = []
    waiting: list[RegistryRow] = []
    for record in records:
        try:
            row = read_row(record)
        except RowUnreadable as error:
            problems.append(f"offset {record.offset}: {error}")
            continue
        alone = row.key.startswith(OF_WATCH)
        if not alone:
            waiting.append(row)
        if row.goes_on and not alone:
            continue
        for one in [row] if alone else waiting:
            if one.entry is None:
                found.pop(one.key, None)
            else:
                found[one.key] = one.entry
        waiting = waiting if alone else []
    return Declared(found, list(dict.fromkeys(row.key for row in waiting)), problems)


def rows_alone(declared: Declared, rows: Mapping[str, Entry | None]) -> dict[str, Entry | None]:
    """Return what to write so that rows hold, and those of an import that broke off do not.

    Rows that wait hold with the next one that does not go on. So what they would change is written
    before it as it is now: taken together, they change nothing.

    Examples
    --------
    >>> from streams.registry.entry import CodeEntry
    >>> declared = Declared({"code/1": CodeEntry(id="1")}, ["code/1", "code/2"], [])
    >>> list(rows_alone(declared, {"code/3": None}).items())[1:]
    [('code/2', None), ('code/3', None)]
    """
    if not rows:
        return {}
    as_it_is = {key: declared.entries.get(key) for key in declared.waiting if key not in rows}
    return {**as_it_is, **rows}
