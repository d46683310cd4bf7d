"""All who read the topic of actions pass over the same ones."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest

from streams.actions.action import MOST_AHEAD, Action, encode_action
from streams.actions.book import Book, BookTopics
from streams.archive.record.alerts_and_labels import AlertsAndLabels
from streams.archive.record.state import Partition
from streams.cli.alerts import alerts
from streams.config.load import parse_config
from streams.delivery.tail import WrittenRecord
from tests.actions.examples import EVERY_KIND, NOW_S, acknowledge

CONFIG = parse_config({"name": "n"})
TOPICS = BookTopics("weathervane.n.actions", "weathervane.n.notes", "weathervane.n.labels")
GIVEN = EVERY_KIND[9]
"""A label, since an archive takes no other action."""

AHEAD_S = MOST_AHEAD.total_seconds()


def _by_book(action: Action, written_s: float) -> bool:
    book = Book({}, TOPICS, {})
    record = SimpleNamespace(
        topic=TOPICS.actions, partition=0, offset=0, key=b"",
        value=encode_action(action), timestamp=int(written_s * 1000),
    )  # fmt: skip
    book._take(cast("Any", record))
    return len(book.log) == 1


def _by_alerts(action: Action, written_s: float) -> bool:
    def records(_: object, topic: str) -> list[WrittenRecord | None]:
        ours = topic == TOPICS.actions
        return [*([WrittenRecord(encode_action(action), written_s)] * ours), None]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(alerts, "written_records", records)
        patch.setattr(alerts, "records", lambda *_: [None])
        state = alerts._acted(CONFIG)
    return state.answer(action) is not None


def _by_archive(action: Action, written_s: float) -> bool:
    taker = AlertsAndLabels(Path("nowhere"), CONFIG)
    taker.take(Partition(TOPICS.actions, 0), 0, encode_action(action), written_s)
    return taker.labels == 1


@pytest.mark.parametrize("read", [_by_book, _by_alerts, _by_archive])
@pytest.mark.parametrize(
    ("written_s", "taken"),
    [(NOW_S, True), (NOW_S - AHEAD_S, True), (NOW_S - AHEAD_S - 1, False), (-0.001, False)],
)
def test_an_action_of_more_than_a_day_ahead_is_passed_over(
    read: Any, written_s: float, taken: bool
) -> None:
    """By the timestamp of its record, which all read; a record without one is of no time."""
    assert read(GIVEN, written_s) is taken


def test_a_record_without_a_timestamp_is_passed_over_by_an_archive_too(tmp_path: Path) -> None:
    """Its client says None where others say -1."""
    taker = AlertsAndLabels(tmp_path, CONFIG)
    taker.take(Partition(TOPICS.actions, 0), 0, encode_action(GIVEN), None)
    taker.take(Partition(TOPICS.actions, 0), 1, encode_action(acknowledge()), NOW_S)
    assert taker.labels == 0
