"""The sentence of an event on the monitor itself, in its reader's language."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

import msgspec

from streams.language.catalogue import Catalogue, mark_forms
from streams.language.worded import Worded, with_remedy


def over(words: Catalogue, problem: str, after_s: float) -> str:
    """Return the sentence that a symptom is over."""
    text = words.gettext("over after {s:,.0f} s: {problem}")
    return text.format(s=after_s, problem=problem)


def lives(words: Catalogue, name: str, sentences: Sequence[str], count: int) -> str:
    """Return the sentence that the monitor lives.

    Parameters
    ----------
    words
        The catalogue of the reader.
    name
        The monitor's.
    sentences
        What is wrong, the first of it.
    count
        How much is wrong.
    """
    if not count or not sentences:
        return words.gettext("monitor {name} lives; all well").format(name=name)
    text = words.ngettext(*_WRONG, count)
    return text.format(name=name, n=count, sentence=sentences[0])


_WRONG = mark_forms(
    "monitor {name} lives; {n} symptom, {sentence}",
    "monitor {name} lives; {n} symptoms, {sentence}",
)


class _SymptomData(msgspec.Struct):
    """What an event, or an entry of a heartbeat, says of a symptom."""

    began: dt.datetime
    remedy: str
    finding: Worded
    ended: dt.datetime | None = None


_symptom_data = msgspec.json.Decoder(_SymptomData)


class _HeartbeatData(msgspec.Struct):
    count: int
    symptoms: list[_SymptomData]


_heartbeat_data = msgspec.json.Decoder(_HeartbeatData)


class _MonitorEvent(msgspec.Struct):
    source: str
    type: str
    data: msgspec.Raw


_monitor_event = msgspec.json.Decoder(_MonitorEvent)


def summary(event: bytes, words: Catalogue) -> str:
    """Return the sentence of an event; empty, where it has no figures to make it of.

    Parameters
    ----------
    event
        An event of `streams.delivery.monitor.event`.
    words
        The catalogue of the reader.
    """
    try:
        found = _monitor_event.decode(event)
        if found.type.endswith(".heartbeat"):
            beat = _heartbeat_data.decode(found.data)
            wrong = [_sentence(one, words) for one in beat.symptoms[:1]]
            return lives(words, found.source.removeprefix("/weathervane/"), wrong, beat.count)
        one = _symptom_data.decode(found.data)
    except msgspec.MsgspecError:
        return ""
    if one.ended is None:
        return _sentence(one, words)
    return over(words, one.finding.words(words), (one.ended - one.began).total_seconds())


def _sentence(one: _SymptomData, words: Catalogue) -> str:
    return with_remedy(words, one.finding.words(words), one.remedy)
