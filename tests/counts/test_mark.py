"""Counting resumes from a commit exactly where it was."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from streams.counts.clock.watermark import RECORDS, Votes
from streams.counts.mark import (
    METADATA_BYTES,
    ROOMS,
    Mark,
    UnreadableMark,
    decode_mark,
    decode_marks,
    encode_mark,
    encode_marks,
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
    mark = Mark(at, time_s, time_s, time_s, ((at, time_s),) * ROOMS[1].most, at)
    assert len(encode_mark(mark)) <= METADATA_BYTES - 900
    assert fits(mark)


@settings(deadline=None)
@given(st.dictionaries(st.sampled_from(["a", "b", "c"]), _marks, min_size=1))
def test_marks_of_sources_that_share_a_topic_are_read_back(marks: dict[str, Mark]) -> None:
    """Each with its own offset; of a source that is gone, or has come, there is none."""
    offset, metadata = encode_marks(marks)
    assert offset == min(mark.offset for mark in marks.values())
    found = decode_marks(offset, metadata, ["b", "c", "d"])
    assert found == {name: mark for name, mark in marks.items() if name != "a"}
    assert decode_marks(7, "", ["x", "y"]) == {"x": Mark(7), "y": Mark(7)}


@pytest.mark.parametrize("sharing", [2, 3])
@settings(deadline=None)
@given(time_s=st.floats(allow_nan=False, allow_infinity=False), far=st.booleans())
def test_marks_of_all_sources_fit_into_one_commit(sharing: int, time_s: float, far: bool) -> None:
    """Each with all decisions that it may have, the longest name and votes far from each other."""
    at = 2**63 - 1
    votes = Votes((946684800, 7258118400) * 32 if far else (), RECORDS.kept)
    idle = ((at, time_s),) * ROOMS[sharing].most
    mark = Mark(at, time_s, time_s, time_s, idle, at, votes)
    assert fits(mark, sharing)
    _, metadata = encode_marks({f"{number}" * 100: mark for number in range(sharing)})
    assert len(metadata) <= METADATA_BYTES


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
