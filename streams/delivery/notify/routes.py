"""Which receivers an alert goes to: the first table that matches, and on where it says so. Pure.

Also what would become of an alert, for people: who takes it, when each is told, what keeps it back.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Mapping, Sequence
from typing import Any
from zoneinfo import ZoneInfo

import msgspec

from streams.actions.matcher import Matcher, names_of
from streams.actions.state import ActionState, Hidden
from streams.alerts.cloudevent import Alert
from streams.config.duration import format_duration
from streams.config.model import Config
from streams.delivery.notify.table import Receiver
from streams.language.catalogue import ENGLISH, Catalogue, mark, mark_in
from streams.language.worded import Worded


class Routes:
    """The way of alerts to receivers.

    Parameters
    ----------
    receivers
        The ``[[receivers]]`` tables, in the file's order.
    sources
        Names of the sources of each group.
    """

    def __init__(
        self, receivers: Sequence[Receiver], sources: Mapping[str, Collection[str]]
    ) -> None:
        self._sources = sources
        self._routes = [(receiver, matchers(receiver)) for receiver in receivers]

    def receivers_of(self, alert: Alert) -> tuple[str, ...]:
        """Return the names of the receivers that an alert goes to, in order."""
        names, sources = names_of(alert), self._sources.get(alert.group, ())
        found = []
        for receiver, any_of in self._routes:
            if any_of is not None and not any(
                matcher.matches(alert, names, sources) for matcher in any_of
            ):
                continue
            found.append(receiver.name)
            if not receiver.continue_:
                break
        return tuple(found)


def matchers(receiver: Receiver) -> list[Matcher] | None:
    """Return what a receiver matches; None: every alert."""
    if receiver.match is None:
        return None
    return [Matcher(**table.texts) for table in receiver.match]


class RoutedTo(msgspec.Struct, frozen=True):
    """What one receiver has to do with an alert.

    Attributes
    ----------
    receiver, channel
        Its name, and the kind of its channel.
    takes
        Whether the alert is routed to it.
    because
        The matcher that fits, or a sentence on why it is routed to it or is not.
    at
        When it is told, if nothing else of the group was; None where it is not.
    escalates
        Whom it is escalated to while nobody acknowledges it, and when; None where to nobody.
    """

    receiver: str
    channel: str
    takes: bool
    because: Matcher | Worded
    at: dt.datetime | None = None
    escalates: tuple[str, dt.datetime] | None = None

    def why(self, words: Catalogue = ENGLISH) -> str:
        """Return why it is routed to it, or is not, in a language."""
        because = self.because
        return because.words(words) if isinstance(because, Worded) else match_text(because, words)


class RoutePreview(msgspec.Struct, frozen=True):
    """What would become of an alert.

    Attributes
    ----------
    alert_id
        The alert.
    hidden
        The silence or snooze that hides it; None where none does.
    acknowledged_by
        Who has acknowledged it.
    receivers
        Every receiver, in the file's order.
    """

    alert_id: str
    hidden: Hidden | None
    acknowledged_by: str | None
    receivers: list[RoutedTo]


def preview_routes(
    config: Config, alert: Alert, state: ActionState, now: dt.datetime
) -> RoutePreview:
    """Say what would become of an alert that is published at a time.

    Parameters
    ----------
    config
        The configuration.
    alert
        The alert.
    state
        What people did.
    now
        The time.
    """
    names = names_of(alert)
    sources = [source.name for source in config.groups.get(alert.group, ())]
    hidden = state.hides(alert, now)
    done = state.alert(alert.alert_id)
    found: list[RoutedTo] = []
    taken_by: str | None = None
    for receiver in config.receivers:
        kind = receiver.kind
        if taken_by is not None:
            why = Worded(mark("{name} has taken it, without continue"), {"name": taken_by})
            found.append(RoutedTo(receiver.name, kind, False, why))
            continue
        any_of = matchers(receiver)
        fits = next((one for one in any_of or () if one.matches(alert, names, sources)), None)
        if any_of is not None and fits is None:
            escalated, unfit = mark("only by escalation"), mark("nothing of match fits")
            why = Worded(unfit if any_of else escalated)
            found.append(RoutedTo(receiver.name, kind, False, why))
            continue
        at = None if hidden else _told_at(receiver, alert, now, ZoneInfo(config.timezone))
        found.append(
            RoutedTo(
                receiver.name,
                kind,
                True,
                fits or Worded(mark("every alert")),
                at,
                _escalation(receiver, at),
            )
        )
        if not receiver.continue_:
            taken_by = receiver.name
    by = done.acknowledged_by if done.acknowledges(alert) else None
    return RoutePreview(alert.alert_id, hidden, by, found)


def match_text(matcher: Matcher, words: Catalogue = ENGLISH) -> str:
    """Write a matcher on one line, by the names of its keys.

    Parameters
    ----------
    matcher
        The matcher.
    words
        The catalogue of the reader.

    Examples
    --------
    >>> match_text(Matcher(severity="critical", platform=("mall", "shop*")))
    'platform mall or shop*; severity critical'
    """
    any_of = words.pgettext("between names of which one fits", " or ")
    return "; ".join(f"{key} {any_of.join(texts)}" for key, texts in matcher.texts.items())


def route_rows(receivers: Sequence[Receiver], words: Catalogue = ENGLISH) -> list[dict[str, Any]]:
    """Return the routes, a row for each receiver in the file's order.

    Parameters
    ----------
    receivers
        The ``[[receivers]]`` tables.
    words
        The catalogue of the reader.
    """
    return [
        {
            "receiver": one.name,
            "channel": one.kind,
            "takes": _taken(one, words),
            "then": words.pgettext(*(_GOES_ON if one.continue_ else _ENDS)),
            "told": _waits(one, words),
            "again": format_duration(one.repeat) if one.repeat else words.gettext("never"),
            "quiet": _quiet(one, words),
            "escalates": _escalated(one, words),
            "monitor": one.monitor,
        }
        for one in receivers
    ]


_GOES_ON = mark_in("route", "goes on")
_ENDS = mark_in("route", "ends")


def _taken(receiver: Receiver, words: Catalogue) -> str:
    any_of, every = matchers(receiver), words.gettext("every alert")
    if any_of is None:
        return every
    texts = [match_text(one, words) or every for one in any_of]
    between = words.pgettext("between matchers of which one fits", ", or ")
    return between.join(texts) or words.gettext("what is escalated")


def _waits(receiver: Receiver, words: Catalogue) -> str:
    if receiver.group_by == "family":
        text = words.gettext("each family after {wait}, later news after {interval}")
    else:
        text = words.gettext("each alert after {wait}, later news after {interval}")
    wait, interval = format_duration(receiver.wait), format_duration(receiver.interval)
    return text.format(wait=wait, interval=interval)


def _quiet(receiver: Receiver, words: Catalogue) -> str:
    if receiver.quiet is None:
        return ""
    text = words.gettext("{first} to {last}")
    return text.format(first=receiver.quiet.from_, last=receiver.quiet.to)


def _escalated(receiver: Receiver, words: Catalogue) -> str:
    if receiver.escalate_after is None:
        return ""
    text = words.gettext("to {receiver} after {wait}")
    wait = format_duration(receiver.escalate_after)
    return text.format(receiver=receiver.escalate_to, wait=wait)


def _told_at(receiver: Receiver, alert: Alert, now: dt.datetime, zone: dt.tzinfo) -> dt.datetime:
    at_s = now.timestamp() + receiver.wait
    if receiver.quiet is not None and alert.severity != "critical":
        at_s = receiver.quiet.ends(at_s, zone) or at_s
    return dt.datetime.fromtimestamp(at_s, zone)


def _escalation(receiver: Receiver, at: dt.datetime | None) -> tuple[str, dt.datetime] | None:
    if at is None or receiver.escalate_to is None or receiver.escalate_after is None:
        return None
    return receiver.escalate_to, at + dt.timedelta(seconds=receiver.escalate_after)
