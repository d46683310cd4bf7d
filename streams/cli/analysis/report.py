"""``weathervane report``: writes one HTML file about recorded weeks."""

from __future__ import annotations

import gc
from pathlib import Path
from typing import Annotated

import typer

from streams.analysis.report.collect import Collected
from streams.analysis.report.content import content, injected, labelled
from streams.analysis.report.form import DetectionRates
from streams.analysis.report.page import page
from streams.analysis.report.table import rows
from streams.archive.atomic_files import output_file
from streams.archive.manifest import ArchiveUnusable
from streams.archive.read.reader import Archive
from streams.cli.analysis.archive_replay import open_archive, reading, replay_of
from streams.cli.analysis.label_files import all_labels, known_alerts, windows_of
from streams.cli.arguments import ConfigOption, read_config
from streams.cli.console import err, fail
from streams.cli.csv_table import write_documents
from streams.cli.language import LanguageOption, reader
from streams.config.model import Config
from streams.detection.context.bucket import Inspect
from streams.language.catalogue import ENGLISH


def report(
    over: Annotated[
        Path, typer.Option("--over", metavar="ARCHIVE", help="The archive, as `record` wrote it.")
    ],
    to: Annotated[
        Path | None,
        typer.Option(
            "--out",
            metavar="FILE.html",
            help="The report; an older file is overwritten. Default: report.html.",
            show_default=False,
        ),
    ] = None,
    labels: Annotated[
        list[Path] | None,
        typer.Option(
            "--labels",
            metavar="FILE",
            help="Labels, in addition to the archive's own; may be given several times. Without any"
            " labels, bursts are injected.",
            show_default=False,
        ),
    ] = None,
    config: ConfigOption = None,
    as_csv: Annotated[
        bool,
        typer.Option(
            "--csv",
            help="Write the report's tables as one table, CSV (UTF-8), to standard output, and no"
            " page.",
        ),
    ] = False,
    language: LanguageOption = None,
) -> None:
    """Write an HTML report on recorded weeks.

    It shows alerts, what was found and missed, source faults, and whether
    the false alerts keep to the budget. It is one file and needs no network.

    Example: weathervane report --over archive --labels labels.csv --out report.html
    """
    if as_csv and to is not None:
        fail("--csv and --out exclude each other: leave one of them out", 2)
    to = to or Path("report.html")
    if to.suffix.lower() not in (".html", ".htm"):
        fail(f"--out must end in .html; got {to}", 2)
    settings = read_config(config, judges=True)
    archive = open_archive(over)
    labels_given = all_labels(archive, labels or [], settings.timezone)
    words = ENGLISH if as_csv else reader(language)
    collected = _replayed(archive, settings, config)
    gc.collect()  # a shard has reference cycles: otherwise two would be in memory
    try:
        alerts = collected.lives()
        found: DetectionRates | None
        if labels_given:
            windows = windows_of(labels_given, known_alerts(archive, alerts))
            found, unexplained = labelled(archive, collected, alerts, windows)
        else:
            with reading(archive, "injected bursts", quiet=False):
                found, unexplained = injected(archive, collected, settings), None
        shown = content(archive, collected, alerts, found, unexplained, words)
    except ArchiveUnusable as error:
        fail(str(error))
    if as_csv:
        write_documents(list(rows(shown)))
        return
    try:
        with output_file(to) as file:
            file.write(page(shown, words).encode())
    except OSError as error:
        fail(f"--out must be writable; {to}: {error.strerror}")
    text = words.ngettext("{file}: {n} alert", "{file}: {n} alerts", len(alerts))
    err.print(
        text.format(file=to, n=f"{len(alerts):,}"), highlight=False, markup=False, soft_wrap=True
    )


def _replayed(archive: Archive, settings: Config, config: Path | None) -> Collected:
    collected = Collected(settings)
    run = replay_of(settings, config, archive, Inspect(forecasts=True))
    with reading(archive, "report", quiet=False) as on_progress:
        for recorded in archive.buckets():
            run.judge(recorded, collected.on_alert, collected.on_bucket)
            on_progress()
    run.shards.sum_up(collected.summary)
    return collected
