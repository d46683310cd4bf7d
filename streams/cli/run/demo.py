"""``weathervane demo``: a local broker, all processes, real data, live alerts."""

from __future__ import annotations

import shutil
import socket
import threading
import time
from contextlib import ExitStack
from importlib import resources
from pathlib import Path
from typing import Annotated

import typer
from kafka.errors import KafkaError

from streams.alerts.cloudevent import decode_event
from streams.broker.client.errors import BrokerError, KafkaEdgeError
from streams.broker.client.settings import Connection
from streams.broker.local.broker import DEFAULT_PORT, choose_broker
from streams.broker.topics.backlog import undone
from streams.broker.topics.ensure import ensure, existing
from streams.broker.topics.plan import topic_plan
from streams.cli.console import connection, err, fail, out, start_logging, stop_on_signals
from streams.cli.run.demo_view import DemoView, summary_table
from streams.cli.run.ingest import IngestFailed, ingest_files
from streams.cli.run.supervisor import KeepsFailing, Supervisor
from streams.cli.run.up import commands, feed_url
from streams.config.load import load_config
from streams.config.model import Config
from streams.delivery.latest import Latest
from streams.delivery.tail import tail
from streams.sources.read import Unopenable

FILES = {"ftc": "complaints.csv.gz", "mail": "mail.csv.gz"}
LONGEST_S = 600.0
"""Without a terminal nobody can stop it: it gives up by itself."""


def demo(
    port: Annotated[
        int, typer.Option("--port", min=1, max=65535, help="Port of the local broker.")
    ] = DEFAULT_PORT,
    http_port: Annotated[
        int, typer.Option("--http-port", min=1, max=65535, help="Port of the feed.")
    ] = 8780,
    bootstrap: Annotated[
        str | None,
        typer.Option(
            "--bootstrap", help="A cluster instead of a local broker.", show_default=False
        ),
    ] = None,
    data: Annotated[
        Path, typer.Option("--data", help="Directory for the demo's data; made anew every time.")
    ] = Path(".weathervane/demo"),
) -> None:
    """Play a month of real complaints and mail through Kafka and watch the alerts.

    On a terminal it stays up until Ctrl-C; elsewhere it ends when all is judged.

    Example: weathervane demo --port 19092
    """
    stop = stop_on_signals()
    _require_free(http_port)
    _make_anew(data)
    start_logging("demo")
    try:
        with ExitStack() as stack:
            if bootstrap is None:
                broker = choose_broker(data_dir=data / "broker", port=port)
                err.print(f"starting {broker.kind} ...", highlight=False, soft_wrap=True)
                stack.enter_context(broker)
                bootstrap = broker.bootstrap
            path = data / "demo.toml"
            path.write_text(_configuration(data, http_port), "utf-8")
            settings = load_config(path, must_exist=True, environ={})
            kafka = settings.kafka.model_copy(update={"bootstrap": bootstrap})
            settings = settings.model_copy(update={"kafka": kafka})
            place = connection(settings)
            _make_topics(place, settings)
            logs = {name: data / f"{name}.log" for name in ("count", "detect", "serve")}
            supervisor = stack.enter_context(Supervisor(commands(path, bootstrap), logs))
            _play(settings, place, supervisor, stop)
            err.print("stopping ...", highlight=False)  # takes some seconds
    except (BrokerError, KafkaEdgeError, KeepsFailing, IngestFailed, Unopenable) as error:
        if not stop.is_set():  # Ctrl-C ends what the terminal shares with us, too
            fail(str(error))


