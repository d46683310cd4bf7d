"""What the commands that begin from recorded weeks share: which buckets, and their progress."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer
from rich.progress import BarColumn, Progress, TextColumn

from streams.alerts.era import Era
from streams.analysis.shards import Shards
from streams.analysis.warm import recorded_for
from streams.archive.local import archives_in
from streams.archive.manifest import ArchiveUnusable
from streams.cli.analysis.archive_replay import open_archive
from streams.cli.analysis.label_files import note_that
from streams.cli.console import err, fail
from streams.config.model import Config

WarmUntilOption = Annotated[
    str | None,
    typer.Option(
        "--until",
        metavar="TIME",
        help="Begin from the archive's buckets that end by this time; RFC 3339. Default: from all.",
        show_default=False,
    ),
]


def warm_shards(
    shards: Shards,
    config: Config,
    archive: Path,
    until: str | None,
    *,
    epoch: int,
    quiet: bool,
) -> Era:
    """Warm shards by an archive, or by the parts of a local one; end with 2 where it cannot be.

    Parameters
    ----------
    shards, config
        The shards, and their configuration.
    archive, until
        The archive, and the end of the last bucket to take.
    epoch
        Epoch of their alerts.
    quiet
        Show no bar.
    """
    until_s = None if until is None else _instant(until)
    opened = [open_archive(folder) for folder in archives_in(archive)]
    try:
        with _progress(quiet=quiet) as on_bucket:
            era = shards.warm(recorded_for(config, opened, until_s, note_that), epoch, on_bucket)
    except ArchiveUnusable as error:
        fail(str(error), 2)
    if not era.warmed:
        fail(f"{archive}: must hold whole buckets of this configuration; it holds none", 2)
    through = dt.datetime.fromtimestamp(era.through, dt.UTC).isoformat()
    err.print(f"warmed by {era.warmed}, through {through}", highlight=False, soft_wrap=True)
    return era


def _instant(text: str) -> float:
    try:
        at = dt.datetime.fromisoformat(text)
    except ValueError:
        at = None
    if at is None or at.tzinfo is None:
        fail(f"--until must be RFC 3339, such as 2026-03-02T00:00:00+08:00; got {text}", 2)
    return at.timestamp()


@contextmanager
def _progress(*, quiet: bool) -> Iterator[Callable[[], None]]:
    columns = (TextColumn("warm"), BarColumn(), TextColumn("{task.completed:,} buckets"))
    with Progress(*columns, console=err, disable=quiet or not err.is_terminal) as bar:
        task = bar.add_task("warm", total=None)
        yield lambda: bar.update(task, advance=1)
