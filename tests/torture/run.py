"""A disturbed run from its first record to the comparison with the undisturbed one."""

from __future__ import annotations

import json
import time
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import httpx
from confluent_kafka import Consumer, Producer, TopicPartition

from streams.broker.client.connection import Connection
from streams.broker.client.settings import for_confluent
from streams.broker.errors import KafkaEdgeError
from streams.broker.topics.ensure import ensure
from streams.broker.topics.offsets import remaining_work
from streams.broker.topics.plan import topic_plan
from streams.config.load import load_config
from streams.config.model import Config
from streams.counts.wire import Unreadable, decode_counts
from tests.torture.fleet import Fleet, Member
from tests.torture.records import LANES, Record
from tests.torture.results import WHOLE, Results, differences
from tests.torture.undisturbed import Idle, undisturbed
from tests.waiting.progress import until

LOOK_EVERY_S = 0.1
READ_WITHIN_S = 300.0
"""The last resort where a topic gives nothing, not even its end."""


class NotDone(AssertionError):
    """Something did not come in time; the message holds the logs."""


@dataclass
class Outcome:
    """What an item of the torture gave.

    Attributes
    ----------
    name
        The item.
    disturbed
        What was done, and how often: ``{"kill -9": 15}``.
    alerts
        Revisions compared.
    differences
        Whatever was not as in the undisturbed run, or not as promised.
    seconds
        How long it took.
    ended
        Of each process that ended by itself, and was started again, what it said last.
    """

    name: str
    disturbed: dict[str, int]
    alerts: int = 0
    differences: list[str] = field(default_factory=list)
    seconds: float = 0.0
    ended: list[str] = field(default_factory=list)

    @property
    def exits(self) -> int:
        """How often a process ended by itself."""
        return len(self.ended)


