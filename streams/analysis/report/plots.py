"""The report's plots: SVG whose colours and sizes the page's style sheet says.

Each is drawn for a width in pixels: twice for a page, since letters that shrink with a picture
cannot be read on a telephone.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

from streams.analysis.diff.sentences import lasting
from streams.analysis.plots.svg import label, line, path, rect, safe
from streams.analysis.report.calibration import BINS, Histogram
from streams.analysis.report.collect import Day

LEFT, RIGHT, TOP, BOTTOM = 44.0, 10.0, 30.0, 26.0
_MOST_BARS = 120


def figure(title: str, says: str, width: float, height: float, parts: Sequence[str]) -> str:
    """An SVG with a title, and a description that says what it shows."""
    return (
        f'<svg class="plot" viewBox="0 0 {width:.0f} {height:.0f}" width="{width:.0f}"'
        f' height="{height:.0f}" role="img"><title>{safe(title)}</title>'
        f"<desc>{safe(says)}</desc>{''.join(parts)}</svg>"
    )


def alerts_a_day(days: Sequence[Day], budget: float, width: float) -> str:
    """Bars by severity, one a day or, of long recordings, several days' mean; the budget a line."""
    height, base = 240.0, 240.0 - BOTTOM
    each = -(-len(days) // min(_MOST_BARS, int(width / 6)))
    bars = [days[n : n + each] for n in range(0, len(days), each)]
    means = [
        (sum(d.critical for d in bar) / len(bar), sum(d.warning for d in bar) / len(bar))
        for bar in bars
    ]
    most = 1.1 * max(budget, 1.0, *(critical + warning for critical, warning in means))
    scale = (base - TOP) / most
    step = (width - LEFT - RIGHT) / len(bars)
    parts = _axis(most, base, width)
    for n, (bar, (critical, warning)) in enumerate(zip(bars, means, strict=True)):
        x, wide = LEFT + (n + 0.12) * step, 0.76 * step
        first = bar[0].label + (f" to {bar[-1].label}" if len(bar) > 1 else "")
        tip = f"{first}: {_number(critical)} critical, {_number(warning)} warning"
        if critical:
            parts.append(rect("critical", x, base - critical * scale, wide, critical * scale, tip))
        if warning:
            top = base - (critical + warning) * scale
            parts.append(rect("warning", x, top, wide, warning * scale, tip))
    y = base - budget * scale
    parts += [line("budget", LEFT, y, width - RIGHT, y)]
    parts += [line("axis", LEFT, base, width - RIGHT, base)]
    parts += _dates([bar[0].label for bar in bars], step, base, width)
    parts += _legend([("critical", "critical"), ("warning", "warning"), ("budget", "budget")])
    total = sum(day.critical + day.warning for day in days)
    over = sum(day.critical + day.warning > budget for day in days)
    says = (
        f"{total:,} alerts in {len(days):,} days, {total / len(days):.2f} a day; the budget of"
        f" false ones is {budget:g} a day. On {over:,} days there were more."
    )
    return figure("Alerts a day against the budget", says, width, height, parts)


def shares(rows: Sequence[tuple[str, int, int]], title: str, width: float) -> str:
    """A bar for each size: the part of the windows that was detected."""
    left = 130.0
    height = 26.0 * len(rows) + 12.0
    parts, room = [], width - left - 84.0
    for n, (name, windows, detected) in enumerate(rows):
        y, part = 8.0 + 26.0 * n, detected / windows
        tip = f"{name}: {detected:,} of {windows:,}"
        parts += [label(left - 8.0, y + 13.0, name, anchor="end")]
        parts += [
            rect("track", left, y, room, 16.0),
            rect("known", left, y, room * part, 16.0, tip),
        ]
        parts += [label(left + room + 6.0, y + 13.0, f"{part:.0%} of {windows:,}")]
    said = "; ".join(f"{name}: {d:,} of {w:,}" for name, w, d in rows)
    return figure(title, f"{said}.", width, height, parts)


def delays(rows: Sequence[tuple[str, float | None]], width: float) -> str:
    """A bar for each size: the median delay; none where half or more were missed."""
    left = 130.0
    height = 26.0 * len(rows) + 12.0
    parts, room = [], width - left - 84.0
    most = max([*(delay for _, delay in rows if delay is not None), 1.0])
    said = []
    for n, (name, delay) in enumerate(rows):
        y = 8.0 + 26.0 * n
        words = "missed" if delay is None else lasting(round(delay))
        said.append(f"{name}: {words}")
        parts += [label(left - 8.0, y + 13.0, name, anchor="end")]
        parts += [rect("track", left, y, room, 16.0)]
        if delay is not None:
            parts += [rect("delay", left, y, room * delay / most, 16.0, f"{name}: {words}")]
        parts += [label(left + room + 6.0, y + 13.0, words)]
    return figure("Median delay by size", f"{'; '.join(said)}.", width, height, parts)


def allowed_and_realised(rows: Sequence[tuple[str, float, float]], width: float) -> str:
    """A bar for the alerts of each class, and a mark where the allowed number lies."""
    left = 150.0
    height = 26.0 * len(rows) + 40.0
    parts, room = [], width - left - 60.0
    most = max([1.0, *(max(allowed, alerts) for _, allowed, alerts in rows)])

    def x(value: float) -> float:
        # A square root keeps the few visible beside the many.
        return left + room * math.sqrt(value / most)

    for n, (name, allowed, alerts) in enumerate(rows):
        y = 34.0 + 26.0 * n
        tip = f"{name}: {alerts:,.0f} alerts, {_number(allowed)} false ones allowed"
        parts += [label(left - 8.0, y + 13.0, name, anchor="end")]
        parts += [rect("track", left, y, room, 16.0)]
        parts += [rect("known", left, y, x(alerts) - left, 16.0, tip)]
        parts += [line("allowed", x(allowed), y - 3.0, x(allowed), y + 19.0)]
        parts += [label(left + room + 6.0, y + 13.0, f"{alerts:,.0f}")]
    parts += _legend([("known", "alerts"), ("allowed", "false ones allowed")])
    said = "; ".join(f"{name}: {n:,.0f} alerts, {_number(a)} allowed" for name, a, n in rows)
    return figure("Alerts against false ones allowed", f"{said}.", width, height, parts)


def histogram(of: Histogram, width: float) -> str:
    """Ten bars and the height that they have where what was foretold is right."""
    height, base, left = 150.0, 128.0, 30.0
    most = max(1.5, 1.1 * max(of.heights))
    scale, step = (base - 12.0) / most, (width - left - 6.0) / BINS
    parts = [
        rect(
            "known", left + (n + 0.06) * step, base - value * scale, 0.88 * step, value * scale,
            f"{n / BINS:.1f} to {(n + 1) / BINS:.1f}: {value:.2f}",
        )
        for n, value in enumerate(of.heights)
    ]  # fmt: skip
    y = base - scale
    parts += [line("budget", left, y, width - 6.0, y), line("axis", left, base, width - 6.0, base)]
    parts += [label(left - 5.0, y + 4.0, "1", anchor="end"), label(left, base + 16.0, "0")]
    parts += [label(width - 6.0, base + 16.0, "1", anchor="end")]
    said = ", ".join(f"{value:.2f}" for value in of.heights)
    title = f"Where {of.counts:,} counts lay, {of.size} expected in a bucket"
    return figure(title, f"Heights of ten bins, 1 being right: {said}.", width, height, parts)


def spark(counts: Sequence[float], marked: Sequence[bool], title: str) -> str:
    """Counts as small bars; those in which an alert was open stand out."""
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


def _axis(most: float, base: float, width: float) -> list[str]:
    """Horizontal lines at round numbers, about five."""
    power = 10.0 ** math.floor(math.log10(most / 4.0))
    step = next(n * power for n in (1.0, 2.0, 5.0, 10.0) if n * power >= most / 5.0)
    out, value = [], 0.0
    while value <= most:
        y = base - (base - TOP) * value / most
        out.append(line("grid", LEFT, y, width - RIGHT, y))
        out.append(label(LEFT - 6.0, y + 4.0, f"{value:g}", anchor="end"))
        value += step
    return out


def _dates(labels: Sequence[str], step: float, base: float, width: float) -> list[str]:
    out, free = [], 0.0
    for n, words in enumerate(labels):
        x = LEFT + n * step
        if x >= free and x + 74.0 <= width:
            out += [line("axis", x, base, x, base + 4.0), label(x, base + 18.0, words)]
            free = x + 96.0
    return out


def _legend(kinds: Sequence[tuple[str, str]]) -> list[str]:
    out, x = [], 4.0
    for kind, words in kinds:
        if kind in ("budget", "allowed"):
            out.append(path(kind, f"M{x:.1f},13 h14"))
        else:
            out.append(rect(kind, x, 8.0, 12.0, 10.0))
        out.append(label(x + 18.0, 17.0, words))
        x += 34.0 + 7.0 * len(words)
    return out


def _number(value: float) -> str:
    return f"{value:,.0f}" if value >= 100 or value == int(value) else f"{value:.2g}"
