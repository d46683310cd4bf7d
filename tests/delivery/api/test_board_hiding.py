"""By rows of the board: the very answers that all revisions give."""

from __future__ import annotations

import datetime as dt
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from streams.actions.action import MakeSilence, MakeSnooze
from streams.actions.matcher import Matcher
from streams.actions.preview import hidden_by, preview
from streams.actions.state import Hiding
from streams.alerts.cloudevent import Entity, decode_event
from streams.delivery.api import board_hiding
from streams.delivery.api.board import Board
from streams.delivery.api.board_hiding import HiddenTally, board_preview
from tests.access.known import NOW
from tests.alerts.examples import OPENED, raw
from tests.delivery.api.board_revisions import revisions_since

SOURCES = {OPENED.group: ["sends"]}
names = st.sampled_from(["1069", "1068", "a/b", "*x", "Mall"])
alerts = st.fixed_dictionaries(
    {
        "entity": st.builds(Entity, st.sampled_from(["sender", "platform", "source"]), names),
        "signal": st.sampled_from(["sends", "complaints"]),
        "severity": st.sampled_from(["warning", "critical"]),
        "belongs_to": st.none()
        | st.builds(lambda one, two: {"platform": [one, two]}, names, names),
        "kind": st.none() | st.just("gap"),
    }
)
texts = st.lists(names | st.just("106*"), max_size=2).map(tuple)
matchers = st.builds(
    Matcher,
    id=texts,
    platform=texts,
    signal=st.sampled_from([(), ("sends",)]),
    kind=st.sampled_from([(), ("gap",)]),
    source=st.sampled_from([(), ("sends",), ("1069",)]),
    severity=st.sampled_from([(), ("critical",)]),
)


def board_of(found: list[dict[str, Any]]) -> Board:
    """Alerts with two revisions each, a minute apart, before and after `NOW`."""
    board = Board(100)
    for number, fields in enumerate(found):
        for revision in (1, 2):
            event = "opened" if revision == 1 else "updated"
            text = raw(alert_id=f"{number:016x}", revision=revision, event=event, **fields)
            at = NOW.timestamp() + 60 * (number + revision - 4)
            board.take(decode_event(text), text, at)
    return board


@settings(max_examples=60, deadline=None)
@given(st.lists(alerts, max_size=6), matchers)
def test_both_ways_say_the_same(found: list[dict[str, Any]], match: Matcher) -> None:
    """What a silence would have hidden, and what silences and snoozes have hidden."""
    board = board_of(found)
    usual = preview(match, revisions_since(board, NOW), SOURCES, NOW)
    assert board_preview(match, board, SOURCES, NOW) == usual
    common: dict[str, Any] = {"v": 1, "at": NOW, "by": "w", "until": NOW + dt.timedelta(minutes=2)}
    hidings = [
        Hiding(made=MakeSilence(id="a" * 32, match=match, **common)),
        Hiding(made=MakeSnooze(id="b" * 32, entity="sender/1069", signal="sends", **common)),
    ]
    counted = hidden_by(hidings, revisions_since(board, NOW), SOURCES)
    assert HiddenTally(SOURCES).count(hidings, board) == counted


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(alerts, matchers, st.integers(0, 5), st.booleans()), max_size=8))
def test_what_changes_is_counted_as_if_all_were_new(
    steps: list[tuple[dict[str, Any], Matcher, int, bool]],
) -> None:
    """Alerts come, change and go, silences begin, end and go: the tally is that of a new one."""
    board, tally, hidings = Board(4), HiddenTally(SOURCES), list[Hiding]()
    for number, (fields, match, which, ends) in enumerate(steps):
        at = NOW + dt.timedelta(minutes=number)
        text = raw(alert_id=f"{which:016x}", revision=number + 1, event="updated", **fields)
        board.take(decode_event(text), text, at.timestamp())
        common: dict[str, Any] = {"v": 1, "at": at, "by": "w", "until": NOW + dt.timedelta(hours=1)}
        made = MakeSilence(id=f"{number:032x}", match=match, **common)
        hidings = [*hidings, Hiding(made=made)][-5:]
        if ends:
            at_one = which % len(hidings)
            hidings[at_one] = msgspec.structs.replace(hidings[at_one], ended_at=at, ended_by="li")
        assert tally.count(hidings, board) == HiddenTally(SOURCES).count(hidings, board)


def test_only_changes_cost(monkeypatch: pytest.MonkeyPatch) -> None:
    """With a wildcard too: a change of one alert holds that one against silences, no other."""
    asked: list[str] = []
    usual = board_hiding._RowFacts.hidden_by

    def counted(self: Any, span: Any, sources_of: Any) -> bool:
        asked.append(self.row.alert_id)
        return usual(self, span, sources_of)

    monkeypatch.setattr(board_hiding._RowFacts, "hidden_by", counted)
    board = board_of([{"entity": Entity("sender", f"s{number}")} for number in range(50)])
    common: dict[str, Any] = {"v": 1, "at": NOW, "by": "w", "until": NOW + dt.timedelta(days=1)}
    hidings = [
        Hiding(made=MakeSilence(id=f"{number:032x}", match=Matcher(id=f"s{number}*"), **common))
        for number in range(20)
    ]
    tally = HiddenTally(SOURCES)
    tally.count(hidings, board)
    for number, changes in enumerate((1, 0), 51):
        asked.clear()
        if changes:
            text = raw(alert_id=f"{7:016x}", revision=3, entity=Entity("sender", "s7"))
            board.take(decode_event(text), text, NOW.timestamp() + 3600)
        assert tally.count(hidings, board)[f"{7:032x}"].alerts == 1, number
        assert asked == [f"{7:016x}"] * len(hidings) * changes


def test_silences_of_other_ids_cost_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each alert is held against those alone that may hide it."""
    asked: list[str] = []
    usual = board_hiding._RowFacts.hidden_by

    def counted(self: Any, span: Any, sources_of: Any) -> bool:
        asked.append(span.hiding.made.id)
        return usual(self, span, sources_of)

    monkeypatch.setattr(board_hiding._RowFacts, "hidden_by", counted)
    board = board_of([{"entity": Entity("sender", f"s{number}")} for number in range(50)])
    common: dict[str, Any] = {"v": 1, "at": NOW, "by": "w", "until": NOW + dt.timedelta(days=1)}
    hidings = [
        Hiding(made=MakeSilence(id=f"{number:032x}", match=Matcher(id=f"s{number}"), **common))
        for number in range(200)
    ]
    found = HiddenTally(SOURCES).count(hidings, board)
    assert sum(each.alerts for each in found.values()) == len(asked) <= 50
    assert asked
