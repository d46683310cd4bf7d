"""State by declaration: parts name what they hold; one object grows, packs, unpacks, drops rows.

A *row* is an entity. A *column* has one value a row, or a fixed number of them. A *shared value*
belongs to all rows. What is stored names every column and shared value, so that a later version
can tell what an earlier one wrote.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any

import msgspec
import numpy.typing as npt

from detectors.columns import (
    Array,
    ArrayColumn,
    Column,
    KeyedValue,
    ListColumn,
    RaggedColumn,
    RowKeyedValue,
    SharedValue,
    StoredPiece,
    StoredShared,
)
from detectors.row_selection import Kept, Rows


class StateMismatch(ValueError):
    """What was stored is not what this version, with these settings, holds."""


class State:
    """Columns and shared values of a part, and of the parts that it is made of.

    A part makes a `State`, registers its attributes by name, and goes on using them as plain
    arrays and values: nothing is read or written through this object while counts are judged. A
    part that is made of others includes their states, and needs no packing code of its own.

    Packed state is one byte string for all shared values and one for each stretch of rows, a
    *piece*. The first also holds the name and the form of every column, once; a piece holds only
    the columns' bytes, in the order of these names. The layout of an array in memory, and thus
    every later sum, is the same after `unpack` as before `pack_rows`.

    Examples
    --------
    >>> import numpy as np
    >>> class Mean:
    ...     def __init__(self):
    ...         self.buckets = 0
    ...         self._total = np.zeros(0)
    ...         self.state = State()
    ...         self.state.columns(self, "_total")
    ...         self.state.shared(self, buckets=int)
    >>> mean = Mean()
    >>> mean.state.grow_to(3)
    >>> mean._total += [1.0, 2.0, 3.0]
    >>> shared, pieces = mean.state.pack_shared(), [mean.state.pack_rows(0, 2)]
    >>> again = Mean()
    >>> again.state.unpack(shared, iter([*pieces, mean.state.pack_rows(2, 3)]))
    >>> again._total.tolist()
    [1.0, 2.0, 3.0]
    """

    def __init__(self) -> None:
        self._own_arrays: dict[str, ArrayColumn] = {}
        self._others: dict[str, Column] = {}
        self._values: dict[str, SharedValue] = {}
        self._parts: dict[str, State] = {}
        self._before_pack: list[Callable[[], None]] = []
        self._after_grow: list[Callable[[], None]] = []
        self._after_unpack: list[Callable[[], None]] = []
        self._after_keep: list[Callable[[Kept], None]] = []

    def columns(
        self,
        owner: object,
        *attributes: str,
        fill: float = 0.0,
        valid_for: Sequence[float] | None = None,
    ) -> None:
        """Register arrays with a value, or several, for each row.

        Parameters
        ----------
        owner
            The part that has them.
        attributes
            Names of its attributes, which must hold empty arrays: the axis of length 0 is that
            of the rows, other axes and the kind of number stay as they are. In storage a name
            stands without a leading underscore.
        fill
            What a new row begins with.
        valid_for
            Settings that the values depend on. Where other ones were stored, or no such column,
            all rows begin with `fill`; of a column without it that is an error.
        """
        settings = None if valid_for is None else tuple(map(float, valid_for))
        for name in attributes:
            self._own_arrays[_stored(name)] = ArrayColumn(owner, name, fill, settings)

    def listed(self, owner: object, **types: Any) -> None:
        """Register lists with a value a row, e.g. names, by attribute and type of a value.

        `grow_to` leaves them alone: their owner appends to them.
        """
        for name, kind in types.items():
            self._others[_stored(name)] = ListColumn(owner, name, kind)

    def ragged(self, owner: object, row: str, *attributes: str) -> None:
        """Register arrays with any number of values a row, in the order of the rows.

        Parameters
        ----------
        owner
            The part that has them.
        row
            Attribute with the row of each value, ascending.
        attributes
            Attributes with the values, as many as there are in `row`.
        """
        for name in (row, *attributes):
            self._others[_stored(name)] = RaggedColumn(owner, name, row)

    def shared(self, owner: object, **types: Any) -> None:
        """Register shared values, by attribute and type.

        A type is whatever msgspec can decode (plain values, containers, `msgspec.Struct`), or
        `np.ndarray`: an array keeps its shape and kind of number. The attribute may be a
        property that can be set.
        """
        for name, kind in types.items():
            self._values[_stored(name)] = SharedValue(owner, name, kind)

    def keyed(self, owner: object, **types: Any) -> None:
        """Register shared values that are dictionaries, and are stored in the order of their keys.

        So the same state is stored in the same bytes, whatever came first.
        """
        for name, kind in types.items():
            self._values[_stored(name)] = KeyedValue(owner, name, kind)

    def since(self, form: int, *attributes: str) -> None:
        """Say which attributes are stored only since a form of the checkpoint.

        In an older one they may be missing. Columns then begin with their `fill`, and values stay
        as their owner made them. An attribute that is not named here is never missing.

        Parameters
        ----------
        form
            The first form that holds them: see ``docs/extending.md``.
        attributes
            Arrays or shared values that are registered. A list has nothing to begin with.
        """
        may_begin = {**self._own_arrays, **self._values}
        for name in attributes:
            may_begin[_stored(name)].since = form

    def keyed_by_row(self, owner: object, **types: Any) -> None:
        """Register shared values that are dictionaries by row: `keep` renumbers their keys."""
        for name, kind in types.items():
            self._values[_stored(name)] = RowKeyedValue(owner, name, kind)

    def include(self, **parts: State) -> None:
        """Include the states of parts, each under a name."""
        self._parts.update(parts)

    def before_pack(self, prepare: Callable[[], None]) -> None:
        """Call this before anything is packed."""
        self._before_pack.append(prepare)

    def after_grow(self, derive: Callable[[], None]) -> None:
        """Call this when rows were added, to work out what is not stored."""
        self._after_grow.append(derive)

    def after_unpack(self, derive: Callable[[], None]) -> None:
        """Call this when all is unpacked, to work out again what is not stored."""
        self._after_unpack.append(derive)

    def after_keep(self, follow: Callable[[Kept], None]) -> None:
        """Call this when rows have left, to renumber what else holds rows."""
        self._after_keep.append(follow)

    def __len__(self) -> int:
        """How many rows there are: those of the first column that has one value or more each."""
        counted = (c.rows for _, c in self._all_columns() if c.rows is not None)
        return next(counted, 0)

    def grow_to(self, rows: int) -> None:
        """Add rows to all arrays that have fewer than so many."""
        for column in self._own_arrays.values():
            column.grow_to(rows)
        for part in self._parts.values():
            part.grow_to(rows)
        for derive in self._after_grow:
            derive()

    def select(self, rows: Rows) -> list[Array]:
        """Copy some rows of the arrays registered here, not of included parts.

        Returns
        -------
        list
            Of each array these rows, along its first axis: for `put`.
        """
        return [column.by_row[rows] for column in self._own_arrays.values()]

    def put(self, rows: Rows, values: Sequence[npt.ArrayLike]) -> None:
        """Set these rows to what `select` gave."""
        for column, value in zip(self._own_arrays.values(), values, strict=True):
            column.by_row[rows] = value

    def keep(self, kept: Kept) -> None:
        """Let all other rows leave. What all rows share stays as it is.

        The rows that stay keep their order and, bit for bit, their values. Whoever holds the
        number of a row registers it here (`ragged`, `keyed_by_row`, `after_keep`).
        """
        self._prepare()
        self._keep(kept)

    def _keep(self, kept: Kept) -> None:
        for part in self._parts.values():
            part._keep(kept)
        columns = (*self._own_arrays.values(), *self._others.values())
        # First all values, then their rows: ragged columns are read by the rows that they had.
        for column, value in [(column, column.kept(kept)) for column in columns]:
            column.value = value
        for shared in self._values.values():
            if isinstance(shared, RowKeyedValue):
                shared.keep(kept)
        for follow in self._after_keep:
            follow(kept)

    def pack_shared(self) -> bytes:
        """All shared values, and the names and forms of the columns, as bytes."""
        self._prepare()
        columns = dict(self._all_columns())
        lengths = {name: c.rows for name, c in columns.items() if c.rows is not None}
        assert len(set(lengths.values())) <= 1, f"columns must have the same rows; found {lengths}"
        return msgspec.msgpack.encode(
            StoredShared(
                rows=len(self),
                columns={name: column.form for name, column in columns.items()},
                values={name: msgspec.Raw(value.pack()) for name, value in self._all_values()},
            )
        )

    def pack_rows(self, start: int, stop: int, *, prepare: bool = True) -> bytes:
        """Rows start..stop-1 as bytes: a piece. What `pack_shared` has prepared needs no more."""
        if prepare:
            self._prepare()
        packed = [column.pack(start, stop) for _, column in self._all_columns()]
        return msgspec.msgpack.encode(StoredPiece(stop - start, packed))

    def unpack(self, shared: bytes, pieces: Iterable[bytes]) -> None:
        """Take packed state, bit for bit.

        Pieces are taken from `pieces` one at a time, until all rows are there, and not held:
        what is needed beside the state is one piece.

        Parameters
        ----------
        shared
            What `pack_shared` gave.
        pieces
            What `pack_rows` gave, in the order of the rows.

        Raises
        ------
        StateMismatch
            Where something registered here was not stored, or in another form.
        msgspec.DecodeError
            Where the bytes are something else.
        """
        stored = _SHARED.decode(shared)
        for name, value in self._all_values():
            if name not in stored.values:
                if value.since is not None:
                    continue
                raise StateMismatch(f"shared value {name!r} must be stored; it is missing")
            try:
                value.unpack(stored.values[name])
            except (ValueError, msgspec.ValidationError) as error:
                raise StateMismatch(f"shared value {name!r}: {error}") from None
        read: dict[str, Column] = {}
        for name, column in self._all_columns():
            form = stored.columns.get(name)
            if form == column.form:
                read[name] = column
            elif column.form.valid_for is None and (form or column.since is None):
                raise StateMismatch(
                    f"column {name!r} must be stored as {column.form}; found {form}"
                )
            column.begin(stored.rows)
        self._unpack_rows(stored.rows, [read.get(name) for name in stored.columns], pieces)
        for column in read.values():
            column.end()
        self._derive()

    def _unpack_rows(
        self, rows: int, columns: Sequence[Column | None], pieces: Iterable[bytes]
    ) -> None:
        left, start = iter(pieces), 0
        while start < rows:
            packed = next(left, None)
            if packed is None:
                raise StateMismatch(f"there must be pieces of {rows} rows; found {start}")
            piece = _PIECE.decode(packed)
            for column, data in zip(columns, piece.columns, strict=True):
                if column is not None:
                    column.take(start, start + piece.rows, data)
            start += piece.rows

    def _all_columns(self) -> Iterable[tuple[str, Column]]:
        yield from self._own_arrays.items()
        yield from self._others.items()
        for prefix, part in self._parts.items():
            for name, column in part._all_columns():
                yield f"{prefix}.{name}", column

    def _all_values(self) -> Iterable[tuple[str, SharedValue]]:
        yield from self._values.items()
        for prefix, part in self._parts.items():
            for name, value in part._all_values():
                yield f"{prefix}.{name}", value

    def _prepare(self) -> None:
        for part in self._parts.values():
            part._prepare()
        for prepare in self._before_pack:
            prepare()

    def _derive(self) -> None:
        for part in self._parts.values():
            part._derive()
        for derive in self._after_unpack:
            derive()


def _stored(attribute: str) -> str:
    return attribute.removeprefix("_")


_SHARED = msgspec.msgpack.Decoder(StoredShared)
_PIECE = msgspec.msgpack.Decoder(StoredPiece)
