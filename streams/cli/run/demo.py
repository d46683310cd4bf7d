"""``weathervane demo``: a local broker, all processes, real data, live alerts."""

from __future__ import annotations

import shutil
import socket
import threading
import time
from contextlib import ExitStack
from pathlib import Path
from typing import Annotated

import typer

from streams.broker.client.connection import Connection
from streams.broker.errors import BrokerError, KafkaEdgeError
from streams.broker.local.broker import DEFAULT_PORT, choose_broker
from streams.broker.topics.ensure import ensure, existing
from streams.broker.topics.plan import topic_plan
from streams.cli.arguments import connection
from streams.cli.console import err, fail, out, start_logging, stop_on_signals
from streams.cli.language import reader
from streams.cli.run.demo_view import DemoView, summary_table
from streams.cli.run.up import commands, console_url
from streams.config.load import load_config
from streams.config.model import Config
from streams.counts.files.ingest import IngestFailed
from streams.demo.playback import Playback, configuration
from streams.demo.running import DEFAULT_DATA, demo_configuration
from streams.sources.read import Unopenable
from streams.supervisor.supervisor import KeepsFailing, Supervisor

LONGEST_STILL_S = 600.0
"""Seconds without progress after which the demo gives up where no terminal has a Ctrl-C for it."""

NEXT = (
    "next, your own data: `weathervane init` writes weathervane.toml, where you describe a file or"
    " a topic (docs/how-to/own-data.md), and `weathervane replay SOURCE=FILE --alerts alerts.jsonl`"
    " judges a file without a broker"
)
"""What is printed at the end of a demo."""

_MARK = "made-by-weathervane-demo"


def demo(
    port: Annotated[
        int,
        typer.Option("--port", metavar="PORT", min=1, max=65535, help="The local broker's port."),
    ] = DEFAULT_PORT,
    http_port: Annotated[
        int, typer.Option("--http-port", metavar="PORT", min=1, max=65535, help="The feed's port.")
    ] = 8780,
    bootstrap: Annotated[
        str | None,
        typer.Option(
            "--bootstrap",
            metavar="HOST:PORT",
            help="Use this cluster; start no local broker.",
            show_default=False,
        ),
    ] = None,
    data: Annotated[
        Path,
        typer.Option(
            "--data", metavar="DIR", help="Directory for the demo's data; emptied at every start."
        ),
    ] = DEFAULT_DATA,
) -> None:
    """Play real complaints and mail through Kafka, and show the alerts.

    On a terminal it runs until Ctrl-C. Elsewhere it ends when every bucket
    has been judged.

    Example: weathervane demo --port 19092
    """
    stop = stop_on_signals()
    _require_free(http_port)
    _make_anew(data)
    start_logging("demo")
    try:
        with ExitStack() as stack:
            if bootstrap is None:
                local = choose_broker(data_dir=data / "broker", port=port)
                err.print(f"starting {local.kind} ...", highlight=False, soft_wrap=True)
                stack.enter_context(local)
                bootstrap = local.bootstrap
            path = demo_configuration(data)
            path.write_text(
                configuration(
                    data,
                    bootstrap=bootstrap,
                    http_port=http_port,
                    metrics_ports=_free_ports(),
                ),
                "utf-8",
            )
            settings = load_config(path, must_exist=True, environ={})
            kafka = settings.kafka.model_copy(update={"bootstrap": bootstrap})
            settings = settings.model_copy(update={"kafka": kafka})
            broker = connection(settings)
            _create_topics(broker, settings)
            logs = {name: data / f"{name}.log" for name in ("count", "detect", "serve")}
            supervisor = stack.enter_context(Supervisor(commands(path, bootstrap), logs))
            _say(f"how the monitor itself is, from another terminal: {_status(data)}")
            _say(f"see and act, in a browser: {console_url(settings)}")
            _play(settings, broker, supervisor, stop)
            err.print("stopping ...", highlight=False)  # takes some seconds
    except (BrokerError, KafkaEdgeError, KeepsFailing, IngestFailed, Unopenable) as error:
        if not stop.is_set():  # Ctrl-C also reaches processes of the same terminal
            fail(str(error))
    _say(NEXT)


def _status(data: Path) -> str:
    own = "" if data == DEFAULT_DATA else f" --config {demo_configuration(data)}"
    return f"weathervane status{own}"


def _say(line: str) -> None:
    err.print(line, highlight=False, markup=False, soft_wrap=True)


def _play(
    settings: Config, broker: Connection, supervisor: Supervisor, stop: threading.Event
) -> None:
    view = DemoView(console_url(settings), reader())
    playback = Playback(settings, broker, view, stop)
    failure: Exception | None = None
    seen, moved_s = view.progress, time.monotonic()
    playback.start()
    with view.live():
        while not stop.wait(0.2):
            supervisor.look()
            view.refresh()
            failure = playback.failure
            if failure is not None or (view.drained and not view.stays):
                break
            if view.progress != seen:
                seen, moved_s = view.progress, time.monotonic()
            elif not view.stays and time.monotonic() - moved_s > LONGEST_STILL_S:
                failure = TimeoutError(f"no progress within {LONGEST_STILL_S:.0f} s")
                break
    playback.end()
    failure = failure or playback.failure
    if failure is not None:
        fail(f"demo: {failure}")
    if view.drained:
        out.print(summary_table(view))


def _free_ports() -> tuple[int, int, int]:
    """Choose any free ports for the metrics: no Prometheus reads them in a demo."""
    sockets = [socket.create_server(("127.0.0.1", 0)) for _ in range(3)]
    first, second, third = (int(one.getsockname()[1]) for one in sockets)
    for one in sockets:
        one.close()
    return first, second, third


def _require_free(port: int) -> None:
    try:
        socket.create_server(("127.0.0.1", port)).close()
    except OSError:
        fail(f"--http-port must be a free port; 127.0.0.1:{port} is taken: name another")


def _make_anew(data: Path) -> None:
    """Remove the data of an earlier demo; refuse a directory that no demo has made."""
    if data.exists() and any(data.iterdir()) and not (data / _MARK).exists():
        fail(f"--data must be empty, or of an earlier demo; {data} holds something else")
    shutil.rmtree(data, ignore_errors=True)
    data.mkdir(parents=True)
    (data / _MARK).touch()


def _create_topics(broker: Connection, settings: Config) -> None:
    plan = topic_plan(settings)
    found = existing(broker, [spec.name for spec in plan])
    if found:
        fail(
            f"the demo needs a cluster without Weathervane's topics; {settings.kafka.bootstrap} has"
            f" {', '.join(sorted(found))}: use another, or the local broker"
        )
    ensure(broker, plan)
