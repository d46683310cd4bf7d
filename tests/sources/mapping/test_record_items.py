"""A record becomes items, in files as in topics: ids and places tell them apart."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from pathlib import Path

import orjson
import pytest

from streams.analysis.replay import Replay
from streams.config.load import parse_config
from streams.items import SKIPPED, Place, Reject, Skipped
from streams.sources.formats.format import Headers, Values
from streams.sources.formats.table import FORMATS
from streams.sources.mapping.record_items import RecordItems
from streams.sources.rejects import Undecodable, encode_reject, reject_key
from tests.sources.files import KEY, event, read_bytes, reasons, refused, source

TABLE = {"kind": "send", "format": "json", "time": "t", "sender": "s"}
PEOPLE = {**TABLE, "recipient": "to"}


class Many:
    """Decodes a record that names its items: ``send``, ``skip`` or ``bad``, or ends itself."""

    def items(self, value: bytes, _: Headers) -> Iterator[Values | Undecodable | Skipped]:
        """Yield an item for each word."""
        for word in value.decode().split():
            if word == "end":
                raise Undecodable("not_json", "a record must not end so")
            if word == "bad":
                yield Undecodable("missing", "an item must be whole")
            else:
                yield SKIPPED if word == "skip" else ("2026-03-02", word)


@pytest.fixture(autouse=True)
def _many(monkeypatch: pytest.MonkeyPatch) -> None:
    of_words = dataclasses.replace(FORMATS["json"], record=lambda _: Many())
    monkeypatch.setitem(FORMATS, "json", of_words)


def test_items_of_a_record_have_the_index_in_id_and_place(tmp_path: Path) -> None:
    """A record with one item has none: what counted before there were items stays as it was."""
    rows = read_bytes(source(**TABLE), b"a bad skip b\nc\nbad\n", tmp_path, "f")
    assert reasons(rows) == ["ok", "missing", "skipped", "ok", "ok", "missing"]
    ids = [event(rows[at]).event_id for at in (0, 3, 4)]
    assert ids == ["s:f:1:0", "s:f:1:3", "s:f:2"]
    places = [refused(rows[at]).place for at in (1, 5)]
    assert places == [Place(file="f", line=1, index=1), Place(file="f", line=3)]
    assert reject_key(refused(rows[1])) == b"file:f/1/1"
    assert orjson.loads(encode_reject(refused(rows[1]), payload=True))["index"] == 1


def test_a_record_that_breaks_off_is_one_reject(tmp_path: Path) -> None:
    """What of it could be read is no event: a recount of the whole record would count it again."""
    rows = read_bytes(source(**TABLE), b"a b end\n", tmp_path)
    assert reasons(rows) == ["not_json"]


@pytest.mark.parametrize(
    ("value", "written_s", "reason"),
    [(None, 0.0, "tombstone"), (b"x" * 2_000_000, 0.0, "too_big"), (b"a", 1.7e9, "too_far_ahead")],
)
def test_a_topics_record_that_is_no_event(
    value: bytes | None, written_s: float, reason: str
) -> None:
    """A tombstone, one that is too big, one that is ahead of its own time."""
    (item,) = RecordItems(source(**TABLE), None).of_record(value, (), "s:t-0-7", written_s)
    assert isinstance(item, Undecodable)
    assert item.reason == reason


def test_a_topics_record_gives_the_id_that_it_is_told() -> None:
    """Its place, with the index where there are more."""
    items = RecordItems(source(**TABLE), None).of_record(b"a b", (), "s:t-0-7", None)
    ids = [item.event_id for item in items if not isinstance(item, Undecodable | Skipped)]
    assert ids == ["s:t-0-7:0", "s:t-0-7:1"]


def test_people_need_a_key() -> None:
    """Nobody can make items of records that name people without it."""
    with pytest.raises(ValueError, match="must have a key"):
        RecordItems(source(**PEOPLE), None)
    assert RecordItems(source(**PEOPLE), KEY)


def test_items_are_events_skipped_and_rejects(tmp_path: Path) -> None:
    """The promise of a replay; records are counted apart."""
    path = tmp_path / "f"
    path.write_bytes(b"a bad skip b\nc\nskip skip\n\nbad\n")
    config = parse_config({"timezone": "UTC", "sources": {"s": TABLE}})
    rejects: list[Reject] = []
    run = Replay(config, {"s": [path]}, now_s=2e9)
    summary = run.run(lambda _: None, lambda _, reject: rejects.append(reject))
    counted = (summary.records, summary.items, summary.events, summary.skipped, summary.rejects)
    assert counted == (4, 8, 3, 3, 2)
    assert [reject_key(reject) for reject in rejects] == [b"file:f/1/1", b"file:f/4"]
