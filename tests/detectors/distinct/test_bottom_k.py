"""Sketches: functions of sets, exact below k, and as good as they say above."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from detectors.distinct.bottom_k import HASHES, K, Sketch

hashes = st.integers(0, HASHES - 1)
sets = st.sets(hashes, max_size=40)
small = st.integers(3, 12)


@given(st.lists(hashes, max_size=60), small)
def test_a_sketch_is_a_function_of_the_set(found: list[int], k: int) -> None:
    """Order and repeats change nothing."""
    again = Sketch.from_hashes([*reversed(found), *found], k)
    assert again == Sketch.from_hashes(found, k)
    assert again.hashes == tuple(sorted(set(found))[:k])


@given(st.lists(sets, min_size=1, max_size=5), small)
def test_a_union_is_the_sketch_of_the_union(parts: list[set[int]], k: int) -> None:
    """So it is associative, commutative and idempotent."""
    sketches = [Sketch.from_hashes(part, k) for part in parts]
    whole = Sketch.from_hashes(set().union(*parts), k)
    first, *others = sketches
    assert first.union(*others) == whole
    one_by_one = first
    for other in others:
        one_by_one = other.union(one_by_one)
    assert one_by_one == whole
    assert whole.union(*sketches) == whole


@given(sets, sets, small, small)
def test_a_union_of_different_k_has_the_smaller(a: set[int], b: set[int], k: int, l: int) -> None:  # noqa: E741
    """A lane that had little room decides how well the union is known."""
    assert Sketch.from_hashes(a, k).union(Sketch.from_hashes(b, l)) == Sketch.from_hashes(
        a | b, min(k, l)
    )


@given(sets, small)
def test_it_is_exact_below_k(found: set[int], k: int) -> None:
    """With k hashes or more it is not, and says so."""
    estimate = Sketch.from_hashes(found, k).count()
    assert estimate.exact == (len(found) < k)
    if estimate.exact:
        assert (estimate.value, estimate.relative_error) == (len(found), 0.0)
    else:
        assert estimate.value >= k - 1
        assert estimate.relative_error == pytest.approx((k - 2) ** -0.5)


@given(sets, small)
def test_what_is_packed_is_read_again(found: set[int], k: int) -> None:
    """All but `k`, which the reader knows."""
    sketch = Sketch.from_hashes(found, k)
    assert Sketch.unpack(sketch.pack(), k) == sketch


@pytest.mark.parametrize(
    ("packed", "k"),
    [
        (b"12345", 8),
        (bytes(range(24)), 3),
        (b"\0\0\0\0\0\2\0\0\0\0\0\1", 8),
        (b"\0\0\0\0\0\1\0\0\0\0\0\1", 8),
        (b"", 2),
        (b"", K + 1),
    ],
)
def test_bytes_that_are_no_sketch_are_refused(packed: bytes, k: int) -> None:
    """Records of a topic are read by this."""
    with pytest.raises(ValueError, match="must be"):
        Sketch.unpack(packed, k)


@pytest.mark.parametrize("number", [1000, 30_000])
def test_the_standard_error_is_at_most_a_tenth(number: int) -> None:
    """At k = 128, over 400 sets of random hashes; the mean is right to a hundredth and a bit."""
    draw = np.random.default_rng(19)
    errors = []
    for _ in range(400):
        drawn = np.sort(np.unique(draw.integers(0, HASHES, number)))[:K]
        assert all(one < after for one, after in pairwise(drawn.tolist()))
        errors.append(Sketch.from_hashes(drawn.tolist()).count().value / number - 1)
    assert np.std(errors) <= 0.10
    assert abs(np.mean(errors)) <= 4 * 0.09 / 400**0.5


def test_shared_hashes_are_counted() -> None:
    """The smallest of both are a sample of the same things."""
    assert Sketch.from_hashes([1, 2, 3]).shared(Sketch.from_hashes([2, 3, 4])) == 2
