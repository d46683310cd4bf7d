"""Real brokers: they start, keep what they are given, and leave nothing behind."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from confluent_kafka import (
    Consumer,
    KafkaError,
    KafkaException,
    Message,
    Producer,
    TopicPartition,
)

from streams.broker.client.connection import Connection
from streams.broker.client.partitioner import partition_of
from streams.broker.client.settings import for_confluent
from streams.broker.errors import BrokerError, PortBusyError, TopicsError
from streams.broker.local.broker import LocalBroker, Recipe
from streams.broker.local.port_and_folder import free_port
from streams.broker.topics.admin import admin
from streams.broker.topics.ensure import ensure
from streams.broker.topics.offsets import committed, end_offsets, partition_count
from streams.broker.topics.plan import TopicSpec
from tests.waiting.programs import ended
from tests.waiting.progress import until

PARENT = """
import sys, time
from pathlib import Path
from streams.broker.local.apache import ApacheKafka
from streams.broker.topics.admin import admin
from streams.broker.local.broker import LocalBroker
with LocalBroker(ApacheKafka(), data_dir=Path(sys.argv[1]), port=int(sys.argv[2])):
    print("up", flush=True)
    time.sleep(600)
"""
DAY = 86_400_000


@pytest.fixture(params=["apache", "noida"])
def recipe(request: pytest.FixtureRequest) -> Recipe:
    """Either broker: the recipe, for tests that start and stop one of their own."""
    return request.getfixturevalue(request.param)  # type: ignore[no-any-return]


@pytest.fixture(params=["kafka", "standin"])
def connection(request: pytest.FixtureRequest) -> Connection:
    """Either of the session's brokers."""
    return Connection(request.getfixturevalue(request.param))


def new_topic(connection: Connection, partitions: int = 1, **config: str) -> str:
    name = f"t-{uuid.uuid4().hex[:8]}"
    settings = {key.replace("_", "."): value for key, value in config.items()}
    (report,) = ensure(connection, [TopicSpec(name, partitions, config=settings)])
    assert report.status == "created"
    return name


def produce(connection: Connection, topic: str, records: list[tuple[bytes, bytes]]) -> None:
    failed: list[KafkaError] = []

    def note(error: KafkaError | None, _: Message) -> None:
        if error is not None:
            failed.append(error)

    options = {
        "partitioner": "murmur2_random",
        "message.max.bytes": 10_000_000,
        # A topic that is not there is one at once.
        "topic.metadata.propagation.max.ms": 0,
    }
    producer = Producer(for_confluent(connection) | options)
    for key, value in records:
        producer.produce(topic, value, key, on_delivery=note)
    assert producer.flush() == 0
    if failed:
        raise KafkaException(failed[0])


@contextmanager
def member(connection: Connection, group: str, topic: str) -> Iterator[Consumer]:
    options = {
        "group.id": group,
        "auto.offset.reset": "earliest",
        "enable.auto.commit": False,
        "fetch.message.max.bytes": 20_000_000,
    }
    consumer = Consumer(for_confluent(connection) | options)
    consumer.subscribe([topic])
    try:
        yield consumer
    finally:
        consumer.close()


def consume(consumer: Consumer, count: int) -> list[Message]:
    got: list[Message] = []

    def have_come() -> bool:
        for message in consumer.consume(count - len(got), 0.5):
            assert message.error() is None
            got.append(message)
        return len(got) >= count

    until(have_come, f"{count} records", seen=lambda: len(got), every_s=0.0)
    return got


def naming(path: Path) -> list[str]:
    """Return the processes whose command line names a path."""
    command = ["ps", "-A", "-ww", "-o", "args="]
    listed = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    return [line for line in listed.splitlines() if str(path) in line]


def test_a_restart_keeps_everything(recipe: Recipe, tmp_path: Path) -> None:
    """A second run on the same directory has the topics, records and commits of the first."""
    for run in (1, 2):
        # Another port each time, as when the first was taken.
        with LocalBroker(recipe, data_dir=tmp_path, port=free_port()) as broker:
            there = Connection(broker.bootstrap)
            (report,) = ensure(there, [TopicSpec("kept", 2, "compact")])
            assert report.status == ("created" if run == 1 else "ok")
            if run == 1:
                produce(there, "kept", [(b"k%d" % n, b"v") for n in range(100)])
                with member(there, "readers", "kept") as consumer:
                    consume(consumer, 100)
                    place = TopicPartition("kept", 0, 7, metadata="idle:42")
                    consumer.commit(offsets=[place], asynchronous=False)
                continue
            assert sum(end_offsets(there, ["kept"]).values()) == 100
            assert committed(there, "readers") == {("kept", 0): 7}
            with member(there, "readers", "kept") as consumer:
                (place,) = consumer.committed([TopicPartition("kept", 0)], 10)
                assert place.metadata == "idle:42"
        assert naming(tmp_path) == []


