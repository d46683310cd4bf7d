"""The report as one HTML file that needs no network, no script and no font of its own."""

from __future__ import annotations

from collections.abc import Sequence

from streams.alerts.terms import FAULT_NAMES, SEVERITIES, SIGNAL_NAMES, term
from streams.analysis.diff.sentences import lasting
from streams.analysis.report import plots
from streams.analysis.report.calibration_section import calibration
from streams.analysis.report.form import AffectedRow, ReportContent
from streams.explain.frame import spark
from streams.explain.page import html_page, narrow_hint, table, text_table
from streams.explain.page_parts import both, element, figures, short
from streams.explain.svg import safe
from streams.language.catalogue import Catalogue


def page(report: ReportContent, words: Catalogue) -> str:
    """Write the file; the same report gives the same bytes.

    Parameters
    ----------
    report
        What it shows, in the language of `words`.
    words
        The catalogue of the reader.
    """
    sections = (_days, _detected, _affected, _sources, calibration)
    headline, lead = _headline(report, words)
    _, configuration = report.facts[-1]
    title = f"Weathervane: {headline} ({configuration})"
    parts = [
        f"<h1>{safe(headline)}</h1>",
        element("p", " ".join(lead)),
        _list(report.facts),
        narrow_hint(words),
        *(part for section in sections for part in section(report, words)),
    ]
    return html_page(title, parts, words.language)


def _headline(report: ReportContent, words: Catalogue) -> tuple[str, list[str]]:
    """Say what was found: a title, and sentences below it."""
    days = len(report.days)
    alerts = sum(day.critical + day.warning for day in report.days)
    headline = words.gettext("{alerts} in {days}").format(
        alerts=_alerts(alerts, words),
        days=words.ngettext("{n} day", "{n} days", days).format(n=f"{days:,}"),
    )
    critical = sum(day.critical for day in report.days)
    text = words.ngettext(
        "{n} of the alerts is critical.", "{n} of the alerts are critical.", critical
    )
    lead = [text.format(n=f"{critical:,}")]
    if report.faults:
        text = words.ngettext(
            "{n} more alert reported a fault of a source.",
            "{n} more alerts reported a fault of a source.",
            len(report.faults),
        )
        lead.append(text.format(n=f"{len(report.faults):,}"))
    else:
        lead.append(words.gettext("No alert reported a fault of a source."))
    rates = report.detected
    if rates is not None and rates.sizes:
        windows = sum(row.windows for row in rates.sizes)
        detected = sum(row.detected for row in rates.sizes)
        if rates.false is None:
            text = words.ngettext(
                "{alerts}; {detected} of {n} injected burst detected",
                "{alerts}; {detected} of {n} injected bursts detected",
                windows,
            )
        else:
            text = words.ngettext(
                "{alerts}; {detected} of {n} labelled burst detected",
                "{alerts}; {detected} of {n} labelled bursts detected",
                windows,
            )
        headline = text.format(alerts=headline, detected=f"{detected:,}", n=f"{windows:,}")
    if rates is not None and rates.false is not None and days:
        text = words.gettext(
            "Labels call {alerts} false, or {mean} a day; the budget allows {budget} false alerts a"
            " day."
        )
        lead.append(
            text.format(
                alerts=_alerts(rates.false, words),
                mean=f"{rates.false / days:.2g}",
                budget=f"{report.budget_per_day:g}",
            )
        )
        text = words.ngettext(
            "{n} alert is unjudged: no label says anything of it.",
            "{n} alerts are unjudged: no label says anything of them.",
            rates.unjudged or 0,
        )
        lead.append(text.format(n=f"{rates.unjudged or 0:,}"))
    return headline, lead


def _alerts(number: int, words: Catalogue) -> str:
    return words.ngettext("{n} alert", "{n} alerts", number).format(n=f"{number:,}")


def _days(report: ReportContent, words: Catalogue) -> list[str]:
    rows = [
        (day.label, f"{day.critical:,}", f"{day.warning:,}", f"{day.critical + day.warning:,}")
        for day in report.days
    ]
    about = words.gettext(
        "An alert belongs to the day whose counts opened it, in the configuration's time zone."
        " Alerts on sources are not among them; they are listed below. The budget is for"
        " <em>false</em> alerts; alerts on real bursts come on top."
    )
    heads = (
        words.pgettext("head of a column", "day"),
        *(term(words, SEVERITIES, name) for name in ("critical", "warning")),
        words.pgettext("head of a column", "all"),
    )
    name = words.gettext("alerts a day")
    return [
        element("h2", words.gettext("Alerts a day")),
        f"<p>{about}</p>",
        both(lambda width: plots.alerts_a_day(report.days, report.budget_per_day, width, words)),
        figures(name, heads, rows, words),
    ]


