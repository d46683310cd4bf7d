"""From a replay of an archive to what its report shows."""

from __future__ import annotations

import bisect
from collections import Counter
from collections.abc import Mapping, Sequence

from streams.alerts.cloudevent import Envelope, decode_event
from streams.alerts.history import Life, lives
from streams.alerts.phrases import instant, listed
from streams.alerts.sentences import sentence_for
from streams.alerts.terms import KIND_NAMES, LEVEL_NAMES, term
from streams.analysis.archive_replay import ArchiveReplay
from streams.analysis.injection.drawing import draw
from streams.analysis.labels.outcome import Fate
from streams.analysis.labels.score import score
from streams.analysis.labels.windows import Window
from streams.analysis.report.calibration import SIZES, by_the_day
from streams.analysis.report.collect import Affected, Collected, affected, by_day
from streams.analysis.report.detection_rate import by_size, counted, times_usual
from streams.analysis.report.form import (
    AffectedRow,
    ClassOfAlerts,
    DetectionRates,
    FaultRow,
    ReportContent,
)
from streams.archive.read.reader import Archive
from streams.archive.read.series import SeriesKey, read_series
from streams.config.duration import format_duration
from streams.config.model import Config
from streams.counts.bucket import DAY_S, Buckets
from streams.detection.signals import SIGNAL_TABLE
from streams.items import LEVEL_TABLE, LEVELS
from streams.language.catalogue import Catalogue, mark

Unexplained = Mapping[tuple[str, str], Fate]
"""Group and id of each alert that no label explains: it is false or unjudged."""

CELLS = 50
"""Bars of a sparkline at most."""

LEARNED_S = 28 * DAY_S
"""Before that, or half of the recording, no burst is injected."""

SEED = 1


def labelled(
    archive: Archive, collected: Collected, alerts: Sequence[Life], windows: Sequence[Window]
) -> tuple[DetectionRates, Unexplained]:
    """What of the labelled was found, by what was counted in it; and what no label explains."""
    scored = score(alerts, windows, since_s=collected.since_s, until_s=collected.until_s)
    sums = _counted_in(archive, collected, [outcome.window for outcome in scored.outcomes])
    unexplained = {
        (verdict.life.group, verdict.life.alert_id): verdict.fate
        for verdict in scored.verdicts
        if verdict.fate in ("false", "unjudged")
    }
    sizes = by_size(scored.outcomes, lambda outcome: counted(sums[outcome.window]))
    what = mark(
        "The bursts are the windows that labels call true; their size is the count in them."
    )
    return DetectionRates(what, scored.false_alerts, scored.unjudged_alerts, sizes), unexplained


def injected(archive: Archive, collected: Collected, settings: Config) -> DetectionRates | None:
    """What is found of bursts that are injected into the archive; None where none fits in it."""
    span_s = collected.until_s - collected.since_s
    since_s = collected.since_s + min(LEARNED_S, span_s / 2.0)
    injection = draw(
        archive.buckets, archive.manifest, since_s=since_s, until_s=collected.until_s,
        seed=SEED, apart={},
    )  # fmt: skip
    if not injection.bursts:
        return None
    events: list[Envelope] = []
    ArchiveReplay(settings, archive.manifest).run(
        injection.into(archive.buckets()), lambda alert: events.append(decode_event(alert.value))
    )
    ratios = {burst.window: burst.ratio for burst in injection.bursts}
    scored = score(
        lives(events), list(ratios), since_s=collected.since_s, until_s=collected.until_s
    )

    what = mark(
        "There were no labels, so bursts were injected into a copy of the counts: some senders send"
        " several times as much as they usually do. The size of a burst says how many times."
    )
    sizes = by_size(scored.outcomes, lambda outcome: times_usual(ratios[outcome.window]))
    return DetectionRates(what, None, None, sizes)


def content(
    archive: Archive,
    collected: Collected,
    alerts: Sequence[Life],
    found: DetectionRates | None,
    unexplained: Unexplained | None,
    words: Catalogue,
) -> ReportContent:
    """Put together all that the page shows, in the language of `words`."""
    settings = collected.config
    faults = [life for life in alerts if life.level == "source"]
    openings = collected.openings() if faults else {}
    return ReportContent(
        facts=_facts(collected, alerts, words),
        days=by_day(alerts, collected),
        budget_per_day=settings.detect.budget_per_day,
        detected=found,
        affected=_affected(archive, collected, alerts, words),
        classes=_classes(collected, unexplained),
        histograms=collected.calibration.histograms if collected.calibration else [],
        sources=sorted(collected.sources.items()),
        faults=[
            _fault(
                life,
                _buckets(settings, life.group),
                sentence_for(openings[life.group, life.alert_id], words),
            )
            for life in faults
        ],
        notes=archive.notes,
    )


