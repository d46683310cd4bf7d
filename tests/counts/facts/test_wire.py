"""Facts in records of ``counts``: each with its total, bounded, refused where they do not fit."""

from __future__ import annotations

import msgspec
import pytest

from streams.counts.facts.bucket_facts import FlushedFacts
from streams.counts.facts.people import Packed
from streams.counts.facts.uses import USES_AN_ENTITY, NamedUse
from streams.counts.intake import Intake
from streams.counts.open_bucket import Flush
from streams.counts.wire import Unreadable, decode_counts, encode_counts, records
from streams.detection.context.membership import Belonging
from streams.detection.lane_facts import FactsOfLane, LaneKey
from streams.detection.merge import ClosedBucket, Merge
from streams.detection.sealing import Shelf, Totals, seal
from streams.facts.record import Consent, Distinct, Late, Use
from streams.items import MAX_NAME_BYTES, Counts, Total
from tests.counts.facts.drawn import LEVELS, stream, wanting

MIB = 1 << 20
FULL = b"".join(number.to_bytes(6, "big") for number in range(128))


def _flush(number: int, name_bytes: int, *, uses: int) -> Flush:
    """Entities with full sketches, consent and uses, as large as may be."""

    def named(place: int) -> str:
        return f"{place:08}".rjust(name_bytes, '"')

    flush = Flush(totals=[Total(60, "sender", named(n), 10**9) for n in range(number)])
    row = NamedUse((*(named(0),) * 7, "marketing"), 10**9)
    flush.facts[60] = FlushedFacts(
        {("sender", "reporters"): Packed(128, {named(n): FULL for n in range(number)})},
        {"sender": {named(n): [10**9] * 4 for n in range(number)}},
        {("sender", named(n)): [row] * uses for n in range(0, number, 50)},
    )
    hashes = FULL
    flush.late = [
        Late(60, 0, "sender", named(n), 10**9, 128, hashes, hashes) for n in range(number // 4)
    ]
    return flush


def test_records_with_facts_stay_small() -> None:
    """Under 1 MiB with names of usual length, and under the broker's limit with the longest."""
    for name_bytes, most in ((12, MIB), (MAX_NAME_BYTES, 8_000_000)):
        found = [
            counts
            for _, counts in records(
                "s", 0, 1, 60, _flush(1500, name_bytes, uses=USES_AN_ENTITY), 1
            )
        ]
        assert max(len(encode_counts(counts)) for counts in found) < most
        assert sum(len(part.sizes) for counts in found for part in counts.distinct) == 1500
        assert sum(len(counts.consents) for counts in found) == 1500
        assert sum(len(counts.uses) for counts in found) == 30 * USES_AN_ENTITY
        assert sum(len(counts.late) for counts in found) == 375


def test_every_shard_gets_the_facts_of_its_entities() -> None:
    """What shards have is what one shard has, taken apart."""
    flush = _flush(100, 12, uses=1)
    alone = {total.id for _, counts in records("s", 0, 1, 60, flush, 1) for total in counts.totals}
    found: dict[str, int] = {}
    for shard, counts in records("s", 0, 1, 60, flush, 3):
        for part in counts.distinct:
            for at in range(len(part.sizes)):
                place = int.from_bytes(part.places[2 * at : 2 * at + 2], "little")
                found[counts.totals[place].id] = shard
        for late in counts.late:
            assert found.setdefault(late.id, shard) == shard
    assert found.keys() == alone
    assert len(set(found.values())) == 3


def _counts(**fields: object) -> Counts:
    total = Total(60, "sender", "a", 1)
    return Counts("s", 0, 1, 60, totals=[total], v=2, **fields)  # type: ignore[arg-type]


NO_NAMES = (None,) * 8
HASHES = FULL[:12]


@pytest.mark.parametrize(
    "fields",
    [
        {"distinct": [Distinct("reporters", 128, b"\1\0", b"\2", HASHES)]},
        {"distinct": [Distinct("reporters", 128, b"\0", b"\2", HASHES)]},
        {"distinct": [Distinct("reporters", 128, b"\0\0", b"\1", HASHES)]},
        {"distinct": [Distinct("reporters", 2, b"\0\0", b"\2", HASHES)]},
        {"distinct": [Distinct("reporters", 129, b"\0\0", b"\2", HASHES)]},
        {"consents": [Consent(1, 0, 0, 0, 0)]},
        {"uses": [Use(7, *NO_NAMES, 1)]},
        {"late": [Late(60, 0, "town", "a", 1, 128, b"", b"")]},
    ],
)
def test_facts_that_do_not_fit_their_record_are_refused(fields: dict[str, object]) -> None:
    """The record is none of ours: it is passed like any other that cannot be read."""
    with pytest.raises(Unreadable, match="not a counts record"):
        decode_counts(encode_counts(_counts(**fields)))


def test_a_record_without_facts_has_none_of_their_keys() -> None:
    """So what is written where nothing is wanted is what was written before."""
    value = encode_counts(_counts())
    assert msgspec.json.decode(value).keys() == {
        *("source", "lane", "lanes", "bucket_s", "totals", "v")
    }


def _merged(parts: list[list[bytes]], source_name: str) -> list[ClosedBucket]:
    source = wanting(source_name, partitions=len(parts))
    merge = Merge([source])
    closed: list[ClosedBucket] = []
    for offset, value in enumerate(value for part in parts for value in part):
        merge.add(offset, decode_counts(value))
    closed += merge.close()
    return closed


def test_smaller_totals_that_come_later_bring_no_facts() -> None:
    """A recount that lost its place writes less: what came with more stays."""
    full, part = (
        _counts(distinct=[Distinct("reporters", 128, b"\0\0", bytes([n]), FULL[: 6 * n])])
        for n in (3, 1)
    )
    full = msgspec.structs.replace(full, source="complaints", totals=[Total(60, "sender", "a", 3)])
    part = msgspec.structs.replace(part, source="complaints", watermark=180.0)
    (bucket,) = _merged([[encode_counts(full), encode_counts(part)]], "complaints")[:1]
    assert len(bucket.facts.distinct["complaints", "sender"]["a"]["reporters"]) == 3


def test_lanes_are_united() -> None:
    """Sketches of two lanes are those of both: who is in both counts once."""
    values = []
    for lane, hashes in enumerate((FULL[:18], FULL[12:24])):
        distinct = [Distinct("reporters", 128, b"\0\0", bytes([len(hashes) // 6]), hashes)]
        late = [Late(60, 0, "sender", "a", 2, 128, hashes, b"")]
        counts = _counts(
            distinct=distinct,
            late=late,
            consents=[Consent(0, 1, 2, 3, 4)],
            uses=[Use(0, "1069", *(None,) * 7, 5)],
        )
        counts = msgspec.structs.replace(
            counts, source="complaints", lane=lane, lanes=2, watermark=120.0
        )
        values.append([encode_counts(counts)])
    (bucket,) = _merged(values, "complaints")
    facts = bucket.facts
    assert facts.distinct["complaints", "sender"]["a"]["reporters"].packed == FULL[:24]
    assert facts.consents["complaints", "sender"]["a"] == (2, 4, 6, 8)
    assert [(use.access_code, use.total) for use in facts.uses] == [("1069", 10)]
    assert [(late.total, len(late.reporters)) for late in facts.late] == [(4, 4)]


def _beside_a_silent_lane() -> list[ClosedBucket]:
    """Count one lane of two; the other says nothing until the end."""
    source = wanting("complaints", partitions=2)
    intake, merge = Intake(source, 0, LEVELS), Merge([source])
    written = 0
    for place, (value, _, written_s) in enumerate(stream(5, "complaints", 200)):
        intake.take(place, value, written_s)
        if place % 20 == 19:
            for _, counts in records(source.name, 0, 2, 60, intake.lane.flush(early=False), 1):
                merge.add(written, counts)
                written += 1
            assert not list(merge.close())
    end = Flush(watermark=intake.lane.watermark, idle=True)
    for _, counts in records(source.name, 1, 2, 60, end, 1):
        merge.add(written, counts)
    return list(merge.close())


def test_what_waits_for_a_lane_is_put_aside_with_its_facts(monkeypatch: pytest.MonkeyPatch) -> None:
    """Sealed and taken back, they are the same."""
    expected = _beside_a_silent_lane()
    assert any(bucket.facts.distinct for bucket in expected[1:])
    sealed: list[FactsOfLane | None] = []

    def noted(
        shelf: Shelf, totals: Totals, belonging: Belonging, lane: LaneKey, facts: FactsOfLane | None
    ) -> int:
        sealed.append(facts)
        return seal(shelf, totals, belonging, lane, facts)

    monkeypatch.setattr("streams.detection.merge.seal", noted)
    monkeypatch.setattr("streams.detection.merge.MOST_OPEN", 2)
    assert _beside_a_silent_lane() == expected
    assert any(facts is not None for facts in sealed)
