"""State by declaration: packed state is unpacked bit for bit, or refused."""

from __future__ import annotations

import gc
import tracemalloc
from collections.abc import Iterator

import msgspec
import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given
from hypothesis import strategies as st

from detectors.row_selection import Kept
from detectors.state import State, StateMismatch

F8 = npt.NDArray[np.float64]


class _Alert(msgspec.Struct):
    onset: int
    note: str = ""


class _Weights:
    """A part with several values for each row."""

    def __init__(self, alternatives: tuple[float, ...]) -> None:
        self.r = np.zeros((len(alternatives), 0))
        self.week = np.zeros((0, 7), dtype=np.float32)
        self.state = State()
        self.state.columns(self, "r", valid_for=alternatives)
        self.state.columns(self, "week")


class _Owner:
    """A part that is made of another, with every kind of column and shared value."""

    def __init__(self, alternatives: tuple[float, ...] = (2.0, 4.0)) -> None:
        self.names: list[str] = []
        self.level = np.zeros(0)
        self._judged = np.zeros(0, dtype=np.bool_)
        self._row = np.zeros(0, dtype=np.intp)
        self._start = np.zeros(0)
        self._table = np.zeros((2, 3))
        self._alerts: dict[int, _Alert] = {}
        self.hour: int | None = None
        self.derived = 0.0
        self.settled = 0
        self.weights = _Weights(alternatives)
        self.state = State()
        self.state.listed(self, names=str)
        self.state.columns(self, "level", fill=np.nan)
        self.state.columns(self, "_judged")
        self.state.ragged(self, "_row", "_start")
        self.state.shared(self, hour=int | None, _table=np.ndarray)
        self.state.keyed_by_row(self, _alerts=dict[int, _Alert])
        self.state.include(weights=self.weights.state)
        self.state.before_pack(self._settle)
        self.state.after_unpack(self._derive)

    def _settle(self) -> None:
        self.settled += 1

    def _derive(self) -> None:
        self.derived = float(np.sum(self._table))


def _filled(rows: int) -> _Owner:
    owner, rng = _Owner(), np.random.default_rng(rows)
    owner.state.grow_to(rows)
    owner.names += [f"entity {n}" for n in range(rows)]
    owner.level[:] = rng.random(rows)
    owner._judged[:] = rng.random(rows) > 0.5
    owner.weights.r[:] = rng.random((2, rows))
    owner.weights.week[:] = rng.random((rows, 7))
    owner._row = np.repeat(np.arange(rows), np.arange(rows) % 3)
    owner._start = rng.random(len(owner._row))
    owner._table[:] = rng.random((2, 3))
    owner._alerts = {5: _Alert(3, "later"), 2: _Alert(1)}
    owner.hour = 7
    return owner


def _packed(owner: _Owner, size: int) -> tuple[bytes, list[bytes]]:
    rows = len(owner.state)
    pieces = [owner.state.pack_rows(n, min(n + size, rows)) for n in range(0, rows, size)]
    return owner.state.pack_shared(), pieces


@pytest.mark.parametrize("rows", [0, 1, 10])
@pytest.mark.parametrize("size", [1, 3, 100])
def test_it_comes_back_bit_for_bit(rows: int, size: int) -> None:
    """For pieces of any size; packed again, the bytes are the same."""
    owner, again = _filled(rows), _Owner()
    shared, pieces = _packed(owner, size)
    again.state.unpack(shared, iter(pieces))
    assert _packed(again, size) == (shared, pieces)
    assert again.names == owner.names
    for name in ("level", "_judged", "_row", "_start", "_table"):
        array: F8 = getattr(again, name)
        assert array.dtype == getattr(owner, name).dtype
        np.testing.assert_array_equal(array, getattr(owner, name))
    np.testing.assert_array_equal(again.weights.r, owner.weights.r)
    np.testing.assert_array_equal(again.weights.week, owner.weights.week)
    assert again.weights.week.flags.c_contiguous
    assert again._alerts == owner._alerts
    assert again.hour == 7
    assert again.derived == float(np.sum(owner._table))
    again.level[:] = 0.0  # not a view of what was read


