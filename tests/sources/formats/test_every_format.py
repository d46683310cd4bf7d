"""No format passes a person on: tried on every line of the table of formats."""

from __future__ import annotations

import base64
import dataclasses
import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import orjson
import pytest

from streams.config.sources import Source
from streams.counts.intake import Intake
from streams.counts.wire import encode_counts, records
from streams.items import LEVELS, Reject
from streams.sources.event_json import encode_event
from streams.sources.formats.format import PEOPLE, Field
from streams.sources.formats.table import FORMATS
from streams.sources.read import Unopenable, open_records
from streams.sources.rejects import encode_reject, reject_key
from tests.sources.files import KEY, event, source
from tests.sources.formats.examples import EXAMPLES, Example, decided


def _people(chance: random.Random) -> Iterator[str]:
    for number in range(20):
        digits = "".join(chance.choices("0123456789", k=9))
        yield f"13{digits}" if number % 2 else f"person{digits}@home.example"


def _broken(record: bytes) -> Iterator[bytes]:
    """The record, and what may become of it on the way."""
    yield record
    yield record[: len(record) // 2] + b"\n\n"
    yield record[:-9] + b"\n\n"
    yield record.replace(b"2026", b"2O26").replace(b"2021", b"2O21")
    yield record.replace(b"shop", b"sh\xffop").replace(b"Ohio", b"Oh\xffio")
    yield record.replace(b"\n", b",\n", 1)


def _content(example: Example, people: list[str]) -> bytes:
    lines = [line for person in people for line in _broken(example.record(person).encode())]
    if example.by_length:
        lengths = {len(example.record(person)) for person in people}
        lines = [line for line in lines if len(line) in lengths and line[0] == len(line) - 1]
    return example.header + b"".join(lines)


def _source(name: str) -> Source:
    return source(format=name, **EXAMPLES[name].table)


def test_every_format_has_an_example() -> None:
    """The tests below go over the whole table."""
    assert EXAMPLES.keys() == FORMATS.keys()


@pytest.mark.parametrize("name", FORMATS)
def test_no_person_leaves_a_source(
    name: str, tmp_path: Path, capfd: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    """Neither events, rejects, counts nor logs hold a recipient or reporter, only its hash."""
    people = list(_people(random.Random(name)))
    path = tmp_path / "file"
    path.write_bytes(_content(EXAMPLES[name], people))
    read_from = _source(name)
    intake = Intake(read_from, 0, list(LEVELS))
    out, hashed, rejected = [], 0, 0
    for offset, row in enumerate(open_records(read_from, path, KEY, schemas=decided())):
        if isinstance(row, Reject):
            rejected += 1
            value = encode_reject(row, payload=read_from.payload_in_rejects)
            payload = base64.b64decode(orjson.loads(value).get("payload", ""))
            out += [value, payload, reject_key(row)]
        else:
            value = encode_event(event(row))
            hashes = [orjson.loads(value).get(f"{field}_hash") for field in PEOPLE]
            hashed += any(found is not None and len(found) == 16 for found in hashes)
            out.append(value)
            intake.take(offset, value, 4e9)
    intake.finish()
    flush = intake.lane.flush()
    out += [encode_counts(counts) for _, counts in records("s", 0, 1, 60, flush, 1)]
    captured = capfd.readouterr()
    out += [captured.out.encode(), captured.err.encode(), caplog.text.encode()]
    assert hashed >= len(people)
    assert rejected >= len(people)
    assert [person for person in people if any(person.encode() in text for text in out)] == []


@pytest.mark.parametrize("name", FORMATS)
def test_people_are_not_read_without_a_key(name: str, tmp_path: Path) -> None:
    """A source whose records name people is not read at all where nobody gave a key."""
    path = tmp_path / "file"
    path.write_bytes(_content(EXAMPLES[name], ["13800138000"]))
    with pytest.raises(Unopenable, match="needs a key"):
        open_records(_source(name), path, None)


def test_a_format_that_reads_people_says_so() -> None:
    """The table refuses a format that reads a person's field and claims to hold none."""
    with pytest.raises(ValueError, match="holds_people"):
        dataclasses.replace(FORMATS["arf"], holds_people=False)


def test_a_reader_yields_no_events(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What a format yields goes through the assembler, which hashes: events are refused."""
    path = tmp_path / "file"
    path.write_bytes(_content(EXAMPLES["csv"], ["13800138000"]))
    events = list(open_records(_source("csv"), path, KEY))

    class Forgetful:
        fields: tuple[Field, ...] = ("time", "sender")

        def __iter__(self) -> Iterator[Any]:
            return iter(events)

        def raw(self) -> bytes:
            return b""

    hasty = dataclasses.replace(FORMATS["csv"], reader=lambda *_: Forgetful())
    monkeypatch.setitem(FORMATS, "csv", hasty)
    with pytest.raises(TypeError, match="must yield its fields' values"):
        list(open_records(_source("csv"), path, KEY))
