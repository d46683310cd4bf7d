"""``weathervane tune``: searches for better settings over recorded weeks."""

from __future__ import annotations

import datetime as dt
import tomllib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any
from zoneinfo import ZoneInfo

import orjson
import typer
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from streams.alerts.label import Label
from streams.analysis.injection.drawing import draw
from streams.analysis.labels.windows import Window
from streams.analysis.tuning.objective import Objective, Periods, cut
from streams.analysis.tuning.page import page
from streams.analysis.tuning.repeated_replay import RepeatedReplay
from streams.analysis.tuning.search import NoWindows, SearchResult, Trial, search
from streams.analysis.tuning.space import merged
from streams.analysis.tuning.toml import NotAsTables, with_detect
from streams.archive.atomic_files import output_file, try_output
from streams.archive.manifest import ArchiveUnusable
from streams.archive.read.reader import Archive
from streams.cli.analysis.archive_replay import open_archive, replay_of
from streams.cli.analysis.label_files import known_alerts, note_that, read_label_files, windows_of
from streams.cli.analysis.tune_view import document, in_one, in_short, show, verdict_of
from streams.cli.arguments import DEFAULT_CONFIG, ConfigOption, JsonOption, read_config
from streams.cli.console import err, fail, out
from streams.cli.csv_table import CsvOption, one_form, write_documents
from streams.cli.language import reader
from streams.config.load import parse_config
from streams.config.model import Config
from streams.counts.bucket import DAY_S

LEAST_DAYS = 10.0
"""A shorter archive has too little time to learn, to try settings and to hold some out."""


