"""What the monitor tells of itself, as CloudEvents: that it lives, what is wrong, what is over."""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Sequence
from typing import Any, Final, Literal

import msgspec
import orjson

from streams.delivery.monitor.summary import lives, over
from streams.health.symptoms import Symptom
from streams.language.catalogue import ENGLISH

Kind = Literal["heartbeat", "symptom_began", "symptom_ended"]
TYPE_PREFIX: Final = "weathervane.monitor."
MOST_LISTED: Final = 50
"""Symptoms that a heartbeat lists at most; it counts all."""


class _TypedEvent(msgspec.Struct):
    type: str


_typed_event = msgspec.json.Decoder(_TypedEvent)


class FoundSymptom(msgspec.Struct):
    """A symptom that was found, and since when.

    Attributes
    ----------
    symptom
        As the last look found it.
    began
        The look that found it first.
    announced
        Whether an event has said that it began.
    """

    symptom: Symptom
    began: dt.datetime
    announced: bool = False


def symptom_began(name: str, one: FoundSymptom, now: dt.datetime) -> bytes:
    """Return the event that a symptom has begun."""
    return _of_symptom(name, "symptom_began", one, now, one.symptom.sentence)


def symptom_ended(name: str, one: FoundSymptom, now: dt.datetime) -> bytes:
    """Return the event that a symptom is over."""
    summary = over(ENGLISH, one.symptom.problem, (now - one.began).total_seconds())
    return _of_symptom(name, "symptom_ended", one, now, summary)


def heartbeat(
    name: str, standing: Sequence[FoundSymptom], now: dt.datetime, heartbeat_s: float
) -> bytes:
    """Return the event that the monitor lives, with every symptom that stands."""
    count = len(standing)
    sentences = [one.symptom.sentence for one in standing[:MOST_LISTED]]
    data = {
        "summary": lives(ENGLISH, name, sentences, count),
        "heartbeat_s": heartbeat_s,
        "count": count,
        "symptoms": [
            {**_symptom(one), "summary": sentence}
            for one, sentence in zip(standing, sentences, strict=False)
        ],
    }
    return _event(name, "heartbeat", "monitor", _hash(name, _text(now)), now, data)


def kind_of(event: bytes) -> str:
    """Return the kind of an event of the monitor's."""
    return _typed_event.decode(event).type.removeprefix(TYPE_PREFIX)


def _of_symptom(name: str, kind: Kind, one: FoundSymptom, now: dt.datetime, summary: str) -> bytes:
    # The same for both events of one symptom's stay, however often they are sent.
    stay = _hash(name, one.symptom.symptom, one.symptom.subject, _text(one.began))
    ended = {"ended": _text(now)} if kind == "symptom_ended" else {}
    data = {
        "summary": summary,
        **_symptom(one),
        "problem": one.symptom.problem,
        **ended,
    }
    return _event(name, kind, one.symptom.subject, stay, now, data)


def _symptom(one: FoundSymptom) -> dict[str, Any]:
    found = one.symptom
    return {
        "symptom": found.symptom,
        "subject": found.subject,
        "began": _text(one.began),
        "remedy": found.remedy,
        "finding": found.found and msgspec.to_builtins(found.found),
    }


def _event(
    name: str, kind: Kind, subject: str, key: str, now: dt.datetime, data: dict[str, Any]
) -> bytes:
    return orjson.dumps(
        {
            "specversion": "1.0",
            "id": f"{key}.{kind}",
            "source": f"/weathervane/{name}",
            "type": TYPE_PREFIX + kind,
            "subject": subject,
            "time": _text(now),
            "datacontenttype": "application/json",
            "data": data,
        }
    )


def _hash(*parts: str) -> str:
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()[:16]


def _text(moment: dt.datetime) -> str:
    return moment.astimezone(dt.UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
