"""Tests of what holds, folded of all actions."""

import datetime as dt
from collections.abc import Sequence
from unittest import mock

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from streams.actions import state as module
from streams.actions.about_alert import MOST_NOTES, AlertActions
from streams.actions.action import (
    Action,
    AddNote,
    AssignAlert,
    EndSilence,
    EndSnooze,
    EraseNote,
    GiveLabel,
    MakeSilence,
    MakeSnooze,
    UnacknowledgeAlert,
)
from streams.actions.matcher import Matcher
from streams.actions.state import ActionOutcome, ActionState, Hidden
from streams.alerts.cloudevent import Entity
from streams.alerts.label import Label, make_label
from tests.actions.examples import (
    ENTITY,
    EVERY_KIND,
    HOUR,
    NOW,
    acknowledge,
    actions,
    common,
    silence,
    snooze,
)
from tests.alerts.examples import OPENED, alert

LATER = NOW + dt.timedelta(minutes=1)


def _folded(taken: Sequence[Action]) -> ActionState:
    state = ActionState()
    for action in taken:
        state.take(action)
    return state


def _seen(state: ActionState) -> object:
    """All that can be asked of a state."""
    return (
        [state.alert(one) for one in (OPENED.alert_id, "0" * 16, "f" * 16)],
        list(state.every_hiding()),
        [state.silences(NOW + n * HOUR) for n in range(0, 200, 20)],
        [state.snoozes(NOW + n * HOUR) for n in range(0, 200, 20)],
    )


def _distinct(drawn: list[Action]) -> list[Action]:
    return list({action.id: action for action in drawn}.values())


@given(st.lists(actions(), max_size=12).map(_distinct), st.data())
def test_repeats_and_reading_again_change_nothing(taken: list[Action], data: st.DataObject) -> None:
    """Any action may come again at any later place, and any stretch may be read again."""
    again: list[Action] = []
    for number, action in enumerate(taken):
        again.append(action)
        again += data.draw(st.lists(st.sampled_from(taken[: number + 1]), max_size=3))
        start = data.draw(st.integers(0, number))
        again += taken[start : number + 1]
    assert _seen(_folded(again)) == _seen(_folded(taken))


@given(st.lists(actions(), max_size=12).map(_distinct))
def test_a_conflict_changes_nothing(taken: list[Action]) -> None:
    """The state is that of the actions that were done, and answers stay what they were."""
    state, done = ActionState(), []
    for action in taken:
        before, known = _seen(state), state.answer(action)
        outcome = state.take(action)
        assert known in (None, outcome)
        if outcome.result == "done":
            done.append(action)
        else:
            assert outcome.result == "conflict"
            assert _seen(state) == before
        answer = "repeat" if outcome.result == "done" else "conflict"
        again = state.answer(action)
        assert again == state.take(action)
        assert again.result == answer
    assert _seen(_folded(done)) == _seen(state)


@given(st.lists(actions(), max_size=12).map(_distinct))
def test_every_silence_and_snooze_ends(taken: list[Action]) -> None:
    """A year after the last action nothing is hidden, whatever was done."""
    state = _folded(taken)
    end = NOW + dt.timedelta(days=368)
    assert state.silences(end) == []
    assert state.snoozes(end) == []
    assert state.hides(OPENED, end) is None


@given(st.lists(actions(), min_size=1, max_size=30).map(_distinct))
def test_memory_is_bounded_and_running_silences_stay(taken: list[Action]) -> None:
    """What ends last is kept; of alerts, what was acted on last."""
    with mock.patch.multiple(module, MOST_IDS=5, MOST_ALERTS=2, MOST_OF_A_KIND=3):
        state = _folded(taken)
    assert len(state._seen) <= 5
    assert len(state._alerts) <= 2
    assert len(state._silences) <= 3
    assert len(state._snoozes) <= 3


def test_of_too_many_silences_those_that_end_first_go() -> None:
    """A silence of a year outlives many short ones."""
    long = silence(1, until=NOW + 100 * HOUR)
    short = [silence(number, until=NOW + HOUR) for number in range(2, 20)]
    with mock.patch.object(module, "MOST_OF_A_KIND", 5):
        state = _folded([long, *short])
    assert state.silences(NOW)[0] == long
    assert len(state.silences(NOW)) == 5