def tune(
    over: Annotated[
        Path, typer.Option("--over", metavar="ARCHIVE", help="The archive, as `record` wrote it.")
    ],
    labels: Annotated[
        list[Path] | None,
        typer.Option(
            "--labels",
            metavar="FILE",
            help="Labels, in addition to the archive's own; may be given several times.",
            show_default=False,
        ),
    ] = None,
    inject: Annotated[
        bool, typer.Option("--inject", help="Add bursts of known size to the counts.")
    ] = False,
    objective: Annotated[
        Objective,
        typer.Option(
            "--objective",
            help="What to improve. delay: the share of a burst's time until its alert. detected:"
            " the share of bursts that are found.",
        ),
    ] = "delay",
    budget: Annotated[
        float | None,
        typer.Option(
            "--budget",
            metavar="PER_DAY",
            min=0.0,
            show_default=False,
            help="False alerts per day that are allowed."
            " Default: as many as with the settings in force.",
        ),
    ] = None,
    trials: Annotated[
        int,
        typer.Option(
            "--trials", metavar="N", min=2, max=10_000, help="Number of replays of the archive."
        ),
    ] = 40,
    seed: Annotated[
        int, typer.Option("--seed", metavar="N", min=0, help="The same seed gives the same result.")
    ] = 1,
    toml: Annotated[
        Path,
        typer.Option(
            "--out", metavar="FILE", help="Write the configuration to this file, which must be new."
        ),
    ] = Path("weathervane.tuned.toml"),
    report: Annotated[
        Path | None,
        typer.Option(
            "--report",
            metavar="FILE.html",
            help="Write an HTML page about the search to this file, which must be new.",
            show_default=False,
        ),
    ] = None,
    config: ConfigOption = None,
    as_json: JsonOption = False,
    as_csv: CsvOption = False,
) -> None:
    """Search for settings that find more bursts, or find them sooner.

    Settings may raise no more unexplained alerts per day than are allowed. The
    search never sees the last 30 % of the time. They show in the end whether
    the chosen settings are better than those in force. Ctrl-C ends the search
    and keeps its results.

    Example: weathervane tune --over archive --labels labels.csv

    Example: weathervane tune --over archive --inject --trials 50 --report tuning.html
    """
    one_form(json=as_json, csv=as_csv)
    settings = read_config(config, judges=True)
    _require_new(toml, report)
    archive = open_archive(over)
    replay_of(settings, config, archive)
    file = config or DEFAULT_CONFIG
    text = file.read_text(encoding="utf-8") if file.exists() else ""
    data = tomllib.loads(text)
    try:
        with_detect(text, merged(data, {})["detect"], [])
    except NotAsTables as error:
        fail(f"{file}: {error}", 2)
    labels_given = [*_recorded(archive), *read_label_files(labels or [], settings.timezone)]
    if not labels_given and not inject:
        fail("--labels or --inject must be given: the archive has no labels", 2)
    words = reader()
    columns = (
        TextColumn("tune"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn(),
        TextColumn("{task.fields[best]}"),
    )  # fmt: skip
    bar = Progress(*columns, console=err, disable=as_json or as_csv or not err.is_terminal)
    try:
        with bar:
            task = bar.add_task("tune", total=trials, best="reading")

            def on_trial(trial: Trial, best: Trial) -> None:
                bar.update(task, advance=1, best=in_short(best, words))

            replays = RepeatedReplay(archive, data, str(file))
            periods = _periods(archive, replays)
            windows = _windows(settings, archive, replays, periods, labels_given, inject, seed)
            bar.update(task, best="")
            found = search(
                replays,
                windows,
                periods,
                objective=objective,
                in_force=settings.detect,
                limit=budget,
                trials=trials,
                seed=seed,
                on_trial=on_trial,
            )
    except ArchiveUnusable as error:
        fail(str(error))
    except NoWindows as error:
        fail(str(error), 2)
    zone = ZoneInfo(settings.timezone)
    held_out = [
        dt.datetime.fromtimestamp(at, zone).isoformat(sep=" ", timespec="minutes")
        for at in (periods.held_out.since_s, periods.held_out.until_s)
    ]
    verdict, read = verdict_of(found, objective), verdict_of(found, objective, words)
    written = _configuration(found, text, data, toml, in_one(verdict), held_out, over, seed)
    files = {toml: written}
    if report is not None:
        files[report] = page(found, read, written, held_out, words)
    unwritten = _write(files)
    if as_json:
        found_all = {
            **document(found, in_one(verdict), held_out),
            "detect": tomllib.loads(written)["detect"],
        }
        out.print(orjson.dumps(found_all).decode(), soft_wrap=True, highlight=False, markup=False)
    elif as_csv:
        write_documents(document(found, in_one(verdict), held_out)["trials"])
    else:
        written_files = [
            path for path in (toml, report) if path is not None and path not in unwritten
        ]
        show(found, read, held_out, written_files, words)
    if unwritten:  # only now: the results of the search are on the terminal
        fail("\n".join(unwritten.values()))
    if found.stopped:
        raise typer.Exit(130)


def _recorded(archive: Archive) -> list[Label]:
    try:
        return list(archive.labels())
    except ArchiveUnusable as error:
        fail(str(error))


def _require_new(*paths: Path | None) -> None:
    """Check, before a search of hours, that files are new (else status 2) and writable (else 1)."""
    for path in paths:
        if path is None:
            continue
        if path.exists():
            fail(f"{path}: must be a new file; it exists: name another", 2)
        try:
            try_output(path)
        except OSError as error:
            fail(f"{path}: must be writable; {error.strerror}")


def _periods(archive: Archive, replays: RepeatedReplay) -> Periods:
    days = (replays.until_s - replays.since_s) / DAY_S
    if days < LEAST_DAYS:
        fail(f"{archive.root}: must hold at least {LEAST_DAYS:g} days; it holds {days:.1f}", 2)
    return cut(replays.since_s, replays.until_s)


def _windows(
    settings: Config,
    archive: Archive,
    replays: RepeatedReplay,
    periods: Periods,
    labels_given: Sequence[Label],
    inject: bool,
    seed: int,
) -> list[Window]:
    """Return the windows of labels and of bursts; inject the bursts into what `replays` replays."""
    windows: list[Window] = []
    if labels_given:
        by_id = any(label.alert_id is not None for label in labels_given)
        # Labels may also name alerts that the settings in force raise.
        in_force = replays({}, replays.until_s) if by_id else []
        windows = windows_of(labels_given, known_alerts(archive, in_force))
        windows = _useful(windows, replays)
    if inject:
        labelled_spans: dict[str, list[tuple[float, float]]] = {}
        for window in windows:
            if window.level == "sender":
                labelled_spans.setdefault(window.entity, []).append((window.start_s, window.end_s))
        injection = draw(
            replays.recorded, archive.manifest, since_s=periods.whole.since_s,
            until_s=replays.until_s, seed=seed, apart=labelled_spans,
        )  # fmt: skip
        replays.inject(injection)
        windows += [burst.window for burst in injection.bursts]
    levels = {*settings.count.levels, "source"}
    return [window for window in windows if window.level in levels]


def _useful(windows: Sequence[Window], replays: RepeatedReplay) -> list[Window]:
    """Leave out the windows in which no alert is possible, and say so."""
    inside = [w for w in windows if w.touches(replays.since_s, replays.until_s)]
    if len(inside) < len(windows):
        outside = len(windows) - len(inside)
        note_that(f"{outside} of {len(windows)} windows lie outside the archive's time; left out")
    never = replays.missing({(w.level, w.entity) for w in inside if w.level != "source"})
    if never:
        names = sorted(f"{level}/{entity}" for level, entity in never)
        omitted = f" and {len(names) - 3} more" if len(names) > 3 else ""
        note_that(
            "labels name entities that the archive never counted,"
            f" {', '.join(names[:3])}{omitted}; left out"
        )
    return [w for w in inside if (w.level, w.entity) not in never]


def _configuration(
    found: SearchResult,
    text: str,
    data: dict[str, Any],
    toml: Path,
    verdict: str,
    held_out: Sequence[str],
    over: Path,
    seed: int,
) -> str:
    """Return the configuration with the settings that were found, or with those in force."""
    detect = merged(data, found.chosen.settings if found.better else {})["detect"]
    comments = [
        f"weathervane tune over {over}, {len(found.trials)} trials, seed {seed}; held out:"
        f" {' to '.join(held_out)}.",
        verdict,
    ]
    written = with_detect(text, detect, comments)
    parse_config(tomllib.loads(written), str(toml))
    return written


def _write(files: Mapping[Path, str]) -> dict[Path, str]:
    """Write the files; returns which could not be written, and why."""
    unwritten = {}
    for path, content in files.items():
        try:
            with output_file(path, new=True) as file:
                file.write(content.encode())
        except OSError as error:
            unwritten[path] = f"{path}: must be writable; {error.strerror}"
    return unwritten
