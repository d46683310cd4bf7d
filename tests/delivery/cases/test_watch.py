"""What serve does about cases by itself."""

from __future__ import annotations

import asyncio
import datetime as dt
from typing import Any

from streams.alerts.cloudevent import Alert
from streams.cases.evidence import case_id_of_alert
from tests.access.known import NOW
from tests.alerts.examples import alert
from tests.cases.examples import CASE, SHOP, moved, opened
from tests.delivery.access.serving import Served

NOW_S = NOW.timestamp()
RULES = {
    "open": [
        {"name": "fraud", "match": {"id": "1069*", "severity": "critical"}, "kind": "fraud"},
        {"name": "rest", "match": {"signal": "complaints"}, "owner": "li"},
    ]
}


def _served(**cases: Any) -> Served:
    return Served(settings={"cases": cases})


def _look(served: Served, *alerts: tuple[Alert, float]) -> None:
    for each, written_s in alerts:
        served.watch.take_alert(each, written_s)
    asyncio.run(served.watch.look())


def test_the_first_rule_that_matches_opens_a_case_once() -> None:
    """However often the alert is read, its later revisions too; a person's case stands."""
    served = _served(**RULES)
    later = alert(revision=2, event="updated")
    severe = alert(alert_id="a" * 16, severity="critical")
    _look(served, (alert(), NOW_S), (later, NOW_S), (severe, NOW_S))
    _look(served, (alert(), NOW_S))
    cases = {case.case_id: case for case in served.cases.fold}
    assert len(served.cases.done) == 2
    ours = cases[CASE]
    assert (ours.opened.rule, ours.owner, ours.opened.party) == ("rest", "li", "system")
    assert ours.opened.origin == "rule"
    assert cases[case_id_of_alert("a" * 16)].opened.kind == "fraud"
    by_hand = _served(**RULES)
    asyncio.run(by_hand.cases.submit(opened(1)))
    _look(by_hand, (alert(), NOW_S))
    assert [event.by for event in by_hand.cases.done] == ["wang"]


def test_what_is_old_early_over_or_matches_nothing_opens_none() -> None:
    """A rule that is new does not open years of cases."""
    served = _served(**RULES)
    week_s = 7 * 86_400.0
    _look(
        served,
        (alert(), NOW_S - week_s - 1),
        (alert(revision=0, event="early", state="early"), NOW_S),
        (alert(event="resolved", state="resolved"), NOW_S),
        (alert(signal="sends"), NOW_S),
    )
    assert not served.cases.done
    _look(served, (alert(), NOW_S - week_s + 1))
    assert len(served.cases.done) == 1


def test_overdue_cases_are_counted_and_named() -> None:
    """Until somebody moves them."""
    served = _served()

    def standing() -> dict[str, float]:
        (family,) = served.metrics.case_overdue.collect()
        return {sample.labels["case"]: sample.value for sample in family.samples}

    due = NOW + dt.timedelta(days=1)
    for event in (
        opened(1, at=NOW),
        moved(2, "verified", 1, at=NOW),
        moved(3, "transferred", 2, at=NOW, addressee=SHOP, deadline=due),
    ):
        asyncio.run(served.cases.submit(event))
    _look(served)
    assert standing() == {}
    served.clock.day = due + dt.timedelta(seconds=90)
    _look(served)
    assert standing() == {CASE: 90.0}
    assert served.metrics.cases_overdue._value.get() == 1
    asyncio.run(served.cases.submit(moved(4, "withdrawn", 3, at=served.clock.day)))
    _look(served)
    assert standing() == {}
