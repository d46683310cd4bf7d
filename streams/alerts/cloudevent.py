"""An alert, and its bytes: a CloudEvent 1.0 in structured JSON (contract: alerts).

The topic, the feed, webhooks and a replay's file all carry these bytes unchanged.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Annotated, Any, Final, Literal, get_args

import msgspec
import orjson

from streams.alerts.identity import revision_id, subject
from streams.alerts.misuse.basis import Basis
from streams.detection.misuse.table import MISUSE_SIGNALS
from streams.detection.signals import SIGNALS, SourcedSignal
from streams.items import Level
from streams.names.canonical import form_of_stored
from streams.ready_form import ready

CONTENT_TYPE: Final = "application/cloudevents+json; charset=UTF-8"
"""The Kafka header ``content-type`` and the HTTP ``Content-Type`` of an alert."""

SIGNIFICANT_DIGITS: Final = 6

AlertEvent = Literal["opened", "updated", "resolved", "retracted", "early", "ended"]
AlertState = Literal["early", "open", "resolved", "retracted"]
if TYPE_CHECKING:
    AlertSignal = str
    LabelSignal = str
else:
    AlertSignal = Literal[(*SIGNALS, *MISUSE_SIGNALS, "source")]
    LabelSignal = Literal[(*get_args(SourcedSignal), *MISUSE_SIGNALS, "source")]

FORM: Final = 2
"""The form of alerts that is written: 1, without ``v``, is that of version 0.1.

