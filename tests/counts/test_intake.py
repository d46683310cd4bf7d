"""Every record of a lane is counted or rejected with its place; none stops what follows."""

from __future__ import annotations

from itertools import cycle
from typing import Any, cast

import msgspec
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from streams.config.sources import Source
from streams.counts.intake import Intake
from streams.items import Complaint, Event, Level, Place, Send, Total
from streams.sources.event_json import Decoder, encode_event
from tests.events_of import DAY, T0, at, complaint, record, send, source


def _intake(where: Source | None = None) -> Intake:
    return Intake(where or source(lateness="0s"), 3, ["sender", "all"])


def _end(time_s: float) -> bytes:
    through = at(T0 + time_s).isoformat()
    return f'{{"v":1,"type":"end","source":"test","through":"{through}"}}'.encode()


def _take(intake: Intake, values: list[bytes | None], written_s: float | None = None) -> None:
    for offset, value in enumerate(values, start=intake.records):
        intake.take(offset, value, written_s)


def test_events_are_counted() -> None:
    """Bytes of a topic to totals of its lane."""
    intake = _intake()
    _take(intake, [record(n, count=2) for n in range(6)])
    _take(intake, [_end(6)])
    assert intake.lane.flush().totals == [
        Total(int(T0), "sender", "a", 12),
        Total(int(T0), "all", "all", 12),
    ]
    assert (intake.records, intake.rejected.total(), intake.ends) == (7, 0, 1)


@pytest.mark.parametrize(
    "value",
    [
        None,
        b"",
        b"not json",
        b"\xff\xfe\x00",
        b"[" * 50_000,
        b"{}",
        b'{"v":1,"type":"send"}',
        record(1).replace(b'"a"', b'""'),
        record(1, count=2).replace(b'"count":2', b'"count":"many"'),
        record(1).replace(b'"a"', b'"a\\u0007"'),
        record(1).replace(b'"a"', b'"' + b"a" * 1_000_000 + b'"'),
        encode_event(complaint(1)),
        record(10**7),
    ],
    ids=lambda value: str(value)[:24],
)
def test_a_bad_record_is_rejected_with_its_place(value: bytes | None) -> None:
    """It stands among good ones, is rejected with its bytes, and the rest is counted."""
    intake = _intake()
    _take(intake, [record(n) for n in range(5)], T0)
    _take(intake, [value], T0)
    _take(intake, [record(n) for n in range(6, 10)], T0)
    (reject,) = intake.rejects
    assert reject.place == Place(topic="sends", partition=3, offset=5)
    assert reject.raw == (value or b"")
    assert reject.reason
    assert reject.detail
    intake.finish()
    assert (intake.records, intake.lane.events, intake.rejected.total()) == (10, 9, 1)
    assert intake.lane.late == 0


def test_a_corrupt_time_is_rejected_with_its_bytes() -> None:
    """A row of years later in old data: held, refused, and its record kept as it came."""
    intake = _intake()
    corrupt = record(1000 * DAY)
    _take(intake, [*(record(n) for n in range(5)), corrupt, *(record(n) for n in range(6, 20))])
    (reject,) = intake.rejects
    assert (reject.reason, reject.place.offset, reject.raw) == ("time_jump", 5, corrupt)
    assert "2028" in reject.detail
    assert intake.lane.late == 0
    intake.finish()
    assert intake.lane.events == 19


def test_the_last_event_written_dates_the_lane() -> None:
    """Rejects and end marks say nothing about how old the lane's data are."""
    intake = _intake()
    assert intake.last_written_s is None
    intake.take(0, record(0), T0 + 1)
    intake.take(1, b"bad", T0 + 50)
    intake.take(2, _end(0), T0 + 60)
    assert intake.last_written_s == T0 + 1


def test_an_end_mark_closes_what_is_open() -> None:
    """The last bucket of a file needs no later event; what is held is decided first."""
    intake = _intake()
    _take(intake, [record(5), _end(5)])
    flush = intake.lane.flush()
    assert flush.watermark == T0 + 60
    assert [total.count for total in flush.totals] == [1, 1]


def test_an_end_mark_of_a_time_too_far_ahead_is_rejected() -> None:
    """One bad end mark does not make years of events late."""
    intake = _intake()
    _take(intake, [record(5), _end(400 * DAY)], T0 + 10)
    assert [reject.reason for reject in intake.rejects] == ["too_far_ahead"]
    assert intake.ends == 0


