"""``weathervane report``: one HTML file on what was recorded."""

from __future__ import annotations

import gc
from pathlib import Path
from typing import Annotated

import typer

from streams.analysis.report.collect import Collected
from streams.analysis.report.content import content, injected, labelled
from streams.analysis.report.page import Detected, page
from streams.archive.manifest import ArchiveUnusable
from streams.archive.read.reader import Archive
from streams.cli.analysis.archive_replay import open_archive, reading, replay_of
from streams.cli.analysis.label_files import all_labels, known_alerts, windows_of
from streams.cli.arguments import ConfigOption, read_config
from streams.cli.console import err, fail
from streams.config.model import Config


def report(
    over: Annotated[Path, typer.Option("--over", metavar="ARCHIVE", help="What `record` wrote.")],
    to: Annotated[
        Path, typer.Option("--out", metavar="FILE.html", help="Written anew where it is there.")
    ] = Path("report.html"),
    labels: Annotated[
        list[Path] | None,
        typer.Option(
            "--labels",
            metavar="FILE",
            help="What is to be found, beside the archive's own labels; may be given again."
            " Where there are none, bursts are injected.",
            show_default=False,
        ),
    ] = None,
    config: ConfigOption = None,
) -> None:
    """Write a report on recorded weeks: alerts, what was found, calibration, the data.

    One HTML file that needs no network to be read.

    Example: weathervane report --over archive --labels labels.csv --out report.html
    """
    if to.suffix.lower() not in (".html", ".htm"):
        fail(f"--out must end in .html, the kind of file it is; got {to}", 2)
    settings = read_config(config, judges=True)
    archive = open_archive(over)
    given = all_labels(archive, labels or [], settings.timezone)
    collected = _replayed(archive, settings, config)
    gc.collect()  # what judged is a cycle: without, two would be in memory when bursts are injected
    try:
        alerts = collected.lives()
        found: Detected | None
        if given:
            windows = windows_of(given, known_alerts(archive, alerts))
            found, false = labelled(archive, collected, alerts, windows)
        else:
            with reading(archive, "injected bursts", quiet=False):
                found, false = injected(archive, collected, settings), None
        text = page(content(archive, collected, alerts, found, false))
    except ArchiveUnusable as error:
        fail(str(error))
    try:
        to.write_text(text, "utf-8")
    except OSError as error:
        fail(f"--out must be writable; {to}: {error.strerror}")
    err.print(f"{to}: {len(alerts):,} alerts", highlight=False, markup=False, soft_wrap=True)


def _replayed(archive: Archive, settings: Config, config: Path | None) -> Collected:
    collected = Collected(settings)
    run = replay_of(settings, config, archive, collected.on_close)
    collected.listen(run.shards)
    with reading(archive, "report", quiet=False) as on_progress:
        for recorded in archive.buckets():
            collected.shard = recorded.shard_group.shard
            run.judge(recorded, collected.on_alert)
            on_progress()
    run.shards.sum_up(collected.summary)
    if collected.calibration is not None:
        collected.calibration.finish()
    return collected
