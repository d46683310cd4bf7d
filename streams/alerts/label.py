"""A label: a person's verdict on an alert or on a span of time, and its JSON.

Labels are events on their own topic, and are never changed. A later label replaces an earlier one.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import re
import unicodedata
from typing import Annotated, Any, Final, Literal

import msgspec
import orjson

from streams.alerts.cloudevent import LabelSignal, current_signal
from streams.detection.misuse.table import MISUSE_SIGNALS
from streams.items import LEVELS, Name, name_problem
from streams.names.canonical import form_of_stored
from streams.ready_form import ready
from streams.sources.times.time_format import NEWEST, OLDEST

Verdict = Literal["true", "false", "expected"]

VERDICTS: Final[tuple[Verdict, ...]] = ("true", "false", "expected")
"""True: an alert is right. False: nothing happened. Expected: it was planned."""

LABELLED_LEVELS: Final = (*LEVELS, "source")
"""The levels of a window's entity; ``source`` is for faults of the data."""

FORM: Final = 2
"""The form of labels that is written; 1 and 2 are read."""

LONGEST_NOTE: Final = 1000
"""The most characters of a note."""

_ID = r"^[0-9a-f]{16}$"
_ALERT = re.compile(r"([0-9a-f]{16})(\.\d{1,16})?", re.ASCII)

Instant = Annotated[dt.datetime, msgspec.Meta(tz=True)]