def test_rejects_have_a_total_for_each_reason() -> None:
    """Events too far ahead are told apart from what could not be read."""
    intake = _intake()
    _take(intake, [record(0), record(10**6), b"{", record(10**7), None], T0)
    assert intake.rejected == {"too_far_ahead": 2, "not_json": 1, "tombstone": 1}


_good = st.builds(lambda s, n: record(float(s), count=n), st.integers(0, 300), st.integers(1, 5))
_any = st.one_of(
    _good,
    _good,
    st.none(),
    st.binary(max_size=40),
    st.integers(0, 3).map(lambda n: record(3000 * DAY * (n + 1))),
    st.integers(0, 200).map(_end),
)


@settings(max_examples=100, deadline=None)
@given(st.lists(_any, max_size=40), st.sampled_from([None, T0 + 400]))
def test_records_are_events_and_rejects(
    values: list[bytes | None], written_s: float | None
) -> None:
    """Whatever comes: each is an event, an end mark or a reject with its place and bytes."""
    intake = _intake()
    _take(intake, values, written_s)
    intake.finish()
    rejected = intake.rejected.total()
    assert intake.records == intake.lane.events + intake.ends + rejected == len(values)
    assert len(intake.rejects) == rejected
    offsets = [reject.place.offset for reject in intake.rejects]
    assert len(set(offsets)) == len(offsets)
    for reject in intake.rejects:
        assert reject.place.offset is not None
        assert reject.raw == (values[reject.place.offset] or b"")
    assert intake.lane.position == len(values)


def test_complaints_come_as_complaints() -> None:
    """A source of complaints refuses sends, and counts what names no sender at `all` only."""
    intake = _intake(source("complaints", lateness="0s"))
    _take(intake, [encode_event(complaint(n, None)) for n in range(5)])
    _take(intake, [encode_event(send(5)), _end(5)])
    assert intake.lane.flush().totals == [Total(int(T0), "all", "all", 5)]
    assert [reject.place.offset for reject in intake.rejects] == [5]


ODD = [
    b"",
    b"{",
    b"null",
    b'{"v":1,"type":"send","x":[1,',  # with the next, and a newline between: one record
    b"2]}",
    _end(90),
    _end(200).replace(b"{", b"{\n", 1),
    record(10).replace(b'"s', b'"\\u0073', 1),
    record(11).replace(b"Z", b"", 1),
    record(12) + b"\n" + record(13),
    record(12) + record(13),
    record(12) + b" ",
    record(14).replace(b'"sms"', b'"fax"'),
    record(5 * 86400),
    record(9e8),
    record(-9e8),
    record(20, count=7),
    record(21, sender="\u5546\u57ce"),
    record(22, sender="\u5546" * 86),
    record(23, event_id="\u5546" * 90),
    record(24, sender="a\u0085b"),
    record(25, sender="a\x7fb"),
]


def _plain(kind: str, second: int) -> bytes:
    """Some with a platform or a signature, some that count two, some whose id comes again."""
    names = [{}, {}, {"platform": "Mall"}, {"signature": "Shop", "platform": "Mall"}][second % 4]
    event: Send | Complaint = send(
        float(second), f"s{second % 3}", 2 if second % 7 == 0 else 1, **names
    )
    if kind == "complaints":
        event = msgspec.structs.replace(
            complaint(float(second), f"s{second % 3}", f"c{second % 40}"),
            sender=event.sender,
            occurred_at=at(T0) if second % 5 == 0 else None,
        )
    return encode_event(event)


