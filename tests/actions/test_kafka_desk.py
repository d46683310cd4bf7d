"""Which alerts may be acted on: all that were published, early ones too."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from itertools import permutations
from types import SimpleNamespace
from typing import cast

import pytest

from streams.actions.book import Book
from streams.actions.kafka_desk import KafkaDesk
from streams.broker.client.connection import Connection
from streams.config.load import parse_config
from tests.alerts.examples import raw

EARLY = raw(alert_id="e" * 16, event="early", state="early", revision=0)
REFUTED = raw(alert_id="e" * 16, event="retracted", state="retracted", revision=0)
OPENED = raw(alert_id="e" * 16, event="opened", state="open", revision=1)


def _desk(monkeypatch: pytest.MonkeyPatch, published: Sequence[bytes]) -> KafkaDesk:
    where = "streams.actions.kafka_desk"
    records = [SimpleNamespace(value=lambda v=v: v, timestamp=lambda: (1, 0)) for v in published]
    monkeypatch.setattr(f"{where}.partition_count", lambda *_: 1)
    monkeypatch.setattr(f"{where}.read_records", lambda *_: records)
    # Nothing is handed in, and all that is read stands above.
    nobody = cast("Book", None), cast("asyncio.Runner", None)
    return KafkaDesk(Connection("nowhere:9092"), parse_config({}), *nobody)


@pytest.mark.parametrize("count", [1, 2, 3])
def test_an_early_alert_is_known_and_a_later_revision_replaces_it(
    monkeypatch: pytest.MonkeyPatch, count: int
) -> None:
    """People are told of it and called again, so that they can say that they have seen it."""
    life = [EARLY, REFUTED, OPENED][:count]
    for came in permutations(life):
        desk = _desk(monkeypatch, [*came, *came])
        assert desk.known_ids() == ["e" * 16]
        (found,) = desk.find(["e" * 16]).values()
        assert found.event == ("early", "retracted", "opened")[count - 1]
