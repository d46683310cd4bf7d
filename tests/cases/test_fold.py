"""All cases, folded of their events."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from streams.cases.case import MOST_EVENTS, MOST_OF_ADDRESSEE
from streams.cases.event import (
    AddEvidence,
    AssignCase,
    CaseEvent,
    EraseCaseText,
    NoteOnCase,
    ReportProgress,
)
from streams.cases.evidence import (
    MOST_EVIDENCE,
    case_id_of_alert,
    case_id_of_recurrence,
    evidence_of,
)
from streams.cases.fold import CaseFold, CaseOutcome
from tests.alerts.examples import alert
from tests.cases.examples import (
    CASE,
    DAY,
    EVERY_EVENT,
    MALL,
    NOW,
    SHOP,
    case_events,
    common,
    moved,
    of_shop,
    opened,
    usual,
)


def _folded(events: Sequence[CaseEvent], **bounds: int) -> CaseFold:
    fold = CaseFold(**bounds)
    for offset, event in enumerate(events):
        fold.take(event, offset)
    return fold


def _whys(fold: CaseFold, *events: CaseEvent) -> list[str | None]:
    return [fold.take(event, 100 + n).why for n, event in enumerate(events)]


def test_a_case_goes_its_way() -> None:
    """Each step is done once, and says the version and the state."""
    fold = CaseFold()
    done = [fold.take(event, n) for n, event in enumerate(usual())]
    assert [each.state for each in done] == [
        "received", "verified", "transferred", "accepted", "handled", "look_back", "closed",
    ]  # fmt: skip
    assert [each.version for each in done] == [1, 2, 3, 4, 5, 6, 7]
    case = fold.case(CASE)
    assert case is not None
    assert (case.addressee, case.in_time, case.ended_at) == (SHOP, True, NOW)
    assert list(fold) == [case]
    assert not list(fold.in_hand())


def test_every_kind_of_event_is_done() -> None:
    """Notes and progress change no version, so that nobody's move meets another's note."""
    fold = _folded(EVERY_EVENT)
    case = fold.case(CASE)
    assert case is not None
    assert case.log == EVERY_EVENT
    assert (case.version, case.owner, len(case.evidence)) == (5, "li", 2)


@given(st.lists(case_events(), max_size=60))
def test_a_repeat_changes_nothing_and_every_reader_holds_the_same(events: list[CaseEvent]) -> None:
    """Whoever reads everything twice, or each record twice, holds what one who reads once does."""
    once = _folded(events)
    doubled = _folded([event for event in events for _ in range(2)])
    assert list(once) == list(doubled)
    before = list(once)
    for offset, event in enumerate(events):
        if once.answer(event) is None:
            continue  # refused before, and by now it would be done: a client would be answered so
        once.take(event, offset)
    assert list(once) == before


@given(st.lists(case_events(), max_size=60))
def test_the_answer_beforehand_is_what_becomes_of_it(events: list[CaseEvent]) -> None:
    """What is refused without being written would have been refused."""
    fold = CaseFold()
    for offset, event in enumerate(events):
        known = fold.answer(event)
        outcome = fold.take(event, offset)
        assert (known is None) == (outcome.result == "done")
        assert known in (None, outcome)


def test_two_who_move_one_case_at_once_are_told_apart() -> None:
    """The first is done; the second learns the version and the state."""
    fold = _folded(usual("verified"))
    first, second = moved(50, "transferred", 2), moved(51, "withdrawn", 2)
    assert fold.take(first, 2) == CaseOutcome("done", 3, "transferred")
    assert fold.take(second, 3) == CaseOutcome("refused", 3, "transferred", "version")
    assert fold.take(first, 4) == CaseOutcome("repeat", 3, "transferred")


def test_moves_out_of_order_and_by_others_are_refused() -> None:
    """Each with its reason."""
    fold = _folded(usual("received"))
    assert _whys(
        fold,
        moved(50, "handled", 1),
        moved(51, "verified", 1, party="system"),
        moved(52, "verified", 0),
        moved(53, "verified", 7),
        moved(54, "verified", 1, case_id="0" * 16),
        opened(55),
        opened(56, party="addressee", by_addressee=SHOP, case_id="0" * 16),
    ) == ["order", "party", "version", "version", "unknown", "exists", "party"]
    fold = _folded(usual("verified"))
    assert _whys(fold, moved(50, "transferred", 2, addressee=None)) == ["terms"]


def test_an_addressee_touches_only_what_it_has() -> None:
    """Another's case does not exist for it, nor does its own before the transfer or after it."""
    report = ReportProgress(**of_shop(50, noted=True))
    of_mall = ReportProgress(**of_shop(51, noted=True, by_addressee=MALL))
    for state in ("received", "verified"):
        assert _whys(_folded(usual(state)), report) == ["addressee"]
    fold = _folded(usual("transferred"))
    assert _whys(
        fold,
        of_mall,
        NoteOnCase(**of_shop(52, noted=True)),
        AssignCase(**of_shop(53, expects=3), owner="me"),
        moved(54, "withdrawn", 3, **{k: of_shop(0)[k] for k in ("party", "by_addressee")}),
        report,
    ) == ["addressee", "party", "party", "party", None]
    back = moved(55, "verified", 3, party="addressee", by_addressee=SHOP)
    assert _whys(fold, back, ReportProgress(**of_shop(56, noted=True))) == [None, "addressee"]


