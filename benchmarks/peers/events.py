"""The events that every peer counts: sends of about 200 bytes, senders by Zipf's law."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
from confluent_kafka import Producer

from benchmarks.peers.registry import MAPPING as AVRO
from benchmarks.peers.registry import framed
from streams.broker.client.connection import Connection
from streams.broker.client.settings import for_confluent
from streams.broker.topics.ensure import ensure
from streams.broker.topics.plan import TopicSpec

SENDERS = 100_000
ZIPF = 1.1
PARTITIONS = 4
BUCKET_S = 60
EVENTS_A_BUCKET = 120_000
JITTER_S = 2.0
"""Events are up to this much out of order."""

AGE_S = 3600
"""How long before now the first event was: a backlog, whose closers are not in the future."""

CLOSER_AFTER_S = 300
_SEED = 1
MAPPING = """\
format = "json"
topic_format = "source"
time = "$.ts"
sender = "$.src.code"
"""
_KEEP_MS = 86_400_000

Encode = Callable[[str, str, str, float], bytes]


@dataclass(frozen=True)
class Backlog:
    """A topic full of events, then one closer a partition, so much later that all is closed.

    Attributes
    ----------
    topic
        Its records' key is the sender, their timestamp the event's time.
    events
        How many, closers not counted.
    closer_s
        Start of the closers' bucket, epoch s: what is counted below it is to be `events`.
    keys
        What a source's table says of these records, where they are not Weathervane's own.
    """

    topic: str
    events: int
    closer_s: int
    mean_bytes: float
    keys: str = ""

    @property
    def records(self) -> int:
        """Events and closers."""
        return self.events + PARTITIONS


def write_backlog(
    place: Connection,
    topic: str,
    events: int,
    first_s: int,
    *,
    named: bool = False,
    mapped: bool = False,
    registry: str | None = None,
) -> Backlog:
    """Make the topic and write it.

    Parameters
    ----------
    first_s
        Start of the first bucket, epoch s.
    named
        Whether each sender names a signature and a platform, to be counted as well.
    mapped
        Whether the records are another's JSON, of about the same size.
    registry
        The address of the registry that they name, where they are the same in Avro.
    """
    encode = _avro if registry else _others if mapped else _send
    ensure(place, [TopicSpec(topic, PARTITIONS, retention_ms=_KEEP_MS)])
    producer = Producer(
        {
            **for_confluent(place),
            "enable.idempotence": True,
            "linger.ms": 20,
            "compression.type": "lz4",
            "queue.buffering.max.messages": 500_000,
            "partitioner": "murmur2_random",
        }
    )
    size = 0
    last_s = first_s
    for sender, time_s, value in _sends(events, first_s, encode, named=named):
        size += len(value)
        last_s = max(last_s, int(time_s))
        while True:
            try:
                producer.produce(topic, value, sender, timestamp=int(time_s * 1000))
                break
            except BufferError:
                producer.poll(0.1)
    closer_s = (last_s + CLOSER_AFTER_S) // BUCKET_S * BUCKET_S
    producer.flush(60)
    for partition in range(PARTITIONS):
        name = f"closer-{partition}"
        value = encode(name, "", f"c-{partition}", float(closer_s))
        producer.produce(topic, value, name, partition, timestamp=closer_s * 1000)
    if producer.flush(60):
        raise RuntimeError(f"topic {topic}: not all events were acknowledged within 60 s")
    keys = AVRO.format(url=registry) if registry else MAPPING if mapped else ""
    return Backlog(topic, events, closer_s, size / events, keys)


def _others(sender: str, names: str, event_id: str, time_s: float) -> bytes:
    """Write an event as another would; `MAPPING` says where what is."""
    return (
        f'{{"msgid":"{event_id}","ts":{int(time_s * 1000)},"src":{{"code":"{sender}"{names}}},'
        f'"dst":{{"no":"+86138{event_id[2:]}","type":1}},"parts":1,"smsc":["gw-{event_id}","a"],'
        '"stat":"DELIVRD","cust":"c-77","submitted":true,"note":null}'
    ).encode()


def _avro(sender: str, names: str, event_id: str, time_s: float) -> bytes:
    """Write the same in Avro."""
    return framed(json.loads(_others(sender, names, event_id, time_s)))


def _send(sender: str, names: str, event_id: str, time_s: float) -> bytes:
    moment = dt.datetime.fromtimestamp(time_s, dt.UTC).strftime("%Y-%m-%dT%H:%M:%S")
    return (
        f'{{"v":1,"type":"send","event_id":"{event_id}",'
        f'"event_time":"{moment}.{int(time_s * 1000) % 1000:03d}Z","channel":"sms",'
        f'"sender":{{"id":"{sender}"{names}}},"message_id":"gw-{event_id}",'
        f'"status":"delivered","source":"sends"}}'
    ).encode()


def _sends(
    events: int, first_s: int, encode: Encode = _send, *, named: bool = False
) -> Iterator[tuple[str, float, bytes]]:
    rng = np.random.default_rng(_SEED)
    share = np.cumsum(np.arange(1, SENDERS + 1) ** -ZIPF)
    step_s = BUCKET_S / EVENTS_A_BUCKET
    for begin in range(0, events, 100_000):
        count = min(100_000, events - begin)
        ranks = np.searchsorted(share, rng.random(count) * share[-1])
        times = first_s + step_s * np.arange(begin, begin + count) + JITTER_S * rng.random(count)
        for place, (rank, time_s) in enumerate(zip(ranks.tolist(), times.tolist(), strict=True)):
            sender = f"1069{rank:08d}"
            names = f',"signature":"Shop {rank % 20_000}","platform":"Mall {rank % 40}"'
            event_id = f"m-{begin + place:09d}"
            yield sender, time_s, encode(sender, names if named else "", event_id, time_s)
