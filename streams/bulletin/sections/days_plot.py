"""The plot of complaints day by day: days of campaigns and of the period are marked."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from streams.bulletin.contents.bulletin import DayOfComplaints
from streams.bulletin.contents.days import DaySpan
from streams.bulletin.sections.terms import campaign_text
from streams.explain.frame import BOTTOM, LEFT, RIGHT, TOP, dates, figure
from streams.explain.svg import label, line, rect, round_ticks
from streams.language.catalogue import Catalogue

_HEIGHT: Final = 220.0


def draw_days(
    days: Sequence[DayOfComplaints], period: DaySpan, width: float, words: Catalogue
) -> str:
    """Draw a bar for each day.

    Parameters
    ----------
    days
        The days, at least one.
    period
        Those that the document is about have a colour of their own.
    width
        Of the plot, pixels.
    words
        The catalogue of the reader.
    """
    base = _HEIGHT - BOTTOM
    most = 1.1 * max(1.0, *(float(day.complaints or 0) for day in days))
    scale, step = (base - TOP) / most, (width - LEFT - RIGHT) / len(days)
    parts = []
    for value in round_ticks(most):
        y = base - scale * value
        parts.append(line("grid", LEFT, y, width - RIGHT, y))
        parts.append(label(LEFT - 6.0, y + 4.0, f"{value:,g}", anchor="end"))
    for n, day in enumerate(days):
        x, wide = LEFT + (n + 0.12) * step, 0.76 * step
        tip = _tip(day, words)
        if day.campaigns:
            parts.append(rect("campaign", LEFT + n * step, TOP, step, base - TOP, tip))
        if day.complaints is None:
            parts.append(rect("missed", x, base - 12.0, wide, 12.0, tip))
        elif day.complaints:
            kind = "known" if period.first <= day.day <= period.last else "calm"
            tall = day.complaints * scale
            parts.append(rect(kind, x, base - tall, wide, tall, tip))
    parts.append(line("axis", LEFT, base, width - RIGHT, base))
    parts += dates([day.day.isoformat() for day in days], step, base, width)
    title = words.gettext("Complaints a day")
    return figure(title, _description(days, words), width, _HEIGHT, parts)


def _tip(day: DayOfComplaints, words: Catalogue) -> str:
    if day.complaints is None:
        text = words.gettext("{day}: not recorded").format(day=day.day.isoformat())
    else:
        text = words.ngettext(
            "{day}: {n} complaint", "{day}: {n} complaints", day.complaints
        ).format(day=day.day.isoformat(), n=f"{day.complaints:,}")
    names = [campaign_text(name, words) for name in day.campaigns]
    return f"{text} ({', '.join(names)})" if names else text


def _description(days: Sequence[DayOfComplaints], words: Catalogue) -> str:
    counted = [day for day in days if day.complaints is not None]
    if not counted:
        return words.gettext("No day is recorded.")
    most = max(counted, key=lambda day: day.complaints or 0)
    text = words.gettext("{n} days; the most complaints, {most}, were made on {day}.")
    return text.format(n=len(days), most=f"{most.complaints:,}", day=most.day.isoformat())
