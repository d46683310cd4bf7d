"""What stands around a plot of a page, and bars so small that they need nothing around them."""

from __future__ import annotations

import math
from collections.abc import Sequence

from streams.explain.svg import label, line, rect, round_dates, safe

LEFT, RIGHT, TOP, BOTTOM = 44.0, 14.0, 30.0, 26.0
"""Room around the bars of a plot, pixels."""

_DATE_WIDTH = 90.0


def figure(title: str, description: str, width: float, height: float, parts: Sequence[str]) -> str:
    """Put an SVG together: its title, a description for those who cannot see it, its parts."""
    return (
        f'<svg class="plot" viewBox="0 0 {width:.0f} {height:.0f}" width="{width:.0f}"'
        f' height="{height:.0f}" role="img"><title>{safe(title)}</title>'
        f"<desc>{safe(description)}</desc>{''.join(parts)}</svg>"
    )


def spark(counts: Sequence[float], marked: Sequence[bool], title: str) -> str:
    """Draw counts as small bars; bars in which an alert was open have another colour."""
    width, height = 150.0, 26.0
    most, step = max([*counts, 1.0]), width / max(len(counts), 1)
    parts = []
    for n, (count, alarmed) in enumerate(zip(counts, marked, strict=True)):
        if count:
            tall = (height - 2.0) * math.sqrt(count / most)
            kind = "critical" if alarmed else "calm"
            parts.append(rect(kind, n * step, height - tall, 0.85 * step, tall))
    parts.append(line("axis", 0.0, height, width, height))
    return (
        f'<svg class="spark" viewBox="0 0 {width:.0f} {height:.0f}" width="{width:.0f}"'
        f' height="{height:.0f}" role="img"><title>{safe(title)}</title>{"".join(parts)}</svg>'
    )


def dates(labels: Sequence[str], step: float, base: float, width: float) -> list[str]:
    """Write dates below an axis of time.

    Parameters
    ----------
    labels
        Of each bar.
    step
        From one bar to the next, pixels.
    base
        Where the axis is.
    width
        Of the plot.
    """
    out = []
    for n in round_dates(labels, int((width - LEFT - RIGHT) / _DATE_WIDTH)):
        x = LEFT + n * step
        if x + 74.0 <= width:
            out += [line("axis", x, base, x, base + 4.0), label(x, base + 18.0, labels[n])]
    return out
