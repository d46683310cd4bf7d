"""Control records: rows of the registry on their way through ``counts``.

One sequencer writes them into every partition of ``counts``, so that they have one place among the
totals: what they say holds from the first bucket that is not closed there. Whoever reads ``counts``
again finds them in the same place.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, NamedTuple

import msgspec

from streams.registry.entry import ROW_TYPES, Entry, key_of, split_key

CONTROL_FORM = 3
"""The form of control records that is written; no form of ``counts`` before it had any.

Versions that read forms 1 and 2 only stop at such a record, by its `v`.
"""

CONTROL_BEGINS = b'{"control":"registry"'
"""What a control record begins with, and no record of totals."""


Seq = Annotated[int, msgspec.Meta(ge=0, le=2**53)]
"""An offset of the topic, and 1; 0 is before the first."""


class RegistryRow(msgspec.Struct, frozen=True, array_like=True):
    """A change of one row.

    Attributes
    ----------
    seq
        Its offset in the topic ``registry``, and 1: rows have one order for ever.
    key
        The row: kind and id.
    entry
        What it is from now on; None where it was removed.
    goes_on
        Whether the rows after it belong to it: none of them holds before the last of them has come.
    """

    seq: Seq
    key: str
    entry: Entry | None = None
    goes_on: bool = False


class RegistryRows(msgspec.Struct, frozen=True, kw_only=True, tag_field="control", tag="registry"):
    """A control record of ``counts``: rows in their order.

    `source`, `lane` and `lanes` are those of no source: versions before this one look for them.

    Attributes
    ----------
    after
        Seq of the last row that was written before it, 0 for none: a reader that has not come so
        far lacks rows.
    rows
        Never empty.
    """

    source: str = ""
    lane: int = 0
    lanes: int = 0
    after: Seq
    rows: Annotated[Sequence[RegistryRow], msgspec.Meta(min_length=1)]
    v: Annotated[int, msgspec.Meta(ge=CONTROL_FORM, le=CONTROL_FORM)] = CONTROL_FORM


class FirstRows(NamedTuple):
    """Rows that a first start begins with, and the seq through which they are all.

    Of rows that were replaced only the newest need be there.
    """

    rows: Sequence[RegistryRow]
    seq: int


NO_ROWS = FirstRows((), 0)

_encode = msgspec.json.Encoder().encode
_decoder = msgspec.json.Decoder(RegistryRows)


def encode_control(rows: RegistryRows) -> bytes:
    """Return the JSON of a control record."""
    return _encode(rows)


def decode_control(value: bytes) -> RegistryRows:
    """Read a control record.

    Raises
    ------
    msgspec.DecodeError
        Where it is none, or another version's.
    """
    record = _decoder.decode(value)
    last = record.after
    for row in record.rows:
        if row.seq <= last:
            raise msgspec.ValidationError(f"seq must rise; found {row.seq} after {last}")
        last = row.seq
        if problem := _key_problem(row):
            raise msgspec.ValidationError(f"seq {row.seq}: {problem}")
    return record


def _key_problem(row: RegistryRow) -> str | None:
    kind, name = split_key(row.key)
    if kind not in ROW_TYPES or not name:
        return f"the key must be KIND/ID, KIND one of {', '.join(ROW_TYPES)}; found {row.key!r:.80}"
    if row.entry is not None and key_of(row.entry) != row.key:
        return (
            f"the key must be that of the entry, {key_of(row.entry)!r:.80}; found {row.key!r:.80}"
        )
    return None
