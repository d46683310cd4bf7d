"""What an alert's revisions say, as a plot: counts since the onset, and evidence. SVG. Pure.

It needs nothing but the revisions. Colours and sizes of letters are the page's style's.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Sequence
from typing import Final, NamedTuple

from markupsafe import Markup

from streams.alerts.cloudevent import Alert, Envelope
from streams.alerts.phrases import about
from streams.explain.svg import label, line, path, rect, round_ticks, safe
from streams.language.catalogue import Catalogue

WIDTH: Final = 560
LEFT, RIGHT = 64.0, 548.0
_COUNTS, _EVIDENCE = 150.0, 90.0
_TOP, _BETWEEN = 44.0, 34.0
_TICKS: Final = 4
_BAR: Final = 14.0
"""Width of a bar: of one revision there is no line."""


class _Point(NamedTuple):
    at: float
    envelope: Envelope


def revision_plot(revisions: Sequence[Envelope], words: Catalogue) -> Markup:
    """Return the plot; empty where the revisions name no time.

    Parameters
    ----------
    revisions
        Revisions of one alert, in their order.
    words
        In which language.
    """
    points = [_Point(at, one) for one in revisions if (at := seconds_of(one.time)) is not None]
    onset = seconds_of(revisions[-1].alert.onset)
    if not points or onset is None:
        return Markup("")
    return Markup("\n".join(_Plot(points, onset, words).drawn()))  # noqa: S704 - texts are escaped


class _Plot:
    def __init__(self, points: Sequence[_Point], onset: float, words: Catalogue) -> None:
        self._points, self._words = points, words
        self._from = min(onset, points[0].at)
        self._to = max(points[-1].at, self._from + 1.0)
        self._middle = _TOP + _COUNTS
        self._bottom = self._middle + _BETWEEN + _EVIDENCE
        alerts = [point.envelope.alert for point in points]
        self._most = max(1.0, *(max(one.observed, one.expected) for one in alerts)) * 1.08
        self._most_nats = 1.08 * max(
            1.0, *(max(one.evidence_nats, one.threshold_nats) for one in alerts)
        )

    def drawn(self) -> list[str]:
        words, height = self._words, int(self._bottom + 26)
        title = words.gettext("Counts since the onset, and the evidence, by revision")
        return [
            f'<svg class="plot" xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}"'
            f' role="img" aria-label="{safe(title)}">',
            *self._legend(),
            *self._axis(self._most, self._middle, _COUNTS),
            *self._axis(self._most_nats, self._bottom, _EVIDENCE),
            label(LEFT, self._middle + _BETWEEN - 8, words.gettext("Evidence (nats)"), "small"),
            self._since_onset("observed", lambda alert: alert.observed),
            self._since_onset("expected", lambda alert: alert.expected),
            self._of_evidence("limit", lambda alert: alert.threshold_nats),
            self._of_evidence("evidence", lambda alert: alert.evidence_nats),
            *(mark for point in self._points for mark in self._marks(point)),
            *self._times(),
            "</svg>",
        ]

    def _x(self, at: float) -> float:
        x = LEFT + (RIGHT - LEFT) * (at - self._from) / (self._to - self._from)
        return x if len(self._points) > 1 else min(max(x, LEFT + _BAR), RIGHT - _BAR)

    def _y(self, count: float) -> float:
        return self._middle - _COUNTS * max(count, 0.0) / self._most

    def _y_nats(self, nats: float) -> float:
        return self._bottom - _EVIDENCE * max(nats, 0.0) / self._most_nats

    def _since_onset(self, kind: str, value: Callable[[Alert], float]) -> str:
        places = [(one.at, self._y(value(one.envelope.alert))) for one in self._points]
        if len(places) == 1:  # what lies between the onset and it is not known
            side = -_BAR if kind == "observed" else 0.0
            return self._bar(kind, side, places[0][1], self._middle)
        return self._line(kind, [(self._from, self._y(0.0)), *places])

    def _of_evidence(self, kind: str, value: Callable[[Alert], float]) -> str:
        places = [(one.at, self._y_nats(value(one.envelope.alert))) for one in self._points]
        if len(places) > 1:
            return self._line(kind, places)
        y = places[0][1]
        if kind == "limit":  # it is the same at all times
            return line(kind, LEFT, y, RIGHT, y)
        return self._bar(kind, -_BAR / 2, y, self._bottom)

    def _bar(self, kind: str, side: float, y: float, base: float) -> str:
        return rect(f"bar {kind}", self._x(self._points[0].at) + side, y, _BAR, base - y)

    def _line(self, kind: str, places: Sequence[tuple[float, float]]) -> str:
        return path(kind, "M" + " L".join(f"{self._x(at):.1f},{y:.1f}" for at, y in places))

    def _axis(self, most: float, base: float, height: float) -> list[str]:
        out = []
        for value in round_ticks(most, _TICKS):
            y = base - height * value / most
            out.append(line("axis" if value == 0.0 else "grid", LEFT, y, RIGHT, y))
            out.append(label(LEFT - 6, y + 4, f"{value:,g}", "small", "end"))
        return out

    def _marks(self, point: _Point) -> list[str]:
        alert, words = point.envelope.alert, self._words
        tip = words.gettext(
            "{time}: {observed} where {expected} were expected; evidence {evidence} of {threshold}"
        ).format(
            time=_minute(point.envelope.time),
            observed=f"{alert.observed:,.0f}",
            expected=about(alert.expected),
            evidence=about(alert.evidence_nats),
            threshold=about(alert.threshold_nats),
        )
        x = self._x(point.at)
        return [
            _dot(alert.event, x, self._y(alert.observed)),
            _dot(alert.event, x, self._y_nats(alert.evidence_nats)),
            rect("here", x - 6, _TOP, 12, self._bottom - _TOP, tip),
        ]

    def _times(self) -> list[str]:
        first = self._points[-1].envelope.alert.onset
        y = self._bottom + 18
        return [
            label(
                LEFT, y, self._words.gettext("onset {time}").format(time=_minute(first)), "small"
            ),
            label(RIGHT, y, _minute(self._points[-1].envelope.time), "small", "end"),
        ]

    def _legend(self) -> list[str]:
        words, out = self._words, []
        entries = [
            ("observed", words.gettext("counted since the onset")),
            ("expected", words.pgettext("of a plot", "expected")),
            ("evidence", words.pgettext("of a plot", "evidence")),
            ("limit", words.gettext("needed for an alert")),
        ]
        for place, (kind, text) in enumerate(entries):
            x, y = LEFT + 250.0 * (place % 2), 14.0 + 18.0 * (place // 2)
            out.append(line(kind, x, y - 4, x + 18, y - 4))
            out.append(label(x + 24, y, text, "small"))
        return out


def _dot(kind: str, x: float, y: float) -> str:
    return f'<circle class="dot {kind}" cx="{x:.1f}" cy="{y:.1f}" r="3.5"/>'


def seconds_of(text: str) -> float | None:
    """Return a time of an alert, epoch s; None where it is none.

    Parameters
    ----------
    text
        Its RFC 3339 text.
    """
    try:
        return dt.datetime.fromisoformat(text).timestamp()
    except (ValueError, OverflowError):
        return None


def _minute(text: str) -> str:
    """Return a time of an alert, as its source's zone has it, without its seconds."""
    return text[:16].replace("T", " ").removesuffix(" 00:00")
