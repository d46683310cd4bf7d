"""What a search has found, as one HTML file that needs no network."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

from streams.analysis.tuning.objective import Figures
from streams.analysis.tuning.search import Found
from streams.analysis.tuning.trade_off_plot import curve, front

_STYLE = """
body { font: 15px/1.5 system-ui, -apple-system, 'Segoe UI', sans-serif; margin: 0 auto;
  max-width: 64rem; padding: 1rem; color: #222; background: #fff }
table { border-collapse: collapse; margin: 1rem 0 } td, th { padding: .2rem .8rem;
  border-bottom: 1px solid #ddd; text-align: right; white-space: nowrap }
  td:first-child, th:first-child { text-align: left }
  .wide { overflow-x: auto } .wide svg { min-width: 44rem; max-width: 100%; height: auto }
  pre { white-space: pre-wrap }
"""

HEADS = ("windows", "told", "share of time until told", "median delay", "false alerts a day")
Rows = Sequence[tuple[str, Sequence[str]]]


def cells(of: Figures) -> list[str]:
    """Figures as a row of a table; its heads are `HEADS`."""
    told = f"{of.detected:,} ({of.detected / of.windows:.0%})" if of.windows else "0"
    median = "never" if of.median_s is None else _long(of.median_s)
    return [f"{of.windows:,}", told, f"{of.delay:.3f}", median, f"{of.false_per_day:.3g}"]


def _long(seconds: float) -> str:
    """A delay with as many digits as it is worth.

    Examples
    --------
    >>> _long(300.0), _long(84600.0), _long(777600.0)
    ('5 min', '23.5 h', '9 d')
    """
    for unit, size, up_to in (("min", 60.0, 3600.0), ("h", 3600.0, 172_800.0)):
        if seconds < up_to:
            return f"{seconds / size:.3g} {unit}"
    return f"{seconds / 86400.0:.3g} d"


def comparison(found: Found) -> list[tuple[str, list[str]]]:
    """In force and chosen, on training and on held-out time."""
    chosen = f"trial {found.chosen.number}" if found.chosen.number else "the same"
    return [
        ("training: in force", cells(found.trials[0].whole)),
        (f"training: chosen, {chosen}", cells(found.chosen.whole)),
        ("held out: in force", cells(found.in_force)),
        (f"held out: chosen, {chosen}", cells(found.held_out)),
    ]


def forward(found: Found) -> list[tuple[str, list[str]]]:
    """Each later training period, with what had been best before it."""
    rows = []
    for number, roll in enumerate(found.rolls, 2):
        rows.append((f"training period {number}: in force", cells(roll.in_force)))
        best = f"trial {roll.best}" if roll.best else "the same"
        rows.append((f"training period {number}: best before it, {best}", cells(roll.figures)))
    return rows


def page(
    found: Found, verdict: str, settings: str, held_out: Sequence[str], notes: Sequence[str]
) -> str:
    """Write the file.

    Parameters
    ----------
    found
        The search.
    verdict
        What is to be done, in a sentence.
    settings
        The TOML that was written.
    held_out
        From when until when nothing was shown to the search.
    notes
        What else a reader must know.
    """
    best = {one.number for one in front(found.trials)}
    every = [
        (f"trial {one.number}{' *' * (one.number in best)}", cells(one.whole))
        for one in sorted(found.trials, key=lambda one: one.whole.false_per_day)
    ]
    parts = [
        '<!doctype html><html lang="en"><head><meta charset="utf-8">',
        '<meta name="viewport" content="width=device-width">',
        f"<title>Weathervane: tuning</title><style>{_STYLE}</style></head><body>",
        f"<h1>Tuning</h1><p><strong>{escape(verdict)}</strong></p>",
        f"<p>Held out: {escape(' to '.join(held_out))}.</p>",
        "".join(f"<p>{escape(note)}</p>" for note in notes),
        _table(HEADS, comparison(found)),
        "<h2>Forward in time</h2><p>What had been best before each period, in it.</p>",
        _table(HEADS, forward(found)),
        f'<h2>Trade-off</h2><div class="wide">{curve(found)}</div>',
        "<p>Every trial in training, by its false alerts a day; starred are those than which no"
        " other told as many as soon at no more false alerts.</p>",
        _table(HEADS, every),
        f"<h2>Settings</h2><pre>{escape(settings)}</pre></body></html>",
    ]
    return "\n".join(parts) + "\n"


def _table(heads: Sequence[str], rows: Rows) -> str:
    head = "".join(f"<th>{escape(name)}</th>" for name in ("", *heads))
    body = "".join(
        f"<tr><td>{escape(name)}</td>{''.join(f'<td>{escape(cell)}</td>' for cell in of)}</tr>"
        for name, of in rows
    )
    return f'<div class="wide"><table><tr>{head}</tr>{body}</table></div>'