def test_any_path_and_locale(
    apache: Recipe, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A data directory may have a space and Chinese in its path, in the locale C too."""
    monkeypatch.setenv("LC_ALL", "C")
    with LocalBroker(apache, data_dir=tmp_path / "风 向标", port=free_port()) as broker:
        assert end_offsets(Connection(broker.bootstrap), []) == {}
    assert (tmp_path / "风 向标" / "apachekafka" / "data" / "meta.properties").exists()


def test_a_busy_port_and_a_busy_directory(recipe: Recipe, tmp_path: Path) -> None:
    """A second broker on the port, or on the data directory, is told which option to change."""
    port = free_port()
    with LocalBroker(recipe, data_dir=tmp_path, port=port):
        with pytest.raises(PortBusyError, match=f"port {port}: .* choose another with --port"):
            LocalBroker(recipe, data_dir=tmp_path / "other", port=port).start()
        with pytest.raises(BrokerError, match="choose another with --data"):
            LocalBroker(recipe, data_dir=tmp_path, port=free_port()).start()


@pytest.mark.usefixtures("apache")
def test_nothing_outlives_the_parent(tmp_path: Path) -> None:
    """After kill -9 or Ctrl-C of the program, no broker is left, and the next start works."""
    port = free_port()
    command = [sys.executable, "-c", PARENT, str(tmp_path), str(port)]
    for sent in (signal.SIGKILL, signal.SIGINT):
        with subprocess.Popen(
            command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, start_new_session=True
        ) as parent:
            assert parent.stdout is not None
            assert parent.stdout.readline() == b"up\n"
            assert naming(tmp_path)
            # To the whole group, as a terminal does.
            os.killpg(parent.pid, sent)
            ended(parent)
        until(lambda: not naming(tmp_path), "the broker ends with its parent")


def test_topics_are_made_then_checked(connection: Connection) -> None:
    """Missing topics are made as asked; what is there is checked and left as it is."""
    name, other = f"counts-{uuid.uuid4().hex[:8]}", f"slots-{uuid.uuid4().hex[:8]}"
    specs = [
        TopicSpec(name, 2, "delete", 3 * DAY),
        TopicSpec(other, 1, "compact", config={"max.message.bytes": "9000000"}),
    ]
    assert [report.status for report in ensure(connection, specs)] == ["created", "created"]
    assert [report.status for report in ensure(connection, specs)] == ["ok", "ok"]
    wrong = [TopicSpec(name, 3, "compact", 9 * DAY), TopicSpec(other, 1, "compact")]
    first, second = ensure(connection, wrong)
    assert first.status == "problem"
    assert "has 2 partitions, must have 3; kafka-topics.sh --bootstrap-server" in first.detail
    assert "cleanup.policy is delete, must be compact" in first.detail
    assert "retention.ms is 259200000 (3 d), must be at least 777600000 (9 d)" in first.detail
    assert second.status == "ok"
    assert partition_count(connection, name) == 2


def test_a_topic_that_cannot_be_made(connection: Connection) -> None:
    """One refused topic is reported with the broker's reason; the others are made."""
    good = f"good-{uuid.uuid4().hex[:8]}"
    bad, fine = ensure(connection, [TopicSpec("no good!", 1), TopicSpec(good, 1)])
    assert (bad.status, fine.status) == ("problem", "created")
    assert "could not be created: InvalidTopicError: " in bad.detail


def test_offsets(connection: Connection) -> None:
    """Ends and commits are read per partition; what does not exist is said to be missing."""
    topic = new_topic(connection, 2)
    assert end_offsets(connection, [topic]) == {(topic, 0): 0, (topic, 1): 0}
    assert committed(connection, f"nobody-{topic}") == {}
    with pytest.raises(TopicsError, match="topic none-such: must exist"):
        end_offsets(connection, ["none-such"])


def test_clients_put_keys_where_we_say(connection: Connection) -> None:
    """Where the producer is told to hash as Kafka does, a key's lane is the computed one."""
    topic = new_topic(connection, 5)
    keys = [f"10690{n}".encode() for n in range(200)]
    produce(connection, topic, [(key, b"v") for key in keys])
    with member(connection, f"g-{topic}", topic) as consumer:
        lanes = {message.key(): message.partition() for message in consume(consumer, 200)}
    assert lanes == {key: partition_of(key, 5) for key in keys}


def test_a_large_record(connection: Connection) -> None:
    """A record of nine million bytes, as large as a slot of state, passes both ways."""
    topic = new_topic(connection, 1, max_message_bytes="10000000")
    value = os.urandom(9_000_000)
    produce(connection, topic, [(b"slot", value)])
    with member(connection, f"g-{topic}", topic) as consumer:
        (message,) = consume(consumer, 1)
    assert message.value() == value


def test_no_topic_by_mistake(kafka: str) -> None:
    """On Apache Kafka a misspelt topic is an error, not a new topic."""
    with pytest.raises(KafkaException, match="Unknown topic"):
        produce(Connection(kafka), "misspelt", [(b"k", b"v")])


def test_no_broker() -> None:
    """Where nothing listens: the address, what was found, and the ways to a broker."""
    there = Connection(f"127.0.0.1:{free_port()}")
    with pytest.raises(TopicsError) as caught, admin(there, wait_s=0.5):
        pass
    said = str(caught.value)
    assert said.startswith(f"kafka.bootstrap {there.bootstrap}: a broker must answer within 0.5 s")
    assert "Connection refused; start one (`weathervane broker`), or name yours" in said
