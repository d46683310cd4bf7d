"""The trade-off that a search has met, as a plot: told, and how late, against false alerts."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from streams.analysis.plots.svg import label, line, rect, upright
from streams.analysis.tuning.objective import Figures
from streams.analysis.tuning.search import Found, Trial

WIDTH, HEIGHT = 960.0, 420.0
TOP, BOTTOM = 76.0, 364.0
PANELS = ((70.0, 460.0), (550.0, 940.0))
_STYLE = """
text { font: 12px system-ui, -apple-system, 'Segoe UI', sans-serif; fill: #333 }
.title { font-size: 15px; font-weight: 600; fill: #111 }
.grid { stroke: #e4e4e4 }
.limit { stroke: #c0392b; stroke-dasharray: 5 3 }
.trial { fill: #9db4c8 }
.front { fill: #1f4e79 }
.in-force { fill: #e08a00 }
.chosen { fill: #1b7f3b }
"""
_KINDS = ("trial", "front", "in-force", "chosen")
_WORDS = ("trial", "no other better", "in force", "chosen")


def front(trials: Sequence[Trial]) -> list[Trial]:
    """Those than which no other told as many, as soon, at no more false alerts, and one better."""
    points = [(-t.whole.detected, t.whole.delay, t.whole.false_alerts) for t in trials]
    return [
        one
        for one, point in zip(trials, points, strict=True)
        if not any(_beats(other, point) for other in points)
    ]


def _beats(one: tuple[float, ...], other: tuple[float, ...]) -> bool:
    return one != other and all(a <= b for a, b in zip(one, other, strict=True))


def curve(found: Found) -> str:
    """Plot every trial on the training periods, as SVG: two panels, false alerts a day below.

    Parameters
    ----------
    found
        The search.
    """
    parts = [label(PANELS[0][0], 24.0, "Every trial, on the training periods", "title")]
    x = PANELS[0][0]
    for kind, words in zip(_KINDS, _WORDS, strict=True):
        parts.append(rect(kind, x, 41.0, 9.0, 9.0))
        parts.append(label(x + 14.0, 50.0, words))
        x += 120.0
    parts.append(line("limit", x, 46.0, x + 16.0, 46.0))
    parts.append(label(x + 22.0, 50.0, "false alerts allowed"))
    for panel in (
        _Panel(found, *PANELS[0], "bursts told", lambda of: of.detected / max(of.windows, 1)),
        _Panel(found, *PANELS[1], "share of time until told", lambda of: of.delay),
    ):
        parts += panel.draw()
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH:.0f} {HEIGHT:.0f}" role="img"'
        f' aria-label="trade-off">\n<style>{_STYLE}</style>\n'
        '<rect width="100%" height="100%" fill="#fff"/>\n' + "\n".join(parts) + "\n</svg>\n"
    )


@dataclass(frozen=True)
class _Panel:
    found: Found
    left: float
    right: float
    words: str
    of: Callable[[Figures], float]

    @property
    def _most(self) -> float:
        return max(self.found.limit, *(t.whole.false_per_day for t in self.found.trials)) or 1.0

    def _x(self, false_per_day: float) -> float:
        return self.left + (self.right - self.left) * false_per_day / (1.05 * self._most)

    def _y(self, share: float) -> float:
        return BOTTOM - (BOTTOM - TOP) * share

    def draw(self) -> list[str]:
        """Axes, the limit, and each trial."""
        parts = []
        for fifth in range(6):
            y = self._y(fifth / 5)
            parts.append(line("grid", self.left, y, self.right, y))
            parts.append(label(self.left - 6.0, y + 4.0, f"{20 * fifth} %", anchor="end"))
        for part in range(5):
            value = self._most * part / 4
            parts.append(label(self._x(value), BOTTOM + 18.0, f"{value:.2g}", anchor="middle"))
        limit = self._x(self.found.limit)
        parts.append(line("limit", limit, TOP, limit, BOTTOM))
        of_front = {one.number for one in front(self.found.trials)}
        ranks = {one.number: self._rank(one, of_front) for one in self.found.trials}
        for one in sorted(self.found.trials, key=lambda t: ranks[t.number]):
            size = 11.0 if ranks[one.number] > 1 else 6.0
            at = self._x(one.whole.false_per_day), self._y(self.of(one.whole))
            corner = at[0] - size / 2, at[1] - size / 2
            parts.append(rect(_KINDS[ranks[one.number]], *corner, size, size, _tip(one)))
        middle = (self.left + self.right) / 2
        parts.append(label(middle, HEIGHT - 18.0, "false alerts a day", anchor="middle"))
        parts.append(upright(self.left - 50.0, (TOP + BOTTOM) / 2, self.words))
        return parts

    def _rank(self, one: Trial, of_front: set[int]) -> int:
        """What it is drawn as: the greater, the later."""
        if one.number == 0:
            return 2
        return 3 if one.number == self.found.chosen.number else int(one.number in of_front)


def _tip(one: Trial) -> str:
    of = one.whole
    return (
        f"trial {one.number}: {of.detected} of {of.windows} told, share of time until told"
        f" {of.delay:.3f}, {of.false_per_day:.3g} false alerts a day"
    )
