"""``weathervane ingest``: writes files or standard input to Kafka through a source's format."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import orjson
import typer
from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TimeRemainingColumn

from streams.broker.errors import KafkaEdgeError
from streams.cli.arguments import (
    BootstrapOption,
    ConfigOption,
    JsonOption,
    SortOption,
    connection,
    read_config,
)
from streams.cli.console import err, fail, out
from streams.cli.language import reader
from streams.cli.reject_option import MaxRejectsOption, reject_limit, require_few, say_rejects
from streams.cli.stray_lines import say_notes, warn_of_strays
from streams.config.model import Config
from streams.config.sources import Source
from streams.counts.files.ingest import Ingest, IngestFailed, IngestSummary
from streams.sources.privacy import NoHashKey
from streams.sources.read import Unopenable


def ingest(
    source: Annotated[
        str, typer.Argument(metavar="SOURCE", help="Name of a source in the configuration.")
    ],
    files: Annotated[
        list[Path],
        typer.Argument(
            metavar="FILE...", help="Files, plain or compressed; - means standard input."
        ),
    ],
    end: Annotated[
        bool,
        typer.Option(
            "--end", help="Write end marks after the last file: they close the last buckets."
        ),
    ] = False,
    skip: Annotated[
        int,
        typer.Option(
            "--skip",
            metavar="N",
            min=0,
            help="Records of the first FILE that an earlier ingest has written; when it ends early,"
            " it says the number.",
        ),
    ] = 0,
    sort: SortOption = False,
    max_rejects: MaxRejectsOption = None,
    config: ConfigOption = None,
    bootstrap: BootstrapOption = None,
    as_json: JsonOption = False,
) -> None:
    """Write files to a source's topic.

    Records that cannot be understood go to the topic rejects. The command
    ends when the broker has acknowledged every record. If a file is written
    twice, its records count twice. If it ends early, it says how to go on.

    Example: weathervane ingest complaints january.csv.gz february.csv.gz --end
    """
    limit = reject_limit(max_rejects)
    settings = read_config(config, bootstrap)
    run = _open(settings, _named(settings, source), files, end=end, skip=skip, sort=sort)
    say_notes(run.notes)
    try:
        with _bar(run.summary) as on_progress:
            run.run(on_progress)
    except IngestFailed as error:
        _show(run, as_json=as_json)
        fail(str(error))
    except KeyboardInterrupt:
        run.stop()
        say_rejects(run.rejects, run.summary.items)
        fail(f"stopped; {run.arrived()}", 130)
    _show(run, as_json=as_json)
    _say_what_stays_open(run, end=end)
    summary = run.summary
    require_few(limit, summary.rejects, summary.items, "they are in the topic rejects")


def _named(settings: Config, name: str) -> Source:
    if name not in settings.sources:
        known = ", ".join(settings.sources)
        fail(f"SOURCE must be one of the configuration's ({known}); got {name}", 2)
    return settings.sources[name]


def _open(
    settings: Config, source: Source, files: list[Path], *, end: bool, skip: int, sort: bool
) -> Ingest:
    if files.count(Path("-")) > 1:
        fail("FILE must be - at most once: standard input can be read only once", 2)
    try:
        return Ingest(settings, connection(settings), source, files, end=end, skip=skip, sort=sort)
    except (Unopenable, NoHashKey) as error:
        fail(str(error), 2)
    except KafkaEdgeError as error:
        fail(str(error))


@contextmanager
def _bar(summary: IngestSummary) -> Iterator[Callable[[IngestSummary], None]]:
    """Show bytes, records, rate and remaining time on a terminal."""
    bar = Progress(
        TextColumn("ingest"),
        BarColumn(),
        DownloadColumn(),
        TextColumn("{task.fields[records]:,} records  {task.fields[rate]:,.0f}/s"),
        TimeRemainingColumn(),
        console=err,
        disable=not err.is_terminal,
    )
    with bar:
        task = bar.add_task("ingest", total=summary.bytes_total, records=0, rate=0.0)

        def on_progress(now: IngestSummary) -> None:
            elapsed = bar.tasks[0].elapsed or 0.0
            rate = now.records / elapsed if elapsed else 0.0
            bar.update(task, completed=now.bytes_read, records=now.records, rate=rate)

        yield on_progress


def _show(run: Ingest, *, as_json: bool) -> None:
    summary = run.summary
    if as_json:
        document = dataclasses.asdict(summary)
        strays = document.pop("strays")
        document |= {"late": strays["late"], "duplicates": strays["duplicates"]}
        document |= {"sources": {run.source_name: strays}}
        document["reject_reasons"] = run.rejects.document()
        line = orjson.dumps(document).decode()
        out.print(line, soft_wrap=True, highlight=False, markup=False)
        warn_of_strays({run.source_name: summary.strays})
        return
    rate = summary.records / summary.wall_s if summary.wall_s else 0.0
    words = reader()
    if summary.items != summary.records or summary.skipped:
        text = words.gettext(
            "{records:,} records: {items:,} items = {events:,} events + {skipped:,} skipped +"
            " {rejects:,} rejects; {acknowledged:,} acknowledged in {s:,.1f} s ({rate:,.0f}/s)"
        )
    else:
        text = words.gettext(
            "{records:,} records = {events:,} events + {rejects:,} rejects; {acknowledged:,}"
            " acknowledged in {s:,.1f} s ({rate:,.0f}/s)"
        )
    line = text.format(
        records=summary.records,
        items=summary.items,
        events=summary.events,
        skipped=summary.skipped,
        rejects=summary.rejects,
        acknowledged=summary.acknowledged,
        s=summary.wall_s,
        rate=rate,
    )
    out.print(line, soft_wrap=True, highlight=False)
    warn_of_strays({run.source_name: summary.strays})
    say_rejects(run.rejects, summary.items)


def _say_what_stays_open(run: Ingest, *, end: bool) -> None:
    if run.summary.through is not None:
        note = f"end marks through {run.summary.through} in {run.partitions} partitions"
    elif end:
        note = "no end mark: the files hold no event, so there is no time for the mark"
    else:
        note = (
            "without --end the last buckets stay open until later events, or silence"
            " (idle_after), close them"
        )
    err.print(note, soft_wrap=True, highlight=False, markup=False)
