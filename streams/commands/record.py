"""``weathervane record``: closed buckets and alerts to an archive of Parquet files."""

from __future__ import annotations

import dataclasses
import time
from pathlib import Path
from typing import Annotated

import orjson
import typer
from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table

from streams.archive.manifest import ArchiveUnusable
from streams.archive.recording import Recording
from streams.commands.console import ConfigOption, JsonOption, err, fail, out, read_config
from streams.commands.replay import files_by_source
from streams.config.model import Config
from streams.events.hashing import NoHashKey, read_hash_key
from streams.events.read import Unopenable
from streams.replay import Replay


@dataclasses.dataclass(frozen=True)
class Recorded:
    """What stands in the archive."""

    buckets: int
    rows: int
    alerts: int
    bytes: int
    bytes_a_row: float


def record(
    archive: Annotated[Path, typer.Argument(metavar="ARCHIVE", help="Its folder.")],
    files: Annotated[
        list[str] | None, typer.Argument(metavar="[SOURCE=FILE...]", show_default=False)
    ] = None,
    config: ConfigOption = None,
    as_json: JsonOption = False,
) -> None:
    """Record closed buckets and alerts, to be replayed, compared and tuned on.

    Example: weathervane record archive ftc=complaints.csv.gz
    """
    settings = read_config(config)
    try:
        recording = Recording(archive, settings)
    except ArchiveUnusable as error:
        fail(str(error), 2)
    except OSError as error:
        fail(f"{archive}: cannot be written: {error.strerror}")
    written = _from_files(settings, recording, files or [], quiet=as_json)
    if as_json:
        out.print(orjson.dumps(dataclasses.asdict(written)).decode(), soft_wrap=True)
    else:
        _show(written)


def _from_files(
    settings: Config, recording: Recording, files: list[str], *, quiet: bool
) -> Recorded:
    if recording.begun:
        fail(f"{recording.root}: must be new: files are recorded from their beginning", 2)
    named = files_by_source(settings, files)
    try:
        key = read_hash_key(settings, [settings.sources[name] for name in named])
        run = Replay(settings, named, hash_key=key, now_s=time.time(), on_close=recording.on_close)
    except (NoHashKey, Unopenable) as error:
        fail(str(error), 2)
    columns = (TextColumn("record"), BarColumn(), DownloadColumn(), TimeRemainingColumn())
    try:
        with Progress(*columns, console=err, disable=quiet or not err.is_terminal) as bar:
            task = bar.add_task("record", total=run.bytes_total)
            summary = run.run(
                recording.on_alert,
                lambda source, reject: None,
                lambda: bar.update(task, completed=run.bytes_read),
            )
        recording.flush("0")
    except OSError as error:
        fail(f"{recording.root}: cannot be written: {error.strerror}")
    if run.damage:
        fail(f"{'; '.join(run.damage)}; what was open there is not recorded")
    return measured(recording, alerts=summary.alerts)


def measured(recording: Recording, alerts: int) -> Recorded:
    """What an archive's writers have written."""
    rows = sum(writer.rows_written for writer in recording.writers.values())
    size = sum(path.stat().st_size for path in recording.root.rglob("counts/**/*.parquet"))
    buckets = sum(writer.buckets_written for writer in recording.writers.values())
    return Recorded(buckets, rows, alerts, size, round(size / max(rows, 1), 2))


def _show(written: Recorded) -> None:
    table = Table(show_header=False)
    for name, number in dataclasses.asdict(written).items():
        table.add_row(name.replace("_", " "), f"{number:,}")
    out.print(table)
