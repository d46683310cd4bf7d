"""Lanes without a broker: the hash that Kafka's clients share."""

import random

import pytest
from kafka.partitioner.default import murmur2 as kafka_python_murmur2

from streams.broker.client.partitioner import murmur2, partition_of

# What Apache Kafka's own tests of Utils.murmur2 expect, as unsigned numbers.
JAVA = {
    b"21": -973932308,
    b"foobar": -790332482,
    b"a-little-bit-long-string": -985981536,
    b"a-little-bit-longer-string": -1486304829,
    b"lkjh234lh9fiuh90y23oiuhsafujhadof229phr9h19h89h8": -58897971,
    b"abc": 479470107,
}


@pytest.mark.parametrize("key", JAVA)
def test_hashes_as_the_java_client(key: bytes) -> None:
    """The hash of a key is the Java client's."""
    assert murmur2(key) == JAVA[key] & 0xFFFFFFFF


def test_hashes_as_kafka_python() -> None:
    """The hash is kafka-python's for keys of every length, the empty one included."""
    rng = random.Random(7)
    for length in [*range(64), 1000]:
        key = rng.randbytes(length)
        assert murmur2(key) == kafka_python_murmur2(key) & 0xFFFFFFFF


def test_a_key_has_one_lane_among_all() -> None:
    """A partition is one of those there are, always the same for a key, and all are used."""
    keys = [f"10690{n}".encode() for n in range(1000)]
    lanes = [partition_of(key, 6) for key in keys]
    assert lanes == [partition_of(key, 6) for key in keys]
    assert set(lanes) == set(range(6))
