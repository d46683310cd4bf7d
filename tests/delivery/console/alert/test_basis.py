"""What an alert on misuse or of a rule rests on, on its page and in the list, in both languages."""

from __future__ import annotations

import re
from typing import Any

import pytest

from streams.alerts.cloudevent import Entity
from streams.alerts.misuse.basis import (
    Basis,
    ConsentBasis,
    NamesBasis,
    NewCodeBasis,
    OptoutBasis,
    RuleBasis,
    ScopeBasis,
)
from streams.delivery.console.alert.figures import figures_of
from streams.language.catalogue import catalogue
from tests.alerts.examples import OPENED, alert, raw
from tests.delivery.access.serving import Served

LURE = "<script>alert(1)</script>"
PLAN = NewCodeBasis(plan="national_other")
SILENT = NewCodeBasis("10690001", "Mall", None, 120)
SCOPE = ScopeBasis(["a", "b"], 9, "10690001", "Mall", ["retail"], 1)
NAMES = NamesBasis("signatures", ["x"], 3, 1, 2, False, 4)
RULE = RuleBasis(
    pack="in-tcccpr-2025", counts="reporters", have=5, need=5, day=6, of_days=10,
    clause="regulation 25", met=True, confirmed=False, duty="act on it", due="2026-03-09T00:00:00Z",
)  # fmt: skip
OF_RULE = {"5 of 5", "6 of 10", "regulation 25; figures not confirmed", "2026-03-09"}
CASES: tuple[tuple[str, str, Basis, set[str]], ...] = (
    ("new_code", "first", PLAN, {"none; class of the plan: national_other"}),
    ("new_code", "again", SILENT, {"10690001", "Mall", "120 days"}),
    ("scope", "category", SCOPE, {"a, b and 7 more", "retail", "Mall"}),
    ("sublet", "signatures", NAMES, {"x and 2 more", "1", "2", "4"}),
    ("consent", "share", ConsentBasis(30, 10, 60, 0.05), {"30", "10", "60", "5 %"}),
    ("consent", "optout", OptoutBasis(3, 40), {"3", "40"}),
    ("rule", "in-tcccpr-2025.unregistered-sender", RULE, OF_RULE),
)


def changed(signal: str, kind: str, basis: Basis) -> dict[str, Any]:
    """An exact alert that rests on this."""
    return {
        "signal": signal, "kind": kind, "basis": basis, "expected": 0.0, "ratio": 1.0,
        "evidence_nats": 0.0, "threshold_nats": 0.0, "entity": Entity("access_code", "10690001"),
    }  # fmt: skip


@pytest.mark.parametrize(("signal", "kind", "basis", "values"), CASES)
def test_all_of_it_is_shown(signal: str, kind: str, basis: Basis, values: set[str]) -> None:
    """In place of what was expected and of evidence, which such an alert has not."""
    one = alert(**changed(signal, kind, basis))
    rows = list(figures_of(one, catalogue("en")))
    assert values <= {value for _, value in rows}
    assert {"Expected", "Times as many", "Evidence"} & {name for name, _ in rows} == set()
    assert rows[-1] == ("How sure", "exact, and no part of the budget of false alerts")
    chinese = [name for name, _ in figures_of(one, catalogue("zh"))]
    assert [name for name in chinese if re.search("[A-Za-z]", name)] == []
    assert len(chinese) == len(rows)


def test_a_share_of_the_budget_has_its_evidence() -> None:
    """Where chance has a part, the page says how far the evidence is beyond it."""
    changes = changed("sublet", "signatures", NAMES)
    one = alert(**{**changes, "evidence_nats": 20.0, "threshold_nats": 12.0})
    names = [name for name, _ in figures_of(one, catalogue("en"))]
    assert "New signatures" in names
    assert names[-1] == "Evidence"


@pytest.mark.parametrize(("language", "exact"), [("en", "exact"), ("zh", "精确")])
def test_pages_and_the_list_show_it_as_text(language: str, exact: str) -> None:
    """In each reader's language; names are text, whatever they hold."""
    basis = ScopeBasis([LURE], 1, "10690001", LURE, [LURE], 1)
    on = Served()
    on.publish(raw(**changed("scope", "category", basis)))
    headers = {"Accept-Language": language}
    for address in (f"/alerts/{OPENED.alert_id}", "/"):
        answer = on.ask("GET", address, headers=headers)
        assert answer.status_code == 200
        assert exact in answer.text
        assert LURE not in answer.text
        assert "&lt;script&gt;" in answer.text
    page = on.ask("GET", f"/alerts/{OPENED.alert_id}", headers=headers).text
    assert "<svg" not in page.partition("<main")[2].partition("</main>")[0]  # nothing to plot
