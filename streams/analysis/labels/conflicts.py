"""Labels of one file that cannot all hold: the same thing twice, or verdicts that overlap."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator

from streams.analysis.labels.label import Label
from streams.analysis.labels.windows import Window, one_signal, window_of

Placed = tuple[int, Label]
"""A label and its line."""


def repeated(labels: Iterable[Placed]) -> Iterator[tuple[int, str]]:
    """Yield line and problem of each label of what an earlier line labels too."""
    seen: dict[object, int] = {}
    for line, label in labels:
        span = label.window
        if span is None:
            key: object = label.alert_id
            what = "alert_id must be labelled once"
        else:
            key = (span.entity, one_signal(span.signal), span.start, span.end)
            what = "entity, signal, start and end must be labelled once"
        first = seen.setdefault(key, line)
        if first != line:
            found = span.entity if span is not None else label.alert_id
            yield line, f"{what}; got {found} in line {first} too"


def contradictory(labels: Iterable[Placed]) -> Iterator[tuple[int, int, str]]:
    """Yield the lines of two windows that overlap with different verdicts, and what they are of.

    Of the same entity and signal, that is; a window of any signal meets all of them. Where
    verdicts agree, windows may overlap: they are one episode.
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
