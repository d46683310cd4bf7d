"""Labels from files and archives, for the commands that compare alerts with them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from pathlib import Path

from streams.alerts.history import Life, lives
from streams.alerts.label import Label
from streams.analysis.labels.storage import LabelProblems, LabelsUnreadable, read_labels
from streams.analysis.labels.windows import UnknownAlerts, Window, windows
from streams.archive.manifest import ArchiveUnusable
from streams.archive.read.reader import Archive
from streams.cli.console import err, fail


def read_label_files(files: Sequence[Path], timezone: str) -> list[Label]:
    """Read files of labels, or end with status 2 and every problem of all of them.

    Parameters
    ----------
    files
        CSV or JSON Lines.
    timezone
        The zone of times without one.
    """
    labels: list[Label] = []
    problems: list[str] = []
    for file in files:
        try:
            found = read_labels(file, timezone=timezone, at=dt.datetime.now(dt.UTC))
        except LabelsUnreadable as error:
            problems.append(str(error))
        except LabelProblems as error:
            problems += error.problems
        else:
            labels += found.labels
            for note in found.notes:
                note_that(note)
    if problems:
        fail("\n".join(f"--labels {problem}" for problem in problems), 2)
    return labels


def all_labels(archive: Archive, files: Sequence[Path], timezone: str) -> list[Label]:
    """Return an archive's labels, then those of files; see `read_label_files`."""
    try:
        return [*archive.labels(), *read_label_files(files, timezone)]
    except ArchiveUnusable as error:
        fail(str(error))


def known_alerts(archive: Archive, *replayed: Iterable[Life]) -> list[Life]:
    """Return the alerts that labels may name: an archive's, and those of replays of it.

    The recorded alert comes before those of replays with the same id. End with status 1 where
    the archive's alerts are damaged.

    Parameters
    ----------
    archive
        The archive.
    replayed
        Alerts of each replay.
    """
    found: dict[tuple[str, str], Life] = {}
    try:
        recorded = lives(archive.alerts())
    except ArchiveUnusable as error:
        fail(str(error))
    for alerts in (recorded, *replayed):
        for life in alerts:
            found.setdefault((life.group, life.alert_id), life)
    return list(found.values())


def windows_of(labels: Sequence[Label], lives: Iterable[Life]) -> list[Window]:
    """Return the windows of labels; labels of unknown alerts are reported and left out."""
    try:
        return windows(labels, lives)
    except UnknownAlerts as unknown:
        note_that(f"{unknown}; left out")
        return list(unknown.windows)


def note_that(note: str) -> None:
    """Print a note on standard error."""
    err.print(f"note: {note}", markup=False, highlight=False, soft_wrap=True)