def test_versions_count_what_was_done() -> None:
    """Two people who saw the same version: the first is heard."""
    state = ActionState()
    assert state.take(acknowledge(1, expects=0)) == ActionOutcome("done", 1)
    assert state.take(acknowledge(2, expects=0, by="li")) == ActionOutcome("conflict", 1)
    assert state.alert(OPENED.alert_id).acknowledged_by == "wang"
    assert state.take(acknowledge(3, expects=1, by="li")) == ActionOutcome("done", 2)
    assert state.take(acknowledge(1, expects=0)) == ActionOutcome("repeat", 2)
    assert state.take(acknowledge(2, expects=0, by="li")) == ActionOutcome("conflict", 2)


def test_an_acknowledgement_holds_until_the_alert_gets_worse() -> None:
    """Not for the next alert, not for one that has ended."""
    done = _folded([acknowledge()]).alert(OPENED.alert_id)
    assert done.acknowledges(OPENED)
    assert not done.acknowledges(alert(severity="critical"))
    assert not done.acknowledges(alert(state="resolved"))
    assert not AlertActions().acknowledges(OPENED)
    critical = _folded([acknowledge(severity="critical")]).alert(OPENED.alert_id)
    assert critical.acknowledges(alert(severity="critical"))
    gone = _folded([acknowledge(), UnacknowledgeAlert(**common(2), alert_id=OPENED.alert_id)])
    assert not gone.alert(OPENED.alert_id).acknowledges(OPENED)


def test_what_was_done_about_an_alert() -> None:
    """Owner, verdict and notes; of the notes the last."""
    notes = [AddNote(**common(n), alert_id=OPENED.alert_id) for n in range(100, 100 + MOST_NOTES)]
    taken = [*EVERY_KIND, *notes]
    done = _folded(taken).alert(OPENED.alert_id)
    assert (done.assigned_to, done.label, done.labelled_by) == ("li", "false", "wang")
    assert done.note_ids == tuple(note.id for note in notes)
    given_up = AssignAlert(**common(999), alert_id=OPENED.alert_id)
    assert _folded([*taken, given_up]).alert(OPENED.alert_id).assigned_to is None


def test_an_erased_note_is_no_note_of_its_alert() -> None:
    """The others stay, and so does the version."""
    notes = [AddNote(**common(n), alert_id=OPENED.alert_id) for n in (1, 2, 3)]
    erased = EraseNote(**common(4), note_id=notes[1].id)
    done = _folded([*notes, erased, erased]).alert(OPENED.alert_id)
    assert done.note_ids == (notes[0].id, notes[2].id)
    assert done.version == 3
    assert _folded([erased]).alert(OPENED.alert_id).note_ids == ()


def test_a_silence_hides_until_it_ends() -> None:
    """And says who made it, and until when."""
    state = ActionState()
    made = silence(8)
    state.take(made)
    hidden = Hidden("silence", made.id, "wang", NOW + HOUR)
    assert state.hides(OPENED, NOW) == hidden
    assert state.hides(OPENED, NOW + HOUR - dt.timedelta(seconds=1)) == hidden
    assert state.hides(OPENED, NOW + HOUR) is None
    assert state.hides(OPENED, NOW) == hidden
    assert state.hides(alert(entity=Entity("sender", "other")), NOW) is None
    assert state.take(EndSilence(**common(9, at=LATER, by="li"), silence_id=made.id)) == (
        "done",
        2,
    )
    assert state.hides(OPENED, NOW) is None
    ended = state.silence(made.id)
    assert ended is not None
    assert (ended.ended_by, ended.ends_at) == ("li", LATER)


def test_a_silence_of_a_source_hides_its_group() -> None:
    """Which sources a group has is said by the configuration."""
    made = silence(match=Matcher(source="sends"))
    for group, found in ((OPENED.group, True), ("other", False)):
        state = ActionState({group: ["complaints", "sends"]})
        state.take(made)
        assert (state.hides(OPENED, NOW) is not None) == found


def test_a_snooze_covers_the_next_alert_of_its_entity_and_signal() -> None:
    """And no other signal, and no other entity."""
    state = _folded([snooze(6)])
    hidden = Hidden("snooze", f"{6:032x}", "wang", NOW + HOUR)
    assert state.hides(OPENED, NOW) == hidden
    assert state.hides(alert(alert_id="0" * 16), NOW) == hidden
    assert state.hides(alert(signal="sends"), NOW) is None
    assert state.hides(alert(entity=Entity("signature", OPENED.entity.id)), NOW) is None
    assert state.hides(OPENED, NOW + HOUR) is None
    longer = snooze(7, until=NOW + 2 * HOUR, expects=1)
    assert state.take(longer) == ActionOutcome("done", 2)
    assert state.hides(OPENED, NOW + HOUR) is not None
    state.take(EndSnooze(**common(9), entity=ENTITY, signal=OPENED.signal))
    assert state.hides(OPENED, NOW) is None
    assert state.snoozes(NOW) == []
    again = state.take(snooze(10))
    assert again == ActionOutcome("done", 4)


