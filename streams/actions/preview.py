"""What a silence would have hidden, and what one has hidden. Pure.

A silence hides what is published while it runs, so that the time at which a revision was written
counts, not that of its data. Of a revision somebody would have been told if the alert opened by it,
ended, was early or became critical; other updates change figures only.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Final, NamedTuple

from streams.actions.action import MakeSilence
from streams.actions.matcher import Matcher, names_of
from streams.actions.state import Hiding
from streams.alerts.cloudevent import Alert, Envelope

PREVIEWED: Final = dt.timedelta(days=7)
"""How far back is looked for what a silence would have hidden."""


class WrittenRevision(NamedTuple):
    """A revision of an alert, and when it was written to its topic."""

    envelope: Envelope
    written_at: dt.datetime


class Preview(NamedTuple):
    """What a silence would have hidden.

    Attributes
    ----------
    alerts
        The last revision of each alert, in the order in which they came.
    messages
        Revisions of them of which somebody would have been told.
    seen
        All alerts of that time, hidden or not.
    """

    alerts: tuple[WrittenRevision, ...]
    messages: int
    seen: int


class HiddenCount(NamedTuple):
    """How many alerts were hidden, and how many messages about them."""

    alerts: int
    messages: int


def preview(
    match: Matcher,
    published: Iterable[WrittenRevision],
    sources_of: Mapping[str, Sequence[str]],
    since: dt.datetime,
) -> Preview:
    """Say what a silence would have hidden had it run from a time on.

    Parameters
    ----------
    match
        What it would be about.
    published
        Revisions in the order in which they were written.
    sources_of
        The sources of each group.
    since
        Earlier revisions do not count.
    """
    last: dict[str, WrittenRevision] = {}
    every: set[str] = set()
    messages = 0
    for each, tells in _told(published):
        if each.written_at < since:
            continue
        alert = each.envelope.alert
        every.add(alert.alert_id)
        if match.matches(alert, names_of(alert), sources_of.get(alert.group, ())):
            last[alert.alert_id] = each
            messages += tells
    return Preview(tuple(last.values()), messages, len(every))


def hidden_by(
    hidings: Iterable[Hiding],
    published: Iterable[WrittenRevision],
    sources_of: Mapping[str, Sequence[str]],
) -> dict[str, HiddenCount]:
    """Count what each silence and snooze has hidden, by its id; several may hide one alert.

    Parameters
    ----------
    hidings
        Silences and snoozes, running or ended.
    published
        Revisions in the order in which they were written.
    sources_of
        The sources of each group.
    """
    kept = list(hidings)
    alerts: dict[str, set[str]] = {each.made.id: set() for each in kept}
    messages = dict.fromkeys(alerts, 0)
    for one, tells in _told(published):
        alert = one.envelope.alert
        for hiding in kept:
            during = hiding.made.at <= one.written_at < hiding.ends_at
            if during and _is_about(hiding, alert, sources_of):
                alerts[hiding.made.id].add(alert.alert_id)
                messages[hiding.made.id] += tells
    return {key: HiddenCount(len(found), messages[key]) for key, found in alerts.items()}


def _told(published: Iterable[WrittenRevision]) -> Iterator[tuple[WrittenRevision, bool]]:
    """Yield each revision once, with whether somebody would be told of it."""
    severities: dict[str, str] = {}
    seen: set[str] = set()
    for each in published:
        alert = each.envelope.alert
        if each.envelope.id in seen or alert.event == "ended":
            continue
        seen.add(each.envelope.id)
        before = severities.get(alert.alert_id, alert.severity)
        severities[alert.alert_id] = alert.severity
        yield each, alert.event != "updated" or alert.severity != before


def _is_about(hiding: Hiding, alert: Alert, sources_of: Mapping[str, Sequence[str]]) -> bool:
    made = hiding.made
    if isinstance(made, MakeSilence):
        return made.match.matches(alert, names_of(alert), sources_of.get(alert.group, ()))
    place = (f"{alert.entity.level}/{alert.entity.id}", alert.signal)
    return place == (made.entity, made.signal)
