"""Series through a real Kafka: the same rows again after kills, and alerts that need none."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

from confluent_kafka import Producer
from kafka.admin import ConfigResource, ConfigResourceType

from streams.broker.client.settings import for_confluent
from streams.broker.local.broker import Recipe
from streams.broker.topics.admin import admin
from streams.delivery.tail import tail
from streams.series.asked import AskedEntity, encode_asked
from streams.series.codec import decode_series
from streams.series.record import BucketSeries, Outlook, SeriesRecord
from tests.integration.pipeline import Pipeline, pipeline
from tests.integration.test_pipeline import DEMO

NOW = dt.datetime(2026, 11, 11, tzinfo=dt.UTC)


def _series(running: Pipeline) -> list[tuple[bytes, SeriesRecord]]:
    """All records of the topic, as bytes and as what they are."""
    topic = running.config.topic("series")
    values = [one.value for one in tail(running.place, topic=topic, follow=False) if one]
    return [(value, decode_series(value)) for value in values]


def _ask(running: Pipeline, *ids: str, poison: bool = False) -> None:
    producer = Producer(for_confluent(running.place))
    topic = running.config.topic("asked")
    for value in (b"", b"{", b"\xff", b'{"v":9}') if poison else ():
        producer.produce(topic, value, partition=0)
    for name in ids:
        key, value = encode_asked(AskedEntity(level="sender", id=name, at=NOW))
        producer.produce(topic, value, key, partition=0)
    assert producer.flush() == 0


def _outlooks(running: Pipeline) -> dict[tuple[str, str], Outlook]:
    """The last answers, by entity and group."""
    found = (record for _, record in _series(running))
    return {(each.id, each.group): each for each in found if isinstance(each, Outlook)}


def test_kills_write_the_same_rows_again_and_change_no_alert(
    apache: Recipe, tmp_path: Path, mail: Path
) -> None:
    """Detect is killed on the way: each bucket has the same bytes every time it was written."""
    with pipeline(apache, tmp_path, DEMO.format(shards=1)) as running:
        running.start("count", "detect")
        running.ingest("mail", mail)
        running.wait(lambda: len(running.alerts()) > 5)
        running.kill("detect")
        running.start("detect")
        running.wait(lambda: len(running.alerts()) > 20)
        running.kill("detect")
        running.start("detect")
        running.drain()
        assert set(running.stop().values()) == {0}
        alerts, replayed = running.firm(), running.replay(f"mail={mail}")
        records = _series(running)
    assert alerts == replayed
    written: dict[tuple[str, int, int], set[bytes]] = {}
    for value, record in records:
        assert isinstance(record, BucketSeries)
        written.setdefault((record.group, record.start, record.part), set()).add(value)
    assert {len(values) for values in written.values()} == {1}
    starts = sorted(start for _, start, _ in written)
    assert starts == list(range(starts[0], starts[-1] + 3600, 3600))  # every hour, none is lost
    with_alert = {
        row.entity.alert_id
        for _, record in records
        if isinstance(record, BucketSeries)
        for row in record.full
    }
    assert len(with_alert) > 5


def test_who_is_asked_for_is_answered_and_remembered(
    apache: Recipe, tmp_path: Path, mail: Path
) -> None:
    """Poison among the questions stops nobody; after a start the last ones are still known."""
    with pipeline(apache, tmp_path, DEMO.format(shards=1)) as running:
        running.start("count", "detect")
        running.ingest("mail", mail, end=False)
        running.wait(lambda: len(running.alerts()) > 20)
        known = next(
            name
            for _, record in reversed(_series(running))
            if isinstance(record, BucketSeries)
            for block in record.blocks
            if block.level == "sender" and len(block)
            for name in block.ids
        )
        _ask(running, known, "nobody", *(f"flood {n}" for n in range(3000)), poison=True)
        _ask(running, known, "nobody")
        running.wait(lambda: ("nobody", "1h") in _outlooks(running))
        running.wait(lambda: (known, "1h") in _outlooks(running))
        answer = _outlooks(running)[known, "1h"]
        unknown = _outlooks(running)["nobody", "1h"]
        assert set(running.stop().values()) == {0}
    assert answer.state == "known"
    assert answer.signals["sends"].alarms_at or answer.signals["sends"].alert_id
    assert answer.closed is not None
    assert (unknown.state, unknown.signals["sends"].detector) == ("unknown", "first-count")


def test_without_the_topics_alerts_come_all_the_same(
    apache: Recipe, tmp_path: Path, mail: Path
) -> None:
    """One is missing, the other takes no record: the log says so, and nothing else changes."""
    with pipeline(apache, tmp_path, DEMO.format(shards=1)) as running:
        series, asked = (running.config.topic(name) for name in ("series", "asked"))
        with admin(running.place) as client:
            client.delete_topics([asked])
            limit = ConfigResource(ConfigResourceType.TOPIC, series, {"max.message.bytes": "1"})
            client.alter_configs([limit])
        running.start("count", "detect")
        running.ingest("mail", mail)
        running.drain()
        alerts, replayed = running.firm(), running.replay(f"mail={mail}")
        running.wait(lambda: "series of entities are lost" in running.log("detect"))
        assert _series(running) == []
        assert set(running.stop().values()) == {0}
    assert len(alerts) > 20
    assert alerts == replayed
