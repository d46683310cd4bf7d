"""The report as one HTML file that needs no network, no script and no font."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from streams.analysis.diff.sentences import lasting
from streams.analysis.plots.html import STYLE, policy
from streams.analysis.plots.svg import safe
from streams.analysis.report import plots
from streams.analysis.report.calibration import BINS, LEAST_MEAN, Histogram
from streams.analysis.report.collect import Affected, Day, SourceFacts
from streams.analysis.report.detection_rate import OfSize

WIDE, NARROW = 960.0, 340.0
_NUMBER = ' class="number"'


@dataclass(frozen=True, slots=True)
class Shown:
    """An affected entity with its counts over the whole recording, and where it had an alert."""

    who: Affected
    counts: Sequence[int]
    alarmed: Sequence[bool]


@dataclass(frozen=True, slots=True)
class ClassOfAlerts:
    """Alerts of a class, false ones allowed in it and, where there are labels, false ones."""

    name: str
    allowed: float
    alerts: int
    false: int | None


@dataclass(frozen=True, slots=True)
class Fault:
    """A feed alert: when, and what was said."""

    source: str
    kind: str
    since: str
    until: str
    summary: str


@dataclass(frozen=True, slots=True)
class Detected:
    """What was found of what was to be found; `what` says what that was, and by which size."""

    what: str
    false: int | None
    sizes: Sequence[OfSize]


@dataclass(frozen=True, slots=True)
class Report:
    """All that the page shows."""

    facts: Sequence[tuple[str, str]]
    days: Sequence[Day]
    budget_per_day: float
    detected: Detected | None
    affected: Sequence[tuple[str, Sequence[Shown]]]
    classes: Sequence[ClassOfAlerts]
    histograms: Sequence[Histogram]
    sources: Sequence[tuple[str, SourceFacts]]
    faults: Sequence[Fault]
    notes: Sequence[str]


def page(report: Report) -> str:
    """Write the file; the same report gives the same bytes."""
    sections = (_days, _detected, _affected, _calibration, _quality)
    title = f"Weathervane: {dict(report.facts)['Configuration']}"
    return "\n".join(
        [
            '<!doctype html>\n<html lang="en"><head><meta charset="utf-8">',
            f'<meta http-equiv="Content-Security-Policy" content="{policy()}">',
            '<meta name="viewport" content="width=device-width, initial-scale=1">',
            f"<title>{safe(title)}</title><style>{STYLE}</style></head><body><main>",
            "<h1>What was recorded, and what was alerted of it</h1>",
            _list(report.facts),
            *(part for section in sections for part in section(report)),
            "</main></body></html>\n",
        ]
    )


def _days(report: Report) -> list[str]:
    rows = [
        (day.label, f"{day.critical:,}", f"{day.warning:,}", f"{day.critical + day.warning:,}")
        for day in report.days
    ]
    return [
        "<h2>Alerts a day</h2>",
        "<p>By the day whose counts opened them, in the configuration's time zone; alerts on"
        " the data are told below. The budget is of <em>false</em> alerts; real bursts come on"
        " top.</p>",
        _both(lambda width: plots.alerts_a_day(report.days, report.budget_per_day, width)),
        _figures("alerts a day", ("day", "critical", "warning", "together"), rows),
    ]


def _detected(report: Report) -> list[str]:
    found = report.detected
    out = ["<h2>Detected, and how late</h2>"]
    if found is None:
        return [*out, "<p>No labels were given, and no bursts injected: what was to be found is"
                " not known.</p>"]  # fmt: skip
    windows = sum(row.windows for row in found.sizes)
    detected = sum(row.detected for row in found.sizes)
    false = "" if found.false is None else f" {found.false:,} alerts were in none of them."
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
            "missed" if row.median_delay_s is None else lasting(round(row.median_delay_s)),
        )
        for row in found.sizes
    ]
    return [
        *out,
        "<h3>Part detected</h3>",
        _both(lambda width: plots.shares(shares, "Part detected by size", width)),
        "<h3>Median delay</h3><p>From the start to the end of the bucket that opened the alert; a"
        " missed one is later than any.</p>",
        _both(lambda width: plots.delays(medians, width)),
        _figures("detected", ("size", "windows", "detected", "median delay"), rows),
    ]


def _affected(report: Report) -> list[str]:
    out = [
        "<h2>Most affected</h2>",
        "<p>Those whose alerts are farthest beyond chance: S ln(S/E) - (S - E) nats for S counted"
        " and E expected over an alert's life. The bars are the counts of the whole recording,"
        " their height by the root; in red are those with an open alert.</p>",
    ]
    for name, shown in report.affected:
        out.append(f"<h3>{safe(name)}</h3>")
        if not shown:
            out.append('<p class="soft">None had an alert.</p>')
            continue
        rows = [
            (
                f'<td class="name">{safe(one.who.entity)}</td><td>{safe(one.who.signal)}</td>'
                f"<td>{plots.spark(one.counts, one.alarmed, _spark_title(one))}</td>"
                f'<td class="number">{len(one.who.alerts):,}</td>'
                f'<td class="number">{one.who.observed:,.0f}</td>'
                f'<td class="number">{_short(one.who.expected)}</td>'
                f'<td class="number">{_short(one.who.nats)}</td>'
            )
            for one in shown
        ]
        heads = ("entity", "signal", "counts", "alerts", "counted", "expected", "nats")
        out.append(_table(f"most affected: {name}", heads, rows, words=3))
    return out


def _spark_title(one: Shown) -> str:
    return f"Counts of {one.who.entity}, at most {max([*one.counts, 0]):,} in a bar"


def _calibration(report: Report) -> list[str]:
    labelled = any(row.false is not None for row in report.classes)
    rows = [
        (row.name, _short(row.allowed), f"{row.alerts:,}",
         *(() if row.false is None else (f"{row.false:,}",)))
        for row in report.classes
    ]  # fmt: skip
    heads = ("class", "false alerts allowed", "alerts", *(("false",) if labelled else ()))
    counted = [
        (row.name, row.allowed, float(row.alerts if row.false is None else row.false))
        for row in report.classes
    ]
    said = (
        "Alerts that no label explains"
        if labelled
        else "All alerts, real bursts among them, since no labels were given: what is above the"
        " mark is false only where nothing happened"
    )
    return [
        "<h2>Calibration</h2>",
        f"<h3>False alerts: allowed and realised</h3><p>{said}. Allowed is the sum of the chances"
        " that each judgement was given; classes are of those that had counted before, by what"
        " was expected of them in the bucket, and then of what else has a part of the budget.</p>",
        _both(lambda width: plots.allowed_and_realised(counted, width)),
        _figures("calibration", heads, rows),
        "<h3>Do counts come as foretold?</h3><p>Each count takes its place in the distribution"
        " foretold for it, given the bucket's common factor but nothing else of the bucket,"
        f" {LEAST_MEAN:g} expected or more and no alert open (the transform of Czado, Gneiting and"
        " Held, 2009). Right predictions make all bars"
        " 1 high; a hump in the middle says that they are too wide, bars at both ends that they"
        " are too narrow, a slope that they are too high or too low.</p>",
        *(['<p class="soft">No such count.</p>'] if not report.histograms else []),
        '<div class="small">',
        *(
            f"<figure><figcaption>{safe(of.size)} expected: {of.counts:,} counts</figcaption>"
            f"{plots.histogram(of, 290.0)}</figure>"
            for of in report.histograms
        ),
        "</div>",
        _figures(
            "histograms",
            (
                "expected in a bucket",
                *(f"{n / BINS:.1f} to {(n + 1) / BINS:.1f}" for n in range(BINS)),
            ),
            [(of.size, *(f"{value:.3f}" for value in of.heights)) for of in report.histograms],
        ),
    ]


def _quality(report: Report) -> list[str]:
    sources = [
        (
            name, f"{of.buckets:,}", f"{of.counted:,}", f"{of.empty:,}", f"{of.gaps:,}",
            f"{of.not_learned:,}", f"{of.repeated:,}",
        )
        for name, of in report.sources
    ]  # fmt: skip
    heads = (
        "source",
        "buckets",
        "counted",
        "empty",
        "gaps",
        "not learned",
        "posted more than once",
    )
    out = ["<h2>The data</h2>", _cells("the sources' buckets", heads, sources)]
    if report.faults:
        rows = [
            (fault.source, fault.kind, fault.since, fault.until, fault.summary)
            for fault in report.faults
        ]
        out.append("<h3>Alerts on the data</h3>")
        out.append(
            _cells("alerts on the data", ("source", "kind", "from", "until", "said"), rows, 5)
        )
    else:
        out.append("<p>No alert was about the data themselves.</p>")
    if report.notes:
        notes = "".join(f"<li>{safe(note)}</li>" for note in report.notes)
        out.append(f"<h3>Notes</h3><ul>{notes}</ul>")
    return out


def _list(facts: Sequence[tuple[str, str]]) -> str:
    return f"<dl>{''.join(f'<dt>{safe(k)}</dt><dd>{safe(v)}</dd>' for k, v in facts)}</dl>"


def _both(draw: Callable[[float], str]) -> str:
    """A plot for a screen and one for a telephone; the other of them is not there for readers."""
    return f'<div class="wide">{draw(WIDE)}</div><div class="narrow">{draw(NARROW)}</div>'


def _figures(name: str, heads: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    return f"<details><summary>Figures: {safe(name)}</summary>{_cells(name, heads, rows)}</details>"


def _cells(name: str, heads: Sequence[str], rows: Sequence[Sequence[str]], words: int = 1) -> str:
    """A table; its first `words` columns hold words, the others figures."""
    body = [
        "".join(
            f"<td{'' if n < words else _NUMBER}>{safe(cell)}</td>" for n, cell in enumerate(row)
        )
        for row in rows
    ]
    return _table(name, heads, body, words=words)


def _table(name: str, heads: Sequence[str], rows: Sequence[str], *, words: int) -> str:
    """Rows are cells already; of the columns so many hold words."""
    head = "".join(
        f'<th scope="col"{"" if n < words else _NUMBER}>{safe(head)}</th>'
        for n, head in enumerate(heads)
    )
    body = "".join(f"<tr>{row}</tr>" for row in rows)
    return (
        f'<div class="scroll" tabindex="0" role="region" aria-label="{safe(name)}"><table>'
        f"<thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></div>"
    )


def _short(value: float) -> str:
    return f"{value:,.0f}" if value >= 100 else f"{value:.3g}"
