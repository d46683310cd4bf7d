"""Records of another's topic: people are hashed, and each item is counted once or told."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from streams.config.load import parse_config
from streams.config.sources import Source
from streams.counts.intake import Intake
from streams.counts.mark import Mark, decode_mark, encode_mark
from streams.counts.meters import CountMeters
from streams.items import SKIPPED, Level, Place, Send, Total
from streams.sources.formats.format import Headers
from streams.sources.lost_fields import LostFields
from streams.sources.mapping.record_items import Item, RecordItems
from streams.sources.privacy import hash_person
from streams.sources.rejects import Undecodable
from tests.events_of import T0, send, source

KEY = b"0123456789abcdef"
LEVELS: list[Level] = ["sender", "all"]


def _mapped() -> Source:
    table = {
        "kind": "send",
        "topic": "mt_log",
        "topic_format": "source",
        "time": "$.ts",
        "sender": "$.src",
        "recipient": "$.dst",
        "lateness": "0s",
    }
    return parse_config({"timezone": "UTC", "sources": {"mt": table}}).sources["mt"]


def _record(second: float, **fields: Any) -> bytes:
    return json.dumps(
        {"ts": round((T0 + second) * 1000), "src": "1069", "dst": "13800138000", **fields}
    ).encode()


class _Several(RecordItems):
    """Every record is a list of items, which the test has made."""

    def __init__(self, records: Sequence[Sequence[Item]]) -> None:
        self._records = records
        self._own = self._assembler = None
        self.lost = LostFields()

    def of_record(
        self, value: bytes | None, headers: Headers, record_id: str, written_s: float | None
    ) -> list[Item]:
        return list(self._records[int(value or b"0")])


def test_another_s_records_are_counted_as_those_of_a_file() -> None:
    """By the source's mapping; what is no event is rejected with its place, and holds no person."""
    where = _mapped()
    intake = Intake(where, 2, LEVELS, items=RecordItems(where, KEY))
    records = [*(_record(n) for n in range(5)), b"{", None, _record(5, src=""), _record(10**7)]
    intake.take_all(range(10, 10 + len(records)), records, [T0 + 60] * len(records), appended=True)
    intake.lane.idle(T0 + 60)
    assert Total(int(T0), "sender", "1069", 5) in intake.lane.flush().totals
    assert [(reject.place, reject.reason) for reject in intake.rejects] == [
        (Place("mt_log", 2, 15), "not_json"),
        (Place("mt_log", 2, 16), "tombstone"),
        (Place("mt_log", 2, 17), "missing"),
        (Place("mt_log", 2, 18), "too_far_ahead"),
    ]
    assert not where.payload_in_rejects
    assert intake.lane.position == 19


def test_an_event_without_an_id_is_known_by_its_record() -> None:
    """Topic, partition and offset: the same after every recount. The person is hashed."""
    where = _mapped()
    (event,) = RecordItems(where, KEY).of_record(_record(1), (), where.record_id(2, 17), T0)
    assert isinstance(event, Send)
    assert event.event_id == "mt:mt_log-2-17"
    assert event.recipient_hash == hash_person(KEY, "13800138000")


def test_items_of_a_record_are_told_apart() -> None:
    """Events count, what is skipped is told, and each reject says which item it was."""
    bad = Undecodable("missing", "time must be given")
    records: list[list[Item]] = [
        [send(1), bad, SKIPPED, send(2), bad],
        [],
        [SKIPPED],
        [bad],
        [send(n) for n in range(3, 6)],
    ]
    intake, meters = (
        Intake(source(lateness="0s"), 0, LEVELS, items=_Several(records)),
        CountMeters(),
    )
    for offset in range(len(records)):
        intake.take(offset, str(offset).encode(), T0)
    intake.finish()
    assert (intake.records, intake.lane.events, intake.skipped) == (5, 5, 2)
    places = [(reject.place.offset, reject.place.index) for reject in intake.rejects]
    assert places == [(0, 1), (0, 4), (3, None)]
    assert intake.lane.position == 5
    assert (intake.passed, intake.passed_s) == (2, None)
    intake.take(5, b"1", T0 + 9)
    assert intake.passed_s == T0 + 9
    meters.measure(("sends", 0), intake, head=5, now_s=T0)
    skipped = "weathervane_count_skipped_total"
    assert meters.registry.get_sample_value(skipped, {"source": "sends"}) == 2


_items: st.SearchStrategy[Item] = st.one_of(
    st.integers(0, 300).map(lambda second: send(float(second), f"s{second % 3}")),
    st.integers(0, 300).map(lambda second: send(float(second), f"s{second % 3}")),
    st.just(send(3e8)),
    st.just(SKIPPED),
    st.just(Undecodable("missing", "time must be given")),
)


@settings(max_examples=150, deadline=None)
@given(
    st.lists(st.lists(_items, max_size=5), max_size=25),
    st.lists(st.integers(0, 25), max_size=3),
    st.sampled_from(["0s", "100s"]),
)
def test_whatever_is_killed_each_item_is_counted_once(
    records: list[list[Item]], kills: list[int], lateness: str
) -> None:
    """Totals, rejects and marks of a killed and recounted lane are those of one left alone."""
    where = source(lateness=lateness)

    def run(intake: Intake, upto: int, totals: dict[Any, int], rejects: set[Any]) -> None:
        for offset in range(intake.lane.position, upto):
            intake.take(offset, str(offset).encode(), T0 + 1e6)
            for total in intake.lane.flush().totals:
                key = (total.bucket, total.level, total.id)
                totals[key] = max(total.count, totals.get(key, 0))
            rejects |= {(r.place.offset, r.place.index, r.reason) for r in intake.rejects}
            intake.rejects.clear()

    whole, disturbed = ({}, set()), ({}, set())  # type: tuple[Any, Any], tuple[Any, Any]
    undisturbed = Intake(where, 0, LEVELS, items=_Several(records))
    run(undisturbed, len(records), *whole)
    mark, intake = Mark(0), undisturbed
    for upto in (*sorted(min(kill, len(records)) for kill in kills), len(records)):
        intake = Intake(where, 0, LEVELS, mark, _Several(records))
        run(intake, upto, *disturbed)
        mark = decode_mark(intake.lane.mark().offset, encode_mark(intake.lane.mark()))
    assert disturbed == whole
    assert intake.lane.mark() == undisturbed.lane.mark()


def test_a_source_of_people_needs_its_key() -> None:
    """Nobody is counted unhashed."""
    with pytest.raises(ValueError, match="names people"):
        RecordItems(_mapped(), None)
