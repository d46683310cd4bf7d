"""What the page of an alert shows: sentence, figures, times, and what people have done. Pure."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from typing import Final, NamedTuple
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
from streams.alerts.terms import LEVEL_NAMES, SEVERITIES, SIGNAL_NAMES, STATES, VERDICTS, term
from streams.delivery.channels.text.message import sentence_of
from streams.delivery.page.markup import Markup, element, joined
from streams.language.catalogue import Catalogue, Language, catalogue, mark

_HIDDEN: Final = {"silence": mark("Silenced"), "snooze": mark("Snoozed")}


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
    words, alert = catalogue(language), shown.envelope.alert
    level = term(words, LEVEL_NAMES, alert.entity.level)
    return f"{term(words, STATES, alert.state)} · {level} {alert.entity.id}"


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
    words, alert = catalogue(language), shown.envelope.alert
    return element(
        "main",
        element(
            "p",
            element(
                "span", term(words, SEVERITIES, alert.severity), class_=f"tag {alert.severity}"
            ),
            element("span", term(words, STATES, alert.state), class_=f"tag {alert.state}"),
        ),
        element("h1", sentence_of(alert, language)),
        _rows(_about(alert, words)),
        element("h2", words.gettext("Figures")),
        _rows(_figures(alert, words)),
        _rows(_times(shown, words, zone)),
        element("h2", words.gettext("What people have done")),
        *_people(shown, words, zone),
        element(
            "footer",
            words.gettext("Times are in {zone}. To open this page changes nothing.").format(
                zone=zone.key
            ),
            class_="soft",
        ),
    )


_Row = tuple[str, str]


def _rows(rows: Iterable[_Row]) -> Markup:
    parts = [part for name, value in rows for part in (element("dt", name), element("dd", value))]
    return element("dl", *parts)


def _about(alert: Alert, words: Catalogue) -> Iterable[_Row]:
    # Names stand here in full; nothing but themselves is in their elements.
    level = term(words, LEVEL_NAMES, alert.entity.level)
    name = () if alert.entity.level == "all" else (" ", element("bdi", alert.entity.id))
    yield words.gettext("About"), joined(level, *name)
    if alert.looks_like is not None:
        yield words.gettext("Looks like"), element("bdi", alert.looks_like)
    for above, names in (alert.belongs_to or {}).items():
        parts = [part for one in names for part in (element("bdi", one), " ")]
        yield words.gettext("Belongs to"), joined(term(words, LEVEL_NAMES, above), " ", *parts)
    if alert.parent is not None:
        # The address of a page beside this one.
        yield (
            words.gettext("Part of"),
            element("a", alert.parent, href=f"./{quote(alert.parent, safe='')}"),
        )
    yield words.gettext("Signal"), term(words, SIGNAL_NAMES, alert.signal)
    yield words.gettext("Group"), element("bdi", alert.group)
    yield words.gettext("Alert id"), f"{alert.alert_id}.{alert.revision}"


def _figures(alert: Alert, words: Catalogue) -> Iterable[_Row]:
    yield words.gettext("Observed"), f"{alert.observed:,.0f}"
    yield words.gettext("Expected"), about(alert.expected)
    yield words.gettext("Times as many"), about(alert.ratio)
    if alert.exposure is not None:
        yield words.gettext("Messages sent"), f"{alert.exposure:,.0f}"
    if alert.newcomers is not None:
        yield words.gettext("New ids"), f"{alert.newcomers.ids:,}"
    evidence = words.gettext("{evidence} nats; an alert needs {threshold}").format(
        evidence=about(alert.evidence_nats), threshold=about(alert.threshold_nats)
    )
    yield words.gettext("Evidence"), evidence


def _times(shown: ShownAlert, words: Catalogue, zone: ZoneInfo) -> Iterable[_Row]:
    alert, time = shown.envelope.alert, shown.envelope.time
    # As in the sentence: a day is one of the source's zone.
    yield (
        words.gettext("Began"),
        element("time", instant(alert.onset, alert.bucket_s), datetime=alert.onset),
    )
    opened = (
        words.gettext("not known here") if shown.opened is None else _published(shown.opened, zone)
    )
    yield words.gettext("Opened"), opened
    over = alert.state in ("resolved", "retracted")
    yield words.gettext("Closed") if over else words.gettext("Last changed"), _published(time, zone)


def _people(shown: ShownAlert, words: Catalogue, zone: ZoneInfo) -> Iterable[Markup]:
    done = shown.done
    rows: list[_Row] = []
    if done.acknowledges(shown.envelope.alert) and done.acknowledged_at is not None:
        by = _inserted(
            words.gettext("by {name}, {time}"),
            name=done.acknowledged_by or "",
            time=_time(done.acknowledged_at, zone),
        )
        rows.append((words.gettext("Acknowledged"), by))
    if done.assigned_to is not None:
        rows.append((words.gettext("Assigned to"), element("bdi", done.assigned_to)))
    if done.label is not None:
        rows.append((words.gettext("Label"), term(words, VERDICTS, done.label)))
    if (hidden := shown.hidden) is not None:
        by = _inserted(
            words.gettext("by {name}, until {time}"), name=hidden.by, time=_time(hidden.until, zone)
        )
        rows.append((words.gettext(_HIDDEN[hidden.what]), by))
    if rows:
        yield _rows(rows)
    if shown.deeds:
        yield element("ol", *(_deed(one, words, zone) for one in shown.deeds))
    if not rows and not shown.deeds:
        yield element("p", words.gettext("Nothing yet."), class_="soft")


def _deed(deed: Deed, words: Catalogue, zone: ZoneInfo) -> Markup:
    action = deed.action
    match action:
        case AssignAlert():
            what = _inserted(
                words.gettext("assigned it to {name}"), name=action.to or words.gettext("nobody")
            )
        case GiveLabel():
            what = _inserted(
                words.gettext("labelled it {verdict}"),
                verdict=term(words, VERDICTS, action.verdict),
            )
        case AcknowledgeAlert():
            what = joined(words.gettext("acknowledged it"))
        case UnacknowledgeAlert():
            what = joined(words.gettext("took the acknowledgement back"))
        case AddNote():
            what = joined(words.gettext("wrote"))
    text = (
        deed.text
        if deed.text is not None
        else words.gettext("(the text was erased, or is no longer held)")
        if action.noted
        else None
    )
    quoted = () if text is None else (element("blockquote", text),)
    return element("li", _time(action.at, zone), " ", element("bdi", action.by), " ", what, *quoted)


def _inserted(template: str, **values: str) -> Markup:
    """Put values in the places of a sentence, each as a text of its own direction."""
    made = {
        name: value if isinstance(value, Markup) else element("bdi", value)
        for name, value in values.items()
    }
    return Markup(joined(template).format(**made))


def _published(text: str, zone: ZoneInfo) -> Markup:
    """Show a time of an envelope; as it is where it is none."""
    try:
        return _time(dt.datetime.fromisoformat(text), zone)
    except (ValueError, OverflowError):
        return joined(text)


def _time(time: dt.datetime, zone: ZoneInfo) -> Markup:
    local = time.astimezone(zone)
    return element("time", f"{local:%Y-%m-%d %H:%M}", datetime=local.isoformat())
