"""Counting resumes from a commit exactly where it was."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from streams.counts.mark import Mark, UnreadableMark, decode_mark, encode_mark

NO_TIME = float("-inf")

_times = st.one_of(st.none(), st.floats(0, 1e10))
_marks = st.builds(
    Mark,
    st.integers(0, 10**12),
    _times,
    st.one_of(st.just(NO_TIME), st.floats(0, 1e10)),
    st.one_of(st.just(NO_TIME), st.floats(0, 1e10)),
    st.lists(st.tuples(st.integers(0, 10**12), st.floats(0, 1e10)), max_size=5).map(tuple),
)


@given(_marks)
def test_a_mark_is_read_back_as_it_was_committed(mark: Mark) -> None:
    """A recount starts from exactly the state that was committed."""
    assert decode_mark(mark.offset, encode_mark(mark)) == mark


def test_a_mark_fits_into_a_commit() -> None:
    """Brokers take 4096 bytes of metadata; a hundred idle decisions fit."""
    mark = Mark(
        10**12,
        1.772e9 + 0.123456,
        1.772e9,
        1.772e9,
        tuple((10**12 + n, 1.772e9) for n in range(100)),
    )
    assert len(encode_mark(mark)) < 4096


@pytest.mark.parametrize("metadata", [None, ""])
def test_a_plain_commit_is_a_place_without_state(metadata: str | None) -> None:
    """Offsets set by an administrator's tool are honoured."""
    assert decode_mark(17, metadata) == Mark(17)


@pytest.mark.parametrize("metadata", ["hello", "[]", '{"front":"x"}', '{"idle":[[1]]}'])
def test_foreign_metadata_is_an_error_that_shows_it(metadata: str) -> None:
    """Another program's commits under our group's name are not taken for ours."""
    with pytest.raises(UnreadableMark) as caught:
        decode_mark(17, metadata)
    assert repr(metadata) in str(caught.value)
