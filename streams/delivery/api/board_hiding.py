"""What a silence would have hidden, and what each has hidden, of the alerts on the board. Pure.

The same answers as those of `streams.actions.preview`, by alerts as they stand now. A row of the
board says nearly all that a silence asks for, so that few alerts are decoded.
"""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple, cast

from streams.actions.action import MakeSilence
from streams.actions.matcher import Matcher, Texts, fits_texts, whole_values
from streams.actions.preview import MOST_LAST, HiddenCount, Preview, WrittenRevision
from streams.actions.state import Hiding
from streams.alerts.cloudevent import Alert, Entity, decode_event
from streams.delivery.api.board import BoardRow
from streams.items import Level

SourcesOf = Mapping[str, Sequence[str]]
"""The sources of each group."""


def board_preview(
    match: Matcher, rows: Iterable[BoardRow], sources_of: SourcesOf, since: dt.datetime
) -> Preview:
    """Say what a silence would have hidden had it run from a time on.

    Parameters
    ----------
    match
        What it would be about.
    rows
        The alerts, the one that changed last as the last.
    sources_of
        The sources of each group.
    since
        Earlier revisions do not count.
    """
    since_s, texts = since.timestamp(), match.texts
    found: list[tuple[BoardRow, float]] = []
    messages = seen = 0
    for row in rows:
        written = [each for each in row.written_s if abs(each) >= since_s]
        if not written:
            continue
        seen += 1
        if _RowFacts.read(row).fits(texts, sources_of):
            found.append((row, abs(written[-1])))
            messages += sum(each > 0 for each in written)
    last = tuple(
        WrittenRevision(decode_event(row.raw), dt.datetime.fromtimestamp(at_s, dt.UTC))
        for row, at_s in found[-MOST_LAST:]
    )
    return Preview(tuple(row.alert_id for row, _ in found), last, messages, seen)


class _HidingSpan(NamedTuple):
    """A silence or a snooze, the texts of its matcher, and from when until when it hides, epoch s.

    ``ids`` are the only ones that it may hide; None where it may hide others.
    """

    hiding: Hiding
    texts: Mapping[str, Texts]
    ids: set[str] | None
    begin_s: float
    end_s: float

    @classmethod
    def read(cls, hiding: Hiding) -> _HidingSpan:
        """Read a silence or a snooze."""
        made = hiding.made
        texts = made.match.texts if isinstance(made, MakeSilence) else {}
        return cls(
            hiding, texts, _whole_ids(hiding), made.at.timestamp(), hiding.ends_at.timestamp()
        )


