"""What a silence would have hidden, and what each has hidden, of the alerts on the board. Pure.

The same answers as those of `streams.actions.preview`, by alerts as they stand now. A row of the
board says nearly all that a silence asks for, so that few alerts are decoded.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple, cast

from streams.actions.action import MakeSilence
from streams.actions.matcher import Matcher, whole_values
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
    since_s = since.timestamp()
    found: list[tuple[BoardRow, float]] = []
    messages = seen = 0
    for row in rows:
        written = [each for each in row.written_s if abs(each) >= since_s]
        if not written:
            continue
        seen += 1
        if _RowFacts.read(row).fits(match, sources_of):
            found.append((row, abs(written[-1])))
            messages += sum(each > 0 for each in written)
    last = tuple(
        WrittenRevision(decode_event(row.raw), dt.datetime.fromtimestamp(at_s, dt.UTC))
        for row, at_s in found[-MOST_LAST:]
    )
    return Preview(tuple(row.alert_id for row, _ in found), last, messages, seen)


def board_hidden_by(
    hidings: Iterable[Hiding], rows: Iterable[BoardRow], sources_of: SourcesOf
) -> dict[str, HiddenCount]:
    """Count what each silence and snooze has hidden, by its id; several may hide one alert.

    Parameters
    ----------
    hidings
        Silences and snoozes, running or ended.
    rows
        The alerts.
    sources_of
        The sources of each group.
    """
    kept = [(each, each.made.at.timestamp(), each.ends_at.timestamp()) for each in hidings]
    alerts = {each.made.id: 0 for each, _, _ in kept}
    messages = dict.fromkeys(alerts, 0)
    first_s = min((begin_s for _, begin_s, _ in kept), default=0.0)
    by_id: dict[str, list[tuple[Hiding, float, float]]] = {}
    of_any: list[tuple[Hiding, float, float]] = []
    for each in kept:
        ids = _whole_ids(each[0])
        for entity_id in ids or ():
            by_id.setdefault(entity_id, []).append(each)
        if ids is None:
            of_any.append(each)
    for row in rows:
        if not any(abs(each) >= first_s for each in row.written_s):
            continue
        facts = _RowFacts.read(row)
        for hiding, begin_s, end_s in (*of_any, *by_id.get(facts.alert.entity.id, ())):
            during = [each for each in row.written_s if begin_s <= abs(each) < end_s]
            if during and facts.hidden_by(hiding, sources_of):
                alerts[hiding.made.id] += 1
                messages[hiding.made.id] += sum(each > 0 for each in during)
    return {key: HiddenCount(number, messages[key]) for key, number in alerts.items()}


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

    def fits(self, match: Matcher, sources_of: SourcesOf) -> bool:
        """Whether a silence is about it."""
        alert, sources = cast("Alert", self.alert), ()
        if match.kind or match.source:
            alert = decode_event(self.row.raw).alert
            return match.matches(alert, self.names, sources_of.get(alert.group, ()))
        return match.matches(alert, self.names, sources)

    def hidden_by(self, hiding: Hiding, sources_of: SourcesOf) -> bool:
        """Whether a silence or a snooze is about it."""
        made = hiding.made
        if isinstance(made, MakeSilence):
            return self.fits(made.match, sources_of)
        return (self.row.entity, self.row.signal) == (made.entity, made.signal)
