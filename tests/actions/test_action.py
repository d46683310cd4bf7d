"""Tests of actions and their JSON."""

import datetime as dt
from typing import Any

import msgspec
import pytest
from hypothesis import given

from streams.actions.action import Action, action_of, decode_action, encode_action, subject_of
from streams.actions.matcher import Matcher
from tests.actions.examples import ENTITY, EVERY_KIND, HOUR, NOW, NOW_S, actions, silence, snooze
from tests.alerts.examples import OPENED


@pytest.mark.parametrize("action", EVERY_KIND, ids=lambda action: type(action).__name__)
def test_an_action_is_read_as_it_was_written(action: Action) -> None:
    """Each kind, once."""
    assert decode_action(encode_action(action), NOW_S) == action


@given(actions())
def test_any_action_is_read_as_it_was_written(action: Action) -> None:
    """What the tests of the fold draw can stand on the topic."""
    assert decode_action(encode_action(action), NOW_S) == action


def _said(action: Action, **changes: Any) -> str:
    document = msgspec.to_builtins(action) | msgspec.to_builtins(changes)
    try:
        action_of(document)
    except ValueError as error:
        return str(error)
    pytest.fail("it is taken")


@pytest.mark.parametrize(
    ("action", "changes", "said"),
    [
        (EVERY_KIND[0], {"v": 2}, "v must be at most 1; found 2: a later version of Weathervane"),
        (EVERY_KIND[0], {"id": "1"}, "matching regex"),
        (EVERY_KIND[0], {"id": "0" * 32 + "\n"}, "matching regex"),
        (EVERY_KIND[0], {"alert_id": OPENED.alert_id + "\n"}, "matching regex"),
        (EVERY_KIND[0], {"by": ""}, "`$.by`"),
        (EVERY_KIND[0], {"by": "a\x1bb"}, "by must hold no control characters; found U+001B"),
        (EVERY_KIND[0], {"at": "1999-01-01T00:00:00Z"}, "at must lie between 2000 and 2200"),
        (EVERY_KIND[0], {"at": "2026-03-02T09:00:00"}, "`$.at`"),
        (EVERY_KIND[0], {"type": "cheer"}, "'cheer'"),
        (EVERY_KIND[0], {"expects": -1}, "`$.expects`"),
        (EVERY_KIND[2], {"to": "a\nb"}, "to must hold no control characters"),
        (snooze(), {"entity": "mars"}, "entity must be a level, a slash and an id"),
        (snooze(), {"signal": "source"}, "signal must be source where the entity is source/NAME"),
        (snooze(), {"until": NOW}, "until must be after at; got 2026-03-02T09:00:00+00:00"),
        (silence(), {"until": NOW + 367 * 24 * HOUR}, "until must be at most 366 days after at"),
        (silence(), {"match": {}}, "match must have a key: a silence of everything would hide"),
        (silence(), {"match": {"level": "x"}}, "match.level must be all | "),
        (silence(), {"expects": 1}, "expects must be left out"),
        (
            EVERY_KIND[9],
            {"window": {"entity": ENTITY, "start": NOW, "end": NOW + HOUR}},
            "not both",
        ),
        (EVERY_KIND[9], {"expects": 0}, "expects must be left out: every label is kept"),
        (EVERY_KIND[10], {"window": {"entity": ENTITY, "start": NOW, "end": NOW}}, "after start"),
    ],
)
def test_what_is_wrong_is_said(action: Action, changes: dict[str, Any], said: str) -> None:
    """Each rule has its sentence."""
    assert said in _said(action, **changes)


@pytest.mark.parametrize("raw", [b"", b"[]", b"{", b'"a"', b"{}", b"[" * 100_000, b"\xff"])
def test_garbage_is_refused(raw: bytes) -> None:
    """Whatever stands on the topic, it is an error of one kind."""
    with pytest.raises(ValueError, match=r"."):
        decode_action(raw, NOW_S)


def test_unknown_fields_pass() -> None:
    """A later version may add some; this one passes them over."""
    assert action_of({**msgspec.to_builtins(EVERY_KIND[0]), "mood": "good"}) == EVERY_KIND[0]


def test_entities_get_the_form_in_which_they_are_counted_and_times_are_utc() -> None:
    """So that a snooze meets the alert that it is about."""
    zone = dt.timezone(dt.timedelta(hours=8))
    given = snooze(entity="sender/10\u200b69", at=NOW.astimezone(zone))
    read = decode_action(encode_action(given), NOW_S)
    assert read == snooze(entity="sender/1069")
    assert encode_action(read).count(b"+08:00") == 0


def test_subjects_tell_what_an_action_is_about() -> None:
    """The key of its record; ends have that of their beginnings."""
    subjects = {type(action).__name__: subject_of(action) for action in EVERY_KIND}
    assert subjects["MakeSilence"] == subjects["EndSilence"] == f"silence/{8:032x}"
    assert subjects["MakeSnooze"] == subjects["EndSnooze"] == f"snooze/complaints/{ENTITY}"
    assert subjects["AcknowledgeAlert"] == subjects["AssignAlert"] == f"alert/{OPENED.alert_id}"
    assert subjects["GiveLabel"] == f"window/{ENTITY}"


def test_a_silence_of_a_word_that_is_cut_is_taken() -> None:
    """Wildcards may stand in the words of a table."""
    decode_action(encode_action(silence(match=Matcher(signal="compl*"))), NOW_S)
