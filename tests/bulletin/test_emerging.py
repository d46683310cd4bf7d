"""A cell that rises is found, once; chance is not; and nothing breaks on odd data."""

from __future__ import annotations

import datetime as dt
import random

import numpy as np
import pytest

from streams.bulletin.cell import BulletinPeriod, Cell, Cells
from streams.bulletin.emerging import emerging
from streams.config.tables import CalendarEntry

FIRST = dt.date(2026, 1, 5)
WEEKS = 40
LEAVES = [
    Cell(category, platform, region, "marketing")
    for category, platform in (("loans", "Mall"), ("loans", "Shop"), ("food", "Shop"))
    for region in ("11", "31", "44")
]
PERIOD = BulletinPeriod(
    FIRST + dt.timedelta(7 * WEEKS - 7), FIRST + dt.timedelta(7 * WEEKS - 1)
)  # fmt: skip

Rows = list[tuple[dt.date, Cell, int]]


def drawn(seed: int, rises: dict[Cell, float] | None = None, a_day: float = 8.0) -> Rows:
    """Draw Poisson counts a day; cells within those that rise do so in the last four weeks."""
    rng = np.random.default_rng(seed)
    rows: Rows = []
    for day in range(7 * WEEKS):
        weekday = 0.5 if day % 7 > 4 else 1.2
        for leaf in LEAVES:
            ratio = 1.0
            for cell, of_cell in (rises or {}).items():
                if leaf.within(cell) and day >= 7 * (WEEKS - 4):
                    ratio *= of_cell
            count = int(rng.poisson(a_day * weekday * ratio))
            rows.append((FIRST + dt.timedelta(day), leaf, count))
    return rows


def test_chance_is_within_its_budget() -> None:
    """Where nothing changes, one bulletin in four has an entry at most; here it is fewer."""
    found = [emerging(Cells.of_rows(drawn(seed)), PERIOD) for seed in range(12)]
    assert sum(len(each.entries) + len(each.fell) for each in found) <= 3


@pytest.mark.parametrize("cell", [Cell("loans", region="31"), Cell(platform="Mall"), LEAVES[8]])
def test_a_cell_that_doubles_is_listed_once(cell: Cell) -> None:
    """What it explains is folded under it, whether wider or narrower, and its onset is told."""
    found = emerging(Cells.of_rows(drawn(1, {cell: 2.0})), PERIOD)
    assert len(found.entries) == 1
    entry = found.entries[0]
    rows = [leaf for leaf in LEAVES if leaf.within(cell)]
    assert [leaf for leaf in LEAVES if leaf.within(entry.cell)] == rows
    assert abs((entry.since - PERIOD.first).days + 21) <= 7
    assert entry.ratio_low < 2.1
    assert entry.ratio_high > 1.9
    assert entry.ratio_low < entry.ratio < entry.ratio_high
    assert entry.chance == pytest.approx(1.0 / entry.e_value)
    assert entry.period.counted > entry.period.high > entry.period.expected > entry.period.low
    assert entry.counted_since > entry.expected_since
    assert entry.weeks[-1].counted == entry.period.counted


def test_everybodys_rise_is_nobodys() -> None:
    """Where all double, no cell has changed its share."""
    found = emerging(Cells.of_rows(drawn(2, {Cell(): 2.0})), PERIOD)
    assert found.entries == found.fell == ()


def test_a_cell_that_halves_is_listed_under_what_fell() -> None:
    """And nothing is said to have risen for it."""
    found = emerging(Cells.of_rows(drawn(3, {Cell("food"): 0.5})), PERIOD)
    assert [entry.cell.category for entry in found.fell] == ["food"]
    assert found.fell[0].ratio_high < 1.0
    assert found.entries == ()


def test_two_problems_are_two_entries() -> None:
    """One explains nothing of the other."""
    rises = {Cell("food", region="11"): 2.0, Cell(platform="Mall", region="44"): 2.5}
    found = emerging(Cells.of_rows(drawn(4, rises)), PERIOD)
    assert {entry.cell.region for entry in found.entries} == {"11", "44"}
    assert len(found.entries) == 2


