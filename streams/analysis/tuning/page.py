"""The result of a search as one HTML file that needs no network."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from streams.analysis.tuning.objective import Figures
from streams.analysis.tuning.search import SearchResult, Trial
from streams.analysis.tuning.space import described
from streams.analysis.tuning.trade_off_plot import best_trials, delay_plot, detected_plot, legend
from streams.explain.page import NUMBER, html_page, narrow_hint, table
from streams.explain.svg import safe
from streams.language.catalogue import Catalogue, mark

HEADS = (
    mark("bursts"),
    mark("detected"),
    mark("share of time until detection"),
    mark("median delay"),
    mark("unexplained alerts a day"),
)
NOTES = (
    mark(
        "An unexplained alert is one that labels call false, or that is unjudged: no label and no"
        " injected burst says anything of it. It may be right, since nobody labels all real bursts."
    ),
    mark(
        "A delay is the time from a burst's start to the end of the bucket that opened its alert. A"
        " missed burst counts as later than any other; if half or more are missed, so is the"
        " median."
    ),
)
WIDE, NARROW = 960.0, 340.0

TableRows = Sequence[tuple[str, Sequence[str]]]
"""For each row its name and its cells. A second line of a name says the settings of a trial."""


def cells(figures: Figures, words: Catalogue) -> list[str]:
    """Write figures as the cells of a row; the heads of the columns are `HEADS`."""
    detected = "0"
    if figures.windows:
        detected = f"{figures.detected:,} ({figures.detected / figures.windows:.0%})"
    missed = words.pgettext("of a burst", "missed")
    median = missed if figures.median_s is None else _short_time(figures.median_s, words)
    return [
        f"{figures.windows:,}",
        detected,
        f"{figures.delay:.3f}",
        median,
        f"{figures.unexplained_per_day:.3g}",
    ]


def _short_time(seconds: float, words: Catalogue) -> str:
    """Write a delay with as many digits as matter.

    Examples
    --------
    >>> from streams.language.catalogue import ENGLISH
    >>> [_short_time(seconds, ENGLISH) for seconds in (300.0, 84600.0, 777600.0)]
    ['5 min', '23.5 h', '9 d']
    """
    for text, size, below in (
        (words.gettext("{n} min"), 60.0, 3600.0),
        (words.gettext("{n} h"), 3600.0, 172_800.0),
    ):
        if seconds < below:
            return text.format(n=f"{seconds / size:.3g}")
    return words.gettext("{n} d").format(n=f"{seconds / 86400.0:.3g}")


def comparison(result: SearchResult, words: Catalogue) -> list[tuple[str, list[str]]]:
    """Compare the settings in force and the chosen ones, on training and on held-out time."""
    chosen = _which(result.chosen.number, words)
    in_training = words.gettext("training: chosen, {trial}").format(trial=chosen)
    held_out = words.gettext("held out: chosen, {trial}").format(trial=chosen)
    return [
        (words.gettext("training: in force"), cells(result.trials[0].whole, words)),
        (in_training, cells(result.chosen.whole, words)),
        (words.gettext("held out: in force"), cells(result.in_force, words)),
        (held_out, cells(result.held_out, words)),
    ]


def forward(result: SearchResult, words: Catalogue) -> list[tuple[str, list[str]]]:
    """Show for each later training period what the best settings of the time before it gave."""
    rows = []
    for number, step in enumerate(result.steps, 2):
        in_force = words.gettext("training period {n}: in force").format(n=number)
        rows.append((in_force, cells(step.in_force, words)))
        text = words.gettext("training period {n}: best before it, {trial}")
        best = text.format(n=number, trial=_which(step.best, words))
        rows.append((best, cells(step.figures, words)))
    return rows


def _which(number: int, words: Catalogue) -> str:
    if number == 0:
        return words.pgettext("said of settings", "the same")
    return words.gettext("trial {n}").format(n=number)


def page(
    result: SearchResult,
    verdict: tuple[str, str],
    settings: str,
    held_out: Sequence[str],
    words: Catalogue,
) -> str:
    """Write the file.

    Parameters
    ----------
    result
        The result of the search.
    verdict
        What to do, the page's title, and why: a sentence each.
    settings
        The TOML that was written.
    held_out
        Start and end of the time that the search did not see.
    words
        The catalogue of the reader.
    """
    finding, reason = verdict
    best = {trial.number for trial in best_trials(result.trials)}
    trials = [
        (_trial_name(trial, best, result, words), cells(trial.whole, words))
        for trial in sorted(result.trials, key=lambda trial: trial.whole.unexplained_per_day)
    ]
    unseen = words.gettext(
        "The search did not see the time from {first} to {last}: it is held out."
    )
    parts = [
        f"<h1>{safe(finding)}</h1>",
        f"<p>{safe(reason)}</p>",
        f"<p>{safe(unseen.format(first=held_out[0], last=held_out[1]))}</p>",
        *(f"<p>{safe(words.gettext(note))}</p>" for note in NOTES),
        narrow_hint(words),
        _table(
            words.gettext("in force and chosen"),
            _with_settings(comparison(result, words), result, words),
            words,
        ),
        f"<h2>{words.gettext(_SETTINGS_HEAD)}</h2>",
        f"<pre>{safe(settings)}</pre>",
        f"<h2>{words.gettext(_TRADE_OFF_HEAD)}</h2><p>{words.gettext(_TRADE_OFF)}</p>",
        _both(lambda width: legend(width, words)),
        f"<h3>{words.gettext(_DETECTED_HEAD)}</h3>",
        _both(lambda width: detected_plot(result, width, words)),
        f"<h3>{words.gettext(_SHARE)}</h3>",
        _both(lambda width: delay_plot(result, width, words)),
        f"<h3>{words.gettext(_TRIALS_HEAD)}</h3><p>{words.gettext(_EVERY_TRIAL)}</p>",
        _table(words.gettext("every trial"), trials, words),
        f"<h2>{words.gettext(_FORWARD_HEAD)}</h2><p>{words.gettext(_FORWARD)}</p>",
        _table(words.gettext("forward in time"), forward(result, words), words),
    ]
    title = words.gettext("Weathervane: tuning. {finding}").format(finding=finding)
    return html_page(title, parts, words.language)


_SETTINGS_HEAD = mark("Settings")
_TRADE_OFF_HEAD = mark("Trade-off")
_DETECTED_HEAD = mark("Bursts detected")
_TRIALS_HEAD = mark("Every trial on the training periods")
_FORWARD_HEAD = mark("Forward in time")
_SHARE = mark("Share of a burst's time until detection")
_TRADE_OFF = mark(
    "Each mark is a trial on the training periods. The best trials find many bursts early and give"
    " few unexplained alerts."
)
_EVERY_TRIAL = mark(
    "The fewest unexplained alerts come first. A star marks a trial than which no other is better:"
    " none detects as many bursts as early with as few unexplained alerts."
)
_FORWARD = mark(
    "For each later training period: what the trial gave that was best before the period."
)


def _trial_name(trial: Trial, best: set[int], result: SearchResult, words: Catalogue) -> str:
    is_chosen = trial.number == result.chosen.number
    if trial.number == 0:
        chosen, other = mark("Trial 0, in force, chosen"), mark("Trial 0, in force")
    else:
        chosen, other = mark("Trial {n}, chosen"), mark("Trial {n}")
    name = words.gettext(chosen if is_chosen else other).format(n=trial.number)
    star = " *" if trial.number in best else ""
    return f"{name}{star}\n{_described(trial, words)}"


def _described(trial: Trial, words: Catalogue) -> str:
    return described(trial.settings) if trial.settings else words.gettext("as configured")


def _with_settings(
    rows: Sequence[tuple[str, list[str]]], result: SearchResult, words: Catalogue
) -> list[tuple[str, list[str]]]:
    """Name the settings of the chosen trial below each row of it."""
    if result.chosen.number == 0:
        return list(rows)
    chosen = _described(result.chosen, words)
    return [(f"{name}\n{chosen}" if n % 2 else name, row) for n, (name, row) in enumerate(rows)]


def _table(name: str, rows: TableRows, words: Catalogue) -> str:
    body = []
    for row_name, row in rows:
        first, _, second = row_name.partition("\n")
        small = f"<small>{safe(second)}</small>" if second else ""
        body.append(
            f'<td class="trial">{safe(first)}{small}</td>'
            + "".join(f"<td{NUMBER}>{safe(cell)}</td>" for cell in row)
        )
    return table(name, ("", *map(words.gettext, HEADS)), body, words=1, kind="wrapped")


def _both(draw: Callable[[float], str]) -> str:
    """Draw a plot for a screen and one for a telephone; only one of them is shown."""
    return f'<div class="wide">{draw(WIDE)}</div><div class="narrow">{draw(NARROW)}</div>'
