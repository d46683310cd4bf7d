"""``weathervane up``: count, detect, serve and record under one supervisor."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import Annotated

import typer

from streams.broker.client.connection import Connection
from streams.broker.errors import KafkaEdgeError
from streams.broker.topics.admin import listens
from streams.broker.topics.ensure import ANOTHERS, create_missing
from streams.broker.topics.instances import lives_elsewhere
from streams.broker.topics.needed import missing_topics
from streams.broker.topics.plan import count_group, detect_group, topic_plan
from streams.cli.arguments import (
    BootstrapOption,
    ConfigOption,
    connection,
    instance_name,
    read_config,
    topics_key,
)
from streams.cli.console import err, fail, start_logging, stop_on_signals
from streams.config.model import Config
from streams.supervisor.supervisor import KeepsFailing, Supervisor

log = logging.getLogger(__name__)

INSTANCE = "up"


def commands(config: Path | None, bootstrap: str, instance: str = INSTANCE) -> dict[str, list[str]]:
    """Return the arguments of the commands that judge; named instances restart quickly."""
    common = _common(config, bootstrap)
    return {
        "count": ["count", "--instance", instance, *common],
        "detect": ["detect", "--instance", instance, *common],
        "serve": ["serve", *common],
    }


def _common(config: Path | None, bootstrap: str) -> list[str]:
    named = [] if config is None else ["--config", str(config)]
    return ["--bootstrap", bootstrap, *named]


def console_url(settings: Config) -> str:
    """Return the address of the console."""
    serve = settings.serve
    if serve.url is not None:
        return f"{serve.url.rstrip('/')}/"
    scheme = "http" if serve.tls is None else "https"
    # Where serve listens on all addresses, it is also reached by this one.
    host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(serve.host, serve.host)  # noqa: S104
    return f"{scheme}://{f'[{host}]' if ':' in host else host}:{serve.port}/"


def feed_url(settings: Config) -> str:
    """Return the address of the feed."""
    return f"{console_url(settings)}feeds"


def up(
    config: ConfigOption = None,
    bootstrap: BootstrapOption = None,
    instance: Annotated[
        str,
        typer.Option(
            "--instance",
            metavar="NAME",
            callback=instance_name,
            help="A name that no other `up` of this monitor has: give one on each further host.",
        ),
    ] = INSTANCE,
    record: Annotated[
        bool,
        typer.Option(
            "--record/--no-record",
            help="Record closed buckets, alerts and labels into the local archive.",
        ),
    ] = True,
) -> None:
    """Run count, detect, serve and record on the configured broker until stopped.

    It first creates the topics that are missing. If it may not, it names
    them and ends with 1.

    Example: weathervane up --config weathervane.toml --bootstrap kafka-1:9092
    """
    settings = read_config(config, bootstrap, judges=True)
    topics_key(settings)  # without it count would end again and again
    broker = connection(settings)
    start_logging("up")
    stop = stop_on_signals()
    try:
        _make_topics(settings, broker)
        processes = commands(config, settings.kafka.bootstrap, instance)
        if record:  # the last one is stopped first: it never is ahead of what detect has stored
            processes["record"] = ["record", *_common(config, settings.kafka.bootstrap)]
        groups = (count_group(settings), detect_group(settings))
        if lives_elsewhere(broker, groups, instance, stop):
            fail(
                f"--instance must be a name of its own; another `up` or process of {settings.name}"
                f" is {instance} at {broker.bootstrap}: stop that one, or give this one another"
                " --instance"
            )
        with Supervisor(
            processes, away=lambda: not listens(broker), optional=("record",)
        ) as supervisor:
            where = f"feeds: {feed_url(settings)}   stop: Ctrl-C   console: {console_url(settings)}"
            err.print(where, highlight=False, soft_wrap=True)
            while not stop.wait(1.0):
                supervisor.look()
    except (KeepsFailing, KafkaEdgeError) as error:
        fail(str(error))


def _make_topics(settings: Config, broker: Connection) -> None:
    plan = topic_plan(settings)
    others = [spec.name for spec in plan if spec.only_read]
    for topic in missing_topics(broker, others) if others else ():
        log.warning("topic %s: must exist, and is waited for; %s", topic, ANOTHERS)
    reports = create_missing(broker, plan)
    refused = [report for report in reports if report.status == "problem"]
    for report in reports:
        if report not in refused:
            log.info("topic %s: created, %s", report.name, report.detail)
    if refused:
        reasons = "; ".join(dict.fromkeys(report.detail for report in refused))
        fail(
            f"{', '.join(report.name for report in refused)}: these topics must exist on"
            f" {broker.bootstrap}, and this user cannot create them ({reasons}): run"
            " `weathervane topics` as a user who may, then start this again"
        )
