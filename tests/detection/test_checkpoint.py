"""What detect stores of a shard, when, and what a restart makes of it."""

from __future__ import annotations

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from streams.detection.checkpoint import FORM, OLDEST, StateLost
from streams.detection.shard import Shard
from streams.detection.worker.checkpoint_pace import QUIET_S, CheckpointPace
from tests.detection.drawn import checkpoint, drawn_stream, restored, run, two_groups


def test_what_has_changed_is_stored_in_time() -> None:
    """The first change counts, not the last: a busy shard is stored, too."""
    pace = CheckpointPace(every_s=5.0)
    for second in range(5):
        pace.took(100.0 + second, closed=True)
        assert not pace.due(100.0 + second)
    assert pace.due(105.0)


def test_records_that_close_nothing_are_stored_when_it_is_quiet() -> None:
    """They cost nothing to read again, but a drained lane must come to be known as drained."""
    pace = CheckpointPace(every_s=60.0)
    pace.took(100.0, closed=False)
    pace.took(109.0, closed=False)
    assert not pace.due(109.0 + QUIET_S - 0.1)
    assert pace.due(109.0 + QUIET_S)


def test_a_large_state_leaves_time_for_judging() -> None:
    """A tenth of the time at most goes into checkpoints."""
    pace = CheckpointPace(every_s=5.0)
    pace.stored(took_s=3.0, busy_s=2.5)
    pace.took(100.0, closed=True)
    assert not pace.due(129.9)
    assert pace.due(130.0)


def test_an_outage_does_not_put_the_next_one_off_for_long() -> None:
    """A checkpoint that waited an hour for its broker: ten times `every_s`, not ten hours."""
    pace = CheckpointPace(every_s=5.0)
    pace.stored(took_s=3600.0, busy_s=0.1)
    pace.took(100.0, closed=True)
    assert not pace.due(149.9)
    assert pace.due(150.0)


def test_nothing_new_is_not_stored_again() -> None:
    """A shard without records writes nothing, for however long."""
    pace = CheckpointPace(every_s=5.0)
    pace.took(100.0, closed=True)
    pace.stored(took_s=0.02, busy_s=0.01)
    assert not pace.due(1e6)


