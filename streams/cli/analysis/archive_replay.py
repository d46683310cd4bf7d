"""What the commands that judge an archive share: they open it, replay it, show progress."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

from streams.analysis.archive_replay import ArchiveReplay, CountsDiffer
from streams.analysis.shards import ReplaySummary
from streams.archive.manifest import ArchiveUnusable
from streams.archive.read.reader import Archive
from streams.cli.analysis.label_files import note_that
from streams.cli.arguments import DEFAULT_CONFIG
from streams.cli.console import err, fail
from streams.config.model import Config
from streams.detection.context.bucket import Inspect


def open_archive(folder: Path) -> Archive:
    """Open an archive and print notes about it, or end with status 2 and say why it cannot be."""
    try:
        return Archive(folder, note_that)
    except ArchiveUnusable as error:
        fail(str(error), 2)


def replay_of(
    settings: Config,
    named: Path | None,
    archive: Archive,
    inspect: Inspect = Inspect(),  # noqa: B008 (frozen)
) -> ArchiveReplay:
    """Return a replay of an archive; end with status 2 if the configuration counts differently.

    Parameters
    ----------
    settings, named
        The configuration, and its file as the user named it.
    archive
        The archive.
    inspect
        What the closes have to report beside the alerts.
    """
    try:
        return ArchiveReplay(settings, archive.manifest, inspect=inspect)
    except CountsDiffer as differ:
        file = named or (DEFAULT_CONFIG if DEFAULT_CONFIG.exists() else "the defaults")
        lines = [f"{file}: {problem}" for problem in differ.problems]
        fail(
            "\n".join([*lines, "another way of counting needs the raw events: replay those, from"
                       " files or, if the archive has them, with `replay --archive --events`"]), 2
        )  # fmt: skip


def run_archive(
    archive: Archive, run: ArchiveReplay, on_alert: Callable[[bytes], None], *, quiet: bool
) -> ReplaySummary:
    """Judge an archive.

    Parameters
    ----------
    archive, run
        The archive, and its replay that has not started.
    on_alert
        Called with every revision as it would be published.
    quiet
        Show no bar.
    """
    with reading(archive, "replay", quiet=quiet) as on_progress:
        return run.run(archive.buckets(), lambda alert: on_alert(alert.value), on_progress)


@contextmanager
def reading(archive: Archive, purpose: str, *, quiet: bool) -> Iterator[Callable[[], None]]:
    """Show the progress of reading an archive; end with status 1 where a file is damaged.

    Parameters
    ----------
    archive, purpose
        The archive, and a word for what is done with it.
    quiet
        Show no bar.

    Yields
    ------
    Callable
        Call it after each bucket.
    """
    columns = (TextColumn("{task.description}"), BarColumn(), TextColumn("{task.percentage:.0f} %"))
    bar = Progress(
        *columns, TimeRemainingColumn(), console=err, disable=quiet or not err.is_terminal
    )
    with bar:
        task = bar.add_task(purpose, total=archive.rows)
        try:
            yield lambda: bar.update(task, completed=archive.rows_read)
        except ArchiveUnusable as error:
            fail(str(error))
