"""What the commands of documents are given: archives, days, cases."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Annotated

import typer

from streams.archive.local import archives_in
from streams.archive.manifest import ArchiveUnusable
from streams.bulletin.contents.recorded import RecordedParts, Recordings
from streams.cli.analysis.archive_replay import open_archive
from streams.cli.console import fail
from streams.config.model import Config
from streams.printable import printable

ArchiveOption = Annotated[
    Path | None,
    typer.Option(
        "--archive",
        metavar="DIR",
        help="The archive, as `record` wrote it. Default: the local archive, into which `up`"
        " records.",
        show_default=False,
    ),
]


def recordings_of(settings: Config, folder: Path | None) -> tuple[Recordings, RecordedParts]:
    """Open the archives, or end with an error.

    Parameters
    ----------
    settings
        The configuration.
    folder
        What ``--archive`` says.
    """
    root = settings.archive_dir if folder is None else folder
    found = Recordings([open_archive(part) for part in archives_in(root)], settings.timezone)
    try:
        held = found.held()
    except ArchiveUnusable as error:
        fail(str(error))
    if not held.complaints:
        fail(f"{root}: must hold complaints; it holds none yet", 2)
    return found, held


def day_of(option: str, text: str | None) -> dt.date | None:
    """Read a day, or end with status 2.

    Parameters
    ----------
    option
        The option that gives it.
    text
        What it says.
    """
    if text is None:
        return None
    try:
        return dt.date.fromisoformat(text)
    except ValueError:
        fail(f"{option} must be a day such as 2026-03-31; got {printable(text)[:80]}", 2)


def require_recorded(option: str, day: dt.date, held: RecordedParts) -> None:
    """End with status 2 where a day lies outside of what is recorded.

    Parameters
    ----------
    option
        The option that gives it.
    day
        The day.
    held
        What is recorded.
    """
    first, last = min(held.complaints), max(held.complaints)
    if not first <= day <= last:
        fail(f"{option} must be a recorded day, from {first} to {last}; got {day}", 2)
