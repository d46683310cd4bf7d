"""``weathervane record``: records closed buckets, alerts and labels in Parquet files."""

from __future__ import annotations

import dataclasses
import logging
import time
from collections.abc import Callable
from contextlib import nullcontext
from pathlib import Path
from typing import Annotated

import orjson
import typer
from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TimeRemainingColumn

from streams.analysis.replay import Replay
from streams.archive.local import current_part, next_part, remove_old
from streams.archive.manifest import ArchiveUnusable
from streams.archive.record.event_files import EVENTS_HELD, EventFiles
from streams.archive.record.recorder import RecordsLost
from streams.archive.record.recording import Recording
from streams.broker.errors import KafkaEdgeError
from streams.broker.topics.needed import await_topics, missing_topics, sentence
from streams.broker.topics.rights import record_rights, require_rights
from streams.cli.arguments import (
    BootstrapOption,
    ConfigOption,
    JsonOption,
    SortOption,
    connection,
    files_by_source,
    read_config,
    topics_key,
)
from streams.cli.console import err, fail, out, start_logging, stop_on_signals
from streams.cli.data.record_view import RecordSummary, measured, show
from streams.cli.reject_option import MaxRejectsOption, reject_limit, require_few, say_rejects
from streams.cli.stray_lines import say_notes, warn_of_strays
from streams.config.model import Config
from streams.counts.wire import WrongShape
from streams.health.recordings import RecordingNote
from streams.sources.privacy import NoHashKey, read_hash_key
from streams.sources.read import Unopenable
from streams.sources.reject_tally import RejectTally

log = logging.getLogger(__name__)


def record(
    archive: Annotated[
        Path | None,
        typer.Argument(
            metavar="ARCHIVE",
            help="The archive's folder. Default: the next part of the local archive, as `up` does.",
            show_default=False,
        ),
    ] = None,
    files: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="[SOURCE=FILE...]",
            help="Record these files instead of topics.",
            show_default=False,
        ),
    ] = None,
    until_end: Annotated[
        bool,
        typer.Option(
            "--until-end", help="End when all records that are on Kafka now have been read."
        ),
    ] = False,
    events: Annotated[
        bool,
        typer.Option(
            "--events", help="Record raw events too; `replay --events` can then count them anew."
        ),
    ] = False,
    sort: SortOption = False,
    max_rejects: MaxRejectsOption = None,
    config: ConfigOption = None,
    bootstrap: BootstrapOption = None,
    as_json: JsonOption = False,
) -> None:
    """Record closed buckets, alerts and labels in an archive.

    replay, diff, tune and report read archives. Recording from Kafka runs
    until stopped, and a later start goes on where it stopped. Without ARCHIVE
    it records into the local archive, of which it removes old days.

    Example: weathervane record archive

    Example: weathervane record archive ftc=complaints.csv.gz
    """
    limit = reject_limit(max_rejects)
    settings = read_config(config, bootstrap, judges=True)
    if files and (until_end or bootstrap is not None):
        fail("--until-end and --bootstrap are for recording from Kafka, without SOURCE=FILE", 2)
    if sort and not files:
        fail("--sort must be given with SOURCE=FILE: Kafka has an order of its own", 2)
    if archive is None and (events or as_json):
        fail("--events and --json must be given with ARCHIVE", 2)
    try:
        if archive is None:
            _into_local(settings, until_end=until_end)
            return
        if files:
            written, rejects, items = _from_files(
                settings, archive, files, events=events, sort=sort, quiet=as_json
            )
        else:
            written, rejects, items = _from_kafka(
                settings, archive, archive, until_end=until_end, events=events, quiet=as_json
            )
    except ArchiveUnusable as error:
        fail(str(error), 2)
    except RecordsLost as error:
        fail(str(error))
    except OSError as error:
        fail(
            f"{archive or settings.archive_dir}: must be writable; {error.strerror or error}"
            + ("" if files else ". Nothing is lost: start it again, and it continues")
        )
    if as_json:
        out.print(orjson.dumps(dataclasses.asdict(written)).decode(), soft_wrap=True)
    else:
        show(written)
    warn_of_strays(written.sources)
    if not as_json:
        say_rejects(rejects, items)
    if files or until_end:
        # A recorder that was stopped has done its work.
        place = "`weathervane replay --rejects` writes them" if files else "they are in rejects"
        require_few(limit, rejects.total, items, place)


_Recorded = tuple[RecordSummary, RejectTally, int]
"""What was recorded, what could not be, and of how many items."""