class Run:
    """Topics, processes and a writer on one broker.

    Parameters
    ----------
    data
        A directory of its own.
    bootstrap
        The broker.
    text
        The configuration.
    records
        What is to be written.
    """

    def __init__(
        self,
        data: Path,
        bootstrap: str,
        text: str,
        records: Sequence[Record],
    ) -> None:
        self.fleet = Fleet(data, bootstrap, text)
        self.config: Config = load_config(self.fleet.configuration(), must_exist=True, environ={})
        self.place = Connection(bootstrap)
        self.records = records
        self.lanes = dict(LANES)
        self.hash_key: bytes | None = None
        self.open_at_end = 0  # records that stay to be counted when all is done
        self.began_s = time.time()
        self._written = 0
        self._failed: list[str] = []
        ensure(self.place, topic_plan(self.config))
        self.connect()

    def connect(self) -> None:
        """Begin to write with a new producer, which knows how many partitions there are now."""
        self._producer = Producer(
            {
                **for_confluent(self.place),
                "enable.idempotence": True,
                "linger.ms": 5,
                "log_level": 2,
            }
        )

    def write_to(self, share: float) -> None:
        """Write the records up to a share of all, in their order; they arrive meanwhile."""
        upto = min(round(share * len(self.records)), len(self.records))
        for record in self.records[self._written : upto]:
            self._producer.produce(
                record.topic, record.value, partition=record.partition, on_delivery=self._delivered
            )
        self._written = max(upto, self._written)
        self._producer.poll(0)

    def skip_to(self, share: float) -> None:
        """Take the records up to a share of all as written: somebody else has done it."""
        self._written = round(share * len(self.records))

    @property
    def share(self) -> float:
        """How much of the records has been written."""
        return self._written / len(self.records)

    def metric(self, member: Member, name: str) -> float:
        """A metric of a process, summed over its labels; 0 where it does not answer."""
        try:
            text = httpx.get(self.fleet.metrics_url(member), timeout=2.0).text
        except httpx.HTTPError:
            return 0.0
        lines = (line.rpartition(" ") for line in text.splitlines() if line.startswith(name))
        return sum(float(value) for _, _, value in lines)

    def judges(self, member: Member) -> bool:
        """Whether a worker has a shard and has been given records of it."""
        return self.metric(member, "weathervane_detect_records_total") > 0

    def settle(self) -> None:
        """Wait until the broker has what was written."""
        left = self._producer.flush()
        if left or self._failed:
            raise NotDone(f"{left} records not written; {self._failed[:1]}")

    def go_on(self, seconds: float, share: float | None = None) -> None:
        """Let it run for a while: who ends by himself is started again, and records are written."""
        began = time.monotonic()
        first = self.share
        while (gone := time.monotonic() - began) < seconds:
            self.fleet.mend()
            if share is not None:
                self.write_to(first + (share - first) * gone / seconds)
            time.sleep(min(LOOK_EVERY_S, max(seconds - gone, 0.0)))
        if share is not None:
            self.write_to(share)

    def drain(self) -> None:
        """Write what is left, and wait until all of it has been judged."""
        self.write_to(1.0)
        self.settle()
        self.wait(self.drained, "all is judged")

    def drained(self) -> bool:
        """Whether all that was written has been judged, and will not be again."""
        return self._remaining() == (self.open_at_end, 0)

    def wait(
        self, done: Callable[[], bool], what: str, *, seen: Callable[[], object] = lambda: None
    ) -> None:
        """Wait for something; who ends by himself meanwhile is started again.

        Parameters
        ----------
        done
            Whether it is so.
        what
            What it is.
        seen
            What shows progress, beside what is still to be counted and judged.

        Raises
        ------
        Stalled
            Where no progress is made any more.
        """

        def mended() -> bool:
            if done():
                return True
            self.fleet.mend()
            return False

        logs = sorted(self.fleet.data.glob("*.log"))
        until(
            mended,
            what,
            seen=lambda: (self._remaining(), seen()),
            logs=lambda: logs,
            every_s=LOOK_EVERY_S,
        )

    def _remaining(self) -> tuple[int, int] | None:
        """What is still to be counted and judged; None where the broker is away."""
        try:
            return remaining_work(self.place, self.config)
        except KafkaEdgeError:
            return None

    def results(self) -> Results:
        """What stands in the topics now."""
        found = Results()
        for value in self._values(self.config.topic("counts")):
            for line in value:
                try:
                    found.add_counts(decode_counts(line))
                except Unreadable as error:
                    found.problems.append(str(error))
        for value in self._values(self.config.topic("rejects")):
            for line in value:
                reject = json.loads(line)
                place = (reject[name] for name in ("topic", "partition", "offset"))
                why = f"{reject.get('source', '')}{reject['reason']}"
                found.rejects.add((*place, why, reject.get("index", WHOLE)))
        for shard, lines in enumerate(self._values(self.config.topic("alerts"))):
            found.add_alerts(shard, lines)
        return found

    def published(self) -> list[bytes]:
        """The topic alerts as it stands, early alerts and repeats included; of one shard."""
        (lines,) = self._values(self.config.topic("alerts"))
        return lines

    def counted(self) -> list[bytes]:
        """The topic counts as it stands, repeats included; of one shard."""
        (lines,) = self._values(self.config.topic("counts"))
        return lines

    def undelivered(self) -> list[bytes]:
        """The topic undelivered as it stands."""
        (lines,) = self._values(self.config.topic("undelivered"))
        return lines

    def expected(self, idle: Idle | None = None) -> Results:
        """What the same records give where nothing happens."""
        return undisturbed(
            self.config,
            self.records[: self._written],
            written_s=self.began_s,
            lanes=self.lanes,
            idle=idle,
            hash_key=self.hash_key,
        )

    def compare(self, outcome: Outcome, idle: Idle | None = None) -> Results:
        """Compare with the undisturbed run; what differs is added to the outcome."""
        found, expected = self.results(), self.expected(idle)
        if not expected.alert_count:
            outcome.differences.append("the undisturbed run has no alert: nothing was compared")
        outcome.alerts += expected.alert_count
        outcome.differences += differences(expected, found)
        outcome.ended = self.fleet.ended()
        return found

    def _values(self, topic: str) -> Iterator[list[bytes]]:
        """The values of each partition, tombstones left out."""
        consumer = Consumer(
            {
                **for_confluent(self.place),
                "group.id": "torture-reader",
                "enable.auto.commit": False,
                "enable.partition.eof": True,
                "auto.offset.reset": "earliest",
            }
        )
        try:
            number = len(consumer.list_topics(topic, timeout=60).topics[topic].partitions)
            consumer.assign([TopicPartition(topic, n, 0) for n in range(number)])
            found: dict[int, list[bytes]] = defaultdict(list)
            at_end: set[int] = set()
            while len(at_end) < number:
                message = consumer.poll(READ_WITHIN_S)
                if message is None:
                    raise NotDone(f"{topic} could not be read to its end")
                partition = int(message.partition() or 0)
                if message.error():
                    at_end.add(partition)
                elif (value := message.value()) is not None:
                    found[partition].append(value)
            yield from (found[n] for n in range(number))
        finally:
            consumer.close()

    def _delivered(self, error: object, _: object) -> None:
        if error is not None:
            self._failed.append(str(error))


@contextmanager
def timed(outcome: Outcome) -> Iterator[Outcome]:
    """Note how long it took."""
    began = time.monotonic()
    try:
        yield outcome
    finally:
        outcome.seconds = time.monotonic() - began


COUNT, DETECT, SERVE = Member("count"), Member("detect"), Member("serve")
