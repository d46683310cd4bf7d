"""*k* in *d* over the whole way from records to closes: equal to a recount of the raw events.

What kills and moves of processes do is in `tests/simulation`; here a counter is killed now and then
and counts its open buckets again.
"""

from __future__ import annotations

import datetime as dt
import os
import random
from functools import lru_cache
from itertools import chain
from typing import NamedTuple

import pytest

from detectors.state import State
from streams.alerts.misuse.basis import RuleBasis
from streams.config.model import Config
from streams.counts.bucket import Buckets
from streams.counts.intake import Intake
from streams.counts.wire import decode_counts, encode_counts, records
from streams.detection.checkpoint import Checkpoints
from streams.detection.merge import Merge
from streams.detection.misuse.judge import MisuseBucket, MisuseFound, MisuseSettings
from streams.detection.misuse.table import FACTS_OF_MISUSE, RULE
from streams.detection.rules.judge import RulesJudge, judges
from streams.items import Complaint, End, Sender
from streams.registry.table import Registry
from streams.sources.event_json import encode_event
from streams.stored.parts import RowsPart, StoredGroup
from tests.events_of import T0, at, config
from tests.simulation.run import small

STREAMS = int(os.environ.get("WEATHERVANE_RECOUNTS", "200"))
PARTS = 4
BUCKET_S, DAY_S = 6 * 3600, 86_400
NEED, DAYS, VALID_DAYS, WARN = 3, 4, 2, 1

RECORDS = 30
DELAYS_S = (0.0, 0.0, 3600.0, 7 * 3600.0, DAY_S, 3 * DAY_S, 6 * DAY_S)

Standings = list[tuple[int, dict[str, float]]]
"""Start of each closed bucket, and how many reporters each sender has."""


@lru_cache(maxsize=4)
def _settings(lanes: int) -> Config:
    parameters = {"need": NEED, "days": DAYS, "valid_days": VALID_DAYS, "warn": WARN}
    made = config(
        count={"levels": ["sender"], "lateness": "2h", "max_ahead": "46h"},
        detect={"rules": ["in-tcccpr-2025"]},
        rules={"in-tcccpr-2025": {"unregistered-sender": parameters}},
        sources={"complaints": {"kind": "complaint", "bucket": "6h", "partitions": lanes}},
    )
    vars(made)["sources"] = {"complaints": made.sources["complaints"]}
    return made


class Raw(NamedTuple):
    """A complaint as it was written: its time, and whether it was filed soon enough."""

    time_s: float
    sender: str
    reporter: int
    valid: bool
    value: bytes


def _raw(chance: random.Random, written_s: float, delay_s: float, name: str) -> Raw:
    time_s = T0 + written_s - delay_s * chance.random()
    filed_after = chance.choice((None, 0.5, VALID_DAYS, VALID_DAYS + 0.01, 9.0))
    sender, reporter = chance.choice("ab"), chance.randrange(6)
    event = Complaint(
        v=1, event_id=name, event_time=at(time_s), channel="sms", sender=Sender(sender),
        source="test", kind="marketing", reporter_hash=f"{reporter:016x}",
        occurred_at=None if filed_after is None else at(time_s - filed_after * DAY_S),
    )  # fmt: skip
    valid = filed_after is None or filed_after <= VALID_DAYS
    return Raw(time_s, sender, reporter, valid, encode_event(event))


def _lane(chance: random.Random, number: int, hours: float) -> list[Raw]:
    """Complaints in the order in which they were written, some of them twice.

    The first are not late, and no two are a day apart: none but the first has to wait for others
    that confirm its time.
    """
    found = []
    for place in range(RECORDS):
        written_s = (place + chance.random()) * hours * 3600 / RECORDS
        delay_s = 0.0 if place < 6 or place % 3 == 0 else chance.choice(DELAYS_S)
        found.append(_raw(chance, written_s, delay_s, f"{number}-{place}"))
        if chance.random() < 0.15:
            found.append(chance.choice(found))
    return found


def _judge(settings: Config) -> RulesJudge:
    facts = FACTS_OF_MISUSE[RULE]
    sources = list(settings.sources.values())
    (judge,) = judges(MisuseSettings(facts, settings, "6h", sources, 0.0))
    assert isinstance(judge, RulesJudge)
    return judge


