"""The sentence of an alert, in each language: what a person reads first.

On the wire it is the English one. Sentences on sources are in `streams.alerts.source_sentences`.
"""

from __future__ import annotations

import re
from typing import Final

from streams.alerts.cloudevent import Alert
from streams.alerts.era import MOVED
from streams.alerts.misuse.sentences import sentence_of_misuse
from streams.alerts.phrases import about, instant, listed, moved, span
from streams.alerts.reporters import by_reporters, reporters_in_words
from streams.alerts.source_sentences import sentence_of_source
from streams.alerts.terms import LEVEL_NAMES, term
from streams.detection.misuse.table import MISUSE_SIGNALS
from streams.detection.signals import NEW_IDS_EVENTS, SLOW, counted
from streams.language.catalogue import Catalogue
from streams.printable import printable

ALMOST_NONE: Final = 0.005
"""An expectation below it is written in words."""

_PORT: Final = re.compile(r"106\d{2,17}|100\d{2,6}|(?:95|96|12)\d{3,7}")
"""A short code of SMS in China; a telephone number has ten digits, and none begins with 106."""
_NUMBER: Final = re.compile(r"\+?\d{5,}")


def sentence(alert: Alert, words: Catalogue) -> str:
    """Return the sentence of a revision: who, what, how much more than expected, and since when.

    Parameters
    ----------
    alert
        The revision; its ``summary`` is not read.
    words
        The catalogue of the reader; on the wire, English.
    """
    if alert.event == "ended":
        return _of_feed(alert, words)
    if alert.entity.level == "source":
        return sentence_of_source(alert, words)
    if alert.signal in MISUSE_SIGNALS or alert.basis is not None:
        return sentence_of_misuse(alert, words, _who(alert, words))
    return _of_entity(alert, words)


def sentence_for(alert: Alert, words: Catalogue) -> str:
    """Return the sentence of a published revision: in English as it was published.

    Parameters
    ----------
    alert
        The revision.
    words
        The catalogue of the reader.
    """
    return alert.summary if words.language == "en" else sentence(alert, words)


def entity_name(words: Catalogue, level: str, name: str) -> str:
    """Return an entity with its level, as the beginning of a sentence.

    Parameters
    ----------
    words
        The catalogue of the reader.
    level, name
        The entity. What cannot be seen in its name is escaped.

    Examples
    --------
    >>> from streams.language.catalogue import catalogue
    >>> english, chinese = catalogue("en"), catalogue("zh")
    >>> entity_name(english, "access_code", "1069"), entity_name(english, "all", "all")
    ('Access code 1069', 'All senders together')
    >>> entity_name(chinese, "sender", "106900012345"), entity_name(chinese, "all", "all")
    ('短信端口 106900012345', '全部发送方')
    >>> [entity_name(chinese, "sender", name) for name in ("95588", "9515551234", "12025551234")]
    ['短信端口 95588', '号码 9515551234', '号码 12025551234']
    """
    if level == "all":
        return words.gettext("All senders together")
    word = term(words, LEVEL_NAMES, level)
    if level == "sender" and _PORT.fullmatch(name):
        word = words.pgettext("sender that is a short code of China", "sender")
    elif level == "sender" and _NUMBER.fullmatch(name):
        word = words.pgettext("sender that is a number", "sender")
    return f"{word[:1].upper()}{word[1:]} {printable(name)}"


def _of_feed(alert: Alert, words: Catalogue) -> str:
    feeds = [printable(f"{feed.group}/{feed.shard}") for feed in alert.successors or ()]
    epochs = sorted({feed.epoch for feed in alert.successors or ()})
    return words.gettext("Feed {feed} ends here; epoch {epochs} goes on in {feeds}.").format(
        feed=printable(alert.entity.id),
        epochs=listed(words, map(str, epochs)),
        feeds=listed(words, feeds),
    )


