"""A full bucket counts further senders together, in bounded memory, and a recount does the same."""

from __future__ import annotations

import random
from collections.abc import Sequence
from typing import Any, NamedTuple

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from streams.counts.intake import Intake
from streams.counts.mark import Mark, decode_mark, encode_mark
from streams.counts.surplus import KEPT, DistinctIds
from streams.counts.wire import records
from streams.items import SURPLUS, SURPLUS_IDS, Level, Sender
from streams.sources.event_json import encode_event
from tests.events_of import T0, config, send

LEVELS: list[Level] = ["sender", "signature", "platform", "all"]


class Event(NamedTuple):
    """Seconds after `T0`, who sent, what it names, and how many messages."""

    time_s: float
    sender: int
    signature: int | None
    platform: int | None
    messages: int

    @property
    def names(self) -> dict[str, str]:
        """What it names beside the sender."""
        named = {"signature": self.signature, "platform": self.platform}
        return {level: f"{level[0]}{n}" for level, n in named.items() if n is not None}


EVENTS = st.builds(
    Event,
    st.floats(0, 100),
    st.integers(0, 6),
    st.none() | st.integers(0, 2),
    st.none() | st.integers(0, 1),
    st.integers(1, 3),
)


def _reference(events: Sequence[Event], most: int) -> dict[tuple[int, str, str], int]:
    """What the rule says, with all the memory that there is."""
    totals: dict[tuple[int, str, str], int] = {}
    admitted: dict[int, list[Sender]] = {}
    beyond: dict[tuple[int, str], set[str]] = {}
    for event in events:
        bucket = int(event.time_s // 60)
        key, known = Sender(f"s{event.sender}", **event.names), admitted.setdefault(bucket, [])
        if key not in known and len(known) < most:
            known.append(key)
        for level in LEVELS:
            name = _name(key, level)
            if name is None:
                continue
            if level != "all" and name not in {_name(each, level) for each in known}:
                beyond.setdefault((bucket, level), set()).add(name)
                name = SURPLUS
            totals[bucket, level, name] = totals.get((bucket, level, name), 0) + event.messages
    for (bucket, level), names in beyond.items():
        totals[bucket, level, SURPLUS_IDS] = len(names)
    return totals


def _name(key: Sender, level: Level) -> str | None:
    if level == "all":
        return "all"
    return key.id if level == "sender" else getattr(key, level)


def _source(most: int, **count: Any) -> Any:
    return config(count={"max_senders": most, **count}).sources["sends"]


@settings(max_examples=100, deadline=None)
@given(
    events=st.lists(EVENTS, max_size=40),
    most=st.integers(1, 8),
    killed_at=st.integers(0, 40),
    together=st.booleans(),
    early=st.booleans(),
)
def test_the_first_senders_of_a_bucket_are_counted_apart_and_a_recount_decides_the_same(
    events: list[Event], most: int, killed_at: int, together: bool, early: bool
) -> None:
    """At each level admitted ids are complete; the rest has one name, and its ids are numbered."""
    source, mark = _source(most, lateness="60s"), Mark(0)
    found: dict[tuple[int, str, str], int] = {}
    for stop in (min(killed_at, len(events)), len(events)):
        intake = Intake(source, 0, LEVELS, mark)
        values = [
            encode_event(send(e.time_s, f"s{e.sender}", count=e.messages, **e.names))
            for e in events[mark.offset : stop]
        ]
        if together:
            intake.take_all(range(mark.offset, stop), values, [T0] * len(values))
        else:
            for offset, value in enumerate(values, mark.offset):
                intake.take(offset, value, T0)
        if stop == len(events):
            intake.finish()
            intake.lane.idle(T0 + 1e6)
        for total in intake.lane.flush(early=early).totals:
            at = (int((total.bucket - T0) // 60), total.level, total.id)
            found[at] = max(total.count, found.get(at, 0))
        mark = decode_mark(intake.lane.mark().offset, encode_mark(intake.lane.mark()))
    assert found == _reference(events, most)


def test_a_flood_leaves_an_open_bucket_as_large_as_it_may_be() -> None:
    """Whatever the fresh ids are ids of: senders, or what known senders name."""
    intake = Intake(_source(50), 0, LEVELS)
    chance = random.Random(1)
    for offset in range(3000):
        sender, signature = chance.choice([(f"s{offset}", "x"), ("a", f"x{offset}")])
        intake.take(offset, encode_event(send(1.0, sender, signature=signature)), T0)
    (bucket,) = intake.lane._open.values()
    assert bucket.surplus is not None
    assert len(bucket.counts) == 50
    assert all(len(counts) <= 51 for counts in bucket.surplus.counts.values())
    intake.lane.idle(T0 + 1e6)
    totals = {(t.level, t.id): t.count for t in intake.lane.flush().totals}
    assert totals["all", "all"] == 3000
    assert totals["sender", "a"] + sum(1 for level, _ in totals if level == "sender") <= 3000
    for level in ("sender", "signature"):
        assert sum(n for (of, i), n in totals.items() if of == level and i != SURPLUS_IDS) == 3000


def test_every_shard_is_told_of_the_surplus() -> None:
    """A shard that holds none of the surplus knows that totals are not complete."""
    intake = Intake(_source(2), 0, ["sender"])
    for offset in range(9):
        intake.take(offset, encode_event(send(1.0, f"s{offset}")), T0)
    intake.lane.idle(T0 + 1e6)
    out = list(records("sends", 0, 1, 60, intake.lane.flush(), 3))
    for shard in range(3):
        of_shard = {t.id: t.count for at, r in out if at == shard for t in r.totals}
        assert (of_shard[SURPLUS], of_shard[SURPLUS_IDS]) == (7, 7)


@pytest.mark.parametrize("number", [0, 1, KEPT - 1, KEPT, 20 * KEPT])
def test_distinct_ids_are_numbered_in_any_order(number: int) -> None:
    """Exactly as long as they are few, and about a tenth off at most when they are many."""
    ids = [f"id {n}" for n in range(number)]
    found = []
    for _ in range(2):
        distinct = DistinctIds()
        for each in [*ids, *ids[: number // 2]]:
            distinct.add(each)
        found.append(distinct.number)
        ids.reverse()
    assert found[0] == found[1]
    assert found[0] == pytest.approx(number, rel=0.1 if number > KEPT - 1 else 0.0)
