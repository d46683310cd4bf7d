"""``weathervane check-config``: shows every problem of a file, or how it was understood."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Annotated

import orjson
import typer
from rich.table import Table

from streams.broker.client.connection import Connection
from streams.broker.client.settings import for_confluent, for_kafka_python
from streams.broker.errors import KafkaEdgeError, SettingsError
from streams.broker.topics.ensure import ensure
from streams.broker.topics.plan import topic_plan
from streams.cli.arguments import DEFAULT_CONFIG, JsonOption
from streams.cli.console import err, fail, out
from streams.cli.language import reader
from streams.cli.terminal import plain
from streams.config.duration import format_duration
from streams.config.load import ConfigError, load_config
from streams.config.model import Config
from streams.delivery.access.certificate import CertificateProblem, load_certificate
from streams.delivery.channels.channel import Channel
from streams.delivery.channels.notification import PeopleChannel
from streams.delivery.channels.readiness import unready
from streams.delivery.notify.routes import route_rows
from streams.detection.context.budget import split_budget
from streams.detection.misuse.readiness import misuse_standing_still
from streams.detection.plugins import river_detector
from streams.detection.rules.readiness import standing_still
from streams.language.catalogue import mark, mark_in
from streams.sources.privacy import NoHashKey, read_hash_key
from streams.sources.schemas.registry import registry_of

LONG_S = 2 * 3600.0
"""A longer bucket plus lateness keeps much open: after a restart all of it is counted again."""


_SOURCE_HEADS = (
    *(mark("group"), mark("source"), mark("kind"), mark("format"), mark("topic"), mark("bucket")),
    *(mark("lateness"), mark("time zone")),
)
_ROUTE_HEADS = {
    "receiver": mark_in("route", "receiver"),
    "channel": mark_in("route", "channel"),
    "takes": mark_in("route", "takes"),
    "then": mark_in("route", "then"),
    "told": mark_in("route", "told"),
    "again": mark_in("route", "again"),
    "quiet": mark_in("route", "quiet"),
    "escalates": mark_in("route", "escalates"),
    "monitor": mark_in("route", "monitor"),
}


def check_config(
    file: Annotated[
        Path | None,
        typer.Argument(
            metavar="FILE", help="The file to check. Default: weathervane.toml.", show_default=False
        ),
    ] = None,
    config: Annotated[
        Path | None, typer.Option("--config", help="The same as FILE.", hidden=True)
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Check a configuration file and show its groups and sources.

    Exit status 2 if the file has problems. A warning is not a problem: it
    names a setting that is allowed and may still be a mistake. Where a source
    has a topic that is another's, the broker is asked whether it is there.

    Example: weathervane check-config weathervane.toml
    """
    path = file or config or DEFAULT_CONFIG
    try:
        settings = checked(path)
    except ConfigError as error:
        if as_json:
            out.print_json(orjson.dumps({"ok": False, "problems": error.problems}).decode())
            raise typer.Exit(2) from None
        fail(f"{error}\n{len(error.problems)} problem{'s' * (len(error.problems) != 1)}", 2)
    warnings = [*_warnings(settings), *_topics_of_others(settings)]
    if as_json:
        document = {"ok": True, "problems": [], "warnings": warnings, **_found(settings)}
        out.print_json(orjson.dumps(document).decode())
        return
    _show(path, settings, warnings)


def checked(path: Path, environ: Mapping[str, str] | None = None) -> Config:
    """Return the configuration in a file, if all that it asks for can be had here.

    Raises
    ------
    ConfigError
        With every problem that can be known without a broker.
    """
    settings = load_config(path, must_exist=True, environ=environ, detector_check=river_detector)
    problems: list[str] = []
    try:
        # The first checks each setting; the second also reads the files that TLS needs.
        place = Connection(settings.kafka.bootstrap, settings.kafka.client)
        for_confluent(place, environ)
        for_kafka_python(place, environ)
    except SettingsError as error:
        problems += error.problems
    try:
        read_hash_key(settings, list(settings.sources.values()), environ)
    except NoHashKey as error:
        problems.append(str(error))
    for source in settings.sources.values():
        try:
            if source.registry is not None:
                registry_of(source.registry, environ)
        except SettingsError as error:
            problems += [f"sources.{source.name}.{problem}" for problem in error.problems]
    if settings.serve.tls is not None:
        try:
            load_certificate(settings.serve.tls)
        except CertificateProblem as error:
            problems.append(str(error))
    if settings.data_dir.exists() and not settings.data_dir.is_dir():
        problems.append(f'data_dir must be a folder; "{settings.data_dir}" is something else')
    if problems:
        raise ConfigError([f"{path}: {problem}" for problem in problems])
    return settings


