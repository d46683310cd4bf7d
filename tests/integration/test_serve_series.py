"""Serve's copy of ``series`` on a real broker: kills, a second serve, a new one."""

from __future__ import annotations

import signal
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from kafka import KafkaAdminClient, KafkaConsumer, KafkaProducer
from kafka.admin import NewTopic

from streams.config.names import OurTopic, own_name
from streams.series.asked import decode_asked
from streams.series.codec import encode_bucket, encode_outlook
from streams.series.record import FullRow, Outlook
from tests.integration.serving import Serve
from tests.series.store.buckets import T0, block, bucket, watched
from tests.waiting import web
from tests.waiting.progress import until

pytestmark = pytest.mark.kafka

ENTITY = "/api/v1/entities/sender/loud"
GROUP = "1m"


class Cluster:
    """The topics of a monitor of the test's own."""

    def __init__(self, kafka: str, name: str, producer: Any) -> None:
        self._kafka, self._name, self._producer = kafka, name, producer
        self.buckets = 0

    def topic(self, what: OurTopic) -> str:
        return own_name(self._name, what)

    def close(self, number: int) -> None:
        """Write so many buckets: all have `loud`, and each a sender of its own."""
        for at in range(self.buckets, self.buckets + number):
            start = T0 + 60 * at
            full = [FullRow("sender", "loud", "sends", watched(start, float(at)))]
            found = block([f"quiet-{at}"], [at])
            for key, value in encode_bucket(bucket(start, found, full=full, group=GROUP)):
                self._producer.send(self.topic("series"), value, key=key)
        self._producer.flush()
        self.buckets += number

    def answer(self, outlook: Outlook) -> None:
        key, value = encode_outlook(outlook)
        self._producer.send(self.topic("series"), value, key=key).get(30)

    def asked(self) -> list[str]:
        """Ids that were asked for, as soon as there are any."""
        consumer = KafkaConsumer(
            self.topic("asked"),
            bootstrap_servers=self._kafka,
            auto_offset_reset="earliest",
            consumer_timeout_ms=2_000,
        )
        try:
            return [decode_asked(record.value).id for record in consumer]
        finally:
            consumer.close()


@pytest.fixture
def cluster(kafka: str, tmp_path: Path) -> Iterator[Cluster]:
    """The topics of serve."""
    admin = KafkaAdminClient(bootstrap_servers=kafka)
    names: list[OurTopic] = [
        "alerts",
        "undelivered",
        "users",
        "labels",
        "actions",
        "notes",
        "cases",
    ]
    admin.create_topics(
        [NewTopic(own_name(tmp_path.name, each), 1, 1) for each in (*names, "series", "asked")]
    )
    admin.close()
    producer = KafkaProducer(bootstrap_servers=kafka)
    yield Cluster(kafka, tmp_path.name, producer)
    producer.close()


def serve(kafka: str, tmp_path: Path, data: str) -> Serve:
    """A serve process with a data directory."""
    found = Serve(kafka, tmp_path)
    found.change("name =", f'data_dir = "{tmp_path / data}"\nname =')
    return found


def known(process: Serve) -> Any:
    """What serve says of the entity, without asking detect; its status where there is nothing."""
    answer = web.get(process.base + ENTITY, params={"outlook": "false", "buckets": 10_000})
    return answer.json() if answer.status_code == 200 else answer.status_code


def counts(process: Serve) -> list[float]:
    """Its counts, bucket by bucket."""
    found = known(process)
    return [] if isinstance(found, int) else [b["count"] for b in found["histories"][0]["buckets"]]


def has(process: Serve, cluster: Cluster) -> Callable[[], bool]:
    """Whether serve has all buckets, each once."""
    return lambda: counts(process) == [float(at) for at in range(cluster.buckets)]


def test_killed_at_any_time_it_loses_and_doubles_nothing_and_all_serves_show_the_same(
    kafka: str, tmp_path: Path, cluster: Cluster
) -> None:
    """After each SIGKILL; a second serve on the host and one without a store read the same."""
    first = serve(kafka, tmp_path, "one")
    for kill in range(3):
        cluster.close(20)
        with first.running() as process:
            cluster.close(40)
            before = 60 * kill
            until(lambda: len(counts(first)) > before, seen=lambda: len(counts(first)))  # noqa: B023 (now)
            process.send_signal(signal.SIGKILL)
    second, fresh = serve(kafka, tmp_path, "one"), serve(kafka, tmp_path, "two")
    with first.running(), second.running(), fresh.running():
        for each in (first, second, fresh):
            until(has(each, cluster), seen=lambda: len(counts(each)))  # noqa: B023 (now)
        assert known(first) == known(second) == known(fresh)
        found = web.get(first.base + "/api/v1/entities", params={"search": "QUIET-17"}).json()
        assert [one["id"] for one in found["entities"]] == [
            "quiet-17",
            *(f"quiet-17{digit}" for digit in range(10)),
        ]


def test_whoever_looks_asks_detect_and_sees_what_it_answers(
    kafka: str, tmp_path: Path, cluster: Cluster
) -> None:
    """The question is on `asked`; what detect writes to `series` is in the next answer."""
    cluster.close(1)
    process = serve(kafka, tmp_path, "one")
    with process.running():
        until(has(process, cluster))
        assert web.get(process.base + ENTITY).json()["outlooks"] == []
        assert cluster.asked() == ["loud"]
        cluster.answer(
            Outlook(
                group=GROUP,
                shard=0,
                epoch=1,
                level="sender",
                id="loud",
                at=time.time(),
                closed=T0 + 60,
                state="known",
                signals={"sends": watched(T0 + 60)},
            )
        )

        def answered() -> bool:
            found = web.get(process.base + ENTITY).json()["outlooks"]
            return [one["signals"]["sends"]["count"] for one in found] == [9.0]

        until(answered)


def test_without_the_topic_serve_works_and_says_so(
    kafka: str, tmp_path: Path, cluster: Cluster
) -> None:
    """A cluster whose topics were made by an earlier version: alerts are served as ever."""
    admin = KafkaAdminClient(bootstrap_servers=kafka)
    admin.delete_topics([cluster.topic("series")])
    admin.close()
    process = serve(kafka, tmp_path, "one")
    with process.running():
        until(lambda: "pages of entities show nothing new" in process.said)
        assert cluster.topic("series") in process.said
        assert web.get(process.base + ENTITY, params={"outlook": "false"}).status_code in (404, 503)
        assert web.get(process.base + "/api/v1/alerts").status_code == 200
