"""Files to a real broker: every record arrives, and what did not is said."""

from __future__ import annotations

import gzip
import json
import os
import random
import signal
import subprocess
import sys
import time
import uuid
from collections.abc import Sequence
from pathlib import Path

import msgspec
import pytest
from confluent_kafka import Consumer, Message, TopicPartition

from streams.broker.client.connection import Connection
from streams.broker.client.partitioner import partition_of
from streams.broker.errors import TopicsError
from streams.broker.topics.ensure import ensure
from streams.broker.topics.offsets import end_offsets
from streams.broker.topics.plan import TopicSpec
from streams.config.load import parse_config
from streams.config.model import Config
from streams.counts.files.ingest import Ingest, IngestFailed, IngestSummary, ingest_files
from streams.items import Complaint, End, Send
from streams.sources.event_json import Decoder
from tests.waiting.progress import until

LANES = 3


class Topic:
    """A source of its own on the broker, and what its topic and the rejects hold."""

    def __init__(self, bootstrap: str, **settings: str) -> None:
        self.name = f"calls-{uuid.uuid4().hex[:12]}"
        self.place = Connection(bootstrap)
        table = {"kind": "complaint", "format": "csv", "time": "at", "sender": "who"}
        self.config: Config = parse_config(
            {"timezone": "UTC", "kafka": {"bootstrap": bootstrap}, "sources": {self.name: table}}
        )
        reports = ensure(
            self.place,
            [
                TopicSpec(self.name, LANES, config=settings),
                TopicSpec(self.config.topic("rejects"), 1, any_partitions=True),
            ],
        )
        assert all(report.status != "problem" for report in reports), reports
        self.source = self.config.sources[self.name]

    def ingest(self, *paths: Path, end: bool = True) -> IngestSummary:
        return ingest_files(self.config, self.place, self.source, paths, end=end)

    def records(self, topic: str | None = None) -> list[Message]:
        """Everything that a topic holds, lane after lane."""
        topic = topic or self.name
        ends = end_offsets(self.place, [topic])
        consumer = Consumer(
            {
                "bootstrap.servers": self.place.bootstrap,
                "group.id": "none",
                "enable.auto.commit": False,
            }
        )
        found: list[Message] = []
        try:
            for (name, lane), end in sorted(ends.items()):
                consumer.assign([TopicPartition(name, lane, 0)])
                got: list[Message] = []
                while len(got) < end:
                    got += [m for m in consumer.consume(1000, 0.2) if m.error() is None]
                found += got
        finally:
            consumer.close()
        return found

    def rejects(self, file: Path) -> list[dict[str, object]]:
        """Rejects of a file."""
        key = f"file:{file.name}/".encode()
        found = [
            m
            for m in self.records(self.config.topic("rejects"))
            if (m.key() or b"").startswith(key)
        ]
        return [json.loads(m.value() or b"") for m in found]

    def decode(self, message: Message) -> Send | Complaint | End:
        """What a record of the topic holds."""
        return Decoder(self.source).decode(message.value(), None)

    def marks(self) -> list[End]:
        """The end marks."""
        decode = Decoder(self.source).decode
        events = [decode(message.value(), None) for message in self.records()]
        return [event for event in events if isinstance(event, End)]


@pytest.fixture
def topic(kafka: str) -> Topic:
    return Topic(kafka)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """A file of 5,000 complaints, in order, and three records that are none."""
    rows = [f"{1_600_000_000 + 10 * n},{n % 97}" for n in range(5000)]
    rows[100:100] = ["never,5", "1600000000,5,too,wide", f"{1_600_000_000},a\x07b"]
    path = tmp_path / f"{uuid.uuid4().hex}.csv"
    path.write_text("\n".join(["at,who", *rows, ""]))
    return path


