"""Faust's app of a detect worker: its settings, and what happens when it starts and stops."""

from __future__ import annotations

import contextlib
import signal
from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path
from typing import Any

import faust
from aiokafka.errors import IllegalStateError
from faust.transport.drivers import aiokafka

from streams.broker.client.connection import Connection
from streams.broker.client.settings import for_faust
from streams.broker.topics.plan import detect_group
from streams.config.model import Config


class WorkerApp(faust.App):
    """Faust's app, which lets its owner finish before it stops its clients.

    Attributes
    ----------
    before_stop
        Awaited before the clients are stopped.
    told_to_stop
        Whether a signal to stop came before Faust's own handlers stood, which did not see it.
    counts_topic
        The topic that the worker reads.
    """

    before_stop: Callable[[], Awaitable[None]]
    told_to_stop: Callable[[], bool]
    counts_topic: str

    async def on_start(self) -> None:
        """Faust's handlers of signals stand: pass on what came before."""
        if self.told_to_stop():
            signal.raise_signal(signal.SIGTERM)
        await super().on_start()

    async def on_stop(self) -> None:
        """Let the owner finish."""
        await self.before_stop()
        await super().on_stop()


class HandedOn(dict[Any, int | None]):
    """Faust's note of the last offset that it has handed on of each partition.

    It passes over what comes before that. Where it goes back while it hands a record on, it notes
    that record after it has gone back, and passes over what it went back for. So of ``counts`` it
    knows nothing: whoever reads them passes over repeats.
    """

    def __init__(self, counts_topic: str) -> None:
        super().__init__()
        self._counts = counts_topic

    def __getitem__(self, at: Any) -> int | None:
        return None if at.topic == self._counts else self.get(at)


class WholeConsumer(aiokafka.Consumer):
    """Faust's consumer, which also goes back where nothing, or offset 0, is committed.

    Faust drops what it has fetched when partitions move, and goes back to what is committed. Its
    client does nothing where that is 0 or nothing: what was dropped would never be read.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        app: Any = self.app
        self._read_offset = HandedOn(app.counts_topic)

    async def seek_to_committed(self) -> Mapping[Any, int]:
        """Go to what is committed, or to the beginning; return what is committed."""
        committed: Mapping[Any, int] = await super().seek_to_committed()
        app: Any = self.app
        first = [
            at for at, offset in committed.items() if at.topic == app.counts_topic and not offset
        ]
        if first:
            # Where partitions move meanwhile, Faust asks again after they have.
            with contextlib.suppress(IllegalStateError):
                await self._thread.seek_to_beginning(*first)
        return committed

    async def go_back(self, at: Any, offset: int) -> None:
        """Read a partition again from an offset on, unless it has moved meanwhile."""
        with contextlib.suppress(IllegalStateError):
            await self.seek(at, offset)


class WholeTransport(aiokafka.Transport):
    """Faust's transport with that consumer."""

    Consumer = WholeConsumer


WorkerApp.logger = faust.App.logger  # Faust would give it ours, and we log more than it should


def make_app(
    config: Config, connection: Connection, data_dir: Path, instance: str | None
) -> WorkerApp:
    """Make the app of a worker.

    Parameters
    ----------
    config, connection
        The configuration, and the broker.
    data_dir
        Where RocksDB keeps this worker's copy of the state; made if it is missing.
    instance
        A name of this worker's own: static membership, so that a restart is quick.
    """
    name = detect_group(config)
    data_dir.mkdir(parents=True, exist_ok=True)
    app = WorkerApp(
        name,
        version=1,
        store="rocksdb://",
        datadir=str(data_dir),
        env_prefix="WEATHERVANE_FAUST_",
        web_enabled=False,
        topic_disable_leader=True,
        reply_create_topic=False,
        topic_replication_factor=1,
        topic_partitions=config.detect.shards,
        table_standby_replicas=0,
        consumer_auto_offset_reset="earliest",
        consumer_group_instance_id=f"{name}-{instance}" if instance else None,
        broker_session_timeout=10.0,
        broker_heartbeat_interval=2.0,
        broker_commit_interval=1.0,
        broker_max_poll_interval=600.0,
        producer_acks=-1,
        producer_max_request_size=8_000_000,
        # gzip took half of a core for the slots; kafka-python does not read lz4.
        producer_compression_type=None,
        stream_wait_empty=False,
        stream_recovery_delay=0.0,
        **for_faust(
            connection,
            sasl_credentials=faust.SASLCredentials,
            ssl_credentials=faust.SSLCredentials,
        ),
    )
    app.counts_topic = config.topic("counts")
    app.transport = WholeTransport(app.conf.broker_consumer, app)
    return app
