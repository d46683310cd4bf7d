"""Symptoms of looks in, events out: began and ended alternate, and nothing is made up."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from typing import Any

import orjson
from hypothesis import given
from hypothesis import strategies as st

from streams.delivery.monitor.event import MOST_LISTED
from streams.delivery.monitor.tracker import BLINDING, Tracker
from streams.health.symptoms import Symptom

T0 = dt.datetime(2026, 3, 2, tzinfo=dt.UTC)
KINDS = ["process_down", "broker_away", "rejects", "late"]
DETECT = Symptom("process_down", "detect at h:1", "detect at h:1 is down", "start it")
LATE = Symptom("late", "source sends", "2 of 3 records are late", "raise lateness")


def after(seconds: float) -> dt.datetime:
    return T0 + dt.timedelta(seconds=seconds)


def said(tracker: Tracker, at_s: float, *found: Symptom) -> list[dict[str, Any]]:
    return [orjson.loads(event) for event in tracker.take(found, after(at_s))]


def kinds(events: list[dict[str, Any]]) -> list[str]:
    return [event["type"].removeprefix("weathervane.monitor.") for event in events]


def test_a_symptom_begins_at_its_second_look_and_ends_with_the_same_id() -> None:
    """One look is not enough; both events are CloudEvents that say what, since when, what to do."""
    tracker = Tracker("mine", 0)
    assert said(tracker, 0, DETECT) == []
    (began,) = said(tracker, 30, DETECT)
    assert said(tracker, 60, DETECT) == []
    (ended,) = said(tracker, 90)
    assert kinds([began, ended]) == ["symptom_began", "symptom_ended"]
    stay = began["id"].partition(".")[0]
    assert (began["id"], ended["id"]) == (f"{stay}.symptom_began", f"{stay}.symptom_ended")
    for event in (began, ended):
        assert (event["specversion"], event["source"]) == ("1.0", "/weathervane/mine")
        assert event["subject"] == event["data"]["subject"] == "detect at h:1"
        assert event["data"]["symptom"] == "process_down"
        assert event["data"]["began"] == "2026-03-02T00:00:00.000Z"
    assert began["data"]["summary"] == "detect at h:1 is down: start it"
    assert ended["data"]["summary"] == "over after 90 s: detect at h:1 is down"
    assert ended["data"]["ended"] == ended["time"] == "2026-03-02T00:01:30.000Z"


def test_one_look_alone_tells_nothing() -> None:
    """What is found at every other look never begins."""
    tracker = Tracker("mine", 0)
    assert [said(tracker, n, *([DETECT] if n % 2 else [])) for n in range(10)] == [[]] * 10


def test_what_is_out_of_sight_is_not_over() -> None:
    """While a process is down, what only it could show stands; then it is over."""
    tracker = Tracker("mine", 0)
    said(tracker, 0, LATE)
    assert kinds(said(tracker, 1, LATE)) == ["symptom_began"]
    assert said(tracker, 2, DETECT) == []
    assert kinds(said(tracker, 3, DETECT)) == ["symptom_began"]
    ended = said(tracker, 4)
    assert kinds(ended) == ["symptom_ended"] * 2
    assert {event["subject"] for event in ended} == {"source sends", "detect at h:1"}


def test_heartbeats_come_in_time_and_say_what_stands() -> None:
    """The first with the second look; never "all well" while something is found."""
    tracker = Tracker("mine", 60.0)
    assert said(tracker, 0) == []
    (first,) = said(tracker, 30)
    assert kinds([first]) == ["heartbeat"]
    assert first["data"]["summary"] == "monitor mine lives; all well"
    assert said(tracker, 60) == []
    (second,) = said(tracker, 90, DETECT)
    assert "all well" not in second["data"]["summary"]
    assert [one["subject"] for one in second["data"]["symptoms"]] == ["detect at h:1"]
    assert second["id"] != first["id"]
    assert kinds(said(tracker, 60, DETECT)) == ["symptom_began", "heartbeat"], "a clock set back"
    crowd = [Symptom("late", str(n), "is late", "wait") for n in range(MOST_LISTED + 5)]
    (third,) = said(tracker, 120, DETECT, *crowd)
    assert third["data"]["count"] == MOST_LISTED + 6
    assert len(third["data"]["symptoms"]) == MOST_LISTED


found_at_looks = st.lists(
    st.sets(st.tuples(st.sampled_from(KINDS), st.sampled_from(["a", "b"]))), max_size=25
)


@given(found_at_looks)
def test_began_and_ended_alternate(looks: list[set[tuple[str, str]]]) -> None:
    """For each symptom: began first, then by turns; each event is true of the looks, once each."""
    tracker, history, ids = Tracker("mine", 0), defaultdict[Any, list[str]](list), list[str]()
    before: set[tuple[str, str]] = set()
    for number, keys in enumerate(looks):
        found = [Symptom(kind, subject, "is wrong", "mend it") for kind, subject in sorted(keys)]
        for event in said(tracker, number, *found):
            key = (event["data"]["symptom"], event["subject"])
            history[key] += kinds([event])
            ids.append(event["id"])
            if history[key][-1] == "symptom_began":
                assert key in keys & before
            else:
                assert key not in keys
        for key in keys & before:
            assert history[key][-1] == "symptom_began"
        if not {kind for kind, _ in keys} & BLINDING:
            assert all(
                past[-1] == "symptom_ended" for key, past in history.items() if key not in keys
            )
        before = keys
    for events in history.values():
        assert events == (["symptom_began", "symptom_ended"] * len(events))[: len(events)]
    assert len(ids) == len(set(ids))
