"""Rows of the registry change while the sequencer and detect are killed: the same alerts come out.

The sequencer is the real `Sequencing`, detect the real `ShardProtocol` behind a simulated worker.
An undisturbed run is one detect that reads the counts that came out, once, in their order.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from pathlib import Path

import pytest
from msgspec.structs import replace

from streams.archive.read.reader import Archive
from streams.archive.record.recording import Recording
from streams.archive.record.unjudged import UnjudgedShard
from streams.config.load import parse_config
from streams.config.model import Config
from streams.counts.wire import decode_record, encode_counts
from streams.detection.protocol import Publish, ShardProtocol
from streams.detection.shard import Shard
from streams.facts.record import Use
from streams.items import COUNTS_FORM
from streams.registry.control import RegistryRows
from streams.registry.entry import CodeEntry, Entry, EntryKind, FilingEntry, key_of
from streams.registry.sequencing import CommitRows, Sequencing, WriteControl
from streams.registry.topic_rows import TopicRow, encode_row
from streams.registry.watch import WatchEntry
from tests.detection.counts_of import counts
from tests.simulation.outcome import revisions
from tests.simulation.run import small
from tests.simulation.worker import WorkerProcess

CODES = ("10690001", "1069000188", "10690002")
SIGNATURES = ("Mall", "Bank")
MINUTES = 40


@pytest.fixture(autouse=True)
def _small() -> Iterator[None]:
    with small():
        yield


def settings() -> Config:
    """Sends of codes, judged against the registry."""
    made = parse_config(
        {
            "name": "rows",
            "timezone": "UTC",
            "count": {"levels": ["sender", "access_code", "signature", "all"]},
            "detect": {"misuse": {"signals": ["new_code", "scope"]}},
            "sources": {"sends": {"kind": "send", "partitions": 1}},
        }
    )
    vars(made)["sources"] = {"sends": made.sources["sends"]}  # complaints would hold the close
    return made


class Brought:
    """The parts of a broker that a worker meets; one shard."""

    def __init__(self, config: Config) -> None:
        self.config = config
        self.counts: list[list[tuple[bytes, float]]] = [[]]
        self.alerts: list[list[bytes]] = [[]]
        self.changelog: list[dict[bytes, bytes]] = [{}]
        self.acknowledged = [0]
        self.judges: list[object] = [None]


def _topic(chance: random.Random) -> list[TopicRow]:
    """Rows as people write them: single ones, imports of several, removals."""
    rows = []
    for offset in range(chance.randint(20, 60)):
        code = chance.choice(CODES)
        entry: Entry = CodeEntry(id=code, categories=(chance.choice(["retail", "bank"]),))
        if chance.random() < 0.5:
            entry = FilingEntry(code=code, signature=chance.choice(SIGNATURES))
        elif chance.random() < 0.3:
            entry = _watch(chance)
        value = None if chance.random() < 0.3 else encode_row(entry)
        rows.append(TopicRow(offset, key_of(entry).encode(), value, chance.random() < 0.4))
    return [*rows, TopicRow(len(rows), b"code/95588", None)]


def _watch(chance: random.Random) -> WatchEntry:
    """A watch of one of the senders, or of nobody; more is counted than before its case."""
    return WatchEntry(
        id=chance.choice(["case1", "case2", "case3"]),
        group="1m",
        level="sender",
        entity=chance.choice(["s0", "s1", "s9"]),
        signal="sends",
        days=chance.choice([1, 30]),
        mean_per_day=chance.choice([None, 10.0, 1000.0]),
        signatures=("Mall",) if chance.random() < 0.5 else (),
    )


def _minute(chance: random.Random, number: int) -> bytes:
    """A minute's totals, and how codes were used in it; it closes the minute before."""
    totals = {(number, f"s{n}"): chance.randint(1, 5) for n in range(3)}
    record = counts(totals, until=number)
    uses = []
    for place, total in enumerate(record.totals):
        named = chance.choice(CODES), chance.choice(SIGNATURES), chance.choice(["retail", "bank"])
        uses.append(Use(place, *named, None, None, None, None, None, total.count))
    return encode_counts(replace(record, uses=uses, v=COUNTS_FORM))


