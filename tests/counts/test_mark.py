"""Counting resumes from a commit exactly where it was."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from streams.counts.mark import (
    METADATA_BYTES,
    MOST_IDLE,
    Mark,
    UnreadableMark,
    decode_mark,
    encode_mark,
    fits,
)

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


@settings(deadline=None)
@given(_marks)
def test_a_mark_is_read_back_as_it_was_committed(mark: Mark) -> None:
    """A recount starts from exactly the state that was committed."""
    assert decode_mark(mark.offset, encode_mark(mark)) == mark


@settings(deadline=None)
@given(st.floats(allow_nan=False, allow_infinity=False))
def test_a_mark_with_all_decisions_that_it_may_have_fits_into_a_commit(time_s: float) -> None:
    """Whatever the times and places are; and a kilobyte is left for what is still to come."""
    at = 2**63 - 1
    mark = Mark(at, time_s, time_s, time_s, ((at, time_s),) * MOST_IDLE, at)
    assert len(encode_mark(mark)) <= METADATA_BYTES - 900
    assert fits(mark)


@pytest.mark.parametrize("metadata", [None, ""])
def test_a_plain_commit_is_a_place_without_state(metadata: str | None) -> None:
    """Offsets set by an administrator's tool are honoured."""
    assert decode_mark(17, metadata) == Mark(17)


@pytest.mark.parametrize("metadata", ["hello", "[]", '{"v":9}', '{"front":"x"}', '{"idle":[[1]]}'])
def test_foreign_metadata_is_an_error_that_shows_it(metadata: str) -> None:
    """Another program's commits under our group's name are not taken for ours."""
    with pytest.raises(UnreadableMark) as caught:
        decode_mark(17, metadata)
    assert repr(metadata) in str(caught.value)
