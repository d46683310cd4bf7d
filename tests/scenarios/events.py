"""Events of a scenario as records of ``counts``, by the lanes that count them live."""

from __future__ import annotations

import datetime as dt
import hashlib
import itertools
import re
from collections.abc import Iterator, Sequence
from typing import Any, cast

from streams.config.sources import Source
from streams.counts.intake import Intake
from streams.counts.wire import records
from streams.items import Complaint, Counts, End, Event, Level, Send, Sender
from streams.registry.control import RegistryRow, RegistryRows
from streams.registry.entry import key_of
from streams.sources.event_json import encode_event
from tests.scenarios.scenario import Cell, EventsTable, Scenario

_CYCLE = re.compile(r"\{(\d+)\.\.(\d+)\}")


def named(text: str | None, number: int) -> str | None:
    """Return the name that event `number` of a table has.

    Examples
    --------
    >>> [named("Mall {1..3}", number) for number in range(4)], named("Mall", 7)
    (['Mall 1', 'Mall 2', 'Mall 3', 'Mall 1'], 'Mall')
    """

    def own(found: re.Match[str]) -> str:
        first, last = int(found[1]), int(found[2])
        return str(first + number % (last - first + 1))

    return None if text is None else _CYCLE.sub(own, text)


def records_of_events(
    scenario: Scenario,
    drawn: Sequence[tuple[EventsTable, list[Cell]]],
    sources: Sequence[Source],
    starts: Sequence[int],
    levels: list[Level],
) -> Iterator[tuple[Counts | RegistryRows, float | None]]:
    """Yield what the sequencer and the counter would write, and when.

    Parameters
    ----------
    scenario, drawn
        The scenario, and how many events of each table there are in each bucket.
    sources
        Those of its group; each has one lane.
    starts
        The buckets, and the end of the last one.
    levels
        Levels that are counted.
    """
    intakes = {source.name: Intake(source, 0, levels) for source in sources}
    offsets = dict.fromkeys(intakes, 0)
    seq, numbers = 0, [0] * len(drawn)
    for bucket, (start, end) in enumerate(itertools.pairwise(starts)):
        rows = [row for row in scenario.registry if row.from_bucket == bucket]
        if rows:
            yield _rows_from(seq, [(row.entry, row.removed) for row in rows]), None
            seq += len(rows)
        values: dict[str, list[bytes]] = {name: [] for name in intakes}
        for place, (table, cells) in enumerate(drawn):
            count = cells[bucket].count if bucket < len(cells) else 0
            own = start if table.of_bucket is None else starts[table.of_bucket]
            for number in range(numbers[place], numbers[place] + count):
                event = _event(table, f"{place}-{number}", own + 1 + number % 50, number)
                values[table.source].append(encode_event(event))
            numbers[place] += count
        through = dt.datetime.fromtimestamp(start, dt.UTC)
        for source in sources:
            intake = intakes[source.name]
            mark = encode_event(End(v=1, source=source.name, through=through))
            for value in (*values[source.name], mark):
                intake.take(offsets[source.name], value, end + 5.0)
                offsets[source.name] += 1
            if intake.rejects:
                raise ValueError(f"a scenario must have no rejects: {intake.rejects[0]}")
            flush = intake.lane.flush()
            for _, record in records(source.name, 0, 1, source.bucket_s, flush, 1):
                yield record, end + 10.0


def _rows_from(seq: int, rows: Sequence[tuple[Any, str | None]]) -> RegistryRows:
    found = []
    for number, (entry, removed) in enumerate(rows, seq + 1):
        if (entry is None) == (removed is None):
            raise ValueError("a row of the registry must have either entry or removed")
        found.append(RegistryRow(number, removed or key_of(entry), entry))
    return RegistryRows(after=seq, rows=found)


def _event(table: EventsTable, name: str, time_s: int, number: int) -> Event:
    def own(text: str | None) -> str | None:
        return named(text, number)

    fields: dict[str, Any] = {
        "v": 1,
        "event_id": name,
        "event_time": dt.datetime.fromtimestamp(time_s, dt.UTC),
        "channel": "sms",
        "source": table.source,
        "count": table.count,
        "sender": Sender(
            own(table.sender),
            access_code=own(table.access_code),
            signature=own(table.signature),
            account=own(table.account),
            merchant=own(table.merchant),
            platform=own(table.platform),
            category=own(table.category),
        ),
    }
    if table.source == "complaints":
        reporter = hashed(own(table.reporter))
        kind = cast("Any", own(table.kind))
        return Complaint(**fields, kind=kind, reporter_hash=reporter, region=own(table.region))
    return Send(
        **fields,
        campaign=own(table.campaign),
        recipient_hash=hashed(own(table.recipient)),
        consent=cast("Any", own(table.consent)),
    )


def hashed(person: str | None) -> str | None:
    """Return what stands for a person in events."""
    return None if person is None else hashlib.sha256(person.encode()).hexdigest()[:32]
