"""State of banks, packed and unpacked in pieces: for tests of what a checkpoint must keep."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from typing import Protocol, TypeVar

import msgspec

from detectors.state import State


class HasState(Protocol):
    """A bank."""

    state: State


Bank = TypeVar("Bank", bound=HasState)
Packed = tuple[bytes, list[bytes]]


def packed(bank: HasState, *cuts: int) -> Packed:
    """Shared values and pieces, with an end of a piece at each cut."""
    edges = [0, *cuts, len(bank.state)]
    rows = bank.state.pack_rows
    return bank.state.pack_shared(), [rows(*edge) for edge in itertools.pairwise(edges)]


def restored(state: Packed, new: Bank) -> Bank:
    """A new bank that has taken this state."""
    new.state.unpack(state[0], iter(state[1]))
    return new


def picked(bank: HasState, rows: Sequence[int], new: Bank) -> Bank:
    """A new bank with these rows of a bank, in this order, and its shared values."""
    shared = msgspec.msgpack.decode(bank.state.pack_shared())
    shared["rows"] = len(rows)
    pieces = [bank.state.pack_rows(row, row + 1) for row in rows]
    return restored((msgspec.msgpack.encode(shared), pieces), new)
