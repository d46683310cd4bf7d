"""Tests of what a silence would have hidden, and has."""

from __future__ import annotations

import datetime as dt
from typing import Any

from streams.actions.action import EndSilence
from streams.actions.matcher import Matcher
from streams.actions.preview import (
    HiddenCount,
    WrittenRevision,
    hidden_by,
    preview,
    told_revisions,
)
from streams.actions.state import ActionState
from streams.alerts.cloudevent import Entity, Envelope
from tests.actions.examples import HOUR, NOW, common, silence, snooze
from tests.alerts.examples import OPENED, alert

OTHER = "f" * 16
MINUTE = dt.timedelta(minutes=1)


def _published(minutes: int, **changes: Any) -> WrittenRevision:
    about = alert(**changes)
    name = f"{about.alert_id}.{about.revision}"
    written = NOW + dt.timedelta(minutes=minutes)
    return WrittenRevision(Envelope(name, "s", "s", OPENED.onset, about), written)


LIFE = [
    _published(1),
    _published(2, revision=2, event="updated"),
    _published(3, revision=3, event="updated", severity="critical"),
    _published(3, revision=3, event="updated", severity="critical"),
    _published(4, revision=4, event="resolved", state="resolved", severity="critical"),
    _published(5, alert_id=OTHER, entity=Entity("sender", "other"), signal="sends"),
    _published(6, alert_id="0" * 16, event="ended"),
]
"""An alert that opened, grew, got worse, was repeated and ended; another one; a feed's end."""


def test_a_preview_shows_each_alert_once_and_counts_what_would_be_told() -> None:
    """Updates that change figures only tell nobody; repeats count once."""
    found = preview(Matcher(id=OPENED.entity.id), told_revisions(LIFE), {}, NOW)
    assert [each.envelope.alert.revision for each in found.last] == [4]
    assert (found.messages, found.seen) == (3, 2)


def test_what_was_written_before_does_not_count() -> None:
    """But that an alert was a warning then is known."""
    found = preview(
        Matcher(signal="complaints"), told_revisions(LIFE), {}, NOW + dt.timedelta(minutes=3)
    )
    assert (len(found.alert_ids), found.messages, found.seen) == (1, 2, 2)


def test_a_preview_knows_the_sources_of_a_group() -> None:
    """As the silence will."""
    for group, number in ((OPENED.group, 2), ("other", 0)):
        found = preview(Matcher(source="sends"), told_revisions(LIFE), {group: ["sends"]}, NOW)
        assert len(found.alert_ids) == number


def test_what_was_hidden_is_counted_while_it_ran() -> None:
    """A silence that was ended, one that is too late, a snooze; two may hide one alert."""
    state = ActionState()
    ended, late, all_of_it = silence(1), silence(2, at=NOW + HOUR, until=NOW + 2 * HOUR), snooze(3)
    for action in (ended, late, all_of_it):
        state.take(action)
    at = NOW + dt.timedelta(minutes=2)
    state.take(EndSilence(**common(4, at=at), silence_id=ended.id))
    assert hidden_by(state.every_hiding(), told_revisions(LIFE), {}) == {
        ended.id: HiddenCount(1, 1),
        late.id: HiddenCount(0, 0),
        all_of_it.id: HiddenCount(1, 3),
    }