def test_every_record_arrives_in_its_senders_lane(topic: Topic, file: Path) -> None:
    """Events are complete and where a replay would put them; rejects on their topic."""
    done = topic.ingest(file)
    assert (done.records, done.events, done.rejects) == (5003, 5000, 3)
    assert done.acknowledged == 5003, "end marks are not records"
    assert done.bytes_read == done.bytes_total == file.stat().st_size
    decode = Decoder(topic.source).decode
    last: dict[int, object] = {}
    seen = 0
    for message in topic.records():
        kind, written_ms = message.timestamp()
        assert kind
        event = decode(message.value(), written_ms / 1000)
        last[message.partition() or 0] = event
        if isinstance(event, Complaint):
            seen += 1
            assert event.sender.id is not None
            assert message.key() == event.sender.id.encode()
            assert message.partition() == partition_of(event.sender.id.encode(), LANES)
    assert seen == 5000
    assert {type(event) for event in last.values()} == {End}, "an end mark ends every lane"
    rejects = topic.rejects(file)
    assert [reject["line"] for reject in rejects] == [101, 102, 103]
    assert {reject["reason"] for reject in rejects} == {"bad_time", "ragged", "bad_name"}


def test_end_marks_say_how_far_the_file_goes(topic: Topic, file: Path) -> None:
    """All lanes get the same mark: the end of the file, which here is its last time."""
    done = topic.ingest(file)
    marks = topic.marks()
    assert len(marks) == LANES
    assert {mark.through.timestamp() for mark in marks} == {1_600_000_000 + 49_990}
    assert done.through == "2020-09-14T02:19:50+00:00"


def test_without_end_nothing_is_closed(topic: Topic, file: Path) -> None:
    """More of the same source may follow."""
    done = topic.ingest(file, end=False)
    assert (done.through, topic.marks()) == (None, [])


def test_one_corrupt_time_does_not_poison_the_mark(topic: Topic, file: Path) -> None:
    """A row of 2025 in a file of 2020 closes no bucket of the years between."""
    text = file.read_text().splitlines()
    text[3000] = "1750000000,13"
    file.write_text("\n".join(text))
    topic.ingest(file)
    assert {mark.through.timestamp() for mark in topic.marks()} == {1_600_000_000 + 49_990}


def test_a_time_in_the_future_is_a_reject_with_its_line(topic: Topic, file: Path) -> None:
    """It never reaches the topic, nor the mark."""
    with file.open("a") as lines:
        lines.write(f"{time.time() + 86_400:.0f},13\n")
    done = topic.ingest(file)
    assert done.rejects == 4
    assert topic.rejects(file)[-1]["reason"] == "too_far_ahead"
    assert {mark.through.timestamp() for mark in topic.marks()} == {1_600_000_000 + 49_990}


def test_an_empty_file_is_no_record_and_no_mark(topic: Topic, tmp_path: Path) -> None:
    """There is nothing to say through when."""
    path = tmp_path / "empty.csv"
    path.touch()
    done = topic.ingest(path)
    assert (done.records, done.through, topic.records()) == (0, None, [])