def _play(
    settings: Config, place: Connection, supervisor: Supervisor, stop: threading.Event
) -> None:
    view = DemoView(feed_url(settings))
    ended = threading.Event()
    failed: list[Exception] = []
    threads = [
        threading.Thread(target=_caught, args=(work, failed), daemon=True)
        for work in (
            lambda: _ingest(settings, place, view, stop),
            lambda: _follow(place, view, lambda: stop.is_set() or ended.is_set()),
            lambda: _measure(settings, place, view, lambda: stop.is_set() or ended.is_set()),
        )
    ]
    began = time.monotonic()
    for thread in threads:
        thread.start()
    with view.live():
        while not stop.wait(0.2):
            supervisor.look()
            view.refresh()
            if failed:
                break
            if view.drained and not view.stays:
                break
            if not view.stays and time.monotonic() - began > LONGEST_S:
                failed.append(TimeoutError(f"not done within {LONGEST_S:.0f} s"))
    ended.set()
    for thread in threads:
        thread.join(10)
    if failed:
        fail(f"demo: {failed[0]}")
    if view.drained:
        out.print(summary_table(view))


def _caught(work: object, failed: list[Exception]) -> None:
    assert callable(work)
    try:
        work()
    except _Stopped:
        pass
    except Exception as error:  # shown by the main thread, which ends the demo
        failed.append(error)


class _Stopped(Exception):
    """Ctrl-C in the midst of a file: the rest of it need not be written."""


def _ingest(settings: Config, place: Connection, view: DemoView, stop: threading.Event) -> None:
    def show(name: str, events: int) -> None:
        view.ingested(name, events)
        if stop.is_set():
            raise _Stopped

    with resources.as_file(resources.files("streams.cli.run").joinpath("data")) as folder:
        for name, file in FILES.items():
            source = settings.sources[name]
            done = ingest_files(
                settings,
                place,
                source,
                [folder / file],
                end=True,
                on_progress=lambda s, name=name: show(name, s.events),  # type: ignore[misc]
            )
            view.ingested(name, done.events)
    view.all_ingested = True


def _follow(place: Connection, view: DemoView, stopped: object) -> None:
    assert callable(stopped)
    latest = Latest()
    try:
        for raw in tail(place, follow=True, stopped=stopped):
            if raw is not None:
                envelope = decode_event(raw)
                if latest.take(envelope, raw):
                    view.alert(envelope)
    except KafkaError:
        if not stopped():
            raise


def _measure(settings: Config, place: Connection, view: DemoView, stopped: object) -> None:
    assert callable(stopped)
    while not stopped():
        counting, judging = undone(place, settings)
        view.undone(counting, judging)
        time.sleep(1.0)


def _configuration(data: Path, http_port: int) -> str:
    template = resources.files("streams.cli.run").joinpath("demo.toml").read_text("utf-8")
    ports = _free_ports(3)
    own = [
        f"data_dir = {str(data / 'state')!r}",
        "",
    ]
    tables = [
        "",
        "[serve]",
        f"port = {http_port}",
        "",
        "[metrics]",
        f"count_port = {ports[0]}",
        f"detect_port = {ports[1]}",
        f"serve_port = {ports[2]}",
        "",
    ]
    return "\n".join(own) + template + "\n".join(tables)


def _free_ports(count: int) -> list[int]:
    """Ports for the metrics: nobody scrapes a demo, so any will do."""
    sockets = [socket.create_server(("127.0.0.1", 0)) for _ in range(count)]
    ports = [int(s.getsockname()[1]) for s in sockets]
    for s in sockets:
        s.close()
    return ports


def _require_free(port: int) -> None:
    try:
        socket.create_server(("127.0.0.1", port)).close()
    except OSError:
        fail(f"--http-port must be a free port; 127.0.0.1:{port} is taken: name another")


_MARK = "made-by-weathervane-demo"


def _make_anew(data: Path) -> None:
    """Remove the run before; never a directory that the demo has not made."""
    if data.exists() and any(data.iterdir()) and not (data / _MARK).exists():
        fail(f"--data must be empty, or of an earlier demo; {data} holds something else")
    shutil.rmtree(data, ignore_errors=True)
    data.mkdir(parents=True)
    (data / _MARK).touch()


def _make_topics(place: Connection, settings: Config) -> None:
    plan = topic_plan(settings)
    there = existing(place, [spec.name for spec in plan])
    if there:
        fail(
            f"the demo needs a cluster without Weathervane's topics; {settings.kafka.bootstrap} has"
            f" {', '.join(sorted(there))}: use another, or the local broker"
        )
    ensure(place, plan)