class Span(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A span of an entity's time, without its ``end``; signal None means any signal."""

    entity: str
    start: Instant
    end: Instant
    signal: LabelSignal | None = None
    kind: Name | None = None


class Label(
    msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, tag_field="type", tag="label"
):
    """A verdict on either an alert or a span of time.

    Attributes
    ----------
    v
        Its form: 2 where it names a signal of misuse, which form 1 did not know.
    label_id
        A hash of all other fields, so that a repeat can be recognised.
    at
        When the label was given; the latest label of an alert or span holds.
    verdict
        The verdict.
    alert_id, window
        What the verdict is about.
    note, by
        Reason and author.
    """

    v: Literal[1, 2]
    label_id: Annotated[str, msgspec.Meta(pattern=_ID)]
    at: Instant
    verdict: Verdict
    alert_id: Annotated[str, msgspec.Meta(pattern=_ID)] | None = None
    window: Span | None = None
    note: str | None = None
    by: str | None = None


_LABEL = ready(Label)


_decoder = msgspec.json.Decoder(dict[str, Any])


def make_label(
    verdict: Verdict,
    at: dt.datetime,
    *,
    alert_id: str | None = None,
    window: Span | None = None,
    note: str | None = None,
    by: str | None = None,
) -> Label:
    """Make a label; its id follows from its fields, and its times are in UTC.

    Examples
    --------
    >>> at = dt.datetime(2026, 3, 2, tzinfo=dt.UTC)
    >>> make_label("true", at, alert_id="2b1926685558e977").label_id
    '5a033b30b7b661f7'
    """
    at = at.astimezone(dt.UTC)
    if window is not None:
        window = span_in_form(window)
    parts = [verdict, at, alert_id, window and msgspec.structs.astuple(window), note, by]
    said = orjson.dumps(parts, option=orjson.OPT_UTC_Z)
    label_id = hashlib.blake2b(said, digest_size=8).hexdigest()
    named = window is not None and window.signal in MISUSE_SIGNALS
    return Label(
        v=2 if named else 1, label_id=label_id, at=at, verdict=verdict,
        alert_id=alert_id, window=window, note=note, by=by,
    )  # fmt: skip


def encode_label(label: Label) -> bytes:
    """Write a label as one line of JSON."""
    return msgspec.json.encode(label)


def decode_label(raw: bytes) -> Label:
    """Read a label. Version 0.1 wrote ``feed`` for the signal ``source``.

    Raises
    ------
    ValueError
        Where `raw` is none; the message says what is wrong, and where.
    """
    try:
        fields = _decoder.decode(raw)
    except RecursionError:
        raise ValueError("JSON must not be nested so deeply") from None
    window = fields.get("window")
    if isinstance(window, dict) and "signal" in window:
        fields["window"] = {**window, "signal": current_signal(window["signal"])}
    label = msgspec.convert(fields, _LABEL)
    spans = [] if label.window is None else span_problems(label.window)
    for problem in (*_of_label(label), *spans):
        raise ValueError(problem)
    if label.window is None:
        return label
    entity = in_form(label.window.entity)
    return msgspec.structs.replace(
        label, window=msgspec.structs.replace(label.window, entity=entity)
    )


def in_form(entity: str) -> str:
    """Name an entity as it is counted today; people and earlier versions write it as it came.

    Examples
    --------
    >>> in_form("sender/10\u200b69"), in_form("source/sends")
    ('sender/1069', 'source/sends')
    """
    level, slash, name = entity.partition("/")
    return entity if level == "source" else f"{level}{slash}{form_of_stored(name)}"


def span_in_form(span: Span) -> Span:
    """Name a span's entity as it is counted today, and give its times in UTC."""
    start, end = span.start.astimezone(dt.UTC), span.end.astimezone(dt.UTC)
    return msgspec.structs.replace(span, entity=in_form(span.entity), start=start, end=end)


def _of_label(label: Label) -> list[str]:
    found = []
    if (label.alert_id is None) == (label.window is None):
        found.append("must have either alert_id or window, not both")
    if label.note is not None and (problem := note_problem(label.note)):
        found.append(f"note {problem}")
    if label.by is not None and (problem := name_problem(label.by)):
        found.append(f"by {problem}")
    return found


def span_problems(span: Span) -> list[str]:
    """Say what is wrong with a span of an entity's time."""
    found = []
    if problem := entity_problem(span.entity):
        found.append(f"window.entity {problem}")
    elif problem := signal_problem(span.entity, span.signal):
        found.append(f"window.signal {problem}")
    if span.kind is not None and (problem := name_problem(span.kind)):
        found.append(f"window.kind {problem}")
    if span.start < OLDEST or span.end >= NEWEST:
        found.append(f"window must lie between {OLDEST.year} and {NEWEST.year}")
    if span.end <= span.start:
        found.append("window.end must be after start")
    return found


def note_problem(text: str) -> str | None:
    r"""Say what is wrong with a note, or None.

    Examples
    --------
    >>> note_problem("SMS campaign, agreed with the operator")
    >>> note_problem("two\nlines")
    'must hold no control characters; found U+000A'
    """
    if not text:
        return "must not be empty"
    if len(text) > LONGEST_NOTE:
        return f"must be at most {LONGEST_NOTE} characters; found {len(text):,}"
    for character in text:
        if unicodedata.category(character) in ("Cc", "Cs"):
            return f"must hold no control characters; found U+{ord(character):04X}"
    return None


def entity_problem(text: str) -> str | None:
    """Say what is wrong with an entity written as level/id, or None.

    Examples
    --------
    >>> entity_problem("sender/106900012345")
    >>> entity_problem("106900012345")
    'must be a level, a slash and an id, such as sender/106900012345'
    >>> print(entity_problem("planet/mars")[:42])
    must begin with a level: all | category |
    """
    level, slash, name = text.partition("/")
    if not slash:
        return "must be a level, a slash and an id, such as sender/106900012345"
    if level not in LABELLED_LEVELS:
        return f"must begin with a level: {' | '.join(LABELLED_LEVELS)}"
    if problem := name_problem(name):
        return f"must hold an id after the slash that {problem.removeprefix('must ')}"
    return None


def signal_problem(entity: str, signal: str | None) -> str | None:
    """Say what is wrong with the signal of an entity, or None.

    Examples
    --------
    >>> signal_problem("sender/106900012345", "source")
    'must be of an entity source/NAME where it is source'
    """
    if signal is None or (signal == "source") == entity.startswith("source/"):
        return None
    if signal == "source":
        return "must be of an entity source/NAME where it is source"
    return "must be source where the entity is source/NAME"


def alert_id_of(text: str) -> str | None:
    """Read an alert's id, with or without its revision; None if it is not an id.

    Examples
    --------
    >>> alert_id_of("2b1926685558e977.3")
    '2b1926685558e977'
    """
    match = _ALERT.fullmatch(text)
    return None if match is None else match[1]
