"""Plots what a search has met: bursts detected, and how late, against unexplained alerts a day."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from streams.analysis.tuning.objective import Figures
from streams.analysis.tuning.search import SearchResult, Trial
from streams.analysis.tuning.space import described
from streams.explain.svg import label, line, rect, round_ticks, upright
from streams.language.catalogue import Catalogue, mark_in

TOP, BOTTOM, HEIGHT = 34.0, 300.0, 346.0
LEFT, RIGHT = 62.0, 14.0
_KINDS = ("trial-mark", "front", "in-force", "chosen")
_WORDS = (
    mark_in("legend", "trial"),
    mark_in("legend", "no other trial is better"),
    mark_in("legend", "in force"),
    mark_in("legend", "chosen"),
)
_ALLOWED = mark_in("legend", "allowed unexplained alerts")


def best_trials(trials: Sequence[Trial]) -> list[Trial]:
    """Choose the trials than which no other is better.

    Another trial is better if it is better in one of three figures and as good in the others:
    detected bursts, the time until they were detected, and false alerts.
    """
    points = [(-t.whole.detected, t.whole.delay, t.whole.unexplained) for t in trials]
    return [
        trial
        for trial, point in zip(trials, points, strict=True)
        if not any(_beats(other, point) for other in points)
    ]


def _beats(point: tuple[float, ...], other: tuple[float, ...]) -> bool:
    return point != other and all(a <= b for a, b in zip(point, other, strict=True))


def legend(width: float, words: Catalogue) -> str:
    """Draw what the marks mean, in as many rows as it needs."""
    parts, x, y = [], 4.0, 8.0
    for kind, text in [*zip(_KINDS, _WORDS, strict=True), ("most", _ALLOWED)]:
        shown = words.pgettext(*text)
        wide = 34.0 + (14.0 if words.language == "zh" else 7.0) * len(shown)
        if x + wide > width:
            x, y = 4.0, y + 20.0
        if kind == "most":
            parts.append(line("most", x, y + 5.0, x + 14.0, y + 5.0))
        else:
            parts.append(rect(kind, x, y, 10.0, 10.0))
        parts.append(label(x + 18.0, y + 9.0, shown))
        x += wide
    return _svg(width, y + 20.0, words.gettext("What the marks mean"), parts)


def detected_plot(result: SearchResult, width: float, words: Catalogue) -> str:
    """Plot the share of bursts that each trial detected, on the training periods."""
    panel = _Panel(
        result,
        width,
        words,
        words.gettext("bursts detected"),
        lambda figures: figures.detected / max(figures.windows, 1),
    )
    title = words.gettext("Bursts detected against unexplained alerts a day")
    return _svg(width, HEIGHT, title, panel.draw())


def delay_plot(result: SearchResult, width: float, words: Catalogue) -> str:
    """Plot the share of a burst's time that passed until it was detected."""
    share = words.gettext("share of a burst's time")
    panel = _Panel(result, width, words, share, lambda figures: figures.delay)
    title = words.gettext("Time until detection against unexplained alerts a day")
    return _svg(width, HEIGHT, title, panel.draw())


def _svg(width: float, height: float, title: str, parts: Sequence[str]) -> str:
    return (
        f'<svg class="plot" viewBox="0 0 {width:.0f} {height:.0f}" width="{width:.0f}"'
        f' height="{height:.0f}" role="img"><title>{title}</title>{"".join(parts)}</svg>'
    )


@dataclass(frozen=True)
class _Panel:
    result: SearchResult
    width: float
    words: Catalogue
    name: str
    value: Callable[[Figures], float]

    @property
    def _most(self) -> float:
        rates = [trial.whole.unexplained_per_day for trial in self.result.trials]
        return 1.05 * (max(self.result.limit, *rates) or 1.0)

    def _x(self, unexplained_per_day: float) -> float:
        return LEFT + (self.width - LEFT - RIGHT) * unexplained_per_day / self._most

    def _y(self, share: float) -> float:
        return BOTTOM - (BOTTOM - TOP) * share

    def draw(self) -> list[str]:
        """Draw the axes, the limit, and each trial."""
        parts = []
        for fifth in range(6):
            y = self._y(fifth / 5)
            parts.append(line("grid", LEFT, y, self.width - RIGHT, y))
            parts.append(label(LEFT - 6.0, y + 4.0, f"{20 * fifth}%", anchor="end"))
        for tick in round_ticks(self._most, max(int(self.width / 90.0), 2)):
            x = self._x(tick)
            parts.append(line("axis", x, BOTTOM, x, BOTTOM + 4.0))
            parts.append(label(x, BOTTOM + 18.0, f"{tick:g}", anchor="middle"))
        limit = self._x(self.result.limit)
        parts.append(line("most", limit, TOP, limit, BOTTOM))
        numbers = {trial.number for trial in best_trials(self.result.trials)}
        kinds = {trial.number: self._kind(trial, numbers) for trial in self.result.trials}
        for trial in sorted(self.result.trials, key=lambda trial: kinds[trial.number]):
            size = 11.0 if kinds[trial.number] > 1 else 7.0
            x, y = self._x(trial.whole.unexplained_per_day), self._y(self.value(trial.whole))
            kind = _KINDS[kinds[trial.number]]
            parts.append(rect(kind, x - size / 2, y - size / 2, size, size, self._tip(trial)))
        unexplained = self.words.gettext("unexplained alerts a day")
        middle = (LEFT + self.width - RIGHT) / 2
        parts.append(label(middle, HEIGHT - 6.0, unexplained, anchor="middle"))
        parts.append(upright(14.0, (TOP + BOTTOM) / 2, self.name))
        return parts

    def _kind(self, trial: Trial, best: set[int]) -> int:
        """Choose how to draw a trial: a larger number is drawn later, so above the others."""
        if trial.number == 0:
            return 2
        return 3 if trial.number == self.result.chosen.number else int(trial.number in best)

    def _tip(self, trial: Trial) -> str:
        whole, words = trial.whole, self.words
        settings = described(trial.settings) if trial.settings else words.gettext("as configured")
        return words.gettext(
            "Trial {n} ({settings}): {detected} of {windows} bursts detected, share of time until"
            " detection {delay}, {unexplained} unexplained alerts a day"
        ).format(
            n=trial.number,
            settings=settings,
            detected=whole.detected,
            windows=whole.windows,
            delay=f"{whole.delay:.3f}",
            unexplained=f"{whole.unexplained_per_day:.3g}",
        )
