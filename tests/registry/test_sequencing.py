"""The sequencer: each row once in each partition for its readers, however often it begins anew."""

from __future__ import annotations

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from streams.counts.wire import decode_record
from streams.registry.control import RegistryRow, RegistryRows
from streams.registry.entry import CodeEntry, key_of
from streams.registry.sequencing import (
    CommitRows,
    RefuseRow,
    Sequencing,
    WriteControl,
    folded,
    latest,
    rows_alone,
)
from streams.registry.table import Registry
from streams.registry.topic_rows import RowUnreadable, TopicRow, encode_row, read_row


def _record(offset: int, code: str, holder: str = "Mall") -> TopicRow:
    entry = CodeEntry(id=code, holder=holder)
    return TopicRow(offset, key_of(entry).encode(), encode_row(entry))


def _rows(value: bytes) -> RegistryRows:
    found = decode_record(value)
    assert isinstance(found, RegistryRows)
    return found


def test_rows_are_committed_when_they_are_everywhere() -> None:
    steps = list(Sequencing(3, 2).take([_record(4, "10690001"), TopicRow(5, b"code/1065", None)]))
    assert isinstance(steps[0], WriteControl)
    assert steps[0].partitions == range(2)
    record = _rows(steps[0].value)
    assert (record.after, [row.seq for row in record.rows]) == (3, [5, 6])
    assert steps[1:] == [CommitRows(6)]


def test_rows_are_split_over_records_of_a_bounded_size(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("streams.registry.sequencing.ROWS_A_RECORD", 2)
    steps = list(Sequencing(0, 1).take(_record(n, f"1069{n}") for n in range(5)))
    writes = [_rows(step.value) for step in steps if isinstance(step, WriteControl)]
    assert [(one.after, len(one.rows)) for one in writes] == [(0, 2), (2, 2), (4, 1)]
    assert [step.before for step in steps if isinstance(step, CommitRows)] == [2, 4, 5]


def test_record_that_is_no_row_is_refused_and_passed_over() -> None:
    steps = list(Sequencing(0, 1).take([TopicRow(0, b"code/1", b"{}"), _record(1, "1069")]))
    assert steps[0] == RefuseRow(0, "v must be 1; found 0")
    assert isinstance(steps[1], WriteControl)
    assert [row.seq for row in _rows(steps[1].value).rows] == [2]
    assert list(Sequencing(0, 1).take([TopicRow(0, b"x", b"")]))[1:] == []


def test_sequencers_that_are_killed_and_go_on_beside_others_leave_nothing_out() -> None:
    topic = [_record(n, f"1069{n % 7}", holder=str(n)) for n in range(60)]
    undisturbed = Registry()
    undisturbed.take(map(read_row, topic))
    for seed in range(100):
        chance, committed = random.Random(seed), 0
        partitions: list[list[bytes]] = [[], []]
        while committed < len(topic):
            running = [Sequencing(committed, 2) for _ in range(chance.randint(1, 2))]
            steps = [iter(one.take(topic[: chance.randint(0, 60)])) for one in running]
            for _ in range(chance.randint(1, 12)):
                step = next(chance.choice(steps), None)
                if isinstance(step, WriteControl):
                    for number in step.partitions:
                        partitions[number].append(step.value)
                        if chance.random() < 0.1:
                            break  # killed before all have arrived
                    else:
                        continue
                    break
                if isinstance(step, CommitRows):
                    committed = step.before  # of one that was replaced too
        for values in partitions:
            found = Registry()
            for record in map(_rows, values):
                assert record.after <= found.seq, "rows are left out"
                found.take(record.rows)
            assert list(found.entries("code")) == list(undisturbed.entries("code"))


@pytest.mark.parametrize(
    ("key", "value", "problem"),
    [
        (b"\xff", b"", "the key must be UTF-8"),
        (b"codes/1", b"", "the key must be KIND/ID"),
        (b"code/", b"", "the key must be KIND/ID"),
        (b"code/1", b"{", "code: Input data was truncated"),
        (b"code/1", b'{"v":1,"kind":"code","id":"2"}', "the key must be that of the value"),
        (b"code/1", b'{"v":1,"kind":"other","id":"1"}', "Invalid value 'other'"),
        (b"code/1", b'{"v":2,"kind":"code","id":"1"}', "v must be 1; found 2"),
        (b"code/1", b'{"v":1,"kind":"code","id":"1","holder":"a\\tb"}', "no control characters"),
        (b"code/1", b'{"v":1,"kind":"code","id":"1","holder":"a  b"}', "'a b'"),
        (b"code/1", b'{"v":1,"kind":"code","id":"1","parent":"2"}', "a beginning of the code"),
        (b"code/1", b'{"v":1,"kind":"code","id":"1","length":0}', "Expected `int` >= 1"),
        (b"code/1", b" " * 16_385, "at most 16384 bytes"),
    ],
)
def test_what_is_no_row_is_said(key: bytes, value: bytes, problem: str) -> None:
    with pytest.raises(RowUnreadable, match=problem):
        read_row(TopicRow(0, key, value))


def test_what_came_before_a_place_is_read_from_the_topic() -> None:
    topic = [_record(2, "1069"), TopicRow(4, b"x", b"no row"), _record(7, "1065")]
    assert folded(topic, 7) == [RegistryRow(3, "code/1069", CodeEntry(id="1069", holder="Mall"))]
    removed = TopicRow(8, b"code/1069", None)
    entries, _, problems = latest([*topic, removed])
    assert list(entries) == ["code/1065"]
    assert problems == ["offset 4: the key must be KIND/ID, KIND one of code, signature,"
                        " merchant, platform, filing, watch"]  # fmt: skip


CODES = st.lists(st.tuples(st.sampled_from("123"), st.sampled_from("ab")), min_size=1, max_size=4)


@given(st.lists(st.tuples(CODES, st.booleans(), st.booleans()), max_size=6))
def test_an_import_that_broke_off_never_holds(
    imports: list[tuple[list[tuple[str, str]], bool, bool]],
) -> None:
    """Commands come after imports that were killed before their last row, and each other."""
    topic: list[TopicRow] = []
    expected: dict[str, CodeEntry] = {}
    for codes, killed, removes in imports:
        rows = {f"code/{code}": None if removes else CodeEntry(id=code, holder=holder)
                for code, holder in codes}  # fmt: skip
        written = list(rows_alone(latest(topic), rows).items())
        for place, (key, entry) in enumerate(written):
            last = place == len(written) - 1
            if killed and last:
                break
            value = None if entry is None else encode_row(entry)
            topic.append(TopicRow(len(topic), key.encode(), value, not last))
        if not killed:
            expected = {k: v for k, v in {**expected, **rows}.items() if v is not None}
        assert latest(topic).entries == expected
        registry = Registry()
        registry.take(map(read_row, topic))
        assert {key_of(each): each for each in registry.entries("code")} == expected
