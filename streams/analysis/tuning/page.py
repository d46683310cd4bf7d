"""The result of a search as one HTML file that needs no network."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from streams.analysis.plots.html import NUMBER, html_page, narrow_hint, table
from streams.analysis.tuning.objective import Figures
from streams.analysis.tuning.search import SearchResult, Trial
from streams.analysis.tuning.space import described
from streams.analysis.tuning.trade_off_plot import best_trials, delay_plot, detected_plot, legend
from streams.explain.svg import safe
from streams.language.catalogue import ENGLISH

HEADS = (
    "bursts",
    "detected",
    "share of time until detection",
    "median delay",
    "unexplained alerts a day",
)
WIDE, NARROW = 960.0, 340.0

TableRows = Sequence[tuple[str, Sequence[str]]]
"""For each row its name and its cells. A second line of a name says the settings of a trial."""


def cells(figures: Figures) -> list[str]:
    """Write figures as the cells of a row; the heads of the columns are `HEADS`."""
    detected = "0"
    if figures.windows:
        detected = f"{figures.detected:,} ({figures.detected / figures.windows:.0%})"
    median = "missed" if figures.median_s is None else _short_time(figures.median_s)
    return [
        f"{figures.windows:,}",
        detected,
        f"{figures.delay:.3f}",
        median,
        f"{figures.unexplained_per_day:.3g}",
    ]


def _short_time(seconds: float) -> str:
    """Write a delay with as many digits as matter.

    Examples
    --------
    >>> _short_time(300.0), _short_time(84600.0), _short_time(777600.0)
    ('5 min', '23.5 h', '9 d')
    """
    for unit, size, below in (("min", 60.0, 3600.0), ("h", 3600.0, 172_800.0)):
        if seconds < below:
            return f"{seconds / size:.3g} {unit}"
    return f"{seconds / 86400.0:.3g} d"


def comparison(result: SearchResult) -> list[tuple[str, list[str]]]:
    """Compare the settings in force and the chosen ones, on training and on held-out time."""
    chosen = f"trial {result.chosen.number}" if result.chosen.number else "the same"
    return [
        ("training: in force", cells(result.trials[0].whole)),
        (f"training: chosen, {chosen}", cells(result.chosen.whole)),
        ("held out: in force", cells(result.in_force)),
        (f"held out: chosen, {chosen}", cells(result.held_out)),
    ]


def forward(result: SearchResult) -> list[tuple[str, list[str]]]:
    """Show for each later training period what the best settings of the time before it gave."""
    rows = []
    for number, step in enumerate(result.steps, 2):
        rows.append((f"training period {number}: in force", cells(step.in_force)))
        best = f"trial {step.best}" if step.best else "the same"
        rows.append((f"training period {number}: best before it, {best}", cells(step.figures)))
    return rows


def page(
    result: SearchResult,
    verdict: str,
    settings: str,
    held_out: Sequence[str],
    notes: Sequence[str],
) -> str:
    """Write the file.

    Parameters
    ----------
    result
        The result of the search.
    verdict
        What to do, the page's title, and after it why: a sentence each.
    settings
        The TOML that was written.
    held_out
        Start and end of the time that the search did not see.
    notes
        What else a reader must know.
    """
    finding, _, reason = verdict.partition(". ")
    best = {trial.number for trial in best_trials(result.trials)}
    trials = [
        (_trial_name(trial, best, result), cells(trial.whole))
        for trial in sorted(result.trials, key=lambda trial: trial.whole.unexplained_per_day)
    ]
    parts = [
        f"<h1>{safe(finding)}</h1>",
        f"<p>{safe(reason)}</p>",
        f"<p>The search did not see the time from {safe(' to '.join(held_out))}: it is held"
        " out.</p>",
        *(f"<p>{safe(note)}</p>" for note in notes),
        narrow_hint(ENGLISH),
        _table("in force and chosen", _with_settings(comparison(result), result)),
        "<h2>Settings</h2>",
        f"<pre>{safe(settings)}</pre>",
        "<h2>Trade-off</h2><p>Each mark is a trial on the training periods. The best trials find"
        " many bursts early and give few unexplained alerts.</p>",
        _both(legend),
        "<h3>Bursts detected</h3>",
        _both(lambda width: detected_plot(result, width)),
        "<h3>Share of a burst's time until detection</h3>",
        _both(lambda width: delay_plot(result, width)),
        "<h3>Every trial on the training periods</h3><p>The fewest unexplained alerts come"
        " first. A star marks a trial than which no other is better: none detects as many bursts as"
        " early with as few unexplained alerts.</p>",
        _table("every trial", trials),
        "<h2>Forward in time</h2><p>For each later training period: what the trial gave that was"
        " best before the period.</p>",
        _table("forward in time", forward(result)),
    ]
    return html_page(f"Weathervane: tuning. {finding}", parts)


def _trial_name(trial: Trial, best: set[int], result: SearchResult) -> str:
    star = " *" if trial.number in best else ""
    chosen = ", chosen" if trial.number == result.chosen.number else ""
    if trial.number == 0:
        return f"Trial 0, in force{chosen}{star}\nas configured"
    return f"Trial {trial.number}{chosen}{star}\n{described(trial.settings)}"


def _with_settings(
    rows: Sequence[tuple[str, list[str]]], result: SearchResult
) -> list[tuple[str, list[str]]]:
    chosen = described(result.chosen.settings) if result.chosen.number else ""
    return [
        (f"{name}\n{chosen}" if chosen and f"trial {result.chosen.number}" in name else name, row)
        for name, row in rows
    ]


def _table(name: str, rows: TableRows) -> str:
    body = []
    for row_name, row in rows:
        first, _, second = row_name.partition("\n")
        small = f"<small>{safe(second)}</small>" if second else ""
        body.append(
            f'<td class="trial">{safe(first)}{small}</td>'
            + "".join(f"<td{NUMBER}>{safe(cell)}</td>" for cell in row)
        )
    return table(name, ("", *HEADS), body, words=1, kind="wrapped")


def _both(draw: Callable[[float], str]) -> str:
    """Draw a plot for a screen and one for a telephone; only one of them is shown."""
    return f'<div class="wide">{draw(WIDE)}</div><div class="narrow">{draw(NARROW)}</div>'
