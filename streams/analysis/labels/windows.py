"""From labels to windows: spans of an entity's time in which an alert would be right or wrong.

A label of an alert becomes a window from the alert's onset to the end of its last bucket, because
another configuration gives the alert of the same incident another id. Pure.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from streams.alerts.history import Life
from streams.alerts.label import Label, Span, Verdict
from streams.detection.signals import events_signal

Placed = tuple[int, Label]
"""A label and its line."""


@dataclass(frozen=True, slots=True)
class Window:
    """A span of an entity's time with a verdict; times in epoch s, `end_s` not in it.

    Signal None means any.
    """

    level: str
    entity: str
    signal: str | None
    start_s: float
    end_s: float
    verdict: Verdict = "true"
    note: str | None = None
    kind: str | None = None

    def concerns(self, level: str, entity: str, signal: str | None) -> bool:
        """Whether it is about this signal of this entity."""
        same = (self.level, self.entity) == (level, entity)
        mine, other = events_signal(self.signal), events_signal(signal)
        return same and (mine is None or other is None or mine == other)

    def touches(self, start_s: float, end_s: float, grace_s: float = 0.0) -> bool:
        """Whether some of a span lies in it, or within the grace after it."""
        return start_s < self.end_s + grace_s and self.start_s < end_s

    @property
    def words(self) -> str:
        """What it is about, as people write it."""
        signal = "" if self.signal is None else f" {self.signal}"
        return f"{self.level}/{self.entity}{signal}"


class UnknownAlerts(ValueError):
    """Some labels name unknown alerts; `windows` holds the windows of all other labels."""

    def __init__(self, labels: Sequence[Label], windows: Sequence[Window]) -> None:
        self.labels, self.windows = tuple(labels), tuple(windows)
        ids = ", ".join(str(label.alert_id) for label in labels)
        super().__init__(f"alerts that are labelled must be among those given; not there: {ids}")


def standing(labels: Iterable[Label]) -> list[Label]:
    """Leave out labels that a later one of the same alert or span replaces.

    Of two labels of the same instant, the later in order counts.
    """
    last: dict[object, Label] = {}
    for label in labels:
        key = label.alert_id if label.window is None else _place(label.window)
        before = last.get(key)
        if before is None or before.at <= label.at:
            last[key] = label
    return list(last.values())


def windows(labels: Iterable[Label], lives: Iterable[Life]) -> list[Window]:
    """Turn labels into windows, in order of time.

    Windows of one entity, signal and verdict that overlap become one: alerts cannot tell
    incidents apart that are in the same counts at the same time. A window of any signal is
    one with whatever it overlaps.

    Parameters
    ----------
    labels
        All of them: a later one replaces an earlier.
    lives
        The alerts that labels name.

    Raises
    ------
    UnknownAlerts
        Where a label's alert is not among `lives`.
    """
    by_id: dict[str, list[Life]] = {}
    for life in lives:
        by_id.setdefault(life.alert_id, []).append(life)
    found, unknown = [], []
    for label in standing(labels):
        if label.window is not None:
            found.append(window_of(label.window, label))
        elif label.alert_id in by_id:
            found += [_around(life, label) for life in by_id[label.alert_id]]
        else:
            unknown.append(label)
    joined = _joined(found)
    if unknown:
        raise UnknownAlerts(unknown, joined)
    return joined


def window_of(span: Span, label: Label) -> Window:
    """The window of a label that has one."""
    level, _, entity = span.entity.partition("/")
    start, end = span.start.timestamp(), span.end.timestamp()
    return Window(level, entity, span.signal, start, end, label.verdict, label.note, span.kind)


def _around(life: Life, label: Label) -> Window:
    return Window(
        life.level, life.entity, life.signal, min(life.onset_s, life.first_s), life.last_s,
        label.verdict, label.note, life.kind,
    )  # fmt: skip


def _joined(found: Iterable[Window]) -> list[Window]:
    out: dict[object, list[Window]] = {}
    for window in sorted(found, key=lambda w: (w.start_s, w.end_s)):
        same = out.setdefault((window.level, window.entity, window.verdict), [])
        met = [
            other
            for other in same
            if window.start_s < other.end_s
            and window.concerns(other.level, other.entity, other.signal)
        ]
        same[:] = [other for other in same if other not in met]
        same.append(_union([*met, window]))
    each = [window for same in out.values() for window in same]
    return sorted(each, key=lambda w: (w.start_s, w.end_s, w.level, w.entity))


def _union(parts: Sequence[Window]) -> Window:
    any_signal = any(window.signal is None for window in parts)
    return replace(
        parts[0],
        signal=None if any_signal else parts[0].signal,
        start_s=min(window.start_s for window in parts),
        end_s=max(window.end_s for window in parts),
    )


def _place(span: Span) -> object:
    return (span.entity, events_signal(span.signal), span.start, span.end)


def repeated(labels: Iterable[Placed]) -> Iterator[tuple[int, str]]:
    """Yield line and problem of each label of what an earlier line labels too."""
    seen: dict[object, int] = {}
    for line, label in labels:
        span = label.window
        if span is None:
            key: object = label.alert_id
            what = "alert_id must be labelled once"
        else:
            key = (span.entity, events_signal(span.signal), span.start, span.end)
            what = "entity, signal, start and end must be labelled once"
        first = seen.setdefault(key, line)
        if first != line:
            found = span.entity if span is not None else label.alert_id
            yield line, f"{what}; got {found} in line {first} too"


def contradictory(labels: Iterable[Placed]) -> Iterator[tuple[int, int, str]]:
    """Yield pairs of windows that overlap with different verdicts: their lines, and their entity.

    Only windows of the same entity and signal are compared; a window of any signal is compared
    with all of them. Windows with the same verdict may overlap: they are one window.
    """
    of_entity: dict[str, list[tuple[Window, int]]] = defaultdict(list)
    for line, label in labels:
        if label.window is not None:
            of_entity[label.window.entity].append((window_of(label.window, label), line))
    for placed in of_entity.values():
        running: list[tuple[Window, int]] = []
        for window, line in sorted(placed, key=lambda each: (each[0].start_s, each[1])):
            running = [each for each in running if each[0].end_s > window.start_s]
            for other, line_of_other in running:
                same = window.concerns(other.level, other.entity, other.signal)
                if same and window.verdict != other.verdict:
                    first, second = sorted((line, line_of_other))
                    yield first, second, window.words
            running.append((window, line))
