"""The panels of a plot of an entity's history: counts against what was expected, and evidence.

Both are SVG. What stands around them, and their style, is of whoever shows them: `plot` makes a
file of its own of them, serve's pages have them among others.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Final, NamedTuple

from streams.alerts.phrases import about
from streams.alerts.sentences import sentence_for
from streams.alerts.terms import EVENTS, term
from streams.explain.history import AlertSpan, EntityHistory
from streams.explain.sentences import state
from streams.explain.svg import label, line, path, rect, root_ticks, round_dates, round_ticks
from streams.language.catalogue import Catalogue
from streams.series.watched import WatchedEntity

MOST_EVIDENCE: Final = 3.0
"""Evidence is cut off at this multiple of its threshold."""


class PanelFrame(NamedTuple):
    """Where the panels stand.

    Attributes
    ----------
    left, right, top
        Their edges, in pixels.
    counts, evidence
        Their heights.
    letter
        How wide a letter of a date is.
    """

    left: float
    right: float
    top: float
    counts: float
    evidence: float
    letter: float


class Panels:
    """Draws both panels: counts above, evidence below.

    Parameters
    ----------
    history
        The history.
    shown
        The buckets that are drawn, in their order.
    here
        The one that is marked.
    frame
        Where they stand.
    words
        In which language.

    Attributes
    ----------
    middle, bottom
        Where the panels end, in pixels.
    is_cut
        Whether some evidence is higher than its panel.
    has_campaigns
        Whether the calendar raised what was expected somewhere.
    """

    def __init__(
        self,
        history: EntityHistory,
        shown: Sequence[WatchedEntity],
        here: WatchedEntity,
        frame: PanelFrame,
        words: Catalogue,
    ) -> None:
        self._history, self._shown, self._here = history, shown, here
        self._frame, self._words = frame, words
        self._from, self._to = shown[0].start, shown[-1].end
        self._top, self.middle = frame.top, frame.top + frame.counts
        self.bottom = self.middle + 34 + frame.evidence
        limit = here.alarms_at or 0.0
        most = max(max(b.count, b.expected, b.high or 0.0) for b in shown)
        # The limit of the explained bucket must be in the plot; other limits may be cut off.
        self._most = 1.08 * max(most, limit, 1.0)
        highest = max(b.evidence_nats for b in shown)
        needed = max(b.threshold_nats for b in shown)
        self._most_nats = max(1.25 * needed, min(1.08 * highest, MOST_EVIDENCE * needed))
        self.is_cut = highest > self._most_nats
        self.has_campaigns = any(b.raised > 1.0 for b in shown)

    def draw(self, legend: Sequence[str] = ()) -> list[str]:
        """Return the elements; `legend` stands below what shows figures under the pointer."""
        history, shown, frame = self._history, self._shown, self._frame
        panel = rect("", frame.left, self._top, frame.right - frame.left, frame.counts)
        alerts = [s for s in history.alerts if s.first < self._to and self._end(s) > self._from]
        return [
            *(box for s in alerts for box in self._boxes("alert", s.first, self._end(s))),
            *(box for a, b in self.holes() for box in self._boxes("missing", a, b)),
            *(self._campaign(b) for b in shown if b.raised > 1.0),
            *self._count_axis(),
            *self._evidence_axis(),
            f'<clipPath id="counts">{panel}</clipPath><g clip-path="url(#counts)">',
            self._band(),
            *(self._bar(b, "count", self._y(b.count), self.middle) for b in shown),
            self._steps("expected", lambda b: b.expected, self._y),
            self._steps("limit", lambda b: b.alarms_at, self._y),
            "</g>",
            *(self._evidence(b) for b in shown),
            self._steps("limit", lambda b: b.threshold_nats, self._y_nats),
            *(mark for alert in alerts for mark in self._marks(alert)),
            *self._dates(),
            *legend,
            *(self._pointer(b) for b in shown),
        ]

    def _end(self, alert: AlertSpan) -> float:
        return self._to if alert.ended is None else alert.ended

    def _x(self, time_s: float) -> float:
        part = (time_s - self._from) / (self._to - self._from)
        return self._frame.left + (self._frame.right - self._frame.left) * min(max(part, 0.0), 1.0)

    def _y(self, count: float) -> float:
        # A square root makes the spread of counts as wide below as above.
        return self.middle - self._frame.counts * math.sqrt(max(count, 0.0) / self._most)

    def _y_nats(self, nats: float) -> float:
        return self.bottom - self._frame.evidence * min(max(nats, 0.0) / self._most_nats, 1.0)

    def _boxes(self, kind: str, start: float, end: float) -> list[str]:
        """A stretch of time in both panels."""
        x, to = self._x(start), self._x(end)
        return [
            rect(kind, x, self._top, to - x, self._frame.counts),
            rect(kind, x, self.bottom - self._frame.evidence, to - x, self._frame.evidence),
        ]

    def _campaign(self, bucket: WatchedEntity) -> str:
        """A strip over a bucket in which the calendar raised what was expected."""
        x, to = self._x(bucket.start), self._x(bucket.end)
        return rect("campaign", x, self._top, to - x, 6)

    def holes(self) -> list[tuple[int, int]]:
        """Return the stretches that were not judged."""
        pairs = zip(self._shown, self._shown[1:], strict=False)
        return [(before.end, after.start) for before, after in pairs if before.end < after.start]

    def _count_axis(self) -> list[str]:
        out, last = [], math.inf
        for value in root_ticks(self._most):
            y = self._y(value)
            if last - y >= 22:
                out.append(line("grid", self._frame.left, y, self._frame.right, y))
                out.append(label(self._frame.left - 8, y + 4, f"{value:,.0f}", anchor="end"))
                last = y
        return [*out, line("axis", self._frame.left, self.middle, self._frame.right, self.middle)]

    def _evidence_axis(self) -> list[str]:
        out = []
        for value in round_ticks(self._most_nats, 4):
            y = self._y_nats(value)
            out.append(line("grid", self._frame.left, y, self._frame.right, y))
            out.append(label(self._frame.left - 8, y + 4, f"{value:g}", anchor="end"))
        return [*out, line("axis", self._frame.left, self.bottom, self._frame.right, self.bottom)]

    def _band(self) -> str:
        """A polygon for each stretch that has a band."""
        out = []
        for stretch in self._stretches(lambda b: b.high):
            upper = [(b, b.high or 0.0) for b in stretch]
            lower = [(b, b.low or 0.0) for b in reversed(stretch)]
            points = [p for b, y in upper for p in self._edge(b, y)]
            points += [p for b, y in lower for p in reversed(self._edge(b, y))]
            out.append(f"M{' L'.join(points)}Z")
        return path("band", " ".join(out))

    def _edge(self, bucket: WatchedEntity, value: float) -> list[str]:
        y = self._y(value)
        return [f"{self._x(bucket.start):.1f},{y:.1f}", f"{self._x(bucket.end):.1f},{y:.1f}"]

    def _steps(
        self,
        kind: str,
        value: Callable[[WatchedEntity], float | None],
        scale: Callable[[float], float],
    ) -> str:
        out = []
        for stretch in self._stretches(value):
            points = []
            for bucket in stretch:
                y = scale(value(bucket) or 0.0)
                points += [f"{self._x(t):.1f},{y:.1f}" for t in (bucket.start, bucket.end)]
            out.append(f"M{' L'.join(points)}")
        return path(kind, " ".join(out))

    def _stretches(
        self, value: Callable[[WatchedEntity], float | None]
    ) -> list[list[WatchedEntity]]:
        """Runs of buckets without a gap that have a value to draw."""
        out: list[list[WatchedEntity]] = [[]]
        for bucket in self._shown:
            if value(bucket) is None or (out[-1] and out[-1][-1].end != bucket.start):
                out.append([])
            if value(bucket) is not None:
                out[-1].append(bucket)
        return [stretch for stretch in out if stretch]

    def _bar(self, bucket: WatchedEntity, kind: str, y: float, base: float) -> str:
        x, to = self._x(bucket.start), self._x(bucket.end)
        gap = 0.16 * (to - x)
        return rect(kind, x + gap, y, to - x - 2 * gap, base - y)

    def _evidence(self, bucket: WatchedEntity) -> str:
        kind = "over" if bucket.evidence_nats >= bucket.threshold_nats else "evidence"
        bar = self._bar(bucket, kind, self._y_nats(bucket.evidence_nats), self.bottom)
        return bar if bucket.judged else ""

    def _marks(self, alert: AlertSpan) -> list[str]:
        out = []
        if self._from <= alert.onset < alert.first:
            x = self._x(alert.onset)
            out += [line("onset", x, self._top - 20, x, self.bottom)]
            out += [label(x - 4, self._top - 14, self._words.gettext("onset"), "small", "end")]
        for envelope in alert.revisions:
            event = envelope.alert.event
            # A revision is published at the end of its bucket; its mark stands over that bucket.
            caused = next((b for b in self._shown if envelope.time == self._published_at(b)), None)
            if caused is None:
                continue
            x = (self._x(caused.start) + self._x(caused.end)) / 2
            kind = "end" if event == "resolved" else "mark"
            shape = f"M{x - 5:.1f},{self._top - 7:.1f} h10 l-5,8z"
            said = term(self._words, EVENTS, event)
            tip = f"{said}: {sentence_for(envelope.alert, self._words)}"
            out.append(path(kind, shape, tip))
            # One on each side, so that they do not overlap in a short alert.
            if event == "opened":
                out.append(label(x - 8, self._top - 1, said, "small", "end"))
            elif event == "resolved":
                out.append(label(x + 8, self._top - 1, said, "small"))
        return out

    def _published_at(self, bucket: WatchedEntity) -> str:
        return self._history.buckets.label(bucket.end)

    def _dates(self) -> list[str]:
        frame = self._frame
        wide = frame.letter * len(self._history.label(self._from))
        out, free = [], frame.left
        labels = [self._history.label(bucket.start) for bucket in self._shown]
        for n in round_dates(labels, int((frame.right - frame.left) / (wide + 14))):
            x = self._x(self._shown[n].start)
            if free <= x <= frame.right - wide:
                out.append(line("axis", x, self.bottom, x, self.bottom + 4))
                out.append(label(x, self.bottom + 18, labels[n], "small"))
                free = x + wide + 14  # buckets may be missing, so labels are not equally far apart
        x = (self._x(self._here.start) + self._x(self._here.end)) / 2
        y = self.middle + 3
        out.append(path("here", f"M{x:.1f},{y} l5,8 h-10z"))
        return out

    def _pointer(self, bucket: WatchedEntity) -> str:
        """An invisible bar whose tooltip gives the figures of a bucket."""
        x, to = self._x(bucket.start), self._x(bucket.end)
        words = self._words
        usual = needs = ""
        if bucket.low is not None and bucket.high is not None:
            usual = words.gettext(", 19 in 20 cases {low} to {high}").format(
                low=f"{bucket.low:,.0f}", high=f"{bucket.high:,.0f}"
            )
        if bucket.alarms_at is not None:
            needs = words.gettext(", alert at {count} or more").format(
                count=f"{bucket.alarms_at:,.0f}"
            )
        became = state(self._history, bucket, words)
        tip = words.gettext(
            "{time}: {counted}, {expected} expected{usual}{needs}; evidence {evidence} of"
            " {threshold} nats; common factor {factor}"
        ).format(
            time=self._history.label(bucket.start),
            counted=self._history.counted(bucket, words),
            expected=about(bucket.expected),
            usual=usual,
            needs=needs,
            evidence=f"{bucket.evidence_nats:.1f}",
            threshold=f"{bucket.threshold_nats:.1f}",
            factor=f"{bucket.factor:.2f}",
        )
        tip += f"; {became}" if became else ""
        return rect("bucket", x, self._top, to - x, self.bottom - self._top, tip)