class HiddenTally:
    """Counts what each silence and snooze has hidden, and remembers it: then only changes cost.

    An alert that has changed is held against all silences, and a silence that is new or has ended
    against all alerts; of all others it is known. Several silences may hide one alert.

    Parameters
    ----------
    sources_of
        The sources of each group.
    """

    def __init__(self, sources_of: SourcesOf) -> None:
        self._sources_of = sources_of
        self._spans: dict[str, _HidingSpan] = {}
        self._rows: dict[str, BoardRow] = {}
        self._hidden: dict[str, dict[str, int]] = {}  # by alert and silence: messages
        self._counts: dict[str, HiddenCount] = {}

    def count(self, hidings: Iterable[Hiding], rows: Iterable[BoardRow]) -> dict[str, HiddenCount]:
        """Return what each has hidden, by its id.

        Parameters
        ----------
        hidings
            Silences and snoozes, running or ended: all that are kept.
        rows
            All alerts. A row that has changed is another object.
        """
        kept = {each.made.id: each for each in hidings}
        new_spans = self._take_spans(kept)
        now = {row.alert_id: row for row in rows} if kept else {}
        for alert_id in self._rows.keys() - now.keys():
            self._forget(alert_id)
        all_spans, fresh = _SpanIndex(self._spans.values()), _SpanIndex(new_spans)
        for alert_id, row in now.items():
            if self._rows.get(alert_id) is row:
                if new_spans:
                    self._hold(row, fresh)
            else:
                self._forget(alert_id)
                self._hold(row, all_spans)
        self._rows = now
        return {key: self._counts[key] for key in kept}

    def _take_spans(self, kept: Mapping[str, Hiding]) -> list[_HidingSpan]:
        """Forget silences that have changed or gone; return those that are new or have changed."""
        gone = {key for key, span in self._spans.items() if kept.get(key) != span.hiding}
        if gone:
            for key in gone:
                del self._spans[key], self._counts[key]
            for alert_id, by_silence in list(self._hidden.items()):
                for key in gone & by_silence.keys():
                    del by_silence[key]
                if not by_silence:
                    del self._hidden[alert_id]
        new = [_HidingSpan.read(each) for key, each in kept.items() if key not in self._spans]
        for span in new:
            self._spans[span.hiding.made.id] = span
            self._counts[span.hiding.made.id] = HiddenCount(0, 0)
        return new

    def _forget(self, alert_id: str) -> None:
        """Take out what an alert as it was has added to the counts."""
        for key, messages in self._hidden.pop(alert_id, {}).items():
            self._add(key, -1, -messages)

    def _hold(self, row: BoardRow, spans: _SpanIndex) -> None:
        """Hold an alert against silences and snoozes, and add to the counts."""
        if not any(abs(each) >= spans.first_s for each in row.written_s):
            return
        facts = _RowFacts.read(row)
        for span in (*spans.of_any, *spans.by_id.get(facts.alert.entity.id, ())):
            during = [each for each in row.written_s if span.begin_s <= abs(each) < span.end_s]
            if during and facts.hidden_by(span, self._sources_of):
                key, messages = span.hiding.made.id, sum(each > 0 for each in during)
                self._hidden.setdefault(row.alert_id, {})[key] = messages
                self._add(key, 1, messages)

    def _add(self, key: str, alerts: int, messages: int) -> None:
        before = self._counts[key]
        self._counts[key] = HiddenCount(before.alerts + alerts, before.messages + messages)


class _SpanIndex:
    """Silences and snoozes by the ids that they may hide; `first_s` is when the first began."""

    def __init__(self, spans: Iterable[_HidingSpan]) -> None:
        self.by_id: dict[str, list[_HidingSpan]] = {}
        self.of_any: list[_HidingSpan] = []
        self.first_s = math.inf
        for span in spans:
            self.first_s = min(self.first_s, span.begin_s)
            if span.ids is None:
                self.of_any.append(span)
            for entity_id in span.ids or ():
                self.by_id.setdefault(entity_id, []).append(span)


def _whole_ids(hiding: Hiding) -> set[str] | None:
    """Return the only ids that a silence or a snooze may hide; None where it may hide others."""
    made = hiding.made
    if not isinstance(made, MakeSilence):
        return {made.entity.partition("/")[2]}
    return whole_values(made.match.id)


class _RowAlert(NamedTuple):
    """What of an alert a row has, by the names of `Alert`."""

    entity: Entity
    signal: str
    severity: str
    kind: None = None


class _RowFacts(NamedTuple):
    """A row as `Matcher` reads alerts."""

    row: BoardRow
    alert: _RowAlert
    names: dict[Level, list[str]]

    @classmethod
    def read(cls, row: BoardRow) -> _RowFacts:
        """Read a row."""
        names: dict[Level, list[str]] = {}
        for each in row.names:
            level, _, name = each.partition("/")
            names.setdefault(level, []).append(name)
        level, _, name = row.entity.partition("/")
        if level != "source":
            names[level] = [name]
        entity = Entity(level, name)
        return cls(row, _RowAlert(entity, row.signal, row.severity), names)

    def fits(self, texts: Mapping[str, Texts], sources_of: SourcesOf) -> bool:
        """Whether a silence with these texts is about it."""
        alert, sources = cast("Alert", self.alert), ()
        if "kind" in texts or "source" in texts:
            alert = decode_event(self.row.raw).alert
            return fits_texts(texts, alert, self.names, sources_of.get(alert.group, ()))
        return fits_texts(texts, alert, self.names, sources)

    def hidden_by(self, span: _HidingSpan, sources_of: SourcesOf) -> bool:
        """Whether a silence or a snooze is about it."""
        made = span.hiding.made
        if isinstance(made, MakeSilence):
            return self.fits(span.texts, sources_of)
        return (self.row.entity, self.row.signal) == (made.entity, made.signal)
