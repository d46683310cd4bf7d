"""Cells count every complaint, in a bounded number of cells, in whatever batches they come."""

from __future__ import annotations

import random
from unittest.mock import patch

from streams.counts.facts.cells import BucketCells, NamedCell, cells_of_senders
from streams.items import SURPLUS, Sender
from streams.sources.batch import SenderKey
from streams.sources.event_facts import Used

KEYS: list[SenderKey] = ["a", Sender("b", category="loans"), Sender("c", platform="Mall")]
KINDS: tuple[str | None, ...] = ("fraud", "other")
EVENTS: list[tuple[SenderKey, Used]] = [
    (key, (region, kind)) for key in KEYS for region in (None, "11", "31") for kind in KINDS
] * 3


def counted(events: list[tuple[SenderKey, Used]], size: int) -> list[NamedCell]:
    """Count events in batches of a size."""
    cells = BucketCells()
    for at in range(0, len(events), size):
        batch = events[at : at + size]
        cells.add([key for key, _ in batch], None, [used for _, used in batch])
    return cells.flushed()


def test_batches_do_not_matter() -> None:
    """Nor does the bound cut a batch otherwise than single events."""
    random.Random(1).shuffle(EVENTS)
    for most in (1, 7, 10_000):
        with patch("streams.counts.facts.cells.MOST_CELLS", most):
            assert counted(EVENTS, 1) == counted(EVENTS, 5) == counted(EVENTS, 1000)


def test_cells_beyond_the_bound_are_one_more() -> None:
    """No event is lost."""
    with patch("streams.counts.facts.cells.MOST_CELLS", 4):
        cells = counted(EVENTS, 9)
    assert len(cells) == 5
    assert cells[-1].kind == SURPLUS
    assert sum(cell.total for cell in cells) == len(EVENTS)


def test_the_order_of_events_does_not_matter_within_the_bound() -> None:
    """The record of a recount is the same bytes."""
    assert counted(EVENTS, 9) == counted(EVENTS[::-1], 9)


def test_counts_of_an_event_are_added() -> None:
    """An event may stand for many."""
    cells = BucketCells()
    cells.add(KEYS[:1] * 2, [3, 4], [("11", "fraud")] * 2)
    assert cells.flushed() == [NamedCell(None, None, "11", "fraud", 7)]


def test_sends_have_a_category_and_a_platform() -> None:
    """They are summed up when the bucket closes."""
    key = Sender("d", category="loans")
    assert cells_of_senders({"a": 5, KEYS[1]: 2, key: 4}) == [
        NamedCell(None, None, None, None, 5),
        NamedCell("loans", None, None, None, 6),
    ]
