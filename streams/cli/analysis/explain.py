"""``weathervane explain``: why an entity was alerted, or was not."""

from __future__ import annotations

import time
from collections.abc import Iterable
from pathlib import Path
from typing import Annotated

import orjson
import typer
from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TimeRemainingColumn

from streams.analysis.explain.plot import plot
from streams.analysis.explain.sentences import because, series, title
from streams.analysis.explain.timeline import EntityHistory, HistoryCollector, NotThere, focus
from streams.analysis.replay import Replay
from streams.archive.atomic_files import output_file
from streams.cli.analysis.explain_view import show
from streams.cli.arguments import (
    ConfigOption,
    JsonOption,
    SortOption,
    files_by_source,
    nearest,
    parse_entity,
    read_config,
)
from streams.cli.console import err, fail, out
from streams.cli.csv_table import CsvOption, one_form, write_documents
from streams.cli.stray_lines import say_notes
from streams.config.model import Config
from streams.detection.signals import Signal
from streams.items import LEVELS, Level
from streams.sources.privacy import NoHashKey, read_hash_key
from streams.sources.read import Unopenable
from streams.sources.times.times import Times, UnusableTime


def explain(
    entity: Annotated[
        str,
        typer.Argument(metavar="ENTITY", help="A level and an id, such as sender/106900012345."),
    ],
    files: Annotated[
        list[str],
        typer.Argument(metavar="SOURCE=FILE...", help="A source's name and a file of it."),
    ],
    at: Annotated[
        str | None,
        typer.Option(
            "--at",
            metavar="TIME",
            help="A date or time in the bucket to explain. Default: the bucket that opened the last"
            " alert, else the one closest to an alarm.",
            show_default=False,
        ),
    ] = None,
    signal: Annotated[
        Signal | None,
        typer.Option(
            "--signal",
            help="Explain this signal. Default: the one with most alerts.",
            show_default=False,
        ),
    ] = None,
    picture: Annotated[
        Path | None,
        typer.Option(
            "--out", metavar="FILE.svg", help="Write a plot to this file.", show_default=False
        ),
    ] = None,
    sort: SortOption = False,
    config: ConfigOption = None,
    as_json: JsonOption = False,
    as_csv: CsvOption = False,
) -> None:
    """Explain why an entity was alerted, or why it was not.

    It replays recorded files and follows this entity.

    Example: weathervane explain sender/106900012345 ftc=complaints.csv.gz --out why.svg
    """
    one_form(json=as_json, csv=as_csv)
    settings = read_config(config, judges=True)
    named = files_by_source(settings, files)
    level, name = parse_entity("ENTITY", entity, LEVELS)
    if level not in settings.count.levels:
        counted = ", ".join(settings.count.levels)
        fail(f"ENTITY must be of a level that is counted ({counted}); got {entity}", 2)
    _require_picture(picture, [path for paths in named.values() for path in paths])
    try:
        key = read_hash_key(settings, [settings.sources[name] for name in named])
        collector = HistoryCollector(settings, level, name)
        run = Replay(
            settings,
            named,
            hash_key=key,
            now_s=time.time(),
            inspect=collector.inspect,
            sort=sort,
        )
    except (NoHashKey, Unopenable) as error:
        fail(str(error), 2)
    say_notes(run.notes)
    try:
        _run(run, collector, quiet=as_json or as_csv)
    except Unopenable as error:
        fail(str(error))
    histories = collector.histories()
    if not histories:
        fail(_unknown(level, name, run))
    history = _wanted(histories, signal)
    try:
        index = focus(history, _instant(settings, history, at))
    except NotThere as error:
        fail(str(error))
    if picture is not None:
        try:
            with output_file(picture) as file:
                file.write(plot(history, index).encode())
        except OSError as error:
            fail(f"--out must be writable; {picture}: {error.strerror}")
    other_histories = [other for other in histories if other is not history]
    if as_json:
        out.print(
            _json(history, index, other_histories), soft_wrap=True, highlight=False, markup=False
        )
    elif as_csv:
        write_documents(series(history))
    elif picture is None:
        show(history, index, other_histories)
    else:
        err.print(
            f"{picture}: {title(history, index)}", highlight=False, markup=False, soft_wrap=True
        )
    if run.damage:
        fail(f"{'; '.join(run.damage)}; buckets that were open there stay open")


def _require_picture(picture: Path | None, inputs: list[Path]) -> None:
    if picture is None:
        return
    if picture.suffix.lower() != ".svg":
        fail(f"--out must end in .svg, which browsers show and print; got {picture}", 2)
    if picture.resolve() in {path.resolve() for path in inputs}:
        fail(f"--out must be a file of its own; {picture} is an input", 2)


def _run(run: Replay, collector: HistoryCollector, *, quiet: bool) -> None:
    bar = Progress(
        TextColumn("replay"),
        BarColumn(),
        DownloadColumn(),
        TimeRemainingColumn(),
        console=err,
        disable=quiet or not err.is_terminal,
        transient=True,
    )
    with bar:
        task = bar.add_task("replay", total=run.bytes_total)
        run.run(
            collector.take,
            lambda source, reject: None,
            lambda: bar.update(task, completed=run.bytes_read),
            collector.on_bucket,
        )


def _unknown(level: Level, name: str, run: Replay) -> str:
    """Return the error for a name that no record has."""
    at_other_levels = [
        f"{other}/{name}" for other in LEVELS if other != level and name in run.names(other)
    ]
    alike = [f"{level}/{other}" for other in nearest(name, run.names(level))]
    found = ", ".join([*at_other_levels, *alike]) or "nothing like it"
    return f"ENTITY must be one that the files name; got {level}/{name}, found {found}"


def _wanted(histories: list[EntityHistory], signal: Signal | None) -> EntityHistory:
    of_signal = [history for history in histories if signal is None or history.signal == signal]
    if not of_signal:
        known = ", ".join(sorted({history.signal for history in histories}))
        fail(f"--signal must be one that the files have for this entity ({known}); got {signal}")
    return of_signal[0]


def _instant(settings: Config, history: EntityHistory, at: str | None) -> float | None:
    if at is None:
        return None
    zone = settings.groups[history.group][0].timezone
    try:
        return Times(zone)[at].timestamp()
    except UnusableTime as error:
        rule = str(error).removesuffix("; found something else")
        fail(f"--at {rule}; got {at}", 2)


def _json(history: EntityHistory, index: int, other_histories: Iterable[EntityHistory]) -> str:
    return orjson.dumps(
        {
            "entity": {"level": history.level, "id": history.entity},
            "signal": history.signal,
            "group": history.group,
            "bucket_s": history.buckets.bucket_s,
            "at": history.buckets.label(history.closed[index].start),
            "title": title(history, index),
            "because": because(history, index),
            "series": series(history),
            "alerts": [
                {"id": e.id, "time": e.time, "event": e.alert.event, "summary": e.alert.summary}
                for alert in history.alerts
                for e in alert.revisions
            ],
            "faults": [
                {"id": e.id, "time": e.time, "event": e.alert.event, "summary": e.alert.summary}
                for fault in history.faults
                for e in fault.revisions
            ],
            "other_signals": [
                {"signal": o.signal, "group": o.group, "alerts": len(o.alerts)}
                for o in other_histories
            ],
        }
    ).decode()
