"""``weathervane serve``: serves the regulator's feeds, posts alerts to operators' webhooks."""

from __future__ import annotations

import asyncio
import datetime as dt
from typing import Annotated

import typer

from streams.broker.errors import KafkaEdgeError, SettingsError
from streams.cli.arguments import BootstrapOption, ConfigOption, connection, read_config
from streams.cli.console import fail, out, start_logging
from streams.config.addresses.hosts import host_problem
from streams.config.problems import shown
from streams.health.exporter import PortBusy, metrics_address, serve_metrics
from streams.health.heap import keep_little
from streams.health.presence import present


def serve(
    config: ConfigOption = None,
    bootstrap: BootstrapOption = None,
    host: Annotated[
        str | None,
        typer.Option(
            "--host",
            metavar="ADDRESS",
            help="Address to listen on; overrides serve.host.",
            show_default=False,
        ),
    ] = None,
    port: Annotated[
        int | None,
        typer.Option(
            "--port",
            metavar="PORT",
            min=1,
            max=65535,
            help="Port to listen on; overrides serve.port.",
            show_default=False,
        ),
    ] = None,
) -> None:
    """Serve the feeds over HTTP and post alerts to the webhooks, until stopped.

    Example: weathervane serve --port 8780, then open http://127.0.0.1:8780/feeds
    """
    from streams.cli.run.bulletin_press import BulletinPress
    from streams.delivery.api.server import ServeError
    from streams.delivery.process import ServeProcess

    settings = read_config(config, bootstrap)
    problem = None if host is None else host_problem(host)
    if problem is not None:
        fail(f"--host {problem}; got {shown(host)}", 2)
    options = {"host": host, "port": port}
    overrides = {key: value for key, value in options.items() if value is not None}
    settings = settings.model_copy(update={"serve": settings.serve.model_copy(update=overrides)})
    start_logging("serve")
    keep_little()
    metrics = settings.metrics

    async def serving() -> None:
        process = ServeProcess(settings, connection(settings), _say_first_token)
        readiness = serve_metrics(
            process.metrics.registry,
            metrics.host,
            metrics.serve_port,
            "metrics.serve_port",
            config=settings.hash,
        )
        at = metrics_address(metrics.host, metrics.serve_port)
        with present(settings.state_dir, "serve", at) as run:
            readiness.restarted(run.restarted_s)
            press = asyncio.create_task(
                BulletinPress(settings, config, _now).run(), name="bulletins"
            )
            try:
                await process.run(readiness)
            finally:
                press.cancel()

    try:
        asyncio.run(serving())
    except SettingsError as error:
        fail(str(error), 2)
    except (ServeError, KafkaEdgeError, PortBusy) as error:
        fail(str(error))


def _now() -> dt.datetime:
    return dt.datetime.now(dt.UTC)


def _say_first_token(secret: str) -> None:
    """Print the first token: on standard output, since logs are kept and read by others."""
    out.print(
        f"first token, of role admin, for 30 days; it is not shown again: {secret}",
        markup=False, highlight=False, soft_wrap=True,
    )  # fmt: skip