def _warnings(settings: Config) -> list[str]:
    """Return settings that are allowed and may still be mistakes, a sentence each."""
    return [
        *_long_waits(settings),
        *_ports_shared(settings),
        *_unready(settings),
        *standing_still(settings),
        *misuse_standing_still(settings),
    ]


def _unready(settings: Config) -> Iterator[str]:
    """Yield each receiver that nothing can be sent to now."""
    found: list[tuple[str, Channel | PeopleChannel]] = [
        *((f"{key}.{one.name}", one) for key, one in settings.programs_by_key()),
        *((f"receivers.{one.name}.{one.kind}", one.channel) for one in settings.receivers),
    ]
    for place, channel in found:
        if problem := unready(channel):
            yield f"{place}: {problem}; until then nothing is sent to it"


def _topics_of_others(settings: Config) -> Iterator[str]:
    """Yield what is wrong with topics that are only read; no other setting asks for a broker."""
    specs = [spec for spec in topic_plan(settings) if spec.only_read]
    if not specs:
        return
    try:
        reports = ensure(Connection(settings.kafka.bootstrap, settings.kafka.client), specs)
    except KafkaEdgeError as error:
        yield f"{', '.join(spec.name for spec in specs)}: not looked at; {error}"
        return
    for report in reports:
        if report.status == "problem" or "warning:" in report.detail:
            yield f"topic {report.name}: {report.detail}"


def _ports_shared(settings: Config) -> Iterator[str]:
    metrics = settings.metrics
    ports = {
        "metrics.count_port": metrics.count_port,
        "metrics.detect_port": metrics.detect_port,
        "metrics.serve_port": metrics.serve_port,
        "serve.port": settings.serve.port,
    }
    first: dict[int, str] = {}
    for key, port in ports.items():
        if first.setdefault(port, key) != key:
            yield (
                f"{key}: {port} is the port of {first[port]} too: processes on one host, as"
                " `weathervane up` starts them, need ports of their own"
            )


def _long_waits(settings: Config) -> list[str]:
    return [
        f"sources.{source.name}: bucket and lateness, {format_duration(source.bucket_s)} and"
        f" {format_duration(source.lateness_s)}, should together be at most"
        f" {format_duration(LONG_S)} where daily is not true: alerts wait for that long, and a"
        " restart counts all of it again"
        for source in settings.sources.values()
        if not source.table.daily and source.bucket_s + source.lateness_s > LONG_S
    ]


def _found(settings: Config) -> dict[str, object]:
    shares = split_budget(settings)
    return {
        "config": settings.hash,
        "groups": {
            group: {
                "bucket_s": sources[0].bucket_s,
                "sources": {s.name: {"kind": s.kind, "topic": s.topic} for s in sources},
                "budget_per_day": sum(
                    b.total * settings.detect.shards
                    for (of, _, _), b in shares.items()
                    if of == group
                ),
            }
            for group, sources in settings.groups.items()
        },
        "routes": route_rows(settings.receivers),
    }


def _show(path: Path, settings: Config, warnings: Sequence[str]) -> None:
    words = reader()
    text = words.gettext("{path}: no problems; configuration {hash}")
    note = text.format(path=path, hash=settings.hash)
    err.print(note, markup=False, highlight=False, soft_wrap=True)
    for warning in warnings:
        err.print(f"warning: {warning}", markup=False, highlight=False, soft_wrap=True)
    table = Table(*map(words.gettext, _SOURCE_HEADS))
    for group, sources in settings.groups.items():
        for source in sources:
            table.add_row(
                group,
                source.name,
                source.kind,  # its value in the file
                source.table.format,
                source.topic,
                format_duration(source.bucket_s),
                format_duration(source.lateness_s),
                source.timezone,
            )
    out.print(table)
    if settings.receivers:
        routes = Table(*(words.pgettext(*head) for head in _ROUTE_HEADS.values()))
        for row in route_rows(settings.receivers, words):
            of_monitor = words.pgettext("of the monitor", "told") if row["monitor"] else ""
            shown = {**row, "monitor": of_monitor}
            routes.add_row(*(plain(str(shown[key])) for key in _ROUTE_HEADS))
        out.print(routes)
