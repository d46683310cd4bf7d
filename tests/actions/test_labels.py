"""Tests of labels as actions."""

import pytest

from streams.actions.action import Action, decode_action, encode_action
from streams.actions.labels import action_of_label, label_of, labels_of
from streams.alerts.label import Label, Span, decode_label, encode_label, make_label
from tests.actions.examples import ENTITY, HOUR, NOW, NOW_S, acknowledge
from tests.alerts.examples import OPENED

ONE = make_label("true", NOW, alert_id=OPENED.alert_id, note="seen", by="ann")
SPAN = make_label("expected", NOW, window=Span(entity=ENTITY, start=NOW, end=NOW + HOUR))


@pytest.mark.parametrize("label", [ONE, SPAN])
def test_a_label_is_the_same_after_it_was_an_action(label: Label) -> None:
    """But for its id, and for who gave it where nobody said so."""
    action = action_of_label(label, "wang")
    assert decode_action(encode_action(action), NOW_S) == action
    back = label_of(action, label.note)
    assert decode_label(encode_label(back)) == back
    assert back.by == (label.by or "wang")
    for name in ("verdict", "at", "alert_id", "window", "note"):
        assert getattr(back, name) == getattr(label, name)


def test_the_same_label_is_the_same_action() -> None:
    """A file that is read twice gives its labels once."""
    assert action_of_label(ONE, "wang").id == action_of_label(ONE, "li").id
    assert action_of_label(ONE, "wang").id != action_of_label(SPAN, "wang").id


def test_other_actions_give_no_label() -> None:
    """Of a log, only the labels."""
    log: list[tuple[Action, str | None]] = [
        (acknowledge(), None),
        (action_of_label(ONE, "wang"), "seen"),
    ]
    assert [label.note for label in labels_of(log)] == ["seen"]
