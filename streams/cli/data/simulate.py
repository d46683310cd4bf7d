"""``weathervane simulate``: writes synthetic sends and complaints with labels."""

from __future__ import annotations

import dataclasses
import datetime as dt
from pathlib import Path
from typing import Annotated
from zoneinfo import ZoneInfo

import orjson
import typer
from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table

from streams.cli.arguments import ConfigOption, JsonOption, read_config
from streams.cli.console import err, fail, out
from streams.cli.language import reader
from streams.language.catalogue import mark_in
from streams.simulate.files import COMPLAINTS, CONFIG, REGISTRY, SENDS, Written, write
from streams.simulate.simulation import Simulation


def simulate(
    out_dir: Annotated[Path, typer.Argument(metavar="OUT_DIR", help="A new or an empty folder.")],
    senders: Annotated[
        int, typer.Option("--senders", metavar="N", min=1, help="Number of senders.")
    ] = 1000,
    days: Annotated[int, typer.Option("--days", metavar="N", min=1, help="Number of days.")] = 35,
    incidents: Annotated[
        float,
        typer.Option(
            "--incidents",
            metavar="SHARE",
            min=0.0,
            max=1.0,
            help="Share of senders that have an incident.",
        ),
    ] = 0.05,
    misuse: Annotated[
        float,
        typer.Option(
            "--misuse",
            metavar="SHARE",
            min=0.0,
            max=1.0,
            help="Incidents of misuse for each sender, by codes of their own; a registry is written"
            " beside.",
        ),
    ] = 0.0,
    seed: Annotated[
        int, typer.Option("--seed", metavar="N", min=0, help="The same seed gives the same files.")
    ] = 1,
    start: Annotated[
        dt.datetime,
        typer.Option("--start", metavar="DAY", formats=["%Y-%m-%d"], help="The first day."),
    ] = dt.datetime(2026, 3, 2),
    config: ConfigOption = None,
    as_json: JsonOption = False,
) -> None:
    """Write synthetic sends and complaints, with labels of their incidents.

    Senders have all sizes and habits of their own. Incidents are bursts of
    several shapes, slow rises, more complaints at the same sends, sub-let
    codes, campaigns and source faults.

    Example: weathervane simulate sim --senders 500 --days 21
    """
    timezone = read_config(config).timezone
    _require_empty(out_dir)
    simulation = Simulation(
        start.replace(tzinfo=ZoneInfo(timezone)),
        senders=senders,
        days=days,
        incidents=incidents,
        misuse=misuse,
        seed=seed,
    )
    columns = (TextColumn("simulate"), BarColumn(), TextColumn("{task.completed:.0f} h"))
    try:
        out_dir.mkdir(parents=True, exist_ok=True)
        with Progress(*columns, TimeRemainingColumn(), console=err, disable=as_json) as progress:
            task = progress.add_task("simulate", total=24 * days)
            written = write(simulation, timezone, out_dir, lambda: progress.advance(task))
    except OSError as error:
        fail(f"{out_dir}: cannot be written: {error.strerror}")
    if as_json:
        out.print_json(orjson.dumps(dataclasses.asdict(written)).decode(), indent=None)
    else:
        _show(written, out_dir)


def _require_empty(folder: Path) -> None:
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        fail(f"{folder}: must be a new or an empty folder; name another", 2)


_SUMMARY = {
    "sends": mark_in("of a simulation", "sends"),
    "complaints": mark_in("of a simulation", "complaints"),
    "labels": mark_in("of a simulation", "labels"),
    "bytes": mark_in("of a simulation", "bytes"),
}


def _show(written: Written, folder: Path) -> None:
    words = reader()
    table = Table(show_header=False)
    for name, number in dataclasses.asdict(written).items():
        table.add_row(words.pgettext(*_SUMMARY[name]), f"{number:,}")
    out.print(table)
    files = f"sends={folder / SENDS} complaints={folder / COMPLAINTS}"
    if (folder / REGISTRY).exists():
        files += f" --registry {folder / REGISTRY}"
    command = (
        f"weathervane replay --config {folder / CONFIG} {files} --alerts {folder / 'alerts.jsonl'}"
    )
    line = words.gettext("replay: {command}").format(command=command)
    out.print(line, highlight=False, soft_wrap=True, markup=False)