def _from_files(
    settings: Config, root: Path, files: list[str], *, events: bool, sort: bool, quiet: bool
) -> _Recorded:
    tally, kept = RejectTally(), EventFiles(root)
    named = files_by_source(settings, files)
    with Recording(root, settings, events=events) as recording:
        try:
            key = read_hash_key(settings, [settings.sources[name] for name in named])
            run = Replay(
                settings,
                named,
                hash_key=key,
                now_s=time.time(),
                keep=kept.add_event if events else None,
                sort=sort,
            )
        except (NoHashKey, Unopenable) as error:
            fail(str(error), 2)
        say_notes(run.notes)
        columns = (TextColumn("record"), BarColumn(), DownloadColumn(), TimeRemainingColumn())
        with Progress(*columns, console=err, disable=quiet or not err.is_terminal) as bar:
            task = bar.add_task("record", total=run.bytes_total)

            def progress() -> None:
                bar.update(task, completed=run.bytes_read)
                if kept.held >= EVENTS_HELD:
                    kept.write()

            try:
                summary = run.run(
                    recording.on_alert,
                    lambda _, reject: tally.add(reject),
                    progress,
                    recording.on_bucket,
                )
            except Unopenable as error:
                fail(str(error))
        kept.write()
        recording.finish(run.damage)
        if run.damage:
            say_rejects(tally, summary.items)
            fail(f"{'; '.join(run.damage)}; buckets that were open there are not recorded")
        written = measured(
            recording,
            tally,
            summary.alerts,
            summary.sources,
            events=summary.events if events else 0,
        )
        return written, tally, summary.items


def _into_local(settings: Config, *, until_end: bool) -> None:
    """Record into a part of the local archive; begin the next one where records are gone."""
    root = settings.archive_dir

    def remove() -> None:
        for folder in remove_old(root, settings.archive.keep):
            log.info("%s: removed, since archive.keep is over", folder)

    part = current_part(root, settings)
    try:
        _from_kafka(settings, part, root, remove, until_end=until_end, events=False, quiet=True)
    except (RecordsLost, ArchiveUnusable) as error:
        begun = next_part(root)
        if begun == part or (isinstance(error, ArchiveUnusable) and error.in_use):
            raise
        log.warning("%s: recording begins anew here: %s", begun, error)
        _from_kafka(settings, begun, root, remove, until_end=until_end, events=False, quiet=True)


def _from_kafka(
    settings: Config,
    root: Path,
    noted: Path,
    on_saved: Callable[[], None] = lambda: None,
    *,
    until_end: bool,
    events: bool,
    quiet: bool,
) -> _Recorded:
    from streams.archive.record.process import RecordFailed, RecordProcess
    from streams.archive.record.recorder import Recorder

    key = topics_key(settings) if events else None
    start_logging("record")
    stop = stop_on_signals()
    broker = connection(settings)
    columns = (TextColumn("record"), BarColumn(), TextColumn("{task.completed:,} records"))
    hidden = quiet or not until_end or not err.is_terminal
    bar = Progress(*columns, TimeRemainingColumn(), console=err, disable=hidden)
    try:
        rights = record_rights(settings, events=events)
        topics = [name for _, name in rights]
        if until_end and (missing := missing_topics(broker, topics)):
            fail(f"cannot record without {sentence(missing, broker)}")
        if not until_end and not await_topics(broker, topics, stop, lambda _: None):
            raise typer.Exit  # stopped while it waited: a clean stop
        require_rights(broker, rights)
        note = nullcontext() if until_end else RecordingNote(settings.state_dir, noted, time.time)
        with note as kept, Recorder(root, settings, events=events, hash_key=key) as recorder, bar:
            process = RecordProcess(settings, broker, recorder)
            task = bar.add_task("record", total=None)

            def work_on() -> None:
                bar.update(task, completed=process.records, total=process.total)
                if kept is not None:
                    kept.at_work(process.behind)

            def save() -> None:
                on_saved()
                if kept is not None:
                    kept.saved()

            process.run(stop, until_end=until_end, on_saved=save, on_progress=work_on)
    except (RecordFailed, KafkaEdgeError, WrongShape) as error:
        fail(str(error))
    if until_end and not process.caught_up:
        fail("stopped before the end; the next start continues here", 130)
    alerts_and_labels, raw_events = recorder.alerts_and_labels, recorder.raw_events
    rejects = raw_events.rejects
    written = measured(
        recorder.recording,
        rejects,
        len(alerts_and_labels.alerts),
        recorder.strays,
        alerts_and_labels.labels,
        raw_events.files.events,
    )
    return written, rejects, raw_events.files.events + rejects.total
