"""What a `detectors.state.State` is made of: columns of three kinds, and shared values.

Each reads and writes an attribute of the part that registered it.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from functools import cache
from typing import Any, Literal

import msgspec
import numpy as np
import numpy.typing as npt

from detectors.row_selection import Kept

Array = npt.NDArray[Any]


@cache
def _decoder(kind: Any) -> Any:
    """Return what decodes a kind; no part holds it, so that parts can be copied."""
    return msgspec.msgpack.Decoder(kind)


class Form(msgspec.Struct, array_like=True, frozen=True):
    """How a column is stored."""

    kind: Literal["array", "list", "ragged"]
    dtype: str = ""
    """numpy's name for the kind of number, with the order of its bytes."""
    shape: tuple[int, ...] = ()
    """0 for the axis of the rows, and how many values a row has along the others."""
    valid_for: tuple[float, ...] | None = None
    """Settings that the values depend on."""


class Attribute:
    """An attribute of the part that registered it.

    Parameters
    ----------
    owner, name
        The part, and what it calls the attribute.

    Attributes
    ----------
    since
        The first form of the checkpoint that holds it; None where every form does.
    """

    def __init__(self, owner: object, name: str) -> None:
        self._owner, self._name = owner, name
        self.since: int | None = None

    @property
    def value(self) -> Any:
        """Its present value."""
        return getattr(self._owner, self._name)

    @value.setter
    def value(self, value: Any) -> None:
        setattr(self._owner, self._name, value)


class Column(Attribute, ABC):
    """One value or several for each row."""

    form: Form
    """How it is stored."""

    @property
    @abstractmethod
    def rows(self) -> int | None:
        """How many rows there are; None where the column cannot tell."""

    @abstractmethod
    def pack(self, start: int, stop: int) -> bytes:
        """Values of rows start..stop-1."""

    @abstractmethod
    def begin(self, rows: int) -> None:
        """Drop what is there, and make room for this number of rows."""

    @abstractmethod
    def take(self, start: int, stop: int, data: bytes) -> None:
        """Set rows start..stop-1 to what `pack` gave; called in the order of the rows."""

    def end(self) -> None:
        """All rows have been taken."""

    @abstractmethod
    def kept(self, kept: Kept) -> Any:
        """Return what the attribute is to hold when only these rows stay."""


class ArrayColumn(Column):
    """An array with one axis for the rows."""

    def __init__(
        self, owner: object, name: str, fill: float, valid_for: tuple[float, ...] | None
    ) -> None:
        super().__init__(owner, name)
        self._fill = fill
        self._axis: int = self.value.shape.index(0)
        self.form = Form("array", self.value.dtype.str, self.value.shape, valid_for)

    @property
    def rows(self) -> int:
        """How many rows there are."""
        return int(self.value.shape[self._axis])

    @property
    def by_row(self) -> Array:
        """The array, seen with the rows as its first axis."""
        value: Array = getattr(self._owner, self._name)
        return value if self._axis == 0 else np.moveaxis(value, self._axis, 0)

    def grow_to(self, rows: int) -> None:
        """Add rows up to so many."""
        missing = rows - self.rows
        if missing > 0:
            self.value = np.concatenate([self.value, self._filled(missing)], axis=self._axis)

    def _filled(self, rows: int) -> Array:
        shape = list(self.form.shape)
        shape[self._axis] = rows
        return np.full(shape, self._fill, dtype=self.form.dtype)

    def _at(self, start: int, stop: int) -> tuple[slice, ...]:
        return (slice(None),) * self._axis + (slice(start, stop),)

    def pack(self, start: int, stop: int) -> bytes:
        """Values of rows start..stop-1."""
        return bytes(self.value[self._at(start, stop)].tobytes())

    def begin(self, rows: int) -> None:
        """Make room for this number of rows."""
        self.value = self._filled(rows)

    def take(self, start: int, stop: int, data: bytes) -> None:
        """Set rows start..stop-1."""
        target = self.value[self._at(start, stop)]
        target[...] = np.frombuffer(data, dtype=self.form.dtype).reshape(target.shape)

    def kept(self, kept: Kept) -> Array:
        """See `Column`."""
        return np.take(self.value, kept.rows, axis=self._axis)