def _of_entity(alert: Alert, words: Catalogue) -> str:
    parts = {
        "who": _who(alert, words),
        "counted": _counted(alert, words),
        "bucket": span(words, alert.onset, alert.bucket_s),
        "since": words.gettext("since {time}").format(time=instant(alert.onset, alert.bucket_s)),
        "against": _against(alert, words),
        "silence": "",
    }
    if alert.silent_days is not None:
        silence = words.gettext(", after {days} days of silence")
        parts["silence"] = silence.format(days=f"{alert.silent_days:,}")
    if alert.reason == MOVED:
        parts["moved"] = moved(alert, words)
    return _of_event(alert, words).format(**parts)


def _of_event(alert: Alert, words: Catalogue) -> str:
    """Return the sentence without its parts."""
    match alert.event:
        case "early":
            return words.gettext("{who}: already {counted} {bucket}, {against}.")
        case "opened" if alert.onset == alert.last_bucket:
            return words.gettext("{who}: {counted} {bucket}, {against}{silence}.")
        case "opened" if alert.detector == SLOW:
            return words.gettext("{who}: rising slowly, {counted} {since}, {against}.")
        case "opened":
            return words.gettext("{who}: {counted} {since}, {against}{silence}.")
        case "updated":
            return words.gettext("{who}: growing, now {counted} {since}, {against}.")
        case "resolved" if alert.reason == "level_shift":
            return words.gettext(
                "{who}: {counted} {since}; this level is now treated as normal, and the alert ends."
            )
        case "resolved" if alert.reason == MOVED:
            return words.gettext("{who}: {counted} {since}, {against}; {moved}.")
        case "resolved":
            return words.gettext("{who}: back to normal after {counted} {since}, {against}.")
        case _:  # "retracted"
            return words.gettext(
                "{who}: the early alert is retracted; the complete count {bucket} is not a burst."
            )


def _who(alert: Alert, words: Catalogue) -> str:
    who = entity_name(words, alert.entity.level, alert.entity.id)
    if alert.looks_like is None:
        return who
    alike = words.gettext("{who} (looks like {name})")
    return alike.format(who=who, name=printable(alert.looks_like))


def _against(alert: Alert, words: Catalogue) -> str:
    """What was to be expected."""
    if alert.exposure is None:
        if alert.expected < ALMOST_NONE:
            return words.gettext("where almost none were expected")
        text = words.gettext("{times} times the {expected} expected")
        return text.format(times=about(alert.ratio), expected=about(alert.expected))
    if alert.entity.level == "all":
        text = words.gettext("{times} times as many as expected for their messages")
    else:
        text = words.gettext("{times} times as many as expected for its messages")
    return text.format(times=about(alert.ratio))


def _counted(alert: Alert, words: Catalogue) -> str:
    """What was counted, in words."""
    said = _events(alert, words)
    if alert.reporters is not None:
        said = by_reporters(said, alert, alert.reporters, words)
    if alert.exposure is None or alert.exposure < 1:
        return said
    text = words.gettext("{counted} about {sent} messages sent")
    return text.format(counted=said, sent=f"{alert.exposure:,.0f}")


def _events(alert: Alert, words: Catalogue) -> str:
    if alert.count_by is not None:
        return reporters_in_words(alert.observed, words)
    if alert.newcomers is None:
        return counted(words, alert.signal, alert.observed)
    ids = counted(words, alert.signal, alert.newcomers.ids)
    if alert.detector == NEW_IDS_EVENTS:
        events = sorted(alert.newcomers.events)
        if len(events) == 1:
            what = counted(words, events[0], alert.observed)
        else:
            what = words.gettext("{n} events").format(n=f"{alert.observed:,.0f}")
        return words.gettext("{events} of {ids}").format(events=what, ids=ids)
    if alert.onset != alert.first_bucket:
        return counted(words, alert.signal, alert.observed)
    each = [counted(words, name, n) for name, n in sorted(alert.newcomers.events.items())]
    joint = words.pgettext("between events", " and ")
    return words.gettext("{ids} with {events}").format(ids=ids, events=joint.join(each))
