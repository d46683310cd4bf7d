"""Cells say what was counted, whatever the order of the rows."""

from __future__ import annotations

import datetime as dt

from streams.bulletin.cell import UNNAMED, BulletinPeriod, Cell, Cells

DAY = dt.date(2026, 3, 1)
ROWS = [
    (DAY, Cell("loans", "Mall", "11", "fraud"), 2),
    (DAY + dt.timedelta(3), Cell("loans", UNNAMED, "31", "fraud"), 1),
    (DAY, Cell("loans", "Mall", "11", "fraud"), 3),
]


def test_the_order_of_rows_does_not_matter() -> None:
    """The same rows in another order are the same cells."""
    one, other = Cells.of_rows(ROWS), Cells.of_rows(reversed(ROWS))
    assert one.leaves == other.leaves
    assert (one.counts == other.counts).all()
    assert (one.known == other.known).all()


def test_a_day_without_rows_is_known_only_where_it_was_counted() -> None:
    """A gap is no zero."""
    cells = Cells.of_rows(ROWS, [DAY + dt.timedelta(1)])
    assert cells.known.tolist() == [True, True, False, True]


def test_a_total_takes_the_days_of_the_period_only() -> None:
    """Days outside what was counted add nothing."""
    cells = Cells.of_rows(ROWS)
    assert cells.total(Cell("loans"), BulletinPeriod(DAY - dt.timedelta(9), DAY)) == 5
    assert cells.total(Cell(), BulletinPeriod(DAY, DAY + dt.timedelta(9))) == 6
    assert cells.total(Cell(platform=UNNAMED), BulletinPeriod(DAY, DAY + dt.timedelta(9))) == 1
    assert Cells.of_rows([]).total(Cell(), BulletinPeriod(DAY, DAY)) == 0
