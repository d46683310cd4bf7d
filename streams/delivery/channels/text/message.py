"""Renders a notification as text for people: a title, a block for each alert, cut to a size."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

import msgspec

from streams.alerts.cloudevent import Alert, Entity, Successor
from streams.alerts.sentences import sentence
from streams.alerts.terms import SEVERITIES, term
from streams.delivery.channels.notification import Notification, Notified
from streams.delivery.channels.text.guard import guarded, shown
from streams.delivery.monitor.summary import summary
from streams.language.catalogue import Catalogue, Language, catalogue, mark

MOST_ALERTS: Final = 20
"""Alerts that a message lists at most: nobody reads more of them in a chat."""

_LONGEST_EVENT: Final = 600


_TITLES: Final = {
    "new": mark("[Alert]"),
    "changed": mark("[Alert changed]"),
    "acknowledged": mark("[Alert acknowledged]"),
    "repeat": mark("[Alert still open]"),
    "escalated": mark("[Alert escalated]"),
    "resolved": mark("[Alert resolved]"),
    "early": mark("[Early alert]"),
    "retracted": mark("[Alert retracted]"),
    "symptom_began": mark("[Monitor: something is wrong]"),
    "symptom_ended": mark("[Monitor: over]"),
    "heartbeat": mark("[Monitor]"),
}
"""What a message begins with, by the reason that it is sent; and for early and retracted alerts,
and the monitor's events."""


class Style(msgspec.Struct, frozen=True):
    """What texts of one service are like.

    Attributes
    ----------
    most
        Their largest size.
    size
        Measures a text.
    escape
        Makes any text harmless that the service would take for markup.
    link
        Makes an address of ours a link.
    """

    most: int
    size: Callable[[str], int] = len
    escape: Callable[[str], str] = str
    link: Callable[[str], str] = str


def utf8_size(text: str) -> int:
    """Return how many bytes a text has."""
    return len(text.encode())


def message(notification: Notification, language: Language, style: Style) -> tuple[str, str]:
    """Return the title and the rest of a message; together, with a line's end, they fit the style.

    Parameters
    ----------
    notification
        What is said.
    language
        In which language.
    style
        For which service.
    """
    words = catalogue(language)
    if notification.monitor is not None:
        title, line = _of_monitor(notification.monitor, words)
        return style.escape(title), _cut(style.escape(line), style, style.escape(title))
    title = style.escape(_title(notification, words))
    blocks = [
        _block(one, number, notification, language, style)
        for number, one in enumerate(notification.alerts[:MOST_ALERTS], start=1)
    ]
    return title, _fitting(title, blocks, len(notification.alerts), words, style)


def sentence_of(alert: Alert, language: Language) -> str:
    """Return an alert's sentence, in which its names can do nothing.

    Parameters
    ----------
    alert
        The alert.
    language
        In which language.
    """
    harmless = msgspec.structs.replace(
        alert,
        entity=Entity(alert.entity.level, shown(alert.entity.id)),
        looks_like=None if alert.looks_like is None else shown(alert.looks_like),
        successors=[
            Successor(shown(one.group), one.shard, one.epoch) for one in alert.successors or ()
        ],
    )
    return sentence(harmless, catalogue(language))


def _title(notification: Notification, words: Catalogue) -> str:
    alerts = [one.envelope.alert for one in notification.alerts]
    states = {alert.state for alert in alerts}
    reason = notification.reason
    if states == {"retracted"}:
        reason_or_state = "retracted"
    elif states == {"early"} and reason == "new":
        reason_or_state = "early"
    else:
        reason_or_state = reason
    severity = "critical" if any(one.severity == "critical" for one in alerts) else "warning"
    severity = term(words, SEVERITIES, severity)
    title = words.gettext(_TITLES[reason_or_state])
    if len(alerts) == 1:
        text = words.gettext("{title} {severity}")
    else:
        text = words.gettext("{title} {severity}, {n} alerts")
    return text.format(title=title, severity=severity, n=len(alerts))


def _block(
    one: Notified, number: int, notification: Notification, language: Language, style: Style
) -> str:
    words, alert = catalogue(language), one.envelope.alert
    line = sentence_of(alert, language)
    if len(notification.alerts) > 1:
        line = words.gettext("{number}. ({severity}) {sentence}").format(
            number=number, severity=term(words, SEVERITIES, alert.severity), sentence=line
        )
    lines = [style.escape(line)]
    if one.acknowledged_by is not None:
        lines.append(
            style.escape(
                words.gettext("Acknowledged by {name}").format(name=shown(one.acknowledged_by))
            )
        )
    elif notification.reason == "escalated":
        lines.append(style.escape(words.gettext("Nobody has acknowledged it.")))
    if one.link is not None:
        lines.append(style.link(one.link))
    return "\n".join(lines)


def _fitting(title: str, blocks: list[str], total: int, words: Catalogue, style: Style) -> str:
    """Put as many blocks together as there is room for, and say how many are left out."""
    taken = len(blocks)
    while True:
        left_out = total - taken
        unlisted = words.ngettext(
            "{n} more alert is not listed.", "{n} more alerts are not listed.", left_out
        )
        last = [style.escape(unlisted.format(n=left_out))] if left_out else []
        text = "\n".join([*blocks[:taken], *last])
        if taken == 0 or style.size(f"{title}\n{text}") <= style.most:
            return text
        taken -= 1


def _of_monitor(event: bytes, words: Catalogue) -> tuple[str, str]:
    """Return the title and the sentence of an event on the monitor itself."""
    document = msgspec.json.decode(event, type=dict[str, Any])
    kind = str(document.get("type", "")).rpartition(".")[2]
    data = document.get("data")
    english = str(data.get("summary", "")) if isinstance(data, dict) else ""
    said = english if words.language == "en" else summary(event, words) or english
    title = _TITLES.get(kind, _TITLES["heartbeat"])
    return words.gettext(title), guarded(said, _LONGEST_EVENT)


def _cut(text: str, style: Style, title: str) -> str:
    while text and style.size(f"{title}\n{text}") > style.most:
        text = text[: len(text) * 9 // 10]
    return text