This version reads both. It refuses what a later version wrote.
"""

FORMER_SIGNALS: Final = {"feed": "source"}
"""Words that were written for a signal before version 0.2, and what they are read as."""

_TYPE_PREFIX = "weathervane.alert."
_FEED_ENDED: Final = "weathervane.feed.ended"


Number = Annotated[int, msgspec.Meta(ge=0, le=2**53 - 1)]
"""A whole number that every reader of JSON keeps exactly."""


FEW_TIMES: Final = 3.0
FEW_MORE: Final = 10.0
"""Complaints are far above their reporters where they are so many times, and so many more."""

AlertKind = Annotated[str, msgspec.Meta(min_length=1, max_length=100)]
"""What is wrong with a source, what of misuse was found, or the id of a rule."""

BelongsTo = dict[Level, list[str]]
"""Names that an entity belongs to, by level, from the narrowest up."""


class Entity(msgspec.Struct, frozen=True):
    """What an alert is about; its level is ``source`` where the data itself is at fault."""

    level: Level | Literal["source"]
    id: str

    @property
    def in_form(self) -> str:
        """The id in the form that counts today, however an earlier version wrote it."""
        return self.id if self.level == "source" else form_of_stored(self.id)


class Successor(msgspec.Struct, frozen=True):
    """A feed that goes on where another has ended; its first cursor is ``EPOCH.0``."""

    group: str
    shard: int
    epoch: int


class NewIds(msgspec.Struct, frozen=True):
    """Newcomers: how many ids, and their events in their first bucket, by signal.

    Of an alert: since its first bucket.
    """

    ids: Number
    events: dict[str, Number]

    def plus(self, added: NewIds) -> NewIds:
        """Both together."""
        signals = sorted({*self.events, *added.events})
        return NewIds(
            self.ids + added.ids,
            {name: self.events.get(name, 0) + added.events.get(name, 0) for name in signals},
        )


class Reporters(msgspec.Struct, frozen=True, omit_defaults=True):
    """Who complained: complaints and their distinct reporters, since the alert's first bucket.

    Attributes
    ----------
    complaints
        How many complaints there were.
    distinct
        How many reporters these name.
    error
        Standard error of `distinct`, as a part of it; 0: it is exact.
    """

    complaints: Number
    distinct: Number
    error: Annotated[float, msgspec.Meta(ge=0, le=1)] = 0.0

    @property
    def few(self) -> bool:
        """Whether the complaints are far above their reporters: as if few people brigaded.

        The rule: three times as many at least, and ten more at least. An estimate is held to its
        upper end, two standard errors above.

        Examples
        --------
        >>> [Reporters(n, 3).few for n in (9, 12, 13)], Reporters(10, 0).few
        ([False, False, True], False)
        """
        most = self.distinct * (1.0 + 2.0 * self.error)
        return self.distinct > 0 and self.complaints >= max(FEW_TIMES * most, most + FEW_MORE)


class Alert(msgspec.Struct, frozen=True, kw_only=True):
    """One revision of an alert: the contract's ``data``, in its order, and ``event``.

    ``v`` is its form. ``event`` is what happened, and travels as the end of the event's ``type``.
    ``feed_no`` is None where ``revision`` is 0: provisional, never in the feed.
    The event ``ended`` is of no alert but of the feed: its last item, which names the
    ``successors``; the type is then ``weathervane.feed.ended``.
    ``moved_from`` and ``moved_to`` link an alert to itself in the epoch before, and in the next.
    ``exposure`` is the number of messages behind a complaint rate; None for other signals.
    ``belongs_to`` names what the entity belongs to: names by level, as `OpenAlert` has them.
    ``basis`` is what an alert on misuse rests on.
    ``newcomers`` says how many new ids came, and what they counted; only for that signal.
    ``count_by`` is ``reporters`` where reporters are judged in place of complaints: then
    `observed` and `expected` are sums of each bucket's distinct ones.
    ``reporters`` says who complained, of alerts on complaints where reporters are counted.
    Buckets and onset are RFC 3339 starts in the source's time zone.
    """

    event: AlertEvent
    v: Annotated[int, msgspec.Meta(ge=1, le=FORM)] = FORM
    alert_id: str
    revision: Number
    group: str
    epoch: Annotated[int, msgspec.Meta(ge=1, le=2**53 - 1)] = 1
    feed_no: Annotated[int, msgspec.Meta(ge=1, le=2**53 - 1)] | None
    state: AlertState
    entity: Entity
    signal: AlertSignal
    kind: AlertKind | None = None
    detector: str
    severity: Literal["warning", "critical"]
    onset: str
    first_bucket: str
    last_bucket: str
    bucket_s: int
    observed: Annotated[int, msgspec.Meta(ge=0, le=2**63 - 1)] | float
    expected: float
    exposure: float | None = None
    ratio: float
    evidence_nats: float
    threshold_nats: float
    reason: str | None = None
    silent_days: Annotated[int, msgspec.Meta(ge=1, le=10_000_000)] | None = None
    newcomers: NewIds | None = None
    count_by: Literal["reporters"] | None = None
    reporters: Reporters | None = None
    looks_like: str | None = None
    belongs_to: BelongsTo | None = None
    basis: Basis | None = None
    parent: str | None = None
    moved_from: str | None = None
    moved_to: str | None = None
    successors: list[Successor] | None = None
    summary: str
    config: str


class Envelope(msgspec.Struct, frozen=True):
    """An alert as read, with the attributes of its envelope that readers need."""

    id: str
    source: str
    subject: str
    time: str
    alert: Alert


_ENVELOPE = ready(Envelope)


_FIELDS = Alert.__struct_fields__
_LEFT_OUT = (
    "reason", "silent_days", "newcomers", "count_by", "reporters", "looks_like", "belongs_to",
    "basis", "moved_from", "moved_to", "successors",
)  # fmt: skip
_ENVELOPE_FIELDS = ("id", "source", "subject", "time")


def encode_alert(alert: Alert, *, name: str, time: str) -> bytes:
    """Write an alert as a CloudEvent: equal input, equal bytes.

    Keys stand in the contract's order. Every float is rounded to 6 significant decimal
    digits (half to even on the exact binary value), minus zero becomes zero, and it is
    then written in its shortest form that reads back the same; integers are exact.
    ``reason``, ``silent_days``, ``newcomers``, ``count_by``, ``reporters``, ``looks_like``,
    ``belongs_to``, ``basis``, ``moved_from``, ``moved_to`` and ``successors`` are left out where
    there are none; other missing values are null. So is the error of ``reporters`` where it is 0.

    Parameters
    ----------
    alert
        The revision.
    name
        The configuration's ``name``.
    time
        RFC 3339 end of the bucket that caused this revision.

    Raises
    ------
    ValueError
        Where a number is not finite: JSON has no such number.
    """
    data: dict[str, Any] = {}
    for field, value in zip(_FIELDS, msgspec.structs.astuple(alert), strict=True):
        kind = type(value)
        if kind is str or kind is int:
            pass
        elif kind is float:
            value = _rounded(field, value)
        elif value is None:
            if field in _LEFT_OUT:
                continue
        elif isinstance(value, Entity):
            value = {"level": value.level, "id": value.id}
        elif isinstance(value, NewIds):
            value = {"ids": value.ids, "events": value.events}
        elif isinstance(value, Reporters):
            error = {"error": _rounded("error", value.error)} if value.error else {}
            value = {"complaints": value.complaints, "distinct": value.distinct, **error}
        elif isinstance(value, list):
            value = [msgspec.structs.asdict(successor) for successor in value]
        elif isinstance(value, float):
            value = _rounded(field, value)
        elif isinstance(value, Basis):
            value = _basis(value)
        data[field] = value
    del data["event"]
    return orjson.dumps(
        {
            "specversion": "1.0",
            "id": revision_id(alert.alert_id, alert.revision, alert.event),
            "source": f"/weathervane/{name}",
            "type": _FEED_ENDED if alert.event == "ended" else _TYPE_PREFIX + alert.event,
            "subject": subject(alert.entity.level, alert.entity.id),
            "time": time,
            "datacontenttype": "application/json",
            "data": data,
        }
    )


def decode_event(raw: bytes) -> Envelope:
    """Read an alert with its envelope.

    An alert of version 0.1 has no ``epoch`` and no ``exposure``, and says ``feed`` where the
    signal is ``source`` now.

    Raises
    ------
    ValueError
        Where `raw` is not such a CloudEvent; the message says what is wrong, and where.
    """
    try:
        document = msgspec.json.decode(raw, type=dict[str, Any])
    except RecursionError:
        raise ValueError("JSON must not be nested so deeply") from None
    kind, data = document.get("type"), document.get("data")
    if kind == _FEED_ENDED:
        kind = f"{_TYPE_PREFIX}ended"
    if not isinstance(kind, str) or not kind.startswith(_TYPE_PREFIX):
        raise ValueError(f"type must begin with {_TYPE_PREFIX!r}; found {kind!r}")
    if not isinstance(data, dict):
        raise ValueError(f"data must be an object; found {type(data).__name__}")
    fields = {field: document[field] for field in _ENVELOPE_FIELDS if field in document}
    if "signal" in data:
        data = {**data, "signal": current_signal(data["signal"])}
    fields["alert"] = {**data, "event": kind.removeprefix(_TYPE_PREFIX)}
    return msgspec.convert(fields, _ENVELOPE)


def current_signal(signal: Any) -> Any:
    """Return today's word for a signal that an earlier version may have written.

    Examples
    --------
    >>> current_signal("feed"), current_signal("sends")
    ('source', 'sends')
    """
    return FORMER_SIGNALS.get(signal, signal) if isinstance(signal, str) else signal


def _basis(basis: Basis) -> dict[str, Any]:
    """Return a basis as it is written: what it is comes first, and what is missing is left out."""
    document = {"of": basis.__struct_config__.tag, **msgspec.structs.asdict(basis)}
    return {
        name: _rounded(f"basis.{name}", value) if isinstance(value, float) else value
        for name, value in document.items()
        if value is not None
    }


def _rounded(field: str, value: float) -> float:
    if not math.isfinite(value):
        raise ValueError(f"{field} must be finite to be written as JSON; found {value}")
    return float(f"{value:.{SIGNIFICANT_DIGITS}g}") + 0.0  # -0.0 + 0.0 is 0.0
