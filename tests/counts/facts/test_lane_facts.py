"""What lanes count beside totals: the same in batches, after crashes, and as plain sets say."""

from __future__ import annotations

import random
from collections import Counter, defaultdict

import pytest

from detectors.distinct.bottom_k import Sketch
from streams.counts.bucket import Buckets
from streams.counts.facts.hashes import NameHashes, hashes_of
from streams.counts.facts.people import People
from streams.facts.bucket import NO_FACTS
from streams.facts.wanted import NOTHING_WANTED
from streams.items import SURPLUS, Complaint, Send
from streams.sources.event_facts import NAMED
from streams.sources.event_json import encode_event
from tests.counts.facts.drawn import LEVELS, counted, stream, wanting
from tests.events_of import T0, send

KINDS = ("complaints", "sends")


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("most_senders", [250_000, 5])
def test_batches_and_crashes_change_nothing(kind: str, most_senders: int) -> None:
    """Event by event, many at once, and with crashes and repeats: the same buckets close."""
    source = wanting(kind, most_senders=most_senders)
    for seed in range(3):
        values = stream(seed, kind, 300)
        alone = counted(source, values)
        assert counted(source, values, batch=250) == alone
        for crash in range(3):
            chance = random.Random(f"{seed} {crash}")
            assert counted(source, values, batch=chance.randrange(1, 40), crash=chance) == alone


def _ids(event: Complaint | Send, level: str) -> str | None:
    if level == "all":
        return "all"
    return event.sender.id if level == "sender" else getattr(event.sender, level)


def _hash(text: str) -> int:
    return int(hashes_of([text], NameHashes())[0])


def _in_time(kind: str, seed: int) -> dict[int, list[Complaint | Send]]:
    """The events of each bucket that are no repeats, late ones too."""
    buckets = Buckets(60, "UTC")
    found: dict[int, list[Complaint | Send]] = defaultdict(list)
    for _, event, _ in stream(seed, kind):
        found[buckets.start(event.event_time.timestamp())].append(event)
    return {
        start: list({e.event_id: e for e in events}.values()) for start, events in found.items()
    }


def _said(event: Complaint | Send) -> dict[str, str | None]:
    """Whom or what an event adds to which sketch, written anew."""
    out: dict[str, str | None] = {}
    if isinstance(event, Send):
        out["recipients"] = event.recipient_hash
        return out
    reporter = event.reporter_hash or NAMED + event.event_id
    soon = event.occurred_at is None or (event.event_time - event.occurred_at).days < 7
    out["reporters"] = reporter
    out["valid_reporters"] = reporter if soon and event.verified is not False else None
    out["optouts"] = event.reporter_hash if event.kind == "optout_ignored" else None
    return out


@pytest.mark.parametrize("kind", KINDS)
def test_they_are_what_sets_of_the_events_say(kind: str) -> None:
    """Sketches, consent, uses and late complaints, of an input that has no crash."""
    source = wanting(kind)
    late_found = late_expected = 0
    for seed in range(4):
        closed = counted(source, stream(seed, kind), batch=20)
        events = _in_time(kind, seed)
        for bucket in closed:
            key = (source.name, "all")
            if bucket.sums.get(key, {}).get("all", 0) != sum(e.count for e in events[bucket.start]):
                late_expected += 1
                continue  # some came late
            for level, what in source.facts.distinct:
                sets: dict[str, set[int]] = defaultdict(set)
                for event in events[bucket.start]:
                    name, thing = _ids(event, level), _said(event)[what]
                    if name is not None and thing is not None:
                        sets[name].add(_hash(thing))
                expected = {name: Sketch.from_hashes(found) for name, found in sets.items()}
                of_level = bucket.facts.distinct.get((source.name, level), {})
                assert {n: of[what] for n, of in of_level.items() if what in of} == expected
            for level in source.facts.consents:
                counts: Counter[tuple[str, str]] = Counter()
                for event in events[bucket.start]:
                    name = _ids(event, level)
                    if isinstance(event, Send) and event.consent is not None and name is not None:
                        counts[name, event.consent] += event.count
                rows = bucket.facts.consents.get((source.name, level), {})
                assert {
                    (name, word): count
                    for name, row in rows.items()
                    for word, count in row._asdict().items()
                    if count
                } == dict(counts)
            assert sum(use.total for use in bucket.facts.uses) == sum(
                e.count
                for e in events[bucket.start]
                if any(_ids(e, level) for level in LEVELS if level != "all")
                and (kind == "complaints" or any(_ids(e, level) for level in LEVELS[1:4]))
            )
        late_found += sum(late.total for b in closed for late in b.facts.late if late.id == "a")
    assert late_expected > 0, "the streams have late events"
    assert (late_found > 0) == (kind == "complaints")


def test_late_complaints_take_effect_in_the_first_bucket_that_is_open() -> None:
    """All late complaints of a lane are in its facts, by the bucket of their time, once."""
    source = wanting("complaints")
    for seed in range(4):
        values = stream(seed, "complaints")
        closed = counted(source, values)
        found: Counter[int] = Counter()
        for bucket in closed:
            for late in bucket.facts.late:
                assert late.of_bucket < bucket.start
                if late.level == "sender" and late.id == "a":
                    found[late.of_bucket] += late.total
                assert late.reporters.count().value >= late.valid_reporters.count().value
        in_time: Counter[int] = Counter()
        for bucket in closed:
            in_time[bucket.start] += bucket.sums.get((source.name, "sender"), {}).get("a", 0)
        every: Counter[int] = Counter()
        for event in {event.event_id: event for _, event, _ in values}.values():
            if event.sender.id == "a":
                every[int(event.event_time.timestamp() // 60 * 60)] += event.count
        assert +(found + in_time) == +every


def test_nothing_is_counted_where_nothing_is_wanted() -> None:
    """Not even room is made for it."""
    source = wanting("complaints").model_copy(update={"facts": NOTHING_WANTED})
    closed = counted(source, stream(1, "complaints"), batch=250)
    assert [bucket.facts for bucket in closed] == [NO_FACTS] * len(closed)


def event_of_one_minute(number: int) -> Send:
    """A send of one sender, with a signature of its own."""
    return send(0.0, "a", event_id=str(number), signature=f"s{number}")


def test_uses_beyond_the_bound_are_counted_together() -> None:
    """The first hundred of an entity are apart; recounts give the same ones."""
    source = wanting("sends")
    records = []
    for number in range(250):
        event = event_of_one_minute(number)
        records.append((encode_event(event), event, T0))
    (bucket,) = counted(source, records, batch=250)
    uses = bucket.facts.uses
    assert [use.total for use in uses if use.kind == SURPLUS] == [len(records) - 100]
    assert {use.signature for use in uses if use.kind is None} == {f"s{n}" for n in range(100)}


def test_where_there_is_little_room_k_is_smaller_whatever_the_order() -> None:
    """It depends on the set alone: the sketches of a bucket are the same in every order."""
    chance = random.Random(7)
    pairs = [(f"s{n % 40}", f"{chance.getrandbits(64):016x}") for n in range(4000)]
    found = []
    for turn in range(3):
        people: People[str] = People(40, NameHashes())
        for number, (sender, text) in enumerate(pairs):
            people.note(sender, text)
            if number % (500 * (turn + 1)) == 0:
                people.settle(last=True)
        found.append(people.by_name({f"s{n}": f"s{n}" for n in range(40)}))
        chance.shuffle(pairs)
    assert found[0].k == 8
    for one in found[1:]:
        assert one.k == 8
        assert one.packed == found[0].packed
    assert max(map(len, found[0].packed.values())) == 8 * 6
