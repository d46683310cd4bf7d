"""``weathervane replay``: judges files or an archive, with no broker."""

from __future__ import annotations

import dataclasses
import time
from pathlib import Path
from typing import Annotated

import orjson
import typer
from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table

from streams.alerts.identity import EPOCH
from streams.alerts.rendering import Published
from streams.analysis.replay import Replay
from streams.analysis.shards import ReplaySummary, Shards
from streams.archive.manifest import ArchiveUnusable, read_manifest
from streams.archive.read.events import RecordedEvents
from streams.cli.analysis.archive_replay import open_archive, replay_of, run_archive
from streams.cli.analysis.warming import WarmUntilOption, warm_shards
from streams.cli.arguments import ConfigOption, JsonOption, SortOption, files_by_source, read_config
from streams.cli.console import err, fail, out
from streams.cli.language import reader
from streams.cli.output_lines import OutputLines
from streams.cli.registry.given_files import rows_of_files
from streams.cli.reject_option import MaxRejectsOption, reject_limit, require_few, say_rejects
from streams.cli.stray_lines import say_notes, warn_of_strays
from streams.cli.terminal import plain
from streams.config.model import Config
from streams.config.sources import Source
from streams.counts.lane_records import LaneRecords
from streams.items import Reject
from streams.language.catalogue import mark_in
from streams.sources.privacy import NoHashKey, read_hash_key
from streams.sources.read import Unopenable
from streams.sources.reject_tally import RejectTally
from streams.sources.rejects import encode_reject


def replay(
    alerts: Annotated[
        Path,
        typer.Option(
            "--alerts", metavar="FILE", help="Write alerts to this file, one CloudEvent per line."
        ),
    ],
    files: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="SOURCE=FILE...",
            help="A source's name and a file of it, plain or compressed.",
            show_default=False,
        ),
    ] = None,
    archive: Annotated[
        Path | None,
        typer.Option(
            "--archive",
            metavar="ARCHIVE",
            help="Replay what `record` wrote, instead of files.",
            show_default=False,
        ),
    ] = None,
    events: Annotated[
        bool,
        typer.Option(
            "--events", help="Count the archive's raw events anew; needs `record --events`."
        ),
    ] = False,
    warm: Annotated[
        Path | None,
        typer.Option(
            "--warm",
            metavar="ARCHIVE",
            help="Begin from what this archive recorded, as after `weathervane warm`.",
            show_default=False,
        ),
    ] = None,
    until: WarmUntilOption = None,
    registry: Annotated[
        list[Path] | None,
        typer.Option(
            "--registry",
            metavar="FILE",
            help="Declare what this file of `weathervane registry` holds, before the first bucket;"
            " an archive has its own. May be given several times.",
            show_default=False,
        ),
    ] = None,
    epoch: Annotated[
        int, typer.Option("--epoch", metavar="N", min=1, help="Epoch of the alerts.")
    ] = EPOCH,
    rejects: Annotated[
        Path | None,
        typer.Option(
            "--rejects",
            metavar="FILE",
            help="Write rejects to this file, one per line.",
            show_default=False,
        ),
    ] = None,
    max_rejects: MaxRejectsOption = None,
    sort: SortOption = False,
    config: ConfigOption = None,
    as_json: JsonOption = False,
) -> None:
    """Judge recorded files or an archive, without Kafka.

    The same input gives the same alerts as live. With another configuration
    it shows which alerts that one would have raised.

    Example: weathervane replay ftc=complaints.csv.gz --alerts alerts.jsonl

    Example: weathervane replay --archive archive --config other.toml --alerts alerts.jsonl

    Example: weathervane replay --archive archive --events --config hours.toml --alerts out.jsonl

    Example: weathervane replay --warm archive ftc=march.csv --alerts alerts.jsonl
    """
    settings = read_config(config, judges=True)
    if warm is None and until is not None:
        fail("--until must be given with --warm", 2)

    if registry and archive is not None and not events:
        fail("--registry must be given without --archive, which holds what was declared", 2)
    declared = rows_of_files(registry or [])

    def begin(shards: Shards) -> None:
        if warm is None:
            shards.enter(epoch)
        else:
            warm_shards(shards, settings, warm, until, epoch=epoch, quiet=as_json)
        shards.declare(declared)

    if archive is not None:
        if files or rejects is not None or max_rejects is not None or sort:
            fail(
                "--archive must be given without SOURCE=FILE, --sort and rejects, which it does not"
                " hold",
                2,
            )
        tally = RejectTally()
        if events:
            recount = _recount(settings, archive)
            begin(recount.shards)
            with OutputLines(alerts) as lines:
                summary = _recounted(recount, lines, tally, quiet=as_json)
        else:
            opened = open_archive(archive)
            judge = replay_of(settings, config, opened)
            begin(judge.shards)
            with OutputLines(alerts) as lines:
                summary = run_archive(opened, judge, lines.write, quiet=as_json)
        _tell(summary, tally, as_json=as_json)
        return
    if events:
        fail("--events must be given with --archive", 2)
    if not files:
        fail("SOURCE=FILE must be named, such as ftc=complaints.csv.gz, or --archive", 2)
    limit, tally = reject_limit(max_rejects), RejectTally()
    named = files_by_source(settings, files)
    _require_apart(alerts, rejects, [path for paths in named.values() for path in paths])
    try:
        key = read_hash_key(settings, [settings.sources[name] for name in named])
        run = Replay(settings, named, hash_key=key, now_s=time.time(), sort=sort)
    except (NoHashKey, Unopenable) as error:
        fail(str(error), 2)
    say_notes(run.notes)
    begin(run.shards)
    with OutputLines(alerts) as alert_lines, OutputLines(rejects) as reject_lines:
        try:
            summary = _run(run, alert_lines, reject_lines, tally, quiet=as_json)
        except Unopenable as error:
            fail(str(error))
    _tell(summary, tally, as_json=as_json)
    if run.damage:
        fail(f"{'; '.join(run.damage)}; buckets that were open there stay open")
    place = "--rejects FILE writes them" if rejects is None else f"they are in {rejects}"
    require_few(limit, summary.rejects, summary.items, place)


