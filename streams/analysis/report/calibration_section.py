"""The section of the report on whether false alerts and counts come as foretold."""

from __future__ import annotations

from streams.analysis.report import plots
from streams.analysis.report.calibration import BINS, LEAST_MEAN, Histogram
from streams.analysis.report.form import ReportContent
from streams.explain.page_parts import both, element, figures, short
from streams.explain.svg import safe
from streams.language.catalogue import Catalogue


def calibration(report: ReportContent, words: Catalogue) -> list[str]:
    """Write the section.

    Parameters
    ----------
    report
        What the report shows.
    words
        The catalogue of the reader.
    """
    return [
        element("h2", words.gettext("Calibration")),
        *_false_alerts(report, words),
        *_counts(report, words),
    ]


def _false_alerts(report: ReportContent, words: Catalogue) -> list[str]:
    labelled = any(row.false is not None for row in report.classes)
    rows = [
        (words.gettext(row.name), short(row.allowed), f"{row.alerts:,}",
         *(() if row.false is None else (f"{row.false:,}", f"{row.unjudged or 0:,}")))
        for row in report.classes
    ]  # fmt: skip
    heads = [
        words.pgettext("head of a column", "class"),
        words.pgettext("head of a column", "false alerts allowed"),
        words.pgettext("head of a column", "alerts"),
    ]
    if labelled:
        heads.append(words.pgettext("head of a column", "false"))
        heads.append(words.pgettext("head of a column", "unjudged"))
    counted = [
        (
            words.gettext(row.name),
            row.allowed,
            float(row.alerts if row.false is None else row.false + (row.unjudged or 0)),
        )
        for row in report.classes
    ]
    if labelled:
        shown = words.gettext(
            "The bars are the alerts that are false or unjudged: no label explains them."
        )
    else:
        shown = words.gettext(
            "The bars are all alerts, also those on real bursts, since there were no labels: more"
            " alerts than allowed are no proof of false ones."
        )
    about = words.gettext(
        "The mark is the allowed number of false alerts: the sum, over all judgements, of the"
        " chance of a false alert that each was allowed. The first classes are known entities, by"
        " the count that was expected in the bucket. The other classes are the rest that has a"
        " share of the budget."
    )
    return [
        element("h3", words.gettext("False alerts: allowed and counted")),
        f"<p>{shown} {about}</p>",
        both(lambda width: plots.allowed_and_realised(counted, width, words)),
        figures(words.gettext("calibration"), heads, rows, words),
    ]


def _counts(report: ReportContent, words: Catalogue) -> list[str]:
    about = words.gettext(
        "For each count the plots show where it lies in its predicted distribution, where only the"
        " common factor of the bucket is known (the transform of Czado, Gneiting and Held, 2009)."
        " Counts of which {least} or more were expected are in them, unless an alert was open. If"
        " the predictions are right, all bars have the height 1. A hump in the middle shows that"
        " they are too wide, high bars at both ends that they are too narrow, and a slope that they"
        " are too high or too low."
    ).format(least=f"{LEAST_MEAN:g}")
    none = element("p", words.gettext("There is no such count."), "soft")
    to = words.pgettext("head of a column", "to {n}")
    heads = (
        words.gettext("expected in a bucket"),
        *(to.format(n=f"{(n + 1) / BINS:.1f}") for n in range(BINS)),
    )
    rows = [
        (words.gettext(one.size), *(f"{value:.3f}" for value in one.heights))
        for one in report.histograms
    ]
    return [
        element("h3", words.gettext("Do counts come as predicted?")),
        f"<p>{about}</p>",
        *([] if report.histograms else [none]),
        '<div class="small">',
        *(_histogram(one, words) for one in report.histograms),
        "</div>",
        figures(words.gettext("histograms"), heads, rows, words),
    ]


def _histogram(shown: Histogram, words: Catalogue) -> str:
    text = words.ngettext("{size} expected: {n} count", "{size} expected: {n} counts", shown.counts)
    caption = text.format(size=words.gettext(shown.size), n=f"{shown.counts:,}")
    return (
        f"<figure><figcaption>{safe(caption)}</figcaption>"
        f"{plots.histogram(shown, 290.0, words)}</figure>"
    )
