"""Run schedules, and say what is not as in an undisturbed run."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from unittest.mock import patch

from streams.counts.clock.watermark import Quorum
from tests.simulation.breaks import Break, unbroken
from tests.simulation.inputs import drawn
from tests.simulation.outcome import (
    Decided,
    Outcome,
    decoded,
    differences,
    revisions,
    state_of,
    tallies_of,
    totals_of,
    undisturbed,
)
from tests.simulation.schedule import Schedule

SCHEDULES_AN_INPUT = 5
"""So many schedules have the same input: most of the undisturbed runs are then known."""


@contextmanager
def small() -> Iterator[None]:
    """Few totals a record, few votes, small slots, early totals at once: a small input has many.

    Lanes are large with two senders, and final totals are put aside until their bucket closes.
    """
    with ExitStack() as stack:
        stack.enter_context(patch("streams.counts.open_bucket.FIRST_EARLY_TOTAL", 1))
        stack.enter_context(patch("streams.counts.open_bucket.EARLY_GROWTH", 1.0))
        stack.enter_context(patch("streams.counts.lane.RECORDS", Quorum(4, 3)))
        stack.enter_context(patch("streams.counts.wire.TOTALS_A_RECORD", 2))
        stack.enter_context(patch("streams.counts.protocol.LARGE_LANE", 2))
        stack.enter_context(patch("streams.detection.merge.MOST_OPEN", 0))
        stack.enter_context(patch("streams.detection.checkpoint.ROWS_A_PIECE", 2))
        stack.enter_context(patch("streams.detection.slots.SLOT_BYTES", 15_000))
        stack.enter_context(patch("streams.detection.protocol.SLOTS_AT_ONCE", 2))
        yield


def quiet(line: str) -> None:
    """Nobody is told."""


def run(seed: int, say: Callable[[str], None] = quiet, broken: Break = unbroken) -> list[str]:
    """Run one schedule; what is not as in the undisturbed run, or why it failed.

    Parameters
    ----------
    seed
        Decides all.
    say
        Gets a line for everything that happens.
    broken
        What to break meanwhile; the undisturbed run is never broken.
    """
    of_input = seed // SCHEDULES_AN_INPUT
    try:
        with broken():
            found, decided = _disturbed(Schedule(seed, drawn(of_input), say))
    except Exception as error:  # whatever stops a process is a failure of the schedule
        return [f"{type(error).__name__}: {error}"]
    return differences(found, undisturbed(of_input, decided))


def _disturbed(schedule: Schedule) -> tuple[Outcome, Decided]:
    """What came out, and the idle decisions that belong to its input."""
    schedule.run()
    broker = schedule.broker
    counts = decoded(broker.counts)
    found = Outcome(
        [revisions(values) for values in broker.alerts],
        totals_of(counts),
        tallies_of(counts),
        broker.rejects,
        [state_of(worker.judging.shard) for worker in schedule.workers],
    )
    return found, tuple((lane, tuple(of)) for lane, of in broker.decided.items())