def test_dictionaries_are_stored_in_the_order_of_their_keys() -> None:
    """The order of insertion does not change the bytes."""
    first, second = _filled(2), _filled(2)
    second._alerts = dict(reversed(first._alerts.items()))
    assert first.state.pack_shared() == second.state.pack_shared()


def test_hooks_run_before_packing() -> None:
    """They run before the shared values and before each piece."""
    owner = _filled(4)
    _packed(owner, 2)
    assert owner.settled == 3


def test_new_rows_begin_with_their_fill() -> None:
    """Existing rows stay; growing to fewer rows changes nothing."""
    owner = _filled(3)
    before = owner.level.copy()
    owner.state.grow_to(5)
    owner.state.grow_to(4)
    np.testing.assert_array_equal(owner.level[:3], before)
    assert np.isnan(owner.level[3:]).all()
    assert owner.weights.r.shape == (2, 5)
    assert owner.weights.week[3:].tolist() == [[0.0] * 7] * 2
    assert not owner._judged[3:].any()


@given(rows=st.integers(0, 12), data=st.data())
def test_rows_leave_and_whoever_holds_rows_follows(rows: int, data: st.DataObject) -> None:
    """Those that stay keep their values bit for bit; leaving twice is leaving at once."""
    stays = data.draw(st.lists(st.booleans(), min_size=rows, max_size=rows))
    owner, at_once = _filled(rows), _filled(rows)
    kept = Kept(np.flatnonzero(stays))
    alerts = {owner.names[row]: alert for row, alert in owner._alerts.items() if row < rows}
    owner._alerts = {owner.names.index(name): alert for name, alert in alerts.items()}
    starts = _starts(owner)
    level = dict(zip(owner.names, owner.level.tolist(), strict=True))
    owner.state.keep(kept)
    assert len(owner.state) == len(kept) == sum(stays)
    assert owner.names == [f"entity {row}" for row in range(rows) if stays[row]]
    assert owner.level.tolist() == [level[name] for name in owner.names]
    assert owner.weights.r.tolist() == at_once.weights.r[:, kept.rows].tolist()
    assert owner.weights.r.flags.c_contiguous
    assert _starts(owner) == {name: at for name, at in starts.items() if name in owner.names}
    assert {owner.names[row]: alert for row, alert in owner._alerts.items()} == {
        name: alert for name, alert in alerts.items() if name in owner.names
    }
    again = data.draw(st.lists(st.booleans(), min_size=len(kept), max_size=len(kept)))
    at_once._alerts = {owner.names.index(n): a for n, a in alerts.items() if n in owner.names}
    at_once._alerts = {int(kept.rows[row]): alert for row, alert in at_once._alerts.items()}
    owner.state.keep(Kept(np.flatnonzero(again)))
    at_once.state.keep(Kept(kept.rows[np.flatnonzero(again)]))
    assert _packed(owner, 3) == _packed(at_once, 3)


def _starts(owner: _Owner) -> dict[str, list[float]]:
    """Ragged values, by name."""
    starts: dict[str, list[float]] = {name: [] for name in owner.names}
    for row, start in zip(owner._row.tolist(), owner._start.tolist(), strict=True):
        starts[owner.names[row]].append(start)
    return starts


def test_some_rows_are_copied_and_put_back() -> None:
    """Only arrays registered on this state, not those of parts."""
    weights = _filled(4).weights
    rows = np.array([3, 1])
    before, held = weights.r.copy(), weights.state.select(rows)
    weights.r[:] = weights.week[:] = 0.0
    weights.state.put(rows, held)
    np.testing.assert_array_equal(weights.r[:, rows], before[:, rows])
    assert not weights.r[:, [0, 2]].any()
    assert weights.week[rows].all()


def test_columns_of_other_settings_begin_anew() -> None:
    """Only columns with declared settings; all others are read."""
    owner, again = _filled(3), _Owner((2.0, 3.0))
    again.state.unpack(*_packed(owner, 2))
    assert again.weights.r.tolist() == [[0.0] * 3] * 2
    np.testing.assert_array_equal(again.weights.week, owner.weights.week)
    np.testing.assert_array_equal(again.level, owner.level)