def _disturbed(seed: int) -> Brought:
    """Rows, minutes and trouble in an order that the seed draws."""
    chance = random.Random(seed)
    broker, topic = Brought(settings()), _topic(chance)
    log, committed, minute, written = broker.counts[0], 0, 0, 0
    sequencers: list[Iterator[object]] = []
    worker = WorkerProcess(0, broker)  # type: ignore[arg-type]
    broker.judges[0] = worker
    workers = [worker]
    for _ in range(100_000):
        if minute > MINUTES and committed == len(topic) and not workers[0].left:
            break
        what = chance.random()
        if what < 0.1 and minute <= MINUTES:
            log.append((_minute(chance, minute), 60.0 * minute))
            minute += 1
        elif what < 0.25:
            written = max(written, min(len(topic), written + chance.randint(0, 4)))
            sequencers = sequencers[-1:] * (chance.random() < 0.5)  # one that nobody misses
            sequencers.append(iter(Sequencing(committed, 1).take(topic[:written])))
        elif what < 0.5 and sequencers:
            match next(chance.choice(sequencers), None):
                case WriteControl(value):
                    log.append((value, 60.0 * minute))
                case CommitRows(before):
                    committed = max(committed, before)
        elif what < 0.502:
            workers[0].crash(chance)
            workers = [WorkerProcess(0, broker), *workers[1:]]  # type: ignore[arg-type]
            broker.judges[0] = workers[0]
        elif what < 0.503:
            workers = [WorkerProcess(0, broker), workers[0]]  # type: ignore[arg-type]
            broker.judges[0] = workers[0]  # the one before goes on for a while
        else:
            _go_on(chance.choice(workers), chance)
    else:
        raise AssertionError(
            f"not at its end: {minute}, {committed} of {len(topic)}, {workers[0].left}"
        )
    while workers[0].busy or workers[0].flying:
        _go_on(workers[0], chance)
    return broker


def _go_on(worker: WorkerProcess, chance: random.Random) -> None:
    if worker.flying:
        worker.deliver()
    elif worker.busy:
        worker.step()
    elif worker.unstored and chance.random() < 0.3:
        worker.checkpoint()
    elif worker.left:
        worker.take()


def _undisturbed(broker: Brought) -> tuple[list[bytes], ShardProtocol]:
    judging, alerts = ShardProtocol(0, broker.config, {}), list[bytes]()
    for offset, (value, written_s) in enumerate(broker.counts[0]):
        for step in judging.take(offset, value, written_s):
            if isinstance(step, Publish):
                alerts += [alert.value for alert in step.alerts]
    return alerts, judging


def test_kills_of_sequencer_and_detect_change_no_alert() -> None:
    """The rows of the topic are all there, and every revision is that of an undisturbed run."""
    opened = relapses = 0
    for seed in (30, *range(14)):
        broker = _disturbed(seed)
        expected, judging = _undisturbed(broker)
        assert revisions(broker.alerts[0]) == revisions(expected), seed
        restored = ShardProtocol(0, broker.config, broker.changelog[0]).shard.registry
        if restored.seq == judging.shard.registry.seq:
            kinds: list[EntryKind] = ["code", "filing", "watch"]
            for kind in kinds:
                known = list(judging.shard.registry.entries(kind))
                assert list(restored.entries(kind)) == known
        opened += len(expected)
        relapses += sum(b'"relapse"' in each for each in expected)
    assert opened > 100
    assert relapses > 5


def test_replay_of_the_archive_gives_the_same_alerts(tmp_path: Path) -> None:
    for seed in range(3):
        broker, root = _disturbed(seed), tmp_path / str(seed)
        expected, _ = _undisturbed(broker)
        recorder = UnjudgedShard(0, broker.config)
        with Recording(root, broker.config) as recording:
            for offset, (value, _) in enumerate(broker.counts[0]):
                record = decode_record(value)
                if isinstance(record, RegistryRows):
                    recorder.control(offset, record)
                else:
                    for result in recorder.close(offset, record):
                        recording.on_bucket(result)
            recording.finish()
        shard, again = Shard(0, broker.config), list[bytes]()
        for shard_group, bucket in Archive(root).buckets():
            again += [one.value for one in shard.judge(shard_group.group, bucket).alerts]
        firm = revisions(expected)
        assert again == firm
        assert len(firm) > 3
