"""The plots of the report: SVG whose colours and letter sizes are in the page's style sheet.

Each plot is drawn for a width in pixels, and a page has it twice, wide and narrow: letters that
shrink with a picture cannot be read on a telephone.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

from rich.cells import cell_len

from streams.alerts.terms import SEVERITIES, term
from streams.analysis.diff.sentences import lasting
from streams.analysis.report.calibration import BINS, Histogram
from streams.analysis.report.collect import Day
from streams.explain.frame import BOTTOM, LEFT, RIGHT, TOP, dates, figure
from streams.explain.svg import (
    label,
    line,
    path,
    rect,
    root_ticks,
    round_ticks,
)
from streams.language.catalogue import Catalogue, mark

_MOST_BARS = 120
_ROW, _BAR = 26.0, 16.0
_UNITS = (
    (86400.0, mark("days")), (3600.0, mark("hours")), (60.0, mark("minutes")),
    (1.0, mark("seconds")),
)  # fmt: skip


def alerts_a_day(days: Sequence[Day], budget: float, width: float, words: Catalogue) -> str:
    """Draw a bar a day, by severity, and the budget as a line.

    Of a long recording a bar is the mean of several days.
    """
    height, base = 240.0, 240.0 - BOTTOM
    days_a_bar = -(-len(days) // min(_MOST_BARS, int(width / 6)))
    bars = [days[n : n + days_a_bar] for n in range(0, len(days), days_a_bar)]
    means = [
        (
            sum(day.critical for day in bar) / len(bar),
            sum(day.warning for day in bar) / len(bar),
        )
        for bar in bars
    ]
    most = 1.1 * max(budget, 1.0, *(critical + warning for critical, warning in means))
    scale = (base - TOP) / most
    step = (width - LEFT - RIGHT) / len(bars)
    parts = []
    for value in round_ticks(most):
        y = base - scale * value
        parts.append(line("grid", LEFT, y, width - RIGHT, y))
        parts.append(label(LEFT - 6.0, y + 4.0, f"{value:g}", anchor="end"))
    for n, (bar, (critical, warning)) in enumerate(zip(bars, means, strict=True)):
        x, wide = LEFT + (n + 0.12) * step, 0.76 * step
        span = bar[0].label
        if len(bar) > 1:
            text = words.gettext("{first} to {last}")
            span = text.format(first=span, last=bar[-1].label)
        text = words.gettext("{days}: {critical} critical, {warning} warning")
        tip = text.format(days=span, critical=_number(critical), warning=_number(warning))
        if critical:
            parts.append(rect("critical", x, base - critical * scale, wide, critical * scale, tip))
        if warning:
            top = base - (critical + warning) * scale
            parts.append(rect("warning", x, top, wide, warning * scale, tip))
    y = base - budget * scale
    parts += [line("budget", LEFT, y, width - RIGHT, y)]
    parts += [line("axis", LEFT, base, width - RIGHT, base)]
    parts += dates([bar[0].label for bar in bars], step, base, width)
    parts += _legend(
        [
            *((name, term(words, SEVERITIES, name)) for name in ("critical", "warning")),
            ("budget", words.gettext("budget of false alerts")),
        ]
    )
    total = sum(day.critical + day.warning for day in days)
    above = sum(day.critical + day.warning > budget for day in days)
    text = words.gettext(
        "{n} alerts in {days} days, {mean} a day. The budget is {budget} false alerts a day; on"
        " {above} days there were more alerts than that."
    )
    description = text.format(
        n=f"{total:,}", days=f"{len(days):,}", mean=f"{total / len(days):.2f}",
        budget=f"{budget:g}", above=f"{above:,}",
    )  # fmt: skip
    return figure(
        words.gettext("Alerts a day against the budget"), description, width, height, parts
    )


def shares(rows: Sequence[tuple[str, int, int]], width: float, words: Catalogue) -> str:
    """Draw a bar for each class of size: the share of the windows that was detected."""
    left, room = 130.0, width - 130.0 - 84.0
    base = 8.0 + _ROW * len(rows)
    of_all = words.gettext("{share} of {n}")
    quarters = range(0, 5, 1 if room > 260.0 else 2)
    parts = _ticks([(left + room * n / 4, f"{25 * n}%") for n in quarters], base)
    for n, (name, windows, detected) in enumerate(rows):
        y, share = 8.0 + _ROW * n, detected / windows
        parts.append(label(left - 8.0, y + 13.0, name, anchor="end"))
        if detected:
            tip = _share(words, name, detected, windows)
            parts.append(rect("track", left, y, room, _BAR))
            parts.append(rect("known", left, y, room * share, _BAR, tip))
        else:
            parts += _missed(left, y, room, words.gettext("none detected"))
        parts.append(
            label(
                left + room + 6.0, y + 13.0, of_all.format(share=f"{share:.0%}", n=f"{windows:,}")
            )
        )
    described = "; ".join(_share(words, name, d, w) for name, w, d in rows)
    return figure(words.gettext("Share detected by size"), described, width, base + 24.0, parts)


def _share(words: Catalogue, name: str, detected: int, windows: int) -> str:
    text = words.gettext("{name}: {n} of {all}")
    return text.format(name=name, n=f"{detected:,}", all=f"{windows:,}")


def delays(rows: Sequence[tuple[str, float | None]], width: float, words: Catalogue) -> str:
    """Draw a bar for each class of size: the median delay in seconds.

    A class has no median, and so no bar, if half of its bursts or more were missed.
    """
    left, room = 130.0, width - 130.0 - 84.0
    base = 8.0 + _ROW * len(rows)
    most = max([*(delay for _, delay in rows if delay is not None), 1.0])
    size, unit = next((size, unit) for size, unit in _UNITS if most >= 2.0 * size or size == 1.0)
    values = round_ticks(most / size, 4)
    parts = _ticks(
        [
            (
                left + room * value * size / most,
                f"{value:g}{f' {words.gettext(unit)}' if not value else ''}",
            )
            for value in values
        ],
        base,
    )
    described: list[str] = []
    missed = words.gettext("half or more missed")
    for n, (name, delay) in enumerate(rows):
        y = 8.0 + _ROW * n
        text = missed if delay is None else lasting(round(delay), words)
        described.append(words.gettext("{name}: {value}").format(name=name, value=text))
        parts.append(label(left - 8.0, y + 13.0, name, anchor="end"))
        if delay is None:
            parts += _missed(left, y, room, text)
        else:
            parts.append(rect("track", left, y, room, _BAR))
            parts.append(rect("delay", left, y, room * delay / most, _BAR, described[-1]))
            parts.append(label(left + room + 6.0, y + 13.0, text))
    return figure(
        words.gettext("Median delay by size"), "; ".join(described), width, base + 24.0, parts
    )


def allowed_and_realised(
    rows: Sequence[tuple[str, float, float]], width: float, words: Catalogue
) -> str:
    """Draw a bar for the alerts of each class, and a mark at the allowed number."""
    left, room = 150.0, width - 150.0 - 60.0
    base = 34.0 + _ROW * len(rows)
    most = max([1.0, *(max(allowed, alerts) for _, allowed, alerts in rows)])

    def x(value: float) -> float:
        # A square root keeps small numbers visible beside large ones.
        return left + room * math.sqrt(value / most)

    parts, free = [], 0.0
    for value in root_ticks(most):
        if x(value) >= free:
            parts += _ticks([(x(value), f"{value:,.0f}")], base, top=34.0)
            free = x(value) + 34.0
    for n, (name, allowed, alerts) in enumerate(rows):
        y = 34.0 + _ROW * n
        tip = _allowed(words, name, allowed, alerts)
        parts += [label(left - 8.0, y + 13.0, name, anchor="end")]
        parts += [rect("track", left, y, room, _BAR)]
        parts += [rect("known", left, y, x(alerts) - left, _BAR, tip)]
        parts += [line("allowed", x(allowed), y - 3.0, x(allowed), y + 19.0)]
        parts += [label(left + room + 6.0, y + 13.0, f"{alerts:,.0f}")]
    parts += _legend(
        [
            ("known", words.pgettext("of a plot", "alerts")),
            ("allowed", words.gettext("allowed false alerts")),
        ]
    )
    described = "; ".join(_allowed(words, name, a, n) for name, a, n in rows)
    title = words.gettext("Alerts against allowed false alerts (square-root scale)")
    return figure(title, described, width, base + 24.0, parts)


def _allowed(words: Catalogue, name: str, allowed: float, alerts: float) -> str:
    text = words.gettext("{name}: {n} alerts, {allowed} false ones allowed")
    return text.format(name=name, n=f"{alerts:,.0f}", allowed=_number(allowed))


def histogram(shown: Histogram, width: float, words: Catalogue) -> str:
    """Draw ten bars, and the height that they have if the predictions are right."""
    height, base, left = 150.0, 128.0, 30.0
    most = max(1.5, 1.1 * max(shown.heights))
    scale, step = (base - 12.0) / most, (width - left - 6.0) / BINS
    parts = [
        rect(
            "known", left + (n + 0.06) * step, base - value * scale, 0.88 * step, value * scale,
            f"{n / BINS:.1f} - {(n + 1) / BINS:.1f}: {value:.2f}",
        )
        for n, value in enumerate(shown.heights)
    ]  # fmt: skip
    y = base - scale
    parts += [line("budget", left, y, width - 6.0, y), line("axis", left, base, width - 6.0, base)]
    parts += [label(left - 5.0, y + 4.0, "1", anchor="end"), label(left, base + 16.0, "0")]
    middle = left + 5.0 * step
    parts += [label(middle, base + 16.0, "0.5", anchor="middle")]
    parts += [label(width - 6.0, base + 16.0, "1", anchor="end")]
    heights = ", ".join(f"{value:.2f}" for value in shown.heights)
    text = words.gettext("Where {n} counts lay, {size} expected in a bucket")
    title = text.format(n=f"{shown.counts:,}", size=words.gettext(shown.size))
    description = words.gettext("Heights of ten bars; 1 is right: {heights}.").format(
        heights=heights
    )
    return figure(title, description, width, height, parts)


def _ticks(marks: Sequence[tuple[float, str]], base: float, top: float = 8.0) -> list[str]:
    """Draw vertical lines with words below them."""
    out = []
    for x, text in marks:
        out.append(line("grid", x, top, x, base))
        out.append(label(x, base + 14.0, text, anchor="middle"))
    return out


def _missed(left: float, y: float, room: float, text: str) -> list[str]:
    """Draw a dashed frame with words where there is nothing to draw a bar of."""
    return [rect("missed", left, y, room, _BAR), label(left + 8.0, y + 12.5, text)]


def _legend(kinds: Sequence[tuple[str, str]]) -> list[str]:
    out, x = [], 4.0
    for kind, text in kinds:
        if kind in ("budget", "allowed"):
            out.append(path(kind, f"M{x:.1f},13 h14"))
        else:
            out.append(rect(kind, x, 8.0, 12.0, 10.0))
        out.append(label(x + 18.0, 17.0, text))
        x += 34.0 + 7.0 * cell_len(text)
    return out


def _number(value: float) -> str:
    return f"{value:,.0f}" if value >= 100 or value == int(value) else f"{value:.2g}"