def _facts(collected: Collected, alerts: Sequence[Life], words: Catalogue) -> list[tuple[str, str]]:
    settings = collected.config
    zone = Buckets(DAY_S, settings.timezone)
    summary = collected.summary
    sources = [
        words.gettext("{source} ({kind}, {bucket})").format(
            source=source.name,
            kind=term(words, KIND_NAMES, source.kind),
            bucket=format_duration(source.bucket_s),
        )
        for source in settings.sources.values()
        if collected.sources.get(source.name) and collected.sources[source.name].counted
    ]
    spans = {
        words.gettext("{first} to {last}").format(
            first=instant(zone.label(first), 60), last=instant(zone.label(last), 60)
        )
        for first, last in collected.spans.values()
    }
    faults = sum(life.level == "source" for life in alerts)
    number = f"{len(alerts):,}"
    if faults:
        text = words.gettext("{n}, {faults} of them on sources")
        number = text.format(n=number, faults=f"{faults:,}")
    budget = words.gettext("{n} false alerts a day").format(n=f"{settings.detect.budget_per_day:g}")
    return [
        (words.gettext("Recorded"), f"{'; '.join(sorted(spans))} ({settings.timezone})"),
        (words.gettext("Buckets"), f"{summary.buckets:,}"),
        (words.gettext("Entity-buckets"), f"{summary.entity_buckets:,}"),
        (words.gettext("Entities"), f"{summary.entities:,}"),
        (
            words.gettext("Sources"),
            listed(words, sources) or words.gettext("none of them counted anything"),
        ),
        (words.gettext("Alerts"), number),
        (words.gettext("Budget"), budget),
        (words.gettext("Configuration"), f"{settings.name}, {settings.hash}"),
    ]


def _affected(
    archive: Archive, collected: Collected, alerts: Sequence[Life], words: Catalogue
) -> list[tuple[str, list[AffectedRow]]]:
    of_level = affected(alerts)
    names = {
        level.name: (
            level.plural.capitalize()
            if words.language == "en"
            else term(words, LEVEL_NAMES, level.name)
        )
        for level in LEVEL_TABLE[1:]
    }
    levels = [level for level in reversed(LEVELS) if level in collected.config.count.levels]
    wanted = {
        one: SeriesKey(one.group, one.level, one.entity, one.signal, *collected.spans[one.group])
        for level in levels
        for one in of_level.get(level, [])
    }
    found = read_series(archive, wanted.values())
    return [
        (
            names[level],
            [
                _cells(one, found[wanted[one]], *collected.spans[one.group])
                for one in of_level.get(level, [])
            ],
        )
        for level in levels
        if level in names
    ]


def _cells(who: Affected, counts: dict[int, int], since_s: float, until_s: float) -> AffectedRow:
    """Counts in so many equal spans of time, and whether an alert was about any of each."""
    width = max((until_s - since_s) / CELLS, float(who.alerts[0].bucket_s))
    number = max(round((until_s - since_s) / width), 1)
    edges = [since_s + n * width for n in range(number)]
    cells = [0] * number
    for start, count in counts.items():
        cells[max(bisect.bisect_right(edges, start) - 1, 0)] += count
    marked = [
        any(life.first_s < edge + width and edge < life.last_s for life in who.alerts)
        for edge in edges
    ]
    return AffectedRow(who, cells, marked)


def _classes(collected: Collected, unexplained: Unexplained | None) -> list[ClassOfAlerts]:
    assert collected.calibration is not None
    calibration = collected.calibration
    alerts = Counter(calibration.classes.values())
    said = Counter(
        (name, unexplained[key])
        for key, name in calibration.classes.items()
        if unexplained and key in unexplained
    )
    own = by_the_day(collected.config, collected.days)
    names = dict.fromkeys([*SIZES, *calibration.allowed])
    allowed = {**{name: calibration.allowed[name] for name in names}, **own}
    return [
        ClassOfAlerts(
            name,
            value,
            alerts[name],
            None if unexplained is None else said[name, "false"],
            None if unexplained is None else said[name, "unjudged"],
        )
        for name, value in allowed.items()
        if value or alerts[name] or name in SIZES
    ]


def _fault(life: Life, buckets: Buckets, sentence: str) -> FaultRow:
    start, end = (
        instant(buckets.label(time_s), buckets.bucket_s) for time_s in (life.onset_s, life.last_s)
    )
    return FaultRow(life.entity, life.kind or "", start, end, sentence)


def _buckets(settings: Config, group: str) -> Buckets:
    source = settings.groups[group][0]
    return Buckets(source.bucket_s, source.timezone)


def _counted_in(
    archive: Archive, collected: Collected, windows: Sequence[Window]
) -> dict[Window, int]:
    """Counts in each window, over all groups and signals that it may be about."""
    wanted: dict[SeriesKey, Window] = {}
    for window in windows:
        signals = [window.signal] if window.signal else [f.name for f in SIGNAL_TABLE if f.kind]
        for group in collected.spans:
            for signal in signals:
                wanted[
                    SeriesKey(
                        group, window.level, window.entity, signal, window.start_s, window.end_s
                    )
                ] = window
    out = dict.fromkeys(windows, 0)
    for one, counts in read_series(archive, list(wanted)).items():
        out[wanted[one]] += sum(counts.values())
    return out
