"""What follows from a handled case, and from what its watch says: the same for every serve."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from streams.alerts.cloudevent import Alert
from streams.alerts.misuse.basis import KeptBasis, RelapseBasis
from streams.cases.event import MoveCase, OpenCase, decode_case_event, encode_case_event
from streams.cases.evidence import case_id_of_recurrence, evidence_of
from streams.cases.fold import CaseFold
from streams.cases.look_back import SIGNAL, looked_back_at, steps_after, watch_of
from streams.registry.control import RegistryRow
from streams.registry.entry import key_of
from streams.registry.topic_rows import TopicRow, encode_row, read_row
from tests.alerts.examples import OPENED, alert
from tests.cases.examples import CASE, DAY, NOW, opened, usual

GROUPS = {"1m": {"sends", "complaints"}, "1d-UTC": {"complaints"}}
RELAPSE = RelapseBasis(
    cases=[CASE], counts="sends", part="own", days=12, after_per_day=2.0, now_per_day=41.0,
    mean_per_day=20.0,
)  # fmt: skip
KEPT = KeptBasis(
    cases=[CASE], counts="sends", days=30, buckets=30, skipped=0, counted=5, of_successors=0,
    mean_per_day=20.0, per_day=0.17, at_most_per_day=0.35,
)  # fmt: skip


def _fold(until: str = "handled") -> CaseFold:
    fold = CaseFold()
    for offset, event in enumerate(usual(until)):  # type: ignore[arg-type]
        fold.take(event, offset)
    return fold


def _looked_back(days: int = 30) -> CaseFold:
    fold = _fold()
    case = fold.case(CASE)
    assert case is not None
    assert fold.take(looked_back_at(case, NOW, days * 86_400.0), 90).state == "look_back"
    return fold


def _said(basis: RelapseBasis | KeptBasis) -> Alert:
    return alert(signal=SIGNAL, basis=basis, alert_id="e" * 16, revision=1)


def test_a_handled_case_is_looked_back_at_once() -> None:
    """Two serves, or one that starts again, write the same event: the second is a repeat."""
    fold = _fold()
    case = fold.case(CASE)
    assert case is not None
    first = looked_back_at(case, NOW, 30 * 86_400.0)
    second = looked_back_at(case, NOW + DAY / 24, 30 * 86_400.0)
    assert first.id == second.id
    assert first.deadline == NOW + 30 * DAY
    assert [fold.take(each, 90).result for each in (first, second)] == ["done", "repeat"]
    assert decode_case_event(encode_case_event(first), NOW.timestamp()) == first


def test_the_watch_of_a_case_is_a_row_that_the_sequencer_takes() -> None:
    case = _looked_back(10).case(CASE)
    assert case is not None
    entry = watch_of(case, GROUPS)
    assert entry is not None
    assert (entry.id, entry.level, entry.entity) == (CASE, "sender", "106900012345")
    assert (entry.days, entry.group in GROUPS) == (10, True)
    row = read_row(TopicRow(4, key_of(entry).encode(), encode_row(entry)))
    assert row == RegistryRow(5, f"watch/{CASE}", entry)


def test_the_mean_and_the_marks_come_from_the_alert() -> None:
    evidence = replace(
        evidence_of(OPENED),
        signal="complaints", group="1d-UTC", bucket_s=86_400, expected=60.0,
        entity="sender/106900012345",
        onset="2026-03-01T00:00:00Z", last_bucket="2026-03-03T00:00:00Z",
        belongs_to={"signature": ["Mall"], "platform": ["Shop"]},
    )  # fmt: skip
    fold = CaseFold()
    fold.take(opened(1, evidence=(evidence,)), 0)
    case = fold.case(CASE)
    assert case is not None
    entry = watch_of(case, GROUPS)
    assert entry is not None
    assert (entry.signal, entry.group, entry.mean_per_day) == ("complaints", "1d-UTC", 20.0)
    assert (entry.signatures, entry.accounts) == (("Mall",), ())


@pytest.mark.parametrize("entity", [None, "source/sends"])
def test_a_case_about_nobody_has_no_watch(entity: str | None) -> None:
    fold = CaseFold()
    fold.take(opened(1, origin="hand", evidence=(), entity=entity), 0)
    case = fold.case(CASE)
    assert case is not None
    assert watch_of(case, GROUPS) is None
    assert watch_of(case, {}) is None


def test_a_relapse_moves_the_case_and_opens_one_that_follows() -> None:
    """With the figures; whoever does it again, at any point, changes nothing."""
    fold = _looked_back()
    for _ in range(3):
        case = fold.case(CASE)
        assert case is not None
        steps = list(steps_after(case, _said(RELAPSE), NOW))
        for offset, event in enumerate(steps):
            assert decode_case_event(encode_case_event(event), NOW.timestamp()) == event
            fold.take(event, 100 + offset)
    first, second = fold.case(CASE), fold.case(case_id_of_recurrence(CASE))
    assert first is not None
    assert second is not None
    assert (first.state, second.state) == ("recurred", "received")
    assert first.figures["now_per_day"] == 41.0
    assert second.opened.follows == CASE
    assert second.opened.figures["mean_per_day"] == 20.0
    assert len(second.log) == 1


def test_a_crash_between_the_two_events_opens_the_second_all_the_same() -> None:
    fold = _looked_back()
    case = fold.case(CASE)
    assert case is not None
    move, _ = steps_after(case, _said(RELAPSE), NOW)
    fold.take(move, 100)
    after = fold.case(CASE)
    assert after is not None
    (again,) = steps_after(after, _said(RELAPSE), NOW)
    assert isinstance(again, OpenCase)


def test_a_watch_that_saw_nothing_closes_the_case_with_the_proof() -> None:
    fold = _looked_back()
    case = fold.case(CASE)
    assert case is not None
    (step,) = steps_after(case, _said(KEPT), NOW)
    assert isinstance(step, MoveCase)
    assert fold.take(step, 100).state == "closed"
    closed = fold.case(CASE)
    assert closed is not None
    assert closed.figures["buckets"] == 30.0
    assert closed.figures["at_most_per_day"] == 0.35
    assert list(steps_after(closed, _said(RELAPSE), NOW)) == []


def test_alerts_of_other_cases_and_other_signals_do_nothing() -> None:
    case = _looked_back().case(CASE)
    assert case is not None
    assert list(steps_after(case, _said(replace(KEPT, cases=["0" * 16])), NOW)) == []
    assert list(steps_after(case, OPENED, NOW)) == []