def test_a_broken_off_gzip_fails_after_all_that_could_be_read(topic: Topic, tmp_path: Path) -> None:
    """What was readable has arrived, one reject stands for the rest, and nothing is closed."""
    noise = random.Random(1)
    text = "at,who\n" + "".join(f"1600000000,{noise.random()}\n" for _ in range(20_000))
    path = tmp_path / f"{uuid.uuid4().hex}.csv.gz"
    whole = gzip.compress(text.encode())
    path.write_bytes(whole[: len(whole) // 2])
    with pytest.raises(IngestFailed, match=r"breaks off.*are acknowledged; no end mark"):
        topic.ingest(path)
    found = topic.records()
    assert 5_000 < len(found) < 20_000
    assert topic.marks() == []
    assert [reject["reason"] for reject in topic.rejects(path)] == ["truncated"]


def test_a_record_that_the_broker_refuses_fails_the_work(kafka: str, tmp_path: Path) -> None:
    """The error says how many arrived, and no end mark vouches for what did not."""
    topic = Topic(kafka, **{"max.message.bytes": "600"})
    path = tmp_path / "a.csv"
    path.write_text("at,who\n1600000000,1\n")
    topic.ingest(path, end=False)
    noise = random.Random(1)
    rows = [f"1600000000,{noise.randbytes(120).hex()}" for _ in range(50)]
    path.write_text("\n".join(["at,who", *rows]))
    with pytest.raises(IngestFailed, match=r"too large.*of 50 records are acknowledged"):
        topic.ingest(path)
    assert topic.marks() == []


def test_a_missing_topic_is_named_with_the_remedy(topic: Topic, file: Path) -> None:
    """Topics are made on purpose, with the partitions that were configured."""
    table = topic.source.table.model_dump(exclude_none=True, mode="json")
    config = parse_config({"sources": {"nowhere": {**table, "topic": "nowhere-made"}}})
    with pytest.raises(TopicsError, match=r"nowhere-made.*weathervane topics"):
        Ingest(config, topic.place, config.sources["nowhere"], [file], end=False)


def test_many_files_are_one_ingest(topic: Topic, tmp_path: Path) -> None:
    """More files than a process may have open at once are no obstacle."""
    paths = [tmp_path / f"{n}.csv" for n in range(1200)]
    for n, path in enumerate(paths):
        path.write_text(f"at,who\n{1_600_000_000 + n},1\n")
    seen: list[int] = []
    done = ingest_files(
        topic.config,
        topic.place,
        topic.source,
        paths,
        end=True,
        on_progress=lambda summary: seen.append(summary.records),
    )
    assert done.events == 1200
    assert seen[-1] == 1200
    ids = [msgspec.json.decode(m.value() or b"").get("event_id") for m in topic.records()]
    assert len(set(ids)) == 1201, "each its own, and none for the marks"


def _command(topic: Topic, tmp_path: Path, *arguments: str) -> Sequence[str]:
    config = tmp_path / "weathervane.toml"
    config.write_text(
        f'timezone = "UTC"\n[sources.{topic.name}]\nkind = "complaint"\nformat = "csv"\n'
        'time = "at"\nsender = "who"\n'
    )
    place = ("--config", str(config), "--bootstrap", topic.place.bootstrap)
    return (sys.executable, "-m", "streams.cli.main", "ingest", topic.name, *arguments, *place)


def test_the_command_reads_standard_input(topic: Topic, file: Path, tmp_path: Path) -> None:
    """A pipe is a file; results go to standard output, the rest to standard error."""
    command = _command(topic, tmp_path, "-", "--json")
    done = subprocess.run(command, input=file.read_bytes(), capture_output=True, check=False)
    assert done.returncode == 0, done.stderr
    said = json.loads(done.stdout)
    assert said["items"] == said["events"] + said["rejects"] == said["acknowledged"] == 5003
    assert said["bytes_total"] is None
    (strays,) = said["sources"].values()
    assert (said["late"], said["duplicates"], strays["ahead"]) == (0, 0, 0)
    assert b"without --end the last buckets stay open" in done.stderr


def test_too_many_rejects_fail_the_command(topic: Topic, file: Path, tmp_path: Path) -> None:
    """Only above the number given, and only after everything is written."""
    for allowed, status in (("3", 0), ("2", 1)):
        command = _command(topic, tmp_path, str(file), "--end", "--max-rejects", allowed)
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        assert done.returncode == status, done.stderr
        assert "5,003 records = 5,000 events + 3 rejects" in done.stdout


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_stop_says_how_much_has_arrived(topic: Topic, tmp_path: Path, number: int) -> None:
    """Status 130; what was read by then is there. A service manager's SIGTERM does the same."""
    command = _command(topic, tmp_path, "-")
    process = subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    assert process.stdin is not None
    process.stdin.write(b"at,who\n1600000000,1\n1600000001,2\n")
    process.stdin.flush()
    until(lambda: sum(end_offsets(topic.place, [topic.name]).values()) == 2, "two records")
    os.kill(process.pid, number)
    _, said = process.communicate()
    assert process.returncode == 130
    assert b"2 of 2 records are acknowledged. All are there up to record 2 of -;" in said
    assert (
        f"`weathervane ingest {topic.name} - --skip 2` writes the rest, and nothing".encode()
        in said
    )


def test_the_stand_in_takes_an_ingest_too(standin: str, file: Path) -> None:
    """Where there is no Java the demo runs the same way."""
    topic = Topic(standin)
    done = topic.ingest(file)
    assert (done.events, done.rejects, len(topic.marks())) == (5000, 3, LANES)