def _stored(judge: RulesJudge) -> Checkpoints:
    """Return what stores a judge."""
    parts = {"rules": RowsPart(judge.state)}
    return Checkpoints(0, {"6h": StoredGroup(State(), parts, judge.pages)})


def _have(found: MisuseFound) -> float:
    assert isinstance(found.basis, RuleBasis)
    return found.basis.have


def _played(seed: int) -> tuple[Standings, list[tuple[int, int, Raw]]]:
    """What the evaluator says at each close; and the raw events, each with where it takes effect.

    That is the bucket of its time, or, where the lane had closed this, the first that it had not.
    """
    chance = random.Random(seed)
    lanes, hours = chance.choice((1, 2)), chance.choice((60.0, 200.0))
    settings = _settings(lanes)
    source, buckets = settings.sources["complaints"], Buckets(BUCKET_S, "UTC")
    merge, judge, nobody = Merge([source]), _judge(settings), Registry()
    stored, slots = _stored(judge), dict[bytes, bytes]()
    said: Standings = []
    effects: list[tuple[int, int, Raw]] = []
    offset = 0
    for number in range(lanes):
        raws = _lane(chance, number, hours)
        values = [raw.value for raw in raws]
        values.append(encode_event(End(v=1, source="complaints", through=at(T0 + 9e6))))
        intake, place, seen = Intake(source, number, ["sender"]), 0, 0
        mark = intake.lane.mark()
        while place < len(values):
            if place == seen < len(raws):
                closed, time_s = intake.lane.clock.closed, raws[place].time_s
                late = buckets.start(time_s) + BUCKET_S <= closed
                effects.append((buckets.start(closed if late else time_s),
                                buckets.start(time_s), raws[place]))  # fmt: skip
                seen += 1
            intake.take(place, values[place], None)
            assert place < 8 or not intake.lane.holds
            place += 1
            if chance.random() < 0.3 or place == len(values):
                flush = intake.lane.flush()
                for _, record in records("complaints", number, lanes, BUCKET_S, flush, 1):
                    merge.add(offset, decode_counts(encode_counts(record)))
                    offset += 1
                    for closed_bucket in merge.close():
                        for pages in judge.pages.values():
                            pages.at = closed_bucket.start
                        bucket = MisuseBucket(closed_bucket, nobody, (), 0, frozenset())
                        found = {each.place.entity: _have(each) for each in judge.close(bucket)}
                        said.append((closed_bucket.start, found))
                        if chance.random() < 0.3:  # a checkpoint: of what changed since the last
                            slots.update(stored.slots(offset, 0))
                            for key in chain.from_iterable(stored.outdated(offset)):
                                del slots[key]
                            if chance.random() < 0.3:  # killed
                                judge = _judge(settings)
                                stored = _stored(judge)
                                stored.restore(slots)
                if chance.random() < 0.5:
                    mark = intake.lane.mark()
            if chance.random() < 0.03 and place < len(values):  # killed
                intake, place = Intake(source, number, ["sender"], mark), mark.offset
    return said, effects


def _recounted(starts: list[int], effects: list[tuple[int, int, Raw]]) -> Standings:
    """Count anew for every close, of all that has taken effect by then."""
    found = []
    for start in starts:
        day = dt.datetime.fromtimestamp(start, dt.UTC).toordinal()
        reporters: dict[str, set[int]] = {}
        for effect, of_bucket, raw in effects:
            own_day = dt.datetime.fromtimestamp(of_bucket, dt.UTC).toordinal()
            if raw.valid and effect <= start and day - DAYS < own_day <= day:
                reporters.setdefault(raw.sender, set()).add(raw.reporter)
        have = {who: float(min(len(by), NEED)) for who, by in reporters.items()}
        found.append((start, have))
    return found


@pytest.mark.parametrize("part", range(PARTS))
def test_it_is_equal_to_a_recount_of_the_raw_events(part: int) -> None:
    """Random streams with late, repeated and invalid complaints, and counters that are killed."""
    late = 0
    with small():
        for seed in range(part, STREAMS, PARTS):
            said, effects = _played(seed)
            assert said == _recounted([start for start, _ in said], effects), seed
            late += sum(effect != of_bucket for effect, of_bucket, _ in effects)
    assert late > STREAMS / PARTS