def _detected(report: ReportContent, words: Catalogue) -> list[str]:
    found = report.detected
    out = [element("h2", words.gettext("What was detected, and how late"))]
    if found is None:
        text = words.gettext(
            "There were no labels, and no burst fitted into the recording. So nobody knows what"
            " should have been detected."
        )
        return [*out, f"<p>{text}</p>"]
    windows = sum(row.windows for row in found.sizes)
    detected = sum(row.detected for row in found.sizes)
    text = words.gettext("{detected} of {n} were detected.")
    said = [words.gettext(found.what), text.format(detected=f"{detected:,}", n=f"{windows:,}")]
    if found.false is not None:
        text = words.ngettext(
            "{n} alert was false, and {unjudged} unjudged.",
            "{n} alerts were false, and {unjudged} unjudged.",
            found.false,
        )
        said.append(text.format(n=f"{found.false:,}", unjudged=f"{found.unjudged or 0:,}"))
    out.append(f"<p>{safe(' '.join(said))}</p>")
    if not found.sizes:
        return out
    shares = [(words.gettext(row.size), row.windows, row.detected) for row in found.sizes]
    medians = [(words.gettext(row.size), row.median_delay_s) for row in found.sizes]
    missed = words.gettext("half or more missed")
    rows = [
        (
            words.gettext(row.size),
            f"{row.windows:,}",
            f"{row.detected:,}",
            missed if row.median_delay_s is None else lasting(round(row.median_delay_s), words),
        )
        for row in found.sizes
    ]
    heads = (
        words.pgettext("head of a column", "size"),
        words.pgettext("head of a column", "windows"),
        words.pgettext("head of a column", "detected"),
        words.pgettext("head of a column", "median delay"),
    )
    about = words.gettext(
        "The delay of a burst is the time from its start to the end of the bucket that opened its"
        " alert. For the median, a missed burst counts as the latest of all."
    )
    name = words.pgettext("head of a column", "detected")
    return [
        *out,
        element("h3", words.gettext("Share detected")),
        both(lambda width: plots.shares(shares, width, words)),
        element("h3", words.gettext("Median delay")),
        f"<p>{about}</p>",
        both(lambda width: plots.delays(medians, width, words)),
        figures(name, heads, rows, words),
    ]


def _affected(report: ReportContent, words: Catalogue) -> list[str]:
    about = words.gettext(
        "The entities whose alerts are farthest beyond chance: S ln(S/E) - (S - E) nats, where S"
        " was counted and E expected over an alert's life. The small bars are the counts of the"
        " whole recording, on a square-root scale. A red bar had an open alert."
    )
    out = [element("h2", words.gettext("Most affected")), f"<p>{about}</p>"]
    heads = (
        words.pgettext("head of a column", "entity"),
        words.pgettext("head of a column", "signal"),
        words.pgettext("head of a column", "counts"),
        words.pgettext("head of a column", "alerts"),
        words.pgettext("head of a column", "counted"),
        words.pgettext("head of a column", "expected"),
        words.pgettext("head of a column", "nats"),
    )
    for name, shown in report.affected:
        out.append(f"<h3>{safe(name)}</h3>")
        if not shown:
            text = words.gettext("There was no alert at this level.")
            out.append(f'<p class="soft">{text}</p>')
            continue
        rows = [
            (
                f'<td class="name">{safe(row.who.entity)}</td>'
                f"<td>{safe(term(words, SIGNAL_NAMES, row.who.signal))}</td>"
                f"<td>{spark(row.counts, row.alarmed, _spark_title(row, words))}</td>"
                f'<td class="number">{len(row.who.alerts):,}</td>'
                f'<td class="number">{row.who.observed:,.0f}</td>'
                f'<td class="number">{short(row.who.expected)}</td>'
                f'<td class="number">{short(row.who.nats)}</td>'
            )
            for row in shown
        ]
        text = words.gettext("most affected: {level}")
        out.append(table(text.format(level=name), heads, rows, words=3))
    return out


def _spark_title(row: AffectedRow, words: Catalogue) -> str:
    text = words.gettext("Counts of {name}, at most {n} in a bar")
    return text.format(name=row.who.entity, n=f"{max([*row.counts, 0]):,}")


def _sources(report: ReportContent, words: Catalogue) -> list[str]:
    rows = [
        (
            name, f"{facts.buckets:,}", f"{facts.counted:,}", f"{facts.empty:,}",
            f"{facts.gaps:,}", f"{facts.not_learned:,}", f"{facts.repeated:,}",
        )
        for name, facts in report.sources
    ]  # fmt: skip
    heads = (
        words.pgettext("head of a column", "source"),
        words.pgettext("head of a column", "buckets"),
        words.pgettext("head of a column", "counted"),
        words.pgettext("head of a column", "empty"),
        words.pgettext("head of a column", "gaps"),
        words.pgettext("head of a column", "not learned from"),
        words.pgettext("head of a column", "posted more than once"),
    )
    out = [
        element("h2", words.gettext("The sources")),
        text_table(words.gettext("buckets of the sources"), heads, rows),
    ]
    if report.faults:
        faults = [
            (fault.source, term(words, FAULT_NAMES, fault.kind), fault.since, fault.until,
             fault.summary)
            for fault in report.faults
        ]  # fmt: skip
        name = words.gettext("Alerts on sources")
        out.append(f"<h3>{name}</h3>")
        fault_heads = (
            words.pgettext("head of a column", "source"),
            words.pgettext("head of a column", "fault"),
            words.pgettext("head of a column", "from"),
            words.pgettext("head of a column", "until"),
            words.pgettext("head of a column", "sentence"),
        )
        out.append(text_table(name, fault_heads, faults, 5))
    else:
        out.append(element("p", words.gettext("There was no alert on a source.")))
    if report.notes:
        notes = "".join(f"<li>{safe(note)}</li>" for note in report.notes)
        out += [element("h3", words.gettext("Notes")), f"<ul>{notes}</ul>"]
    return out


def _list(facts: Sequence[tuple[str, str]]) -> str:
    return f"<dl>{''.join(f'<dt>{safe(k)}</dt><dd>{safe(v)}</dd>' for k, v in facts)}</dl>"