def test_columns_that_nobody_registers_any_more_are_left() -> None:
    """A version with fewer columns reads what an earlier version wrote."""

    class Less:
        def __init__(self) -> None:
            self.level = np.zeros(0)
            self.state = State()
            self.state.columns(self, "level")

    owner, less = _filled(5), Less()
    less.state.unpack(*_packed(owner, 2))
    np.testing.assert_array_equal(less.level, owner.level)


class _Newer(_Owner):
    """The part as a later version has it: two attributes more."""

    def __init__(self) -> None:
        super().__init__()
        self._last_seen = np.zeros((2, 0))
        self.epoch = 1
        self.state.columns(self, "_last_seen", fill=-1.0)
        self.state.shared(self, epoch=int)
        self.state.since(5, "_last_seen", "epoch")


def test_what_an_older_form_does_not_have_begins_anew() -> None:
    """An array with its fill, a value as its owner made it; all else is read as ever."""
    owner, newer = _filled(5), _Newer()
    newer.state.unpack(*_packed(owner, 2))
    assert newer._last_seen.tolist() == [[-1.0] * 5] * 2
    assert newer.epoch == 1
    np.testing.assert_array_equal(newer.level, owner.level)
    assert newer.names == owner.names
    newer.epoch, newer._last_seen[:] = 2, np.arange(5)
    again = _Newer()
    again.state.unpack(newer.state.pack_shared(), [newer.state.pack_rows(0, 5)])
    assert again.epoch == 2
    np.testing.assert_array_equal(again._last_seen, newer._last_seen)


def test_what_begins_anew_is_refused_in_another_form() -> None:
    """Missing is what an older version wrote; another kind of number is not."""
    newer, other = _Newer(), _Newer()
    newer.state.grow_to(3)
    newer.names = list("abc")
    other._last_seen = other._last_seen.astype(np.float32)
    other.state.columns(other, "_last_seen")
    other.state.since(5, "_last_seen")
    with pytest.raises(StateMismatch, match="column 'last_seen' must be stored"):
        other.state.unpack(newer.state.pack_shared(), [newer.state.pack_rows(0, 3)])


def test_what_is_missing_is_named() -> None:
    """A missing column, shared value or piece, and another kind or shape, are refused."""

    class Wider(_Owner):
        def __init__(self) -> None:
            super().__init__()
            self.seen = np.zeros(0)
            self.days = 0
            self.state.columns(self, "seen")

    shared, pieces = _packed(_filled(4), 2)
    wider = Wider()
    with pytest.raises(StateMismatch, match="column 'seen' must be stored"):
        wider.state.unpack(shared, pieces)
    wider = Wider()
    wider.state.shared(wider, days=int)
    with pytest.raises(StateMismatch, match="shared value 'days' must be stored"):
        wider.state.unpack(shared, pieces)
    with pytest.raises(StateMismatch, match="pieces of 4 rows; found 2"):
        _Owner().state.unpack(shared, pieces[:1])
    other = _Owner()
    other.weights.week = other.weights.week.astype(np.float64)
    other.weights.state.columns(other.weights, "week")
    with pytest.raises(StateMismatch, match=r"'weights.week' must be stored"):
        other.state.unpack(shared, pieces)
    other = _Owner()
    other._table = np.zeros((2, 4))
    with pytest.raises(StateMismatch, match=r"'table'.* shape \(2, 4\).* found \(2, 3\)"):
        other.state.unpack(shared, pieces)
    with pytest.raises(msgspec.DecodeError):
        _Owner().state.unpack(b"\xc1", pieces)


def test_pieces_are_let_go_one_by_one() -> None:
    """Unpacking needs memory for the state and one piece, not for the state twice."""

    class Wide:
        def __init__(self) -> None:
            self.x = np.zeros((8, 0))
            self.state = State()
            self.state.columns(self, "x")

    rows, size = 200_000, 1000
    wide = Wide()
    wide.state.grow_to(rows)
    shared = wide.state.pack_shared()

    def pieces() -> Iterator[bytes]:
        for n in range(0, rows, size):
            yield wide.state.pack_rows(n, n + size)

    again = Wide()
    gc.collect()
    tracemalloc.start()
    again.state.unpack(shared, pieces())
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert again.x.nbytes < most < 1.1 * again.x.nbytes
