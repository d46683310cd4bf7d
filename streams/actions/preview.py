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

MOST_LAST: Final = 20
"""Alerts of a preview that are shown whole."""


class WrittenRevision(NamedTuple):
    """A revision of an alert, and when it was written to its topic."""

    envelope: Envelope
    written_at: dt.datetime


class ToldRevision(NamedTuple):
    """A revision that was written, and whether somebody would be told of it."""

    envelope: Envelope
    written_at: dt.datetime
    tells: bool


class Preview(NamedTuple):
    """What a silence would have hidden.

    Attributes
    ----------
    alert_ids
        All alerts, in the order in which they came.
    last
        The last revisions of those that came last.
    messages
        Revisions of them of which somebody would have been told.
    seen
        All alerts of that time, hidden or not.
    """

    alert_ids: tuple[str, ...]
    last: tuple[WrittenRevision, ...]
    messages: int
    seen: int


class HiddenCount(NamedTuple):
    """How many alerts were hidden, and how many messages about them."""

    alerts: int
    messages: int


def preview(
    match: Matcher,
    revisions: Iterable[ToldRevision],
    sources_of: Mapping[str, Sequence[str]],
    since: dt.datetime,
) -> Preview:
    """Say what a silence would have hidden had it run from a time on.

    Parameters
    ----------
    match
        What it would be about.
    revisions
        Revisions in the order in which they were written, each once: `told_revisions`.
    sources_of
        The sources of each group.
    since
        Earlier revisions do not count.
    """
    last: dict[str, ToldRevision] = {}
    every: set[str] = set()
    messages = 0
    for each in revisions:
        if each.written_at < since:
            continue
        alert = each.envelope.alert
        every.add(alert.alert_id)
        if match.matches(alert, names_of(alert), sources_of.get(alert.group, ())):
            last[alert.alert_id] = each
            messages += each.tells
    shown = [WrittenRevision(*each[:2]) for each in list(last.values())[-MOST_LAST:]]
    return Preview(tuple(last), tuple(shown), messages, len(every))


def hidden_by(
    hidings: Iterable[Hiding],
    revisions: Iterable[ToldRevision],
    sources_of: Mapping[str, Sequence[str]],
) -> dict[str, HiddenCount]:
    """Count what each silence and snooze has hidden, by its id; several may hide one alert.

    Parameters
    ----------
    hidings
        Silences and snoozes, running or ended.
    revisions
        Revisions in the order in which they were written, each once: `told_revisions`.
    sources_of
        The sources of each group.
    """
    kept = list(hidings)
    alerts: dict[str, set[str]] = {each.made.id: set() for each in kept}
    messages = dict.fromkeys(alerts, 0)
    for one in revisions:
        alert = one.envelope.alert
        for hiding in kept:
            during = hiding.made.at <= one.written_at < hiding.ends_at
            if during and _is_about(hiding, alert, sources_of):
                alerts[hiding.made.id].add(alert.alert_id)
                messages[hiding.made.id] += one.tells
    return {key: HiddenCount(len(found), messages[key]) for key, found in alerts.items()}


def told_revisions(published: Iterable[WrittenRevision]) -> Iterator[ToldRevision]:
    """Yield each revision once, with whether somebody would be told of it.

    Parameters
    ----------
    published
        Revisions in the order in which they were written; repeats are left out.
    """
    severities: dict[str, str] = {}
    seen: set[str] = set()
    for each in published:
        alert = each.envelope.alert
        if each.envelope.id in seen or alert.event == "ended":
            continue
        seen.add(each.envelope.id)
        before = severities.get(alert.alert_id, alert.severity)
        severities[alert.alert_id] = alert.severity
        yield ToldRevision(*each, tells(alert, before))


def tells(alert: Alert, severity_before: str) -> bool:
    """Whether somebody would be told of a revision, by the severity of the one before."""
    return alert.event != "updated" or alert.severity != severity_before


def _is_about(hiding: Hiding, alert: Alert, sources_of: Mapping[str, Sequence[str]]) -> bool:
    made = hiding.made
    if isinstance(made, MakeSilence):
        return made.match.matches(alert, names_of(alert), sources_of.get(alert.group, ()))
    place = (f"{alert.entity.level}/{alert.entity.id}", alert.signal)
    return place == (made.entity, made.signal)
