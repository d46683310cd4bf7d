"""``weathervane diff``: what another configuration would have alerted of recorded weeks."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer

from streams.alerts.cloudevent import Envelope, decode_event
from streams.alerts.history import lives
from streams.alerts.label import Label
from streams.analysis.archive_replay import ArchiveReplay
from streams.analysis.diff.comparison import Around, Compared, Side
from streams.analysis.diff.matching import Pair, compare
from streams.analysis.labels.outcome import Score
from streams.analysis.labels.score import score
from streams.analysis.shards import OnAlert
from streams.archive.manifest import ArchiveUnusable, misfits
from streams.archive.read.reader import Archive
from streams.archive.read.series import SeriesKey, read_series, with_zeros
from streams.cli.analysis.archive_replay import open_archive, reading
from streams.cli.analysis.diff_view import as_document, differences, print_ids, show
from streams.cli.analysis.label_files import all_labels, known_alerts, windows_of
from streams.cli.arguments import JsonOption
from streams.cli.console import fail, out
from streams.cli.csv_table import CsvOption, one_form, write_documents
from streams.cli.language import reader
from streams.config.load import ConfigError, load_config
from streams.config.model import Config
from streams.counts.bucket import DAY_S, Buckets
from streams.detection.plugins import river_detector

SHOWN = 10
"""The most telling differences that are shown."""

BEFORE, AFTER = 14, 28
"""Buckets before an onset, and from it on, whose counts are shown."""

DIFFER = 3
"""Exit status where the alerts differ."""


def diff(
    a: Annotated[Path, typer.Argument(metavar="A.toml", help="The one in force, for example.")],
    b: Annotated[Path, typer.Argument(metavar="B.toml", help="The other configuration.")],
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
    ids: Annotated[
        bool,
        typer.Option(
            "--ids",
            help="Print only a line for each alert that differs, with its id in A and in B.",
        ),
    ] = False,
    as_json: JsonOption = False,
    as_csv: CsvOption = False,
) -> None:
    """Compare the alerts of two configurations over the same recorded weeks.

    Exit status 0 if they raise the same alerts, 3 if they do not.

    Example: weathervane diff weathervane.toml stricter.toml --over archive
    """
    if ids and as_json:
        fail("--ids must be given without --json, which has the ids", 2)
    one_form(json=as_json or ids, csv=as_csv)
    archive = open_archive(over)
    settings = _settings((a, b), archive)
    labels_given = all_labels(archive, labels or [], settings[0].timezone)
    found = _replayed(archive, (a, b), settings, labels_given, quiet=as_json or as_csv)
    if as_json:
        out.print(as_document(found), soft_wrap=True, highlight=False, markup=False)
    elif as_csv:
        write_documents(differences(found))
    elif ids:
        print_ids(found.diff)
    else:
        show(found, reader())
    if found.diff.differences:
        raise typer.Exit(DIFFER)


def _settings(files: tuple[Path, Path], archive: Archive) -> tuple[Config, Config]:
    """Read both configurations, or end with status 2 and every problem of both."""
    problems: list[str] = []
    read: list[Config] = []
    for file in dict.fromkeys(files):
        try:
            config = load_config(file, must_exist=True, detector_check=river_detector)
        except ConfigError as error:
            problems += error.problems
            continue
        of_file = [f"{file}: {problem}" for problem in misfits(archive.manifest, config)]
        if of_file:
            of_file.append(f"{file}: another way of counting needs the raw events: replay those")
        problems += of_file
        read.append(config)
    if problems:
        fail("\n".join(problems), 2)
    return read[0], read[-1]


def _replayed(
    archive: Archive,
    files: tuple[Path, Path],
    settings: tuple[Config, Config],
    labels_given: Sequence[Label],
    *,
    quiet: bool,
) -> Compared:
    runs = [ArchiveReplay(config, archive.manifest) for config in settings]
    events: tuple[list[Envelope], list[Envelope]] = ([], [])
    since_s, until_s, closed = float("inf"), 0.0, 0
    with reading(archive, "diff", quiet=quiet) as on_progress:
        for recorded in archive.buckets():
            bucket = recorded.bucket
            since_s, until_s = min(since_s, bucket.start), max(until_s, bucket.end)
            closed += 1
            for run, envelopes in zip(runs, events, strict=True):
                run.judge(recorded, _into(envelopes))
            on_progress()
    both = tuple(lives(envelopes) for envelopes in events)
    scores: list[Score | None] = [None, None]
    if labels_given:
        windows = windows_of(labels_given, known_alerts(archive, *both))
        scores = [score(of, windows, since_s=since_s, until_s=until_s) for of in both]
    pairs = compare(*both, until_s=until_s)
    days = (until_s - since_s) / DAY_S
    sides = [
        Side.measured(str(file), config, of, scored, days)
        for file, config, of, scored in zip(files, settings, both, scores, strict=True)
    ]
    zone = Buckets(DAY_S, settings[0].timezone)
    return Compared(
        a=sides[0],
        b=sides[1],
        since=zone.label(since_s),
        until=zone.label(until_s),
        buckets=closed,
        days=days,
        diff=pairs,
        around=_around(archive, pairs.differences[:SHOWN], until_s),
        instants=zone,
    )


def _into(envelopes: list[Envelope]) -> OnAlert:
    return lambda alert: envelopes.append(decode_event(alert.value))


def _around(archive: Archive, pairs: Sequence[Pair], until_s: float) -> dict[Pair, Around]:
    """Read the counts around the onsets from the archive."""
    onsets: dict[Pair, float] = {}
    wanted: dict[Pair, SeriesKey] = {}
    for pair in pairs:
        life = pair.one
        if life.level == "source":
            continue
        onset = min(one.onset_s for one in (pair.a, pair.b) if one is not None)
        since = max(onset - BEFORE * life.bucket_s, float(archive.first_s))
        until = min(onset + AFTER * life.bucket_s, until_s)
        onsets[pair] = onset
        wanted[pair] = SeriesKey(life.group, life.level, life.entity, life.signal, since, until)
    try:
        found = read_series(archive, wanted.values())
    except ArchiveUnusable as error:
        fail(str(error))
    out = {}
    for pair, one in wanted.items():
        source = next(s for s in archive.manifest.sources.values() if s.group == one.group)
        buckets = Buckets(source.bucket_s, source.timezone)
        out[pair] = Around(
            before=with_zeros(found[one], buckets, one.since_s, onsets[pair]),
            after=with_zeros(found[one], buckets, onsets[pair], one.until_s),
        )
    return out
