"""The local archive: what `up` records, in parts, of which old days are removed.

A part is an archive of its own, in a folder that is called by its number. It goes on as long as
the configuration counts as before. Where that changes, or where records are gone that the part
needs, the next part begins. So nothing that a user configures ends the recording.
"""

from __future__ import annotations

import datetime as dt
import logging
import shutil
from collections.abc import Iterator
from pathlib import Path

from streams.archive.facts import FACT_TABLES
from streams.archive.manifest import FILE, ArchiveUnusable, misfits, read_manifest
from streams.config.model import Config
from streams.counts.bucket import DAY_S

log = logging.getLogger(__name__)

_TABLES = ("buckets", "counts", *(table.name for table in FACT_TABLES), "alerts", "labels")
"""Tables whose folders are days. Buckets come first: a file of buckets promises its counts."""


def parts(root: Path) -> list[Path]:
    """Return the parts of a local archive, in their order; none where it has not begun."""
    if not root.is_dir():
        return []
    found = [path for path in root.iterdir() if path.name.isdecimal() and path.is_dir()]
    return sorted(found, key=lambda path: int(path.name))


def archives_in(root: Path) -> list[Path]:
    """Return the archives of a folder: itself, or the parts of a local archive that have begun."""
    if (root / FILE).exists():
        return [root]
    return [part for part in parts(root) if (part / FILE).exists()] or [root]


def next_part(root: Path) -> Path:
    """Return the folder of a new part."""
    found = parts(root)
    return root / str(int(found[-1].name) + 1 if found else 1)


def current_part(root: Path, config: Config) -> Path:
    """Return the part to record into: the last one, if this configuration can go on with it.

    Parameters
    ----------
    root
        The local archive.
    config
        The configuration of the counts.
    """
    found = parts(root)
    if not found:
        return next_part(root)
    last = found[-1]
    if not (last / FILE).exists():
        return last
    try:
        reasons = misfits(read_manifest(last), config, go_on=True)
    except ArchiveUnusable as error:
        reasons = [str(error)]
    if not reasons:
        return last
    begun = next_part(root)
    log.warning(
        "%s: recording begins anew here; %s stays as it is, since %s", begun, last,
        "; ".join(reasons),
    )  # fmt: skip
    return begun


def remove_old(root: Path, keep_s: float) -> list[Path]:
    """Remove the days of a local archive that are older than what is kept; return their folders.

    What is old is told by the newest day that holds buckets, and not by a clock.

    Parameters
    ----------
    root
        The local archive.
    keep_s
        How many seconds of event time are kept: whole days, rounded up.
    """
    every = parts(root)
    newest = max((day for part in every for day, _ in _days(part, "buckets")), default=None)
    if newest is None:
        return []
    first = newest - dt.timedelta(days=-(-keep_s // DAY_S))
    old = [
        folder
        for part in every
        for table in _TABLES
        for day, folder in sorted(_days(part, table))
        if day < first
    ]
    for folder in old:
        shutil.rmtree(folder)
    for part in every[:-1]:
        if next(_days(part, "buckets"), None) is None:
            shutil.rmtree(part)
            old.append(part)
    return old


def _days(part: Path, table: str) -> Iterator[tuple[dt.date, Path]]:
    for folder in (part / table).glob("day=*"):
        yield dt.date.fromisoformat(folder.name.removeprefix("day=")), folder
