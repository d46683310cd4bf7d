"""State of rows as columns: arrays of shape (n,), or (k, n) where a row has k of a kind.

Packed, rows start..stop-1 are a msgpack list of the columns' little-endian bytes, one after
another; of state that is no column (Poisson-FOCuS holds some) there is a last piece.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, TypeVar

import msgspec
import numpy as np
import numpy.typing as npt

Array = npt.NDArray[Any]
Scalar = TypeVar("Scalar", bound=np.generic)


def grown(of: npt.NDArray[Scalar], more: int, value: float = 0.0) -> npt.NDArray[Scalar]:
    """Columns with so many more rows of this value.

    Examples
    --------
    >>> grown(np.zeros((2, 1)), 2, 5.0)
    array([[0., 5., 5.],
           [0., 5., 5.]])
    """
    tail = np.full((*of.shape[:-1], more), value, dtype=of.dtype)
    return np.concatenate([of, tail], axis=-1)


def dump(of: Iterable[Array], start: int, stop: int) -> list[bytes]:
    """Bytes of rows start..stop-1, a column each."""
    return [column[start:stop].tobytes() for array in of for column in np.atleast_2d(array)]


def load(columns: Iterable[bytes], like: Sequence[Array]) -> list[Array]:
    """Columns of all rows, of the kinds and numbers that an empty bank's have.

    Examples
    --------
    >>> state = np.array([1.0, 2.0]), np.array([[3.0, 4.0], [5.0, 6.0]])
    >>> first, second = load(dump(state, 1, 2), [np.zeros(0), np.zeros((2, 0))])
    >>> first.tolist(), second.tolist()
    ([2.0], [[4.0], [6.0]])
    """
    left = iter(columns)
    out = []
    for empty in like:
        rows = [np.frombuffer(next(left), dtype=empty.dtype) for _ in np.atleast_2d(empty)]
        out.append(rows[0].copy() if empty.ndim == 1 else np.stack(rows))
    return out


def unpack(chunks: Iterable[bytes]) -> list[list[bytes]]:
    """What was packed in the order of the rows, a list of pieces for each column."""
    pieces = [msgspec.msgpack.decode(chunk, type=list[bytes]) for chunk in chunks]
    return [list(column) for column in zip(*pieces, strict=True)]


def join(pieces: list[list[bytes]]) -> list[bytes]:
    """Columns of all rows from the pieces of each, for `load`; the list is emptied on the way.

    A million rows' pieces need not be held beside what they are joined to.
    """
    return [b"".join(pieces.pop(0)) for _ in range(len(pieces))]
