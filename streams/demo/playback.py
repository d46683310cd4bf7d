"""Plays the demo's recordings through a broker, and reports what the processes make of them."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from importlib import resources
from pathlib import Path
from typing import Protocol

from kafka.errors import KafkaError

from streams.alerts.cloudevent import Envelope, decode_event
from streams.alerts.latest import LatestRevisions
from streams.broker.client.connection import Connection
from streams.broker.topics.offsets import RemainingWork, remaining_work
from streams.config.model import Config
from streams.counts.files.ingest import IngestSummary, ingest_files
from streams.delivery.tail import tail

RECORDINGS = {"ftc": "complaints.csv.gz", "mail": "mail.csv.gz"}
"""Sources of the demo's configuration, to their files in `streams.demo.data`."""

_MEASURE_EVERY_S = 1.0
_JOIN_S = 10.0


class Observer(Protocol):
    """What a playback reports to, from several threads."""

    def ingested(self, source: str, events: int) -> None:
        """Take the number of a source's events that the broker has acknowledged so far."""

    def all_ingested(self) -> None:
        """Take note that every recording and its end mark has been written."""

    def remaining(self, work: RemainingWork) -> None:
        """Take what is still to be counted and judged."""

    def alert(self, envelope: Envelope) -> None:
        """Take one revision of an alert."""


def configuration(
    data_dir: Path, *, bootstrap: str, http_port: int, metrics_ports: tuple[int, int, int]
) -> str:
    """Return the demo's configuration as TOML.

    Parameters
    ----------
    data_dir
        The demo's directory.
    bootstrap
        The broker.
    http_port
        Port of the feed.
    metrics_ports
        Ports for the metrics of count, detect and serve.
    """
    count_port, detect_port, serve_port = metrics_ports
    shared = resources.files("streams.demo").joinpath("demo.toml").read_text("utf-8")
    return (
        f"data_dir = {str(data_dir / 'state')!r}\n"
        f"{shared}\n"
        f'[kafka]\nbootstrap = "{bootstrap}"\n\n'
        f"[serve]\nport = {http_port}\n\n"
        f"[metrics]\ncount_port = {count_port}\ndetect_port = {detect_port}\n"
        f"serve_port = {serve_port}\n"
    )


class Playback:
    """Writes the recordings to their topics, and follows alerts and remaining work.

    Parameters
    ----------
    config
        The demo's configuration.
    connection
        The broker.
    observer
        Gets the numbers and the alerts.
    stop
        Ends the playback when it is set.
    """

    def __init__(
        self, config: Config, connection: Connection, observer: Observer, stop: threading.Event
    ) -> None:
        self._config, self._connection = config, connection
        self._observer, self._stop = observer, stop
        self._ended = threading.Event()
        self._failures: list[Exception] = []
        self._threads = [
            threading.Thread(target=self._run, args=(work,), daemon=True)
            for work in (self._ingest, self._follow_alerts, self._measure)
        ]

    @property
    def failure(self) -> Exception | None:
        """The first error in one of its threads."""
        return self._failures[0] if self._failures else None

    def start(self) -> None:
        """Start its threads."""
        for thread in self._threads:
            thread.start()

    def end(self) -> None:
        """End its threads."""
        self._ended.set()
        for thread in self._threads:
            thread.join(_JOIN_S)

    def _run(self, work: Callable[[], None]) -> None:
        try:
            work()
        except _Stopped:
            pass
        except Exception as error:  # the main thread reports it and ends the demo
            self._failures.append(error)

    def _is_over(self) -> bool:
        return self._stop.is_set() or self._ended.is_set()

    def _ingest(self) -> None:
        with resources.as_file(resources.files("streams.demo").joinpath("data")) as folder:
            for name, file in RECORDINGS.items():

                def on_progress(summary: IngestSummary, name: str = name) -> None:
                    self._observer.ingested(name, summary.events)
                    if self._stop.is_set():
                        raise _Stopped

                summary = ingest_files(
                    self._config,
                    self._connection,
                    self._config.sources[name],
                    [folder / file],
                    end=True,
                    on_progress=on_progress,
                )
                self._observer.ingested(name, summary.events)
        self._observer.all_ingested()

    def _follow_alerts(self) -> None:
        latest = LatestRevisions()
        try:
            topic = self._config.topic("alerts")
            for record in tail(self._connection, topic=topic, follow=True, stopped=self._is_over):
                if record is not None:
                    envelope = decode_event(record.value)
                    if latest.take(envelope, record.value):
                        self._observer.alert(envelope)
        except KafkaError:
            if not self._is_over():
                raise

    def _measure(self) -> None:
        while not self._is_over():
            self._observer.remaining(remaining_work(self._connection, self._config))
            time.sleep(_MEASURE_EVERY_S)


class _Stopped(Exception):
    """Ctrl-C while a file is being written: the rest of it is not needed."""