@settings(max_examples=15, deadline=None)
@given(st.integers(0, 10**6), st.data())
def test_a_crash_among_the_slots_leaves_the_state_before(seed: int, data: st.DataObject) -> None:
    """A checkpoint counts only when its head is written: until then the one before holds."""
    stream = drawn_stream(seed)[0]
    first = data.draw(st.integers(1, len(stream) - 1))
    second = data.draw(st.integers(first, len(stream)))
    shard = Shard(0, two_groups())
    slots: dict[bytes, bytes] = {}
    for at, to in ((0, first // 2), (first // 2, first)):
        run(shard, stream, at, to)
        slots.update(checkpoint(shard))
    expected = run(shard, stream, first, second)
    *body, _ = checkpoint(shard)
    written = data.draw(st.integers(0, len(body)))
    slots.update(body[:written])
    again = restored(slots)
    assert run(again, stream, again.position, second) == expected
    slots.update(checkpoint(again))
    assert restored(slots).first_needed == again.first_needed


@settings(max_examples=15, deadline=None)
@given(st.integers(0, 10**6), st.data())
def test_a_worker_taken_for_dead_spoils_no_checkpoint(seed: int, data: st.DataObject) -> None:
    """Two hold the shard and write their checkpoints at once: the state stays whole, to the bit."""
    stream = drawn_stream(seed)[0]
    offsets = st.integers(0, len(stream))
    begun, dead, alive = sorted(data.draw(st.tuples(offsets, offsets, offsets)))
    slots: dict[bytes, bytes] = {}
    shard = Shard(0, two_groups())
    run(shard, stream, 0, begun)
    slots.update(checkpoint(shard))
    both = [restored(slots), restored(slots)]
    pending = []
    for each, stop in zip(both, (dead, alive), strict=True):
        run(each, stream, each.position, stop)
        pending.append(iter(checkpoint(each)))
    gone: list[list[bytes]] = [[], []]
    for who in data.draw(st.lists(st.integers(0, 1), min_size=40, max_size=80)):
        written = next(pending[who], None)
        if written is not None:
            slots.update([written])
        elif written is None and not gone[who]:
            gone[who] = [key for keys in both[who].outdated() for key in keys]
            for key in gone[who]:
                slots.pop(key, None)
    again = restored(slots)
    assert again.reached in (begun, dead, alive)
    whole = Shard(0, two_groups())
    run(whole, stream, 0, again.reached)
    expected = run(whole, stream, again.reached, len(stream))
    assert run(again, stream, again.position, len(stream)) == expected


def test_older_checkpoints_go_once_a_newer_one_is_complete() -> None:
    """The store holds one checkpoint, or two while one is being written: it does not grow."""
    stream = drawn_stream(2)[0]
    shard = Shard(0, two_groups())
    slots: dict[bytes, bytes] = {}
    for at in range(0, 60, 20):
        run(shard, stream, at, at + 20)
        slots.update(checkpoint(shard))
        for keys in shard.outdated():
            for key in keys:
                del slots[key]
        assert [key for key in slots if key.endswith(b"/head")] == [f"0/{at + 20}/head".encode()]
        assert all(key.startswith(f"0/{at + 20}/".encode()) for key in slots)
    shard = restored(slots)
    run(shard, stream, shard.position, 80)
    checkpoint(shard)
    assert {key for keys in shard.outdated() for key in keys} == slots.keys()


def test_without_a_checkpoint_it_begins_anew() -> None:
    """An empty store is a first start, not an error."""
    shard = Shard(0, two_groups())
    empty: dict[bytes, bytes] = {}
    assert shard.restore(empty) is False
    assert shard.position == 0


def test_a_missing_slot_is_an_error_that_says_what_to_do() -> None:
    """State that is lost is never guessed: the error names the shard and the way out."""
    shard = Shard(0, two_groups())
    run(shard, drawn_stream(1)[0], 0, 30)
    slots = dict(checkpoint(shard))
    for key in slots:
        if key.endswith(b"/head"):
            continue
        left = {k: v for k, v in slots.items() if k != key}
        with pytest.raises(StateLost, match=r"^shard 0: the checkpoint at .*Delete the state"):
            restored(left)


def test_a_checkpoint_of_another_version_is_an_error_that_says_what_to_do() -> None:
    """State in another form is neither guessed nor a traceback: go back, or reset."""
    shard = Shard(0, two_groups())
    run(shard, drawn_stream(1)[0], 0, 30)
    slots = dict(checkpoint(shard))
    for key, value in slots.items():
        other = {**slots, key: msgspec.msgpack.encode([1])}
        assert value != other[key]
        with pytest.raises(StateLost, match=r"^shard 0: the checkpoint at .* or reset detect"):
            restored(other)


@pytest.mark.parametrize(
    ("form", "read"), [(FORM - 3, False), (FORM - 2, True), (FORM - 1, True), (FORM + 1, False)]
)
def test_the_two_forms_before_are_read(form: int, read: bool) -> None:
    """One that is older still, or that a later version wrote, ends detect with a sentence."""
    shard = Shard(0, two_groups())
    run(shard, drawn_stream(1)[0], 0, 30)
    slots = dict(checkpoint(shard))
    (head,) = (key for key in slots if key.endswith(b"/head"))
    assert msgspec.msgpack.decode(slots[head])["v"] == FORM
    slots[head] = msgspec.msgpack.encode({**msgspec.msgpack.decode(slots[head]), "v": form})
    if read:
        again = restored(slots)
        assert (again.reached, again.position) == (shard.reached, shard.first_needed)
    else:
        with pytest.raises(StateLost, match=rf"form {form}, this version reads forms {OLDEST} to"):
            restored(slots)


def test_a_checkpoint_of_an_earlier_kind_is_not_forgotten() -> None:
    """State whose keys are no longer these ends detect with a sentence; it does not begin anew."""
    with pytest.raises(StateLost, match=r"^shard 0: .* earlier one\. Go on with that version"):
        restored({b"0/head": b"anything"})


def test_a_checkpoint_repeats_itself() -> None:
    """Restored and packed again, the state is the same bytes: nothing is lost on the way."""
    shard = Shard(0, two_groups())
    run(shard, drawn_stream(3)[0], 0, 90)
    before = dict(checkpoint(shard))
    again = dict(checkpoint(restored(before)))

    def bodies(slots: dict[bytes, bytes]) -> list[bytes]:
        return [value for key, value in slots.items() if not key.endswith(b"/head")]

    assert bodies(again) == bodies(before)
