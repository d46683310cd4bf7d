"""The plot of ``weathervane explain``: one SVG.

It uses no plotting library: the maintained ones need a dozen packages, and their fonts lack the
Chinese characters of signatures. A browser has fonts, and shows tooltips.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

from streams.alerts.phrases import about
from streams.explain.history import AlertSpan, EntityHistory, window
from streams.explain.sentences import because, state, title
from streams.explain.svg import (
    label,
    line,
    path,
    rect,
    root_ticks,
    round_dates,
    round_ticks,
    safe,
    upright,
    wrapped,
)
from streams.series.watched import WatchedEntity

WIDTH = 960
LEFT, RIGHT = 64.0, 936.0
COUNTS, EVIDENCE = 250.0, 110.0
"""Heights of the two panels, in pixels."""

MOST_EVIDENCE = 3.0
"""Evidence is cut off at this multiple of its threshold."""

_SIZE = {86400: "day", 3600: "hour", 60: "minute"}
_STYLE = """
svg { max-width: 960px; --paper: #fff; --ink: #111; --text: #333; --soft: #666; --grid: #e4e4e4;
  --axis: #888; --alert: #fbe4df; --missing: #f0f0f0; --band: #b9cfe4; --expected: #1f4e79;
  --limit: #c0392b; --count: #5b6b7a; --evidence: #8a7bb0; --end: #2e7d4f }
@media (prefers-color-scheme: dark) { svg { --paper: #15191d; --ink: #f2f4f5; --text: #d5dadf;
  --soft: #a3adb6; --grid: #2d343b; --axis: #75818c; --alert: #4a2523; --missing: #2b3138;
  --band: #33506b; --expected: #8fc1ec; --limit: #f0756d; --count: #93a3b2;
  --evidence: #a597d0; --end: #63c08a } }
text { font: 12px system-ui, -apple-system, 'Segoe UI', 'Noto Sans CJK SC', sans-serif;
  fill: var(--text) }
.title { font-size: 17px; font-weight: 600; fill: var(--ink) }
.small { font-size: 11px; fill: var(--soft) }
.paper { fill: var(--paper) }
.grid { stroke: var(--grid) }
.axis { stroke: var(--axis) }
.alert { fill: var(--alert) }
.missing { fill: var(--missing) }
.band { fill: var(--band); fill-opacity: .65 }
.expected { stroke: var(--expected); stroke-width: 2; fill: none }
.limit { stroke: var(--limit); stroke-width: 1.5; stroke-dasharray: 5 3; fill: none }
.count { fill: var(--count) }
.evidence { fill: var(--evidence) }
.over { fill: var(--limit) }
.onset { stroke: var(--limit); stroke-dasharray: 2 3 }
.mark { fill: var(--limit) }
.end { fill: var(--end) }
.here { fill: var(--ink) }
.bucket:hover { fill: var(--ink); fill-opacity: .09 }
.bucket { fill: var(--paper); fill-opacity: 0 }
"""


def plot(history: EntityHistory, at: int) -> str:
    """Counts against what was expected, and evidence against its threshold, as an SVG.

    Parameters
    ----------
    history
        The history.
    at
        Index in `history.closed` of the bucket that is explained.
    """
    shown = window(history, at)
    heads, y = [], 12
    for kind, words, width, step in [
        ("title", title(history, at), 84, 22),
        ("", " ".join(because(history, at)), 138, 18),
    ]:
        for part in wrapped(words, width):
            y += step
            heads.append(label(LEFT - 40, y, part, kind))
        y += 4
    top = y + 74.0
    picture = _Picture(history, shown, history.closed[at], top)
    height = int(picture.bottom + 34)
    body = "\n".join([*heads, *picture.draw()])
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" width="100%"'
        f' preserveAspectRatio="xMinYMin" role="img">\n<title>{safe(title(history, at))}</title>\n'
        f'<style>{_STYLE}</style>\n<rect class="paper" width="100%" height="100%"/>\n'
        f"{body}\n</svg>\n"
    )


class _Picture:
    def __init__(
        self,
        history: EntityHistory,
        shown: Sequence[WatchedEntity],
        here: WatchedEntity,
        top: float,
    ) -> None:
        self._history, self._shown, self._here = history, shown, here
        self._from, self._to = shown[0].start, shown[-1].end
        self._top, self._middle = top, top + COUNTS
        self.bottom = self._middle + 34 + EVIDENCE
        limit = here.alarms_at or 0.0
        most = max(max(b.count, b.expected, b.high or 0.0) for b in shown)
        # The limit of the explained bucket must be in the plot; other limits may be cut off.
        self._most = 1.08 * max(most, limit, 1.0)
        highest = max(b.evidence_nats for b in shown)
        needed = max(b.threshold_nats for b in shown)
        self._most_nats = max(1.25 * needed, min(1.08 * highest, MOST_EVIDENCE * needed))
        self._nats = "evidence (nats)" if highest <= self._most_nats else "evidence (nats, cut)"

    def draw(self) -> list[str]:
        history, shown = self._history, self._shown
        size = history.buckets.bucket_s
        each = _SIZE.get(size, f"{size} s" if size % 60 else f"{size // 60} minutes")
        panel = rect("", LEFT, self._top, RIGHT - LEFT, COUNTS)
        alerts = [s for s in history.alerts if s.first < self._to and self._end(s) > self._from]
        return [
            *(box for s in alerts for box in self._boxes("alert", s.first, self._end(s))),
            *(box for a, b in self._holes() for box in self._boxes("missing", a, b)),
            *self._count_axis(),
            *self._evidence_axis(),
            f'<clipPath id="counts">{panel}</clipPath><g clip-path="url(#counts)">',
            self._band(),
            *(self._bar(b, "count", self._y(b.count), self._middle) for b in shown),
            self._steps("expected", lambda b: b.expected, self._y),
            self._steps("limit", lambda b: b.alarms_at, self._y),
            "</g>",
            *(self._evidence(b) for b in shown),
            self._steps("limit", lambda b: b.threshold_nats, self._y_nats),
            *(mark for alert in alerts for mark in self._marks(alert)),
            *self._dates(),
            *self._legend(f"{history.noun} a {each}"),
            *(self._pointer(b) for b in shown),
        ]

    def _end(self, alert: AlertSpan) -> float:
        return self._to if alert.ended is None else alert.ended

    def _x(self, time_s: float) -> float:
        part = (time_s - self._from) / (self._to - self._from)
        return LEFT + (RIGHT - LEFT) * min(max(part, 0.0), 1.0)

    def _y(self, count: float) -> float:
        # A square root makes the spread of counts as wide below as above.
        return self._middle - COUNTS * math.sqrt(max(count, 0.0) / self._most)

    def _y_nats(self, nats: float) -> float:
        return self.bottom - EVIDENCE * min(max(nats, 0.0) / self._most_nats, 1.0)

    def _boxes(self, kind: str, start: float, end: float) -> list[str]:
        """A stretch of time in both panels."""
        x, to = self._x(start), self._x(end)
        return [
            rect(kind, x, self._top, to - x, COUNTS),
            rect(kind, x, self.bottom - EVIDENCE, to - x, EVIDENCE),
        ]

    def _holes(self) -> list[tuple[int, int]]:
        pairs = zip(self._shown, self._shown[1:], strict=False)
        return [(before.end, after.start) for before, after in pairs if before.end < after.start]

    def _count_axis(self) -> list[str]:
        out, last = [], math.inf
        for value in root_ticks(self._most):
            y = self._y(value)
            if last - y >= 22:
                out.append(line("grid", LEFT, y, RIGHT, y))
                out.append(label(LEFT - 8, y + 4, f"{value:,.0f}", anchor="end"))
                last = y
        return [*out, line("axis", LEFT, self._middle, RIGHT, self._middle)]

    def _evidence_axis(self) -> list[str]:
        out = []
        for value in round_ticks(self._most_nats, 4):
            y = self._y_nats(value)
            out.append(line("grid", LEFT, y, RIGHT, y))
            out.append(label(LEFT - 8, y + 4, f"{value:g}", anchor="end"))
        return [*out, line("axis", LEFT, self.bottom, RIGHT, self.bottom)]

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
            out += [label(x - 4, self._top - 14, "onset", "small", "end")]
        for envelope in alert.revisions:
            event = envelope.alert.event
            # A revision is published at the end of its bucket; its mark stands over that bucket.
            caused = next((b for b in self._shown if envelope.time == self._published_at(b)), None)
            if caused is None:
                continue
            x = (self._x(caused.start) + self._x(caused.end)) / 2
            kind = "end" if event == "resolved" else "mark"
            shape = f"M{x - 5:.1f},{self._top - 7:.1f} h10 l-5,8z"
            out.append(path(kind, shape, f"{event}: {envelope.alert.summary}"))
            # One on each side, so that they do not overlap in a short alert.
            if event == "opened":
                out.append(label(x - 8, self._top - 1, event, "small", "end"))
            elif event == "resolved":
                out.append(label(x + 8, self._top - 1, event, "small"))
        return out

    def _published_at(self, bucket: WatchedEntity) -> str:
        return self._history.buckets.label(bucket.end)

    def _dates(self) -> list[str]:
        wide = 6.6 * len(self._history.label(self._from))
        out, free = [], LEFT
        labels = [self._history.label(bucket.start) for bucket in self._shown]
        for n in round_dates(labels, int((RIGHT - LEFT) / (wide + 14))):
            x = self._x(self._shown[n].start)
            if free <= x <= RIGHT - wide:
                out.append(line("axis", x, self.bottom, x, self.bottom + 4))
                out.append(label(x, self.bottom + 18, labels[n], "small"))
                free = x + wide + 14  # buckets may be missing, so labels are not equally far apart
        x = (self._x(self._here.start) + self._x(self._here.end)) / 2
        y = self._middle + 3
        out.append(path("here", f"M{x:.1f},{y} l5,8 h-10z"))
        return out

    def _legend(self, what: str) -> list[str]:
        y, out, x = self._top - 42, [], LEFT
        for kind, words in [
            ("count", "counted"),
            ("expected", "expected"),
            ("band", "19 in 20 such cases"),
            ("limit", "needed for an alert"),
            ("alert", "alert open"),
            ("missing", "not judged"),
        ]:
            if kind == "missing" and not self._holes():
                continue
            if kind in ("expected", "limit"):
                out.append(line(kind, x, y - 4, x + 16, y - 4))
            else:
                out.append(rect(kind, x, y - 9, 16, 10))
            out.append(label(x + 22, y, words))
            x += 46 + 6.4 * len(words)
        out.append(path("here", f"M{x + 6:.1f},{y - 9:.1f} l5,8 h-10z"))
        out.append(label(x + 18, y, "explained here"))
        counts = (self._top + self._middle) / 2
        return [
            *out,
            upright(20, counts, f"{what} (square-root scale)"),
            upright(20, self.bottom - EVIDENCE / 2, self._nats),
        ]

    def _pointer(self, bucket: WatchedEntity) -> str:
        """An invisible bar whose tooltip gives the figures of a bucket."""
        x, to = self._x(bucket.start), self._x(bucket.end)
        usual = ""
        if bucket.high is not None:
            usual = f", 19 in 20 cases {bucket.low:,.0f} to {bucket.high:,.0f}"
        needs = "" if bucket.alarms_at is None else f", alert at {bucket.alarms_at:,.0f} or more"
        became = state(self._history, bucket)
        tip = (
            f"{self._history.label(bucket.start)}: {self._history.counted(bucket)},"
            f" {about(bucket.expected)} expected{usual}{needs}; evidence"
            f" {bucket.evidence_nats:.1f} of {bucket.threshold_nats:.1f} nats;"
            f" common factor {bucket.factor:.2f}{'; ' if became else ''}{became}"
        )
        return rect("bucket", x, self._top, to - x, self.bottom - self._top, tip)