@pytest.mark.parametrize(
    "action",
    [
        EndSilence(**common(), silence_id="0" * 32),
        EndSnooze(**common(), entity=ENTITY, signal="sends"),
    ],
)
def test_what_is_not_there_cannot_be_ended(action: Action) -> None:
    """The answer is a conflict, since who acts has seen something else."""
    assert ActionState().take(action) == ActionOutcome("conflict", 0)


def test_a_silence_is_ended_once() -> None:
    """The second end counts as done, and who was first stays."""
    state = _folded([silence(8), EndSilence(**common(9), silence_id=f"{8:032x}")])
    second = EndSilence(**common(10, by="li", at=LATER), silence_id=f"{8:032x}")
    assert state.take(second) == ActionOutcome("done", 3)
    hiding = state.silence(f"{8:032x}")
    assert hiding is not None
    assert hiding.ended_by == "wang"


_labels = st.builds(
    make_label,
    st.sampled_from(["true", "false", "expected"]),
    st.integers(0, 5).map(lambda n: NOW + dt.timedelta(seconds=n)),
    alert_id=st.just(OPENED.alert_id),
    by=st.sampled_from(["ann", "bob"]),
)


@given(st.lists(_labels, max_size=4), st.lists(actions(), max_size=6).map(_distinct), st.data())
def test_labels_of_earlier_versions_may_come_between_any_actions(
    labels: list[Label], taken: list[Action], data: st.DataObject
) -> None:
    """The order of the two topics against each other makes no difference."""
    first = ActionState()
    for label in labels:
        first.take_label(label)
    for action in taken:
        first.take(action)
    mixed = ActionState()
    waiting = list(labels)
    for action in taken:
        for _ in range(data.draw(st.integers(0, len(waiting)))):
            mixed.take_label(waiting.pop(0))
        mixed.take(action)
    for label in waiting:
        mixed.take_label(label)
    assert _seen(mixed) == _seen(first)


def test_the_later_label_holds() -> None:
    """Whichever topic it stands on; a window's label is of no alert."""
    state = ActionState()
    state.take_label(make_label("true", LATER, alert_id=OPENED.alert_id, by="ann"))
    state.take(GiveLabel(**common(1), verdict="false", alert_id=OPENED.alert_id))
    done = state.alert(OPENED.alert_id)
    assert (done.label, done.labelled_by, done.version) == ("true", "ann", 1)
    state.take(GiveLabel(**common(2, at=LATER), verdict="expected", alert_id=OPENED.alert_id))
    assert state.alert(OPENED.alert_id).label == "expected"
    assert state.take(EVERY_KIND[-1]) == ActionOutcome("done", 0)


def test_states_of_one_order_are_equal_however_they_are_made() -> None:
    """Frozen structs: nobody changes what another has read."""
    with pytest.raises(AttributeError):
        ActionState().alert("x").version = 1  # type: ignore[misc]
    made = [one for one in EVERY_KIND if isinstance(one, MakeSilence | MakeSnooze)]
    assert all(isinstance(one, msgspec.Struct) for one in made)


def test_of_the_past_a_silence_says_what_it_hid() -> None:
    """From when it was made to when it was ended, whoever asks later; and when the last ended."""
    state, end = ActionState(), NOW + HOUR / 2
    made = silence(8, until=NOW + HOUR)
    state.take(made)
    state.take(EndSilence(**common(9, at=end, by="li"), silence_id=made.id))
    second = dt.timedelta(seconds=1)
    assert state.hides(OPENED, NOW) is None
    assert [state.hid(OPENED, at) for at in (NOW - second, NOW, end - second, end)] == [
        False, True, True, False,
    ]  # fmt: skip
    assert not state.hid(alert(entity=Entity("sender", "other")), NOW)
    assert state.last_hidden(OPENED, end - second) is None
    assert state.last_hidden(OPENED, NOW + 9 * HOUR) == end