@settings(max_examples=200, deadline=None)
@given(
    st.sampled_from(["sends", "complaints"]),
    st.lists(
        st.one_of(
            *[st.integers(0, 150)] * 8,
            st.sampled_from([*ODD, None]),
        ),
        max_size=60,
    ),
    st.lists(st.integers(1, 25), min_size=1, max_size=10),
    st.sampled_from([0.0, 50.0, 1e6]),
    st.sampled_from(["0s", "10s", "100s"]),
    st.booleans(),
)
@example("sends", [record(1)[:-1] + b',"x":[1,', b"2]}", record(12)], [25], 0.0, "0s", False)
@example("sends", [record(1)[:-1] + b',"x":[1,', b"2]}"], [25], 0.0, "0s", False)
@example("sends", [0, 1, 2, 3, 4, 61, 72, 5], [5, 1, 25], 50.0, "10s", False)
@example("complaints", [*range(0, 62, 2), *range(5)], [7, 25], 50.0, "100s", True)
def test_records_taken_together_are_taken_as_one_after_the_other(
    kind: str,
    drawn: list[int | bytes | None],
    sizes: list[int],
    written_after_s: float,
    lateness: str,
    in_order: bool,
) -> None:
    """However records are fetched, plain ones and odd ones, the same is counted and rejected."""
    where = source(kind, lateness=lateness)
    levels: list[Level] = ["sender", "signature", "platform", "all"]
    alone, together = Intake(where, 3, levels), Intake(where, 3, levels)
    if in_order:
        drawn = [*sorted(one for one in drawn if isinstance(one, int))]
    values = [_plain(kind, one) if isinstance(one, int) else one for one in drawn]
    written = [T0 + place + written_after_s for place in range(len(values))]
    offsets = [3 * place for place in range(len(values))]
    place = 0
    for size in cycle(sizes):
        if place >= len(values):
            break
        piece = slice(place, place + size)
        for one in zip(offsets[piece], values[piece], written[piece], strict=True):
            alone.take(*one)
        together.take_all(offsets[piece], values[piece], written[piece])
        place += size
        if size % 3 == 0:
            assert together.lane.flush() == alone.lane.flush()
    assert _said(together) == _said(alone)


@settings(max_examples=60, deadline=None)
@given(
    st.sampled_from(["sends", "complaints"]),
    st.lists(
        st.integers(0, 150) | st.sampled_from([0, 61, 5 * DAY, 9 * DAY, 40 * DAY]), max_size=60
    ),
    st.lists(st.integers(1, 30), min_size=1, max_size=10),
    st.sampled_from(["0s", "100s"]),
)
@example("sends", [0, 1, 2, 3, 4, 40 * DAY, 5, 6, 7, 8], [30], "0s")
def test_events_of_a_file_are_taken_as_their_records(
    kind: str, seconds: list[int], sizes: list[int], lateness: str
) -> None:
    """What a replay counts without writing it is counted, held and refused as if it had."""
    where = source(kind, lateness=lateness)
    levels: list[Level] = ["sender", "signature", "platform", "all"]
    alone, together = Intake(where, 3, levels), Intake(where, 3, levels)
    values, decoder, place = [_plain(kind, second) for second in seconds], Decoder(where), 0
    for size in cycle(sizes):
        if place >= len(values):
            break
        piece = range(len(values))[place : place + size]
        for offset in piece:
            alone.take(offset, values[offset], T0 + 100 * DAY)
        events = [decoder.decode(values[offset], None) for offset in piece]
        together.take_events(piece, cast("list[Event]", events), [T0 + 100 * DAY] * len(piece))
        place += size
        if size % 3 == 0:
            assert together.lane.flush() == alone.lane.flush()
    assert _said(together) == _said(alone)


@pytest.mark.parametrize("kind", ["sends", "complaints"])
@pytest.mark.parametrize("names", [{}, {"platform": "Mall"}])
def test_plain_records_are_never_taken_one_by_one(
    kind: str, names: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    """What makes counting fast is used, in two open buckets as well, whatever is deduped."""
    where = source(kind, lateness="100s")
    intake = Intake(where, 0, ["sender", "platform", "all"])
    seconds = [0, 61, 2, 63, 4, 65]
    events: list[Send | Complaint] = [send(s, **names) for s in seconds]
    if kind == "complaints":
        events = [
            msgspec.structs.replace(complaint(s), sender=of.sender)
            for s, of in zip(seconds, events, strict=True)
        ]
    _take(intake, [encode_event(event) for event in events], T0)
    monkeypatch.setattr(intake, "take", None)
    repeats = [encode_event(msgspec.structs.replace(event, event_id="x")) for event in events]
    intake.take_all(range(6, 12), repeats, [T0] * 6)
    assert (intake.lane.events, intake.lane.position) == (12, 12)
    assert intake.lane.duplicates == (4 if where.dedupe else 0)


def _said(intake: Intake) -> tuple[object, ...]:
    lane = intake.lane
    counted = lane.events, lane.late, lane.duplicates, lane.front, lane.watermark, lane.position
    taken = intake.records, intake.ends, intake.rejected, intake.last_written_s
    return counted, taken, intake.rejects, lane.mark(), lane.flush(), lane.mark(), lane.holds
