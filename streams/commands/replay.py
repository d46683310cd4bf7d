"""``weathervane replay``: files through all steps, with no broker."""

from __future__ import annotations

import dataclasses
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, BinaryIO

import orjson
import typer
from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table

from streams.alerts.dress import Published
from streams.commands.console import ConfigOption, JsonOption, err, fail, out, read_config
from streams.config.model import Config, Source
from streams.events.hashing import NoHashKey, read_hash_key
from streams.events.read import Unopenable
from streams.events.reject import encode_reject
from streams.items import Reject
from streams.replay import Replay, ReplaySummary


def replay(
    files: Annotated[list[str], typer.Argument(metavar="SOURCE=FILE...")],
    alerts: Annotated[Path, typer.Option("--alerts", help="Alerts, a CloudEvent a line.")],
    rejects: Annotated[
        Path | None, typer.Option("--rejects", help="Rejects, one a line.", show_default=False)
    ] = None,
    max_rejects: Annotated[
        int | None,
        typer.Option("--max-rejects", help="Exit 1 above so many rejects.", show_default=False),
    ] = None,
    config: ConfigOption = None,
    as_json: JsonOption = False,
) -> None:
    """Replay recorded files: the same alerts as through Kafka, without it.

    Example: weathervane replay ftc=complaints.csv.gz --alerts alerts.jsonl
    """
    settings = read_config(config)
    named = _by_source(settings, files)
    try:
        key = read_hash_key(settings, [settings.sources[name] for name in named])
        run = Replay(settings, named, hash_key=key, now_s=time.time())
    except (NoHashKey, Unopenable) as error:
        fail(str(error), 2)
    with _lines(alerts) as alert_lines, _lines(rejects) as reject_lines:
        summary = _run(run, alert_lines, reject_lines, quiet=as_json)
    if as_json:
        out.print(
            orjson.dumps(dataclasses.asdict(summary)).decode(), soft_wrap=True, highlight=False
        )
    else:
        _show(summary)
    if max_rejects is not None and summary.rejects > max_rejects:
        fail(f"rejects must be at most {max_rejects}; there are {summary.rejects}")


def _by_source(settings: Config, files: list[str]) -> dict[str, list[Path]]:
    named: dict[str, list[Path]] = {}
    for text in files:
        name, found, path = text.partition("=")
        if not found:
            fail(f"{text}: must be SOURCE=FILE, such as ftc=complaints.csv.gz", 2)
        if name not in settings.sources:
            known = ", ".join(settings.sources)
            fail(f"{text}: the source must be one of the configuration's ({known})", 2)
        named.setdefault(name, []).append(Path(path))
    return named


def _run(
    run: Replay, alerts: BinaryIO | None, rejects: BinaryIO | None, *, quiet: bool
) -> ReplaySummary:
    bar = Progress(
        TextColumn("replay"),
        BarColumn(),
        DownloadColumn(),
        TextColumn("{task.fields[events]:,} events  {task.fields[alerts]:,} alerts"),
        TimeRemainingColumn(),
        console=err,
        disable=quiet or not err.is_terminal,
    )
    seen = 0

    def on_alert(alert: Published) -> None:
        nonlocal seen
        seen += alert.alert.event == "opened"
        if alerts is not None:
            alerts.write(alert.value + b"\n")

    def on_reject(source: Source, reject: Reject) -> None:
        if rejects is not None:
            rejects.write(encode_reject(reject, payload=source.payload_in_rejects) + b"\n")

    with bar:
        task = bar.add_task("replay", total=run.bytes_total, events=0, alerts=0)

        def on_progress() -> None:
            bar.update(task, completed=run.bytes_read, events=run.summary.events, alerts=seen)

        return run.run(on_alert, on_reject, on_progress)


@contextmanager
def _lines(path: Path | None) -> Iterator[BinaryIO | None]:
    """Open the file of the output; a failure to write is the work's failure."""
    if path is None:
        yield None
        return
    try:
        with path.open("wb") as file:
            yield file
    except OSError as error:
        fail(f"{path}: must be writable; {error.strerror}")


def _show(summary: ReplaySummary) -> None:
    table = Table("", "", show_header=False)
    for name, value in dataclasses.asdict(summary).items():
        text = f"{value:,.1f} s" if name.endswith("_s") else f"{value:,}"
        table.add_row(name.removesuffix("_s").replace("_", "-"), text)
    out.print(table)
