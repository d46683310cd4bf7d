"""What the page of an alert shows: sentence, figures, times, and what people have done. Pure."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from typing import NamedTuple
from urllib.parse import quote
from zoneinfo import ZoneInfo

from streams.actions.about_alert import AlertActions
from streams.actions.action import (
    AcknowledgeAlert,
    AddNote,
    AlertAction,
    AssignAlert,
    GiveLabel,
    UnacknowledgeAlert,
)
from streams.actions.state import Hidden
from streams.alerts.cloudevent import Alert, Envelope
from streams.alerts.sentences import about, instant
from streams.delivery.channels.text.message import sentence_of
from streams.delivery.page.markup import Markup, element, joined
from streams.delivery.page.words import PAGE_WORDS, PageWords
from streams.language.catalogue import Language


class Deed(NamedTuple):
    """An action about the alert, and the text that goes with it; None where none is held."""

    action: AlertAction
    text: str | None


class ShownAlert(NamedTuple):
    """All that the page shows.

    Attributes
    ----------
    envelope
        The alert's last revision.
    opened
        RFC 3339 time of its first revision; None where that is not known.
    done, deeds
        What people have done about it: as it holds, and one by one.
    hidden
        The silence or snooze that hides it now.
    """

    envelope: Envelope
    opened: str | None
    done: AlertActions
    deeds: Sequence[Deed]
    hidden: Hidden | None


def title_of(shown: ShownAlert, language: Language) -> str:
    """Return what the page's tab is called.

    Parameters
    ----------
    shown
        The alert.
    language
        The language of the page.
    """
    words, alert = PAGE_WORDS[language], shown.envelope.alert
    return f"{words.states[alert.state]} · {words.levels[alert.entity.level]} {alert.entity.id}"


def body_of(shown: ShownAlert, language: Language, zone: ZoneInfo) -> Markup:
    """Return what stands on the page.

    Parameters
    ----------
    shown
        The alert.
    language
        The language of the page.
    zone
        The zone of its times.
    """
    words, alert = PAGE_WORDS[language], shown.envelope.alert
    return element(
        "main",
        element(
            "p",
            element("span", words.severities[alert.severity], class_=f"tag {alert.severity}"),
            element("span", words.states[alert.state], class_=f"tag {alert.state}"),
        ),
        element("h1", sentence_of(alert, language)),
        _rows(_about(alert, words)),
        element("h2", words.said["figures"]),
        _rows(_figures(alert, words)),
        _rows(_times(shown, words, zone)),
        element("h2", words.said["people"]),
        *_people(shown, words, zone),
        element("footer", words.said["zone"].format(zone.key), class_="soft"),
    )


_Row = tuple[str, str]


def _rows(rows: Iterable[_Row]) -> Markup:
    parts = [part for name, value in rows for part in (element("dt", name), element("dd", value))]
    return element("dl", *parts)


def _about(alert: Alert, words: PageWords) -> Iterable[_Row]:
    said = words.said
    # Names stand here in full; nothing but themselves is in their elements.
    level = words.levels[alert.entity.level]
    name = () if alert.entity.level == "all" else (" ", element("bdi", alert.entity.id))
    yield said["about"], joined(level, *name)
    if alert.looks_like is not None:
        yield said["looks_like"], element("bdi", alert.looks_like)
    for above, names in (alert.belongs_to or {}).items():
        parts = [part for one in names for part in (element("bdi", one), " ")]
        yield said["belongs_to"], joined(words.levels[above], " ", *parts)
    if alert.parent is not None:
        # The address of a page beside this one.
        yield said["parent"], element("a", alert.parent, href=f"./{quote(alert.parent, safe='')}")
    yield said["signal"], words.signals[alert.signal]
    yield said["group"], element("bdi", alert.group)
    yield said["id"], f"{alert.alert_id}.{alert.revision}"


def _figures(alert: Alert, words: PageWords) -> Iterable[_Row]:
    said = words.said
    yield said["observed"], f"{alert.observed:,.0f}"
    yield said["expected"], about(alert.expected)
    yield said["ratio"], about(alert.ratio)
    if alert.exposure is not None:
        yield said["exposure"], f"{alert.exposure:,.0f}"
    if alert.newcomers is not None:
        yield said["new_ids"], f"{alert.newcomers.ids:,}"
    evidence = (about(alert.evidence_nats), about(alert.threshold_nats))
    yield said["evidence"], said["evidence_of"].format(*evidence)


def _times(shown: ShownAlert, words: PageWords, zone: ZoneInfo) -> Iterable[_Row]:
    said, alert, time = words.said, shown.envelope.alert, shown.envelope.time
    # As in the sentence: a day is one of the source's zone.
    yield said["began"], element("time", instant(alert.onset, alert.bucket_s), datetime=alert.onset)
    opened = said["unknown"] if shown.opened is None else _published(shown.opened, zone)
    yield said["opened"], opened
    over = alert.state in ("resolved", "retracted")
    yield said["closed" if over else "changed"], _published(time, zone)


def _people(shown: ShownAlert, words: PageWords, zone: ZoneInfo) -> Iterable[Markup]:
    said, done = words.said, shown.done
    rows: list[_Row] = []
    if done.acknowledges(shown.envelope.alert) and done.acknowledged_at is not None:
        by = _inserted(
            said["acknowledged_by"], done.acknowledged_by or "", _time(done.acknowledged_at, zone)
        )
        rows.append((said["acknowledged"], by))
    if done.assigned_to is not None:
        rows.append((said["assigned"], element("bdi", done.assigned_to)))
    if done.label is not None:
        rows.append((said["label"], words.verdicts[done.label]))
    if (hidden := shown.hidden) is not None:
        by = _inserted(said["hidden_by"], hidden.by, _time(hidden.until, zone))
        rows.append((words.hidden[hidden.what], by))
    if rows:
        yield _rows(rows)
    if shown.deeds:
        yield element("ol", *(_deed(one, words, zone) for one in shown.deeds))
    if not rows and not shown.deeds:
        yield element("p", said["nothing"], class_="soft")


def _deed(deed: Deed, words: PageWords, zone: ZoneInfo) -> Markup:
    action, said = deed.action, words.said
    match action:
        case AssignAlert():
            what = _inserted(words.deeds["assign"], action.to or said["nobody"])
        case GiveLabel():
            what = _inserted(words.deeds["label"], words.verdicts[action.verdict])
        case AcknowledgeAlert():
            what = Markup(words.deeds["acknowledge"])
        case UnacknowledgeAlert():
            what = Markup(words.deeds["unacknowledge"])
        case AddNote():
            what = Markup(words.deeds["note"])
    text = deed.text if deed.text is not None else said["erased"] if action.noted else None
    quoted = () if text is None else (element("blockquote", text),)
    return element("li", _time(action.at, zone), " ", element("bdi", action.by), " ", what, *quoted)


def _inserted(template: str, *values: str) -> Markup:
    """Put values in the places of a sentence, each as a text of its own direction."""
    made = [value if isinstance(value, Markup) else element("bdi", value) for value in values]
    return Markup(template.format(*made))


def _published(text: str, zone: ZoneInfo) -> Markup:
    """Show a time of an envelope; as it is where it is none."""
    try:
        return _time(dt.datetime.fromisoformat(text), zone)
    except (ValueError, OverflowError):
        return joined(text)


def _time(time: dt.datetime, zone: ZoneInfo) -> Markup:
    local = time.astimezone(zone)
    return element("time", f"{local:%Y-%m-%d %H:%M}", datetime=local.isoformat())
