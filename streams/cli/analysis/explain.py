"""``weathervane explain``: why an entity was alerted, or was not."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Annotated

import orjson
import typer

from streams.archive.atomic_files import output_file
from streams.cli.actions.serve_options import TokenFileOption
from streams.cli.analysis.explain_live import from_serve
from streams.cli.analysis.explain_origins import from_archive, from_files
from streams.cli.analysis.explain_view import show
from streams.cli.arguments import (
    ConfigOption,
    JsonOption,
    SortOption,
    files_by_source,
    parse_entity,
    read_config,
)
from streams.cli.console import err, fail, out
from streams.cli.csv_table import CsvOption, one_form, write_documents
from streams.cli.language import LanguageOption, reader
from streams.detection.signals import Signal
from streams.explain.history import EntityHistory, NotThere, focus
from streams.explain.open_bucket import open_bucket
from streams.explain.plot import plot
from streams.explain.sentences import because, series, title
from streams.items import LEVELS
from streams.language.catalogue import ENGLISH
from streams.sources.times.times import Times, UnusableTime


def explain(
    entity: Annotated[
        str,
        typer.Argument(metavar="ENTITY", help="A level and an id, such as sender/106900012345."),
    ],
    files: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="SOURCE=FILE...",
            help="A source's name and a file of it.",
            show_default=False,
        ),
    ] = None,
    archive: Annotated[
        Path | None,
        typer.Option(
            "--archive",
            metavar="ARCHIVE",
            help="Replay what `record` or `up` wrote, instead of files.",
            show_default=False,
        ),
    ] = None,
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
    url: Annotated[
        str | None,
        typer.Option(
            "--url",
            metavar="URL",
            help="Ask this serve process. Default: WEATHERVANE_URL, else that of the"
            " configuration.",
            show_default=False,
        ),
    ] = None,
    token_file: TokenFileOption = None,
    config: ConfigOption = None,
    language: LanguageOption = None,
    as_json: JsonOption = False,
    as_csv: CsvOption = False,
) -> None:
    """Explain why an entity was alerted, or why it was not.

    It replays recorded files or an archive, and follows this entity. Without either
    it asks serve, which keeps what was expected of whom.

    Example: weathervane explain sender/106900012345 ftc=complaints.csv.gz --out why.svg

    Example: weathervane explain sender/106900012345 --archive archive

    Example: weathervane explain sender/106900012345 --url https://monitor.example
    """
    one_form(json=as_json, csv=as_csv)
    words = reader(language)
    settings = read_config(config, judges=True)
    level, name = parse_entity("ENTITY", entity, LEVELS)
    if level not in settings.count.levels:
        counted = ", ".join(settings.count.levels)
        fail(f"ENTITY must be of a level that is counted ({counted}); got {entity}", 2)
    quiet = as_json or as_csv
    if (archive or files) and (url or token_file):
        fail("--url and --token-file must be given without SOURCE=FILE and --archive", 2)
    if archive is not None:
        if files or sort:
            fail("--archive must be given without SOURCE=FILE and --sort", 2)
        _require_picture(picture, [])
        found = from_archive(settings, config, archive, level, name, quiet=quiet)
    elif files:
        named = files_by_source(settings, files)
        _require_picture(picture, [path for paths in named.values() for path in paths])
        found = from_files(settings, named, level, name, sort=sort, quiet=quiet)
    else:
        if sort:
            fail("--sort must be given with SOURCE=FILE", 2)
        _require_picture(picture, [])
        wanted = _instant(settings.timezone, at)
        found = from_serve(settings, url, token_file, level, name, wanted)
    histories = found.histories
    history = _wanted(histories, signal)
    instant = _instant(history.buckets.timezone, at)
    try:
        index = focus(history, None if instant is None else instant.timestamp())
    except NotThere as error:
        fail(str(error))
    if picture is not None:
        try:
            with output_file(picture) as file:
                file.write(plot(history, index, words).encode())
        except OSError as error:
            fail(f"--out must be writable; {picture}: {error.strerror}")
    now = list(open_bucket(history, found.outlooks, ENGLISH if as_json else words))
    other_histories = [other for other in histories if other is not history]
    if as_json:
        out.print(
            _json(history, index, other_histories, now),
            soft_wrap=True,
            highlight=False,
            markup=False,
        )
    elif as_csv:
        write_documents(series(history))
    elif picture is None:
        show(history, index, other_histories, now, words)
    else:
        err.print(
            f"{picture}: {title(history, index, words)}",
            highlight=False,
            markup=False,
            soft_wrap=True,
        )
    if found.damage:
        fail(f"{'; '.join(found.damage)}; buckets that were open there stay open")


def _require_picture(picture: Path | None, inputs: list[Path]) -> None:
    if picture is None:
        return
    if picture.suffix.lower() != ".svg":
        fail(f"--out must end in .svg, which browsers show and print; got {picture}", 2)
    if picture.resolve() in {path.resolve() for path in inputs}:
        fail(f"--out must be a file of its own; {picture} is an input", 2)


def _wanted(histories: list[EntityHistory], signal: Signal | None) -> EntityHistory:
    of_signal = [history for history in histories if signal is None or history.signal == signal]
    if not of_signal:
        known = ", ".join(sorted({history.signal for history in histories}))
        fail(f"--signal must be one that the files have for this entity ({known}); got {signal}")
    return of_signal[0]


def _instant(zone: str, at: str | None) -> dt.datetime | None:
    if at is None:
        return None
    try:
        return Times(zone)[at]
    except UnusableTime as error:
        rule = str(error).removesuffix("; found something else")
        fail(f"--at {rule}; got {at}", 2)


def _json(
    history: EntityHistory,
    index: int,
    other_histories: Iterable[EntityHistory],
    now: Sequence[str],
) -> str:
    return orjson.dumps(
        {
            "entity": {"level": history.level, "id": history.entity},
            "signal": history.signal,
            "group": history.group,
            "bucket_s": history.buckets.bucket_s,
            "at": history.buckets.label(history.closed[index].start),
            "title": title(history, index, ENGLISH),
            "because": because(history, index, ENGLISH),
            "now": now,
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