def _recount(settings: Config, folder: Path) -> Replay:
    """Return a replay that counts an archive's raw events anew."""
    try:
        manifest = read_manifest(folder)
    except ArchiveUnusable as error:
        fail(str(error), 2)
    if not manifest.events:
        fail(
            f"{folder}: must hold raw events; it holds none: use `weathervane record --events`",
            2,
        )
    missing = sorted(manifest.sources.keys() - settings.sources.keys())
    if missing:
        fail(f"sources.{missing[0]} must be configured: the archive holds its events", 2)
    found = {name: RecordedEvents(folder, name) for name in manifest.sources}
    recorded: dict[str, LaneRecords] = {name: of for name, of in found.items() if of.lanes}
    return Replay(settings, {}, now_s=time.time(), recorded=recorded)


def _recounted(
    run: Replay, alerts: OutputLines, tally: RejectTally, *, quiet: bool
) -> ReplaySummary:
    try:
        return _run(run, alerts, OutputLines(None), tally, quiet=quiet)
    except ArchiveUnusable as error:
        fail(str(error))


def _tell(summary: ReplaySummary, tally: RejectTally, *, as_json: bool) -> None:
    if as_json:
        document = {**dataclasses.asdict(summary), "reject_reasons": tally.document()}
        out.print(orjson.dumps(document).decode(), soft_wrap=True, highlight=False, markup=False)
    else:
        _show(summary)
    warn_of_strays(summary.sources)
    if not as_json:
        say_rejects(tally, summary.items)


def _require_apart(alerts: Path, rejects: Path | None, inputs: list[Path]) -> None:
    """Refuse to write to an input file, or to write two outputs to one file."""
    outputs = {"--alerts": alerts, "--rejects": rejects}
    taken = {path.resolve(): f"the input {path}" for path in inputs}
    for option, path in outputs.items():
        if path is not None and not path.is_char_device():
            if path.resolve() in taken:
                fail(f"{option} must be a file of its own; {path} is {taken[path.resolve()]}", 2)
            taken[path.resolve()] = f"that of {option}"


def _run(
    run: Replay, alerts: OutputLines, rejects: OutputLines, tally: RejectTally, *, quiet: bool
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
        alerts.write(alert.value)

    def on_reject(source: Source, reject: Reject) -> None:
        tally.add(reject)
        rejects.write(encode_reject(reject, payload=source.payload_in_rejects))

    with bar:
        task = bar.add_task("replay", total=run.bytes_total, events=0, alerts=0)

        def on_progress() -> None:
            bar.update(task, completed=run.bytes_read, events=run.summary.events, alerts=seen)

        return run.run(on_alert, on_reject, on_progress)


_SUMMARY = {
    "records": mark_in("of a replay", "records"),
    "items": mark_in("of a replay", "items"),
    "events": mark_in("of a replay", "events"),
    "skipped": mark_in("of a replay", "skipped"),
    "rejects": mark_in("of a replay", "rejects"),
    "entities": mark_in("of a replay", "entities"),
    "buckets": mark_in("of a replay", "buckets"),
    "entity_buckets": mark_in("of a replay", "entity-buckets"),
    "alerts": mark_in("of a replay", "alerts"),
    "open": mark_in("of a replay", "open"),
    "resolved": mark_in("of a replay", "resolved"),
    "retracted": mark_in("of a replay", "retracted"),
    "wall_s": mark_in("of a replay", "wall"),
    "detect_s": mark_in("of a replay", "detect"),
    "unchecked": mark_in("of a replay", "unchecked"),
    "late": mark_in("of a replay", "late"),
    "duplicates": mark_in("of a replay", "duplicates"),
}


def _show(summary: ReplaySummary) -> None:
    table = Table("", "", show_header=False)
    numbers = dataclasses.asdict(summary)
    prevented = numbers.pop("calendar_prevented")
    del numbers["sources"]
    if not summary.unchecked:
        del numbers["unchecked"]
    if summary.items == summary.records and not summary.skipped:
        del numbers["items"], numbers["skipped"]
    words = reader()
    for name, value in numbers.items():
        if name.endswith("_s"):
            text = words.gettext("{n} s").format(n=f"{value:,.1f}")
        else:
            text = f"{value:,}"
        table.add_row(words.pgettext(*_SUMMARY[name]), text)
    for entry, number in prevented.items():
        by = words.gettext("prevented by {entry}").format(entry=entry)
        table.add_row(plain(by), f"{number:,}")
    out.print(table)
