"""The report as one HTML file that needs no network, no script and no font of its own."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from streams.analysis.diff.sentences import lasting
from streams.analysis.plots.html import NARROW_HINT, html_page, table, text_table
from streams.analysis.report import plots
from streams.analysis.report.calibration import BINS, LEAST_MEAN, Histogram
from streams.analysis.report.collect import Affected, Day, SourceFacts
from streams.analysis.report.detection_rate import OfSize
from streams.explain.svg import safe

WIDE, NARROW = 960.0, 340.0


@dataclass(frozen=True, slots=True)
class AffectedRow:
    """An affected entity, its counts over the recording, and in which of them it had an alert."""

    who: Affected
    counts: Sequence[int]
    alarmed: Sequence[bool]


@dataclass(frozen=True, slots=True)
class ClassOfAlerts:
    """The alerts of a class, the allowed false ones and, if there are labels, what these say.

    `false` and `unjudged` are the numbers of alerts that labels call false, and of which none says
    anything; None without labels.
    """

    name: str
    allowed: float
    alerts: int
    false: int | None
    unjudged: int | None


@dataclass(frozen=True, slots=True)
class FaultRow:
    """An alert on a source: when, and its sentence."""

    source: str
    kind: str
    since: str
    until: str
    summary: str


@dataclass(frozen=True, slots=True)
class DetectionRates:
    """What was detected of the true or injected bursts, by their size.

    `what` says which bursts these are, and what their size is. `false` and
    `unjudged` are the numbers of alerts that labels call false, and of which none says anything;
    None if bursts were injected.
    """

    what: str
    false: int | None
    unjudged: int | None
    sizes: Sequence[OfSize]


@dataclass(frozen=True, slots=True)
class ReportContent:
    """All that the page shows."""

    facts: Sequence[tuple[str, str]]
    days: Sequence[Day]
    budget_per_day: float
    detected: DetectionRates | None
    affected: Sequence[tuple[str, Sequence[AffectedRow]]]
    classes: Sequence[ClassOfAlerts]
    histograms: Sequence[Histogram]
    sources: Sequence[tuple[str, SourceFacts]]
    faults: Sequence[FaultRow]
    notes: Sequence[str]


def page(report: ReportContent) -> str:
    """Write the file; the same report gives the same bytes."""
    sections = (_days, _detected, _affected, _sources, _calibration)
    headline, lead = _headline(report)
    title = f"Weathervane: {headline} ({dict(report.facts)['Configuration']})"
    parts = [
        f"<h1>{safe(headline)}</h1>",
        *(f"<p>{safe(sentence)}</p>" for sentence in lead),
        _list(report.facts),
        NARROW_HINT,
        *(part for section in sections for part in section(report)),
    ]
    return html_page(title, parts)


def _headline(report: ReportContent) -> tuple[str, list[str]]:
    """Say what was found: a title, and sentences below it."""
    days = len(report.days)
    alerts = sum(day.critical + day.warning for day in report.days)
    critical = sum(day.critical for day in report.days)
    headline = f"{_plural(alerts, 'alert')} in {_plural(days, 'day')}"
    faults = _plural(len(report.faults), "more alert") if report.faults else "No alert"
    lead = [
        f"{critical:,} of the alerts {'is' if critical == 1 else 'are'} critical."
        f" {faults} reported a fault of a source."
    ]
    rates = report.detected
    if rates is not None and rates.sizes:
        windows = sum(row.windows for row in rates.sizes)
        detected = sum(row.detected for row in rates.sizes)
        kind = "injected" if rates.false is None else "labelled"
        headline += f"; {detected:,} of {_plural(windows, f'{kind} burst')} detected"
    if rates is not None and rates.false is not None and days:
        lead.append(
            f"Labels call {_plural(rates.false, 'alert')} false, or {rates.false / days:.2g} a day;"
            f" the budget allows {report.budget_per_day:g} false alerts a day."
            f" {_plural(rates.unjudged or 0, 'alert')} {'is' if rates.unjudged == 1 else 'are'}"
            " unjudged: no label says anything of them."
        )
    return headline, lead


def _plural(number: int, noun: str) -> str:
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


def _days(report: ReportContent) -> list[str]:
    rows = [
        (day.label, f"{day.critical:,}", f"{day.warning:,}", f"{day.critical + day.warning:,}")
        for day in report.days
    ]
    return [
        "<h2>Alerts a day</h2>",
        "<p>An alert belongs to the day whose counts opened it, in the configuration's time zone."
        " Alerts on sources are not among them; they are listed below. The budget is for"
        " <em>false</em> alerts; alerts on real bursts come on top.</p>",
        _both(lambda width: plots.alerts_a_day(report.days, report.budget_per_day, width)),
        _figures("alerts a day", ("day", "critical", "warning", "all"), rows),
    ]


def _detected(report: ReportContent) -> list[str]:
    found = report.detected
    out = ["<h2>What was detected, and how late</h2>"]
    if found is None:
        return [*out, "<p>There were no labels, and no burst fitted into the recording. So nobody"
                " knows what should have been detected.</p>"]  # fmt: skip
    windows = sum(row.windows for row in found.sizes)
    detected = sum(row.detected for row in found.sizes)
    false = (
        ""
        if found.false is None
        else f" {_plural(found.false, 'alert')} {'was' if found.false == 1 else 'were'} false,"
        f" and {found.unjudged or 0:,} unjudged."
    )
    out.append(f"<p>{safe(found.what)} {detected:,} of {windows:,} were detected.{false}</p>")
    if not found.sizes:
        return out
    shares = [(row.size, row.windows, row.detected) for row in found.sizes]
    medians = [(row.size, row.median_delay_s) for row in found.sizes]
    rows = [
        (
            row.size,
            f"{row.windows:,}",
            f"{row.detected:,}",
            "half or more missed"
            if row.median_delay_s is None
            else lasting(round(row.median_delay_s)),
        )
        for row in found.sizes
    ]
    return [
        *out,
        "<h3>Share detected</h3>",
        _both(lambda width: plots.shares(shares, "Share detected by size", width)),
        "<h3>Median delay</h3><p>The delay of a burst is the time from its start to the end of the"
        " bucket that opened its alert. For the median, a missed burst counts as the latest of"
        " all.</p>",
        _both(lambda width: plots.delays(medians, width)),
        _figures("detected", ("size", "windows", "detected", "median delay"), rows),
    ]


def _affected(report: ReportContent) -> list[str]:
    out = [
        "<h2>Most affected</h2>",
        "<p>The entities whose alerts are farthest beyond chance: S ln(S/E) - (S - E) nats, where S"
        " was counted and E expected over an alert's life. The small bars are the counts of the"
        " whole recording, on a square-root scale. A red bar had an open alert.</p>",
    ]
    for name, shown in report.affected:
        out.append(f"<h3>{safe(name)}</h3>")
        if not shown:
            out.append('<p class="soft">There was no alert at this level.</p>')
            continue
        rows = [
            (
                f'<td class="name">{safe(row.who.entity)}</td><td>{safe(row.who.signal)}</td>'
                f"<td>{plots.spark(row.counts, row.alarmed, _spark_title(row))}</td>"
                f'<td class="number">{len(row.who.alerts):,}</td>'
                f'<td class="number">{row.who.observed:,.0f}</td>'
                f'<td class="number">{_short(row.who.expected)}</td>'
                f'<td class="number">{_short(row.who.nats)}</td>'
            )
            for row in shown
        ]
        heads = ("entity", "signal", "counts", "alerts", "counted", "expected", "nats")
        out.append(table(f"most affected: {name}", heads, rows, words=3))
    return out


def _spark_title(row: AffectedRow) -> str:
    return f"Counts of {row.who.entity}, at most {max([*row.counts, 0]):,} in a bar"


def _calibration(report: ReportContent) -> list[str]:
    labelled = any(row.false is not None for row in report.classes)
    rows = [
        (row.name, _short(row.allowed), f"{row.alerts:,}",
         *(() if row.false is None else (f"{row.false:,}", f"{row.unjudged or 0:,}")))
        for row in report.classes
    ]  # fmt: skip
    heads = (
        "class",
        "false alerts allowed",
        "alerts",
        *(("false", "unjudged") if labelled else ()),
    )
    counted = [
        (
            row.name,
            row.allowed,
            float(row.alerts if row.false is None else row.false + (row.unjudged or 0)),
        )
        for row in report.classes
    ]
    shown = (
        "The bars are the alerts that are false or unjudged: no label explains them."
        if labelled
        else "The bars are all alerts, also those on real bursts, since there were no labels: more"
        " alerts than allowed are no proof of false ones."
    )
    return [
        "<h2>Calibration</h2>",
        f"<h3>False alerts: allowed and counted</h3><p>{shown} The mark is the allowed number of"
        " false alerts: the sum, over all judgements, of the chance of a false alert that each was"
        " allowed. The first classes are known entities, by the count that was expected in the"
        " bucket. The other classes are the rest that has a share of the budget.</p>",
        _both(lambda width: plots.allowed_and_realised(counted, width)),
        _figures("calibration", heads, rows),
        "<h3>Do counts come as predicted?</h3><p>For each count the plots show where it lies in its"
        " predicted distribution, where only the common factor of the bucket is known"
        f" (the transform of Czado, Gneiting and Held, 2009). Counts of which {LEAST_MEAN:g} or"
        " more were expected are in them, unless an alert was open. If the predictions are right,"
        " all bars have the height 1. A hump in the middle shows that they are too wide, high bars"
        " at both ends that they are too narrow, and a slope that they are too high or too"
        " low.</p>",
        *(['<p class="soft">There is no such count.</p>'] if not report.histograms else []),
        '<div class="small">',
        *(
            f"<figure><figcaption>{safe(shown_class.size)} expected: {shown_class.counts:,} counts"
            "</figcaption>"
            f"{plots.histogram(shown_class, 290.0)}</figure>"
            for shown_class in report.histograms
        ),
        "</div>",
        _figures(
            "histograms",
            (
                "expected in a bucket",
                *(f"to {(n + 1) / BINS:.1f}" for n in range(BINS)),
            ),
            [
                (shown_class.size, *(f"{value:.3f}" for value in shown_class.heights))
                for shown_class in report.histograms
            ],
        ),
    ]


def _sources(report: ReportContent) -> list[str]:
    rows = [
        (
            name, f"{facts.buckets:,}", f"{facts.counted:,}", f"{facts.empty:,}",
            f"{facts.gaps:,}", f"{facts.not_learned:,}", f"{facts.repeated:,}",
        )
        for name, facts in report.sources
    ]  # fmt: skip
    heads = (
        "source",
        "buckets",
        "counted",
        "empty",
        "gaps",
        "not learned from",
        "posted more than once",
    )
    out = ["<h2>The sources</h2>", text_table("buckets of the sources", heads, rows)]
    if report.faults:
        faults = [
            (fault.source, fault.kind, fault.since, fault.until, fault.summary)
            for fault in report.faults
        ]
        out.append("<h3>Alerts on sources</h3>")
        fault_heads = ("source", "fault", "from", "until", "sentence")
        out.append(text_table("alerts on sources", fault_heads, faults, 5))
    else:
        out.append("<p>There was no alert on a source.</p>")
    if report.notes:
        notes = "".join(f"<li>{safe(note)}</li>" for note in report.notes)
        out.append(f"<h3>Notes</h3><ul>{notes}</ul>")
    return out


def _list(facts: Sequence[tuple[str, str]]) -> str:
    return f"<dl>{''.join(f'<dt>{safe(k)}</dt><dd>{safe(v)}</dd>' for k, v in facts)}</dl>"


def _both(draw: Callable[[float], str]) -> str:
    """Draw a plot for a screen and one for a telephone; only one of them is shown."""
    return f'<div class="wide">{draw(WIDE)}</div><div class="narrow">{draw(NARROW)}</div>'


def _figures(name: str, heads: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    return (
        f"<details><summary>Figures: {safe(name)}</summary>{text_table(name, heads, rows)}"
        "</details>"
    )


def _short(value: float) -> str:
    return f"{value:,.0f}" if value >= 100 else f"{value:.3g}"
