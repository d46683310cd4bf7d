"""Where ``weathervane explain`` takes an entity's history from: files, or an archive."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TimeRemainingColumn

from streams.analysis.archive_replay import ArchiveReplay
from streams.analysis.history_collector import HistoryCollector
from streams.analysis.replay import Replay
from streams.archive.local import archives_in
from streams.archive.manifest import ArchiveUnusable, misfits
from streams.archive.read.reader import Archive
from streams.cli.analysis.archive_replay import open_archive, reading, replay_of
from streams.cli.analysis.label_files import note_that
from streams.cli.arguments import nearest
from streams.cli.console import err, fail
from streams.cli.stray_lines import say_notes
from streams.config.model import Config
from streams.explain.as_published import difference, of_entity
from streams.explain.history import EntityHistory
from streams.items import LEVELS, Level
from streams.series.record import Outlook
from streams.sources.privacy import NoHashKey, read_hash_key
from streams.sources.read import Unopenable


class Explainable(NamedTuple):
    """An entity's histories, at least one: those with the most alerts first."""

    histories: list[EntityHistory]
    damage: Sequence[str] = ()
    """Places where the data break off."""
    outlooks: Sequence[Outlook] = ()
    """What the open buckets hold, where detection was asked."""


def from_files(
    settings: Config,
    named: Mapping[str, Sequence[Path]],
    level: Level,
    entity: str,
    *,
    sort: bool,
    quiet: bool,
) -> Explainable:
    """Replay files, or end with an error.

    Parameters
    ----------
    settings, named
        The configuration, and the files by source.
    level, entity
        Who is explained.
    sort, quiet
        Whether to sort the files first, and whether to show no bar.
    """
    collector = HistoryCollector(settings, level, entity)
    try:
        key = read_hash_key(settings, [settings.sources[name] for name in named])
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
        _run(run, collector, quiet=quiet)
    except Unopenable as error:
        fail(str(error))
    histories = collector.histories()
    if not histories:
        fail(unknown(level, entity, "that the files name", run.names))
    return Explainable(histories, run.damage)


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


def from_archive(
    settings: Config, named: Path | None, folder: Path, level: Level, entity: str, *, quiet: bool
) -> Explainable:
    """Replay an archive, or the parts of a local one, or end with an error.

    It says where the replay gives other figures than the alerts that the archive holds.

    Parameters
    ----------
    settings, named
        The configuration, and its file as the user named it.
    folder
        The archive.
    level, entity
        Who is explained.
    quiet
        Show no bar.
    """
    collector = HistoryCollector(settings, level, entity)
    archives = _fitting(settings, [open_archive(part) for part in archives_in(folder)])
    run = replay_of(settings, named, archives[-1], collector.inspect)
    for archive in archives:
        with reading(archive, "replay", quiet=quiet) as on_progress:
            for recorded in archive.buckets():
                run.judge(recorded, collector.take, collector.on_bucket)
                on_progress()
    histories = collector.histories()
    if not histories:
        fail(unknown(level, entity, "that the archive names", run.shards.names))
    _compare(archives, run, histories)
    return Explainable(histories)


def _fitting(settings: Config, archives: Sequence[Archive]) -> Sequence[Archive]:
    """Return the last archive, and those before it that were counted in the same way."""
    for number in reversed(range(len(archives) - 1)):
        problems = misfits(archives[number].manifest, settings)
        if problems:
            root = archives[number].root
            note_that(f"{root}: it and what is before it is left out; {'; '.join(problems)}")
            return archives[number + 1 :]
    return archives


def _compare(
    archives: Sequence[Archive], run: ArchiveReplay, histories: Sequence[EntityHistory]
) -> None:
    who = histories[0]
    try:
        published = [
            revision
            for archive in archives
            for revision in of_entity(archive.alerts(), who.level, who.entity)
        ]
    except ArchiveUnusable as error:
        fail(str(error))
    differs = difference(histories, published)
    if differs is not None:
        note_that(
            f"an alert was published with other figures than this replay gives ({differs}): the"
            f" configuration was another one, or the monitor knew of more than the archive holds,"
            f" which begins on {histories[0].buckets.label(archives[0].first_s)[:10]}"
        )


def unknown(level: Level, entity: str, rule: str, names: Callable[[Level], set[str]]) -> str:
    """Return the error for a name that no record has.

    Parameters
    ----------
    level, entity
        What was asked for.
    rule
        Which names there are, such as ``that the files name``.
    names
        Gives the ids of a level.
    """
    at_other_levels = [
        f"{other}/{entity}" for other in LEVELS if other != level and entity in names(other)
    ]
    alike = [f"{level}/{other}" for other in nearest(entity, names(level))]
    found = ", ".join([*at_other_levels, *alike]) or "nothing like it"
    return f"ENTITY must be one {rule}; got {level}/{entity}, found {found}"