def test_the_calendar_explains_a_campaign() -> None:
    """A category that it names may rise by its factor."""
    rises = {Cell("food"): 1.6}
    cells = Cells.of_rows(drawn(5, rises))
    campaign = CalendarEntry.model_validate(
        {
            "name": "Sale",
            "from": FIRST + dt.timedelta(7 * (WEEKS - 4)),
            "to": PERIOD.last,
            "applies_to": ["category/food"],
            "factor": 1.6,
        }
    )
    assert emerging(cells, PERIOD).entries != ()
    assert emerging(cells, PERIOD, [campaign]).entries == ()


def test_the_order_of_rows_does_not_matter() -> None:
    """Neither does how the rows of a day are split."""
    rows = drawn(6, {Cell("food", region="11"): 2.0})
    shuffled = rows.copy()
    random.Random(1).shuffle(shuffled)
    assert emerging(Cells.of_rows(rows), PERIOD) == emerging(Cells.of_rows(shuffled), PERIOD)


def test_later_days_do_not_matter() -> None:
    """A bulletin of a past period is what it was then."""
    rows = drawn(7, {Cell("food", region="11"): 2.0})
    later = [(PERIOD.last + dt.timedelta(day), leaf, 90) for day in (1, 9) for leaf in LEAVES]
    assert emerging(Cells.of_rows(rows), PERIOD) == emerging(Cells.of_rows(rows + later), PERIOD)


def test_gaps_are_no_zeros() -> None:
    """Days, and whole weeks, that were not counted change no cell's share."""
    rng = np.random.default_rng(8)
    lost = {FIRST + dt.timedelta(int(day)) for day in rng.integers(0, 7 * WEEKS, 40)}
    lost |= {FIRST + dt.timedelta(7 * 20 + day) for day in range(14)}
    lost.add(PERIOD.last)
    rows = [row for row in drawn(8) if row[0] not in lost]
    found = emerging(Cells.of_rows(rows), PERIOD)
    assert found.entries == found.fell == ()
    assert not found.too_short


def test_a_cell_that_was_never_seen_is_found() -> None:
    """A category in a region where it had no complaints."""
    new = Cell("loans", "Mall", "62", "fraud")
    rows = drawn(9)
    rows += [(PERIOD.last - dt.timedelta(day), new, 6) for day in range(10)]
    found = emerging(Cells.of_rows(rows), PERIOD)
    assert len(found.entries) == 1
    assert new.within(found.entries[0].cell)


@pytest.mark.parametrize("weeks", [9, 11, 12, 13])
def test_a_short_history_is_enough_for_a_large_rise(weeks: int) -> None:
    """Eight weeks before the onset say what is usual."""
    rows = drawn(12, {Cell("food", region="11"): 4.0}, a_day=20.0)
    begin = FIRST + dt.timedelta(7 * (WEEKS - weeks))
    found = emerging(Cells.of_rows(row for row in rows if row[0] >= begin), PERIOD)
    assert found.weeks_known == weeks
    if weeks == 13:
        assert [entry.cell.region for entry in found.entries] == ["11"]


@pytest.mark.parametrize("rows", [[], drawn(1)[: len(LEAVES)], drawn(1)[: 7 * 7 * len(LEAVES)]])
def test_too_short_a_history_says_so(rows: Rows) -> None:
    """Nothing, one day and seven weeks tell nothing about what is usual."""
    found = emerging(Cells.of_rows(rows), PERIOD)
    assert found.too_short
    assert found.entries == found.fell == ()


@pytest.mark.parametrize("days", [1, 7, 31])
def test_a_period_has_any_length(days: int) -> None:
    """Of a day, a week and a month the same cell is told, with the counts of these days."""
    period = BulletinPeriod(PERIOD.last - dt.timedelta(days - 1), PERIOD.last)
    rows = drawn(10, {Cell("food", region="11"): 2.5}, a_day=20.0)
    entry = emerging(Cells.of_rows(rows), period).entries[0]
    counted = sum(
        count for day, leaf, count in rows if leaf.within(entry.cell) and day >= period.first
    )
    assert entry.period.counted == counted


def test_one_name_everywhere_is_no_problem() -> None:
    """Of a single finest cell there is nothing to compare with."""
    rows = [row for row in drawn(11) if row[1] == LEAVES[0]]
    assert emerging(Cells.of_rows(rows), PERIOD).entries == ()
