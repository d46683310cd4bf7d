"""Garbage through an adapter: whatever it makes must be an event of the contract or a reject."""

from __future__ import annotations

import tempfile
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from streams.config.sources import Source
from streams.items import SKIPPED, Reject
from streams.sources.event_json import Decoder, encode_event
from streams.sources.read import Unopenable, open_records
from streams.sources.rejects import encode_reject, reject_key
from tests.garbage.files import FORMS, content
from tests.garbage.memory import resident_mb
from tests.sources.files import KEY

A_FILE = 10_000
NOW_S = 4e9


@dataclass
class Rows:
    """What an adapter made of its files.

    Attributes
    ----------
    files, records, skipped, events
        Read, and what came of them.
    rejects
        The rest, by reason.
    problems
        What broke the contract.
    memory_mb
        Resident memory after each file.
    """

    files: int = 0
    records: int = 0
    skipped: int = 0
    events: int = 0
    rejects: Counter[str] = field(default_factory=Counter)
    problems: list[str] = field(default_factory=list)
    memory_mb: list[float] = field(default_factory=list)


def broken_contract(source: Source, path: Path, rows: Rows) -> Iterator[str]:
    """Read a file; yield what of it is neither an event that its topic takes, nor a reject."""
    decode = Decoder(source).decode
    try:
        opened = open_records(source, path, KEY, lambda: NOW_S)
    except Unopenable as error:
        str(error).encode()
        return
    rows.files += 1
    for number, row in enumerate(opened, 1):
        rows.records += 1
        if isinstance(row, Reject):
            rows.rejects[row.reason] += 1
            encode_reject(row, payload=True)
            reject_key(row)
            if row.place.line != number:
                yield f"record {number} is rejected as number {row.place.line}"
        elif row is SKIPPED:
            rows.skipped += 1
        else:
            rows.events += 1
            again = decode(encode_event(row), NOW_S)
            if again != row:
                yield f"record {number}: the topic's decoder makes {again!r} of {row!r}"


def read_all(name: str, seed: int, records: int) -> Rows:
    """Read so many records in files of `A_FILE` through the adapter of a form."""
    rows = Rows()
    with tempfile.TemporaryDirectory(prefix="garbage-") as folder:
        path = Path(folder) / "file"
        for number in range(-(-records // A_FILE)):
            inside = content(name, seed + number, min(records, A_FILE))
            path.write_bytes(inside)
            before = rows.records
            rows.problems += broken_contract(FORMS[name].source, path, rows)
            if name in ("own", "mapped"):
                lines = sum(1 for line in inside.split(b"\n") if line.strip())
                if rows.records - before != lines:
                    rows.problems.append(f"{lines} lines gave {rows.records - before} records")
            rows.memory_mb.append(resident_mb())
    return rows