def test_whom_it_is_for_changes_only_before_it_has_it() -> None:
    """Else one would handle what another was told to."""
    fold = _folded(usual("transferred"))
    to_mall = AssignCase(**common(50, expects=3), addressee=MALL)
    assert _whys(fold, to_mall) == ["handed"]
    later = AssignCase(**common(51, expects=3), deadline=NOW + 20 * DAY)
    assert _whys(fold, later) == [None]
    case = fold.case(CASE)
    assert case is not None
    assert case.deadline == NOW + 20 * DAY
    assert case.overdue(NOW + 21 * DAY)
    assert not case.overdue(NOW + 19 * DAY)


def test_what_was_handled_late_is_known() -> None:
    """And whoever is to handle it once more has a new chance."""
    fold = _folded(usual("accepted"))
    fold.take(moved(50, "handled", 4, at=NOW + 11 * DAY), 50)
    case = fold.case(CASE)
    assert case is not None
    assert (case.in_time, case.overdue(NOW + 12 * DAY)) == (False, False)
    fold.take(moved(51, "accepted", 5), 51)
    assert fold.case(CASE).overdue(NOW + 12 * DAY)  # type: ignore[union-attr]


def test_what_is_over_takes_only_erasing() -> None:
    """So that its proof stays as it was."""
    note = NoteOnCase(**common(40, noted=True))
    fold = _folded([opened(1), note, moved(2, "rejected", 1)])
    erase = EraseCaseText(**common(51), event_id=note.id)
    assert _whys(
        fold,
        NoteOnCase(**common(50, noted=True)),
        moved(52, "verified", 2),
        AddEvidence(**common(53), evidence=(evidence_of(alert()),)),
        erase,
        EraseCaseText(**common(54), event_id=note.id),
        EraseCaseText(**common(55), event_id="f" * 32),
    ) == ["ended", "ended", "ended", None, "order", "order"]


def test_a_case_is_bounded() -> None:
    """Its addressee cannot fill it up, and one that is full can still end."""
    reports = [ReportProgress(**of_shop(1000 + n, noted=True)) for n in range(MOST_EVENTS)]
    fold = _folded([*usual("transferred"), *reports])
    case = fold.case(CASE)
    assert case is not None
    assert len(case.log) == 3 + MOST_OF_ADDRESSEE
    notes = [NoteOnCase(**common(5000 + n, noted=True)) for n in range(MOST_EVENTS)]
    assert _whys(fold, *notes)[-1] == "full"
    assert _whys(fold, moved(8999, "accepted", 3), moved(9000, "withdrawn", 3)) == ["full", None]
    fifty = tuple(evidence_of(alert(alert_id=f"{n:016x}")) for n in range(MOST_EVIDENCE))
    fold = _folded([opened(1)])
    assert _whys(fold, AddEvidence(**common(50), evidence=fifty)) == ["full"]


def test_a_later_revision_replaces_an_earlier_one() -> None:
    """An earlier one that comes later does not."""
    fold = _folded([opened(1)])
    for number, revision in ((50, 3), (51, 2)):
        added = AddEvidence(**common(number), evidence=(evidence_of(alert(revision=revision)),))
        fold.take(added, number)
    case = fold.case(CASE)
    assert case is not None
    assert [each.revision for each in case.evidence] == [3]


def _of(number: int) -> list[CaseEvent]:
    """A case that is opened and rejected."""
    other = alert(alert_id=f"{number:016x}")
    case_id = case_id_of_alert(other.alert_id)
    given = {"case_id": case_id}
    return [
        opened(2 * number, **given, evidence=(evidence_of(other),)),
        moved(2 * number + 1, "rejected", 1, **given),
    ]


def test_what_was_over_long_ago_leaves_memory_and_its_place_stays() -> None:
    """The one that ended first goes; it is not opened again, and takes only erasing."""
    events = [event for number in range(1, 6) for event in _of(number)]
    fold = _folded(events, most_ended=3, most_filed=1)
    assert len(fold) == 3
    assert fold.filed == 1
    first, second = (case_id_of_alert(f"{n:016x}") for n in (1, 2))
    assert list(fold.offsets(second)) == [2, 3]
    assert fold.case(second) is None
    erase = EraseCaseText(**common(50, case_id=second), event_id=f"{4:032x}")
    again, moved_again = _of(2)
    assert _whys(fold, again, moved_again, erase) == ["exists", "ended", None]
    assert list(fold.offsets(second)) == [2, 3, 102]
    assert list(fold.offsets(first)) == []


def test_too_many_in_hand_are_refused_until_one_ends() -> None:
    """Whoever opens cases by the thousand cannot fill the memory."""
    (one, ends), (two, _) = _of(1), _of(2)
    fold = _folded([one], most_in_hand=1)
    assert _whys(fold, two, ends, two) == ["many", None, None]


def test_a_case_that_recurred_is_followed_by_one() -> None:
    """Whose id follows from it, so that it is opened once."""
    fold = _folded([*usual("look_back"), moved(50, "recurred", 6, party="system")])
    follows = opened(
        51, party="system", origin="recurrence", follows=CASE, case_id=case_id_of_recurrence(CASE)
    )
    assert _whys(fold, follows, msgspec.structs.replace(follows, id="f" * 32)) == [None, "exists"]


def test_figures_prove_a_move() -> None:
    """The last ones stand."""
    fold = _folded([*usual("look_back"), moved(50, "closed", 6, figures={"complaints": 3.0})])
    case = fold.case(CASE)
    assert case is not None
    assert case.figures == {"complaints": 3.0}