class ListColumn(Column):
    """A list with a plain value, e.g. a name, for each row."""

    form = Form("list")

    def __init__(self, owner: object, name: str, kind: Any) -> None:
        super().__init__(owner, name)
        self.kind = kind
        self._all_rows: Any = list[kind]

    @property
    def rows(self) -> int:
        """How many rows there are."""
        return len(self.value)

    def pack(self, start: int, stop: int) -> bytes:
        """Values of rows start..stop-1."""
        return msgspec.msgpack.encode(self.value[start:stop])

    def begin(self, rows: int) -> None:
        """Make room for this number of rows."""
        self.value = []

    def take(self, start: int, stop: int, data: bytes) -> None:
        """Set rows start..stop-1."""
        self.value.extend(_decoder(self._all_rows).decode(data))

    def kept(self, kept: Kept) -> list[Any]:
        """See `Column`."""
        values = self.value
        return [values[row] for row in kept.rows.tolist()]


class RaggedColumn(Column):
    """An array with any number of values for each row, in the order of the rows.

    Parameters
    ----------
    owner, name
        The array.
    row
        Attribute with the row of each value. Where this is `name` itself, rows are stored as
        32-bit numbers from the first of the piece.
    """

    rows = None  # not known: a row may have no value

    def __init__(self, owner: object, name: str, row: str) -> None:
        super().__init__(owner, name)
        self._row = Attribute(owner, row)
        self._is_row = row == name
        self._dtype: str = self.value.dtype.str
        self._pieces: list[Array] = []
        self.form = Form("ragged", "<i4" if self._is_row else self._dtype)

    def pack(self, start: int, stop: int) -> bytes:
        """Values of rows start..stop-1."""
        first, last = np.searchsorted(self._row.value, [start, stop])
        values = self.value[first:last]
        own = values - start if self._is_row else values
        return bytes(own.astype(self.form.dtype).tobytes())

    def begin(self, rows: int) -> None:
        """Make room for this number of rows."""
        self._pieces = []
        self.value = np.zeros(0, dtype=self._dtype)

    def take(self, start: int, stop: int, data: bytes) -> None:
        """Set rows start..stop-1."""
        values = np.frombuffer(data, dtype=self.form.dtype)
        self._pieces.append(values.astype(self._dtype) + start if self._is_row else values)

    def end(self) -> None:
        """All rows have been taken."""
        if self._pieces:
            self.value = np.concatenate(self._pieces)
        self._pieces = []

    def kept(self, kept: Kept) -> Array:
        """See `Column`."""
        stay = kept.stays(self._row.value)
        values: Array = self.value[stay]
        return np.searchsorted(kept.rows, values).astype(self._dtype) if self._is_row else values


class SharedValue(Attribute):
    """A value of all rows: whatever msgspec can decode as this type, or an array."""

    def __init__(self, owner: object, name: str, kind: Any) -> None:
        super().__init__(owner, name)
        self.kind = kind
        self._is_array = kind is np.ndarray

    def pack(self) -> bytes:
        """The value as bytes."""
        value = self.value
        if self._is_array:
            value = _PackedArray(value.dtype.str, value.shape, value.tobytes())
        return msgspec.msgpack.encode(value)

    def unpack(self, data: bytes) -> None:
        """Set the value to what `pack` gave."""
        value = _decoder(_PackedArray if self._is_array else self.kind).decode(data)
        if self._is_array:
            mine = self.value
            if (value.dtype, value.shape) != (mine.dtype.str, mine.shape):
                raise ValueError(
                    f"an array must have shape {mine.shape} and kind {mine.dtype.str!r};"
                    f" found {value.shape} and {value.dtype!r}"
                )
            value = np.frombuffer(value.data, dtype=value.dtype).reshape(value.shape).copy()
        self.value = value


class KeyedValue(SharedValue):
    """A dictionary, stored in the order of its keys."""

    def pack(self) -> bytes:
        """The value as bytes."""
        return msgspec.msgpack.encode(dict(sorted(self.value.items())))


class RowKeyedValue(KeyedValue):
    """A dictionary by row."""

    def keep(self, kept: Kept) -> None:
        """Follow the rows that stay."""
        self.value = kept.renumbered(self.value)


class _PackedArray(msgspec.Struct, array_like=True):
    dtype: str
    shape: tuple[int, ...]
    data: bytes


class StoredShared(msgspec.Struct):
    """Packed shared values, and the names and forms of the columns."""

    rows: int
    columns: dict[str, Form]
    values: dict[str, msgspec.Raw]


class StoredPiece(msgspec.Struct, array_like=True):
    """Packed columns of a stretch of rows, in the order of their names."""

    rows: int
    columns: list[bytes]
