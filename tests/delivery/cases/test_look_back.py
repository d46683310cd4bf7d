"""Serve writes the watches of cases, and moves cases on: what is due, and nothing else."""

from __future__ import annotations

from typing import Any

from streams.broker.client.connection import Connection
from streams.cases.event import CaseEvent
from streams.cases.evidence import case_id_of_recurrence
from streams.cases.fold import CaseFold
from streams.config.load import parse_config
from streams.delivery.cases.look_back import LookingBack, watches_in
from streams.registry.entry import CodeEntry, Entry
from streams.registry.watch import WatchEntry
from tests.cases.examples import CASE, NOW, usual
from tests.cases.test_look_back import KEPT, RELAPSE, _said


class _Cases:
    """The cases as a book holds them."""

    def __init__(self, until: Any = "handled") -> None:
        self.fold = CaseFold()
        self.do(usual(until))

    def do(self, events: list[CaseEvent]) -> list[str]:
        return [self.fold.take(event, n).result for n, event in enumerate(events)]


def _part(cases: _Cases) -> LookingBack:
    config = parse_config({"timezone": "UTC"})
    return LookingBack(config, Connection("127.0.0.1:1"), cases, lambda: NOW)  # type: ignore[arg-type]


def _applied(
    rows: dict[str, WatchEntry], changed: dict[str, Entry | None]
) -> dict[str, WatchEntry]:
    kept = {key: entry for key, entry in rows.items() if key not in changed}
    return kept | watches_in({key: entry for key, entry in changed.items() if entry is not None})


def test_a_handled_case_is_watched_until_it_is_closed() -> None:
    cases = _Cases()
    part = _part(cases)
    assert part.changes({}) == {}
    assert cases.do(part.due()) == ["done"]
    assert part.due() == []
    rows = _applied({}, part.changes({}))
    assert list(rows) == [f"watch/{CASE}"]
    assert part.changes(rows) == {}
    part.take(_said(KEPT))
    assert cases.do(part.due()) == ["done"]
    assert part.due() == []
    assert part.changes(rows) == {f"watch/{CASE}": None}


def test_two_serves_do_the_same_once() -> None:
    """Each sees the alert; one that starts again sees it again."""
    cases = _Cases()
    parts = [_part(cases), _part(cases)]
    both = [part.due() for part in parts]
    assert [cases.do(events) for events in both] == [["done"], ["repeat"]]
    for part in parts:
        part.take(_said(RELAPSE))
    both = [part.due() for part in parts]
    assert [cases.do(events) for events in both] == [["done", "done"], ["repeat", "repeat"]]
    again = _part(cases)
    again.take(_said(RELAPSE))
    assert again.due() == []
    assert cases.fold.case(case_id_of_recurrence(CASE)) is not None


def test_what_is_no_watch_stays() -> None:
    """A watch of a case that is not known stays; what people declared is nothing of serve's."""
    cases = _Cases("accepted")
    entries: dict[str, Entry] = {"code/1069": CodeEntry(id="1069")}
    assert watches_in(entries) == {}
    stray = WatchEntry(id="gone", group="1m", level="sender", entity="a", signal="sends", days=3)
    assert _part(cases).changes({"watch/gone": stray}) == {}
