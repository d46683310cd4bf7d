"""What was used in a bucket is known of everybody who counted."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from random import Random

import msgspec
import pytest

from streams.config.sources import Source
from streams.counts.wire import decode_counts, encode_counts
from streams.detection.merge import ClosedBucket, Merge
from streams.detection.misuse.judge import MisuseBucket, MisuseJudge
from streams.detection.misuse.new_code import NewCodeJudge
from streams.detection.misuse.scope import ScopeJudge
from streams.detection.misuse.uses import uses_in
from streams.facts.wanted import NOTHING_WANTED
from streams.items import SURPLUS, Counts, Sender, Total
from streams.registry.control import RegistryRow
from streams.registry.entry import CodeEntry
from streams.registry.table import Registry
from streams.sources.event_json import encode_event
from tests.counts.facts.drawn import complaint, counted, send, wanting
from tests.detection.misuse.events import RawEvent, closed
from tests.events_of import T0


def test_uses_are_also_those_of_senders_that_name_nothing() -> None:
    """Lanes leave them out: a bucket's totals say as much; nothing is there twice."""
    events = [RawEvent(0, "1069001"), RawEvent(0, "1069001", signature="Mall"), RawEvent(0, "x")]
    whole = closed(0, events)
    named = [use for use in whole.facts.uses if use.signature is not None]
    bucket = whole._replace(facts=whole.facts._replace(uses=named))
    assert sorted(uses_in(bucket), key=repr) == sorted(whole.facts.uses, key=repr)
    assert list(uses_in(whole)) == whole.facts.uses


REGISTERED = RegistryRow(1, "code/10690001", CodeEntry(id="10690001"))


def _found(bucket: ClosedBucket) -> list[tuple[str, str | None]]:
    """What scope and new codes find in a bucket, with one registered code."""
    registry = Registry()
    registry.take([REGISTERED])
    judged = MisuseBucket(bucket, registry, (), 738_000, frozenset())
    judges: tuple[MisuseJudge, ...] = (ScopeJudge(0.0), NewCodeJudge(90, 0, 0.0))
    return [(one.place.entity, one.place.kind) for each in judges for one in each.close(judged)]


def _counted(source: Source, senders: Iterable[Sender | str], kind: str) -> ClosedBucket:
    """The bucket of a lane that counted one event of each of these senders."""
    draw, make = Random(1), complaint if kind == "complaints" else send
    events = []
    for number, sender in enumerate(senders):
        named = sender if isinstance(sender, Sender) else Sender(sender)
        event = msgspec.structs.replace(make(draw, number, 5.0, 3), sender=named)
        events.append((encode_event(event), event, T0 + 5.0))
    (bucket,) = counted(source, events)
    return bucket


@pytest.mark.parametrize("kind", ["sends", "complaints"])
def test_uses_beyond_the_bound_are_no_uses_of_the_senders_own_id(kind: str) -> None:
    """Each of 150 categories names the registered code: no row says so, and nothing is found."""
    own = [Sender("1069520188", access_code="10690001", category=f"c{n}") for n in range(150)]
    bucket = _counted(wanting(kind), own, kind)
    assert [use.total for use in bucket.facts.uses if use.kind == SURPLUS] > [0]
    assert _found(bucket) == [("10690001", "first")]


def test_an_id_is_a_code_only_where_it_is_known_as_one() -> None:
    """Telephone numbers, addresses and names are none; what events name as a code is one."""
    plain = ["13800138000", "+4915112345678", "acme", "1069520188"]
    bucket = _counted(wanting("sends"), [*plain, Sender("acme", access_code="95599")], "sends")
    expected = {"1069520188": {"code", "first"}, "95599": {"code", "first"}}
    found = _found(bucket)
    assert {name: {kind for of, kind in found if of == name} for name, _ in found} == expected


def test_where_uses_were_not_counted_totals_say_nothing_of_codes() -> None:
    """Counters that still run with the configuration before, for one lane of two or for all."""
    without = wanting("sends").model_copy(update={"facts": NOTHING_WANTED})
    assert _found(_counted(without, ["1069520188"], "sends")) == []
    values = [
        Counts("sends", lane, 2, 60, [Total(60, "sender", "1069520188", 5)], watermark=180.0)
        for lane in (0, 1)
    ]

    def closed_of(counting: Sequence[int]) -> ClosedBucket:
        merge = Merge([wanting("sends", partitions=2)])
        for lane, value in enumerate(values):
            said = msgspec.structs.replace(value, uses_counted=lane in counting)
            merge.add(lane, decode_counts(encode_counts(said)))
        return next(iter(merge.close()))

    assert _found(closed_of([])) == _found(closed_of([1])) == []
    assert sorted(_found(closed_of([0, 1]))) == [("1069520188", "code"), ("1069520188", "first")]
