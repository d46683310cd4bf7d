"""Alerts in families: each once, in order, whatever names whatever as its parent."""

from __future__ import annotations

from array import array
from itertools import pairwise
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from streams.alerts.packed import packed
from streams.delivery.api.board import BoardRow
from streams.delivery.console.now.families import PAGE, folded, page_of
from streams.delivery.console.now.query import SORTS

IDS = ("a", "b", "c", "d", "e", "f")


def row(alert_id: str, **changes: Any) -> BoardRow:
    fields: dict[str, Any] = {
        "alert_id": alert_id, "revision": 1, "time": "2026-03-01T00:00:00Z", "state": "open",
        "signal": "sends", "severity": "warning", "entity": f"sender/{alert_id}", "names": (),
        "looks_like": None, "parent": None, "beyond_nats": 1.0, "small": packed(b"{}"),
        "opened": "2026-03-01T00:00:00Z", "written_s": array("d"), "partition": 0,
        "offsets": array("q"),
    }  # fmt: skip
    return BoardRow(**{**fields, **changes})


ROWS = st.lists(
    st.builds(
        row,
        st.sampled_from(IDS),
        parent=st.none() | st.sampled_from([*IDS, "gone"]),
        beyond_nats=st.floats(-5, 1e6),
        opened=st.none() | st.sampled_from(["2026-03-01T00:00:00Z", "2026-02-01T00:00:00+08:00"]),
        time=st.sampled_from(["2026-03-02T00:00:00Z", "no time"]),
    ),
    unique_by=lambda one: one.alert_id,
)


@given(ROWS, st.sampled_from(SORTS))
def test_each_alert_stands_in_one_place(rows: list[BoardRow], sort: Any) -> None:
    """Under its parent where that is there; a circle of parents loses none."""
    families = folded(rows, sort)
    shown = [one.alert_id for family in families for one in family.rows]
    assert sorted(shown) == sorted(one.alert_id for one in rows)
    ids = {one.alert_id for one in rows}
    place = {one.alert_id: n for n, family in enumerate(families) for one in family.rows}
    for one in rows:
        if one.parent in ids:
            assert place[one.alert_id] == place[str(one.parent)]
    for family in families:
        if family.head.parent in ids - {family.head.alert_id}:  # in a circle
            assert family.members


@given(ROWS, st.sampled_from(SORTS), st.randoms(use_true_random=False))
def test_the_order_does_not_depend_on_how_they_came(
    rows: list[BoardRow], sort: Any, chance: Any
) -> None:
    """All consoles show the same."""
    others = list(rows)
    chance.shuffle(others)
    assert folded(rows, sort) == folded(others, sort)


@given(ROWS)
def test_a_family_stands_where_its_first_alert_would(rows: list[BoardRow]) -> None:
    """By evidence: the largest of each family falls from one to the next."""
    best = [max(one.beyond_nats for one in family.rows) for family in folded(rows, "beyond")]
    assert all(first >= second for first, second in pairwise(best))


def test_urgent_is_what_is_far_beyond_chance_and_fresh() -> None:
    """A day more must be made up for by e times the evidence."""
    old = {"opened": "2026-03-01T00:00:00Z"}
    new = {"opened": "2026-03-02T00:00:00Z"}
    rows = [row("a", beyond_nats=99.0, **old), row("b", beyond_nats=36.0, **new)]
    assert [one.head.alert_id for one in folded(rows, "urgency")] == ["b", "a"]
    rows = [row("a", beyond_nats=99.0, **old), row("b", beyond_nats=35.0, **new)]
    assert [one.head.alert_id for one in folded(rows, "urgency")] == ["a", "b"]
    assert [one.head.alert_id for one in folded(rows, "newest")] == ["b", "a"]


@given(st.integers(0, 3 * PAGE + 1), st.integers(1, 9))
def test_pages_hold_all_and_one_past_the_end_is_the_last(count: int, asked: int) -> None:
    """Families are not cut in two."""
    rows = [row(f"{n:04}") for n in range(count)]
    first = page_of(rows, "newest", 1)
    all_of_them = [
        one.head.alert_id
        for n in range(first.pages)
        for one in page_of(rows, "newest", n + 1).families
    ]
    assert sorted(all_of_them) == sorted(one.alert_id for one in rows)
    assert page_of(rows, "newest", asked).page == min(asked, first.pages)
    assert (first.alerts, first.family_count) == (count, count)
