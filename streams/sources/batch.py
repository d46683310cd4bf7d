"""Events that were decoded together, so that they can be checked and counted together.

A batch has of each event only what counting looks at, in columns. Where events name nothing but
the sender's id, only the id is decoded: counting by ids takes half the time of counting by `Sender`
objects. All fields are checked all the same.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Sequence
from functools import cached_property
from itertools import compress
from typing import Any, Literal, NamedTuple, cast

import msgspec

from streams.items import Complaint, Name, Send, Sender
from streams.names.derived import Derivation, with_derived
from streams.sources.event_facts import EventFacts

SENDERS_CACHED = 200_000

SenderKey = str | Sender
"""What an event is counted by: the sender's id if it names nothing else, or the whole sender."""


def sender_key(sender: Sender) -> SenderKey:
    """Return what an event of this sender is counted by.

    Examples
    --------
    >>> sender_key(Sender("a"))
    'a'
    >>> sender_key(Sender("a", access_code="1069")).access_code
    '1069'
    """
    only_id = (
        sender.signature is sender.platform is sender.category is None
        and sender.access_code is sender.account is sender.merchant is sender.domain is None
    )
    return sender.id if only_id and sender.id is not None else sender


Moments = Sequence[dt.datetime] | Sequence[float]
"""Times of events: all as instants with a zone, or all as epoch s."""


def seconds_of(times: Moments) -> Sequence[float]:
    """Return times as epoch s.

    Examples
    --------
    >>> seconds_of([dt.datetime(2026, 3, 2, tzinfo=dt.UTC)]), seconds_of([7.5]), seconds_of([])
    ([1772409600.0], [7.5], [])
    """
    if times and isinstance(times[0], dt.datetime):
        return [time.timestamp() for time in cast("Sequence[dt.datetime]", times)]
    return cast("Sequence[float]", times)


class EventBatch:
    """Events of one kind, decoded together: of each what counting looks at.

    Attributes
    ----------
    times
        When each happened, in their order.
    senders
        What each is counted by.
    counts
        What each counts; None where each counts one.
    ids
        The id of each; empty where they are not needed.
    names
        What each names as its sender, where that differs from what it is counted by.
    facts
        What else of them is counted; None where nothing is.
    """

    def __init__(
        self,
        times: Moments,
        senders: Sequence[SenderKey],
        counts: Sequence[int] | None = None,
        ids: Sequence[str] = (),
        *,
        names: Sequence[SenderKey] | None = None,
        facts: EventFacts | None = None,
    ) -> None:
        self.times = times
        self.senders = senders
        self.counts = counts
        self.ids = ids
        self.names = senders if names is None else names
        self.facts = facts

    def __len__(self) -> int:
        return len(self.times)

    @cached_property
    def span(self) -> Moments:
        """The first and the last event time.

        Raises
        ------
        TypeError
            Where some times have a zone and others have none.
        """
        times = cast("Sequence[float]", self.times)
        return [min(times), max(times)]

    @cached_property
    def span_s(self) -> tuple[float, float]:
        """The first and the last event time, epoch s."""
        earliest_s, latest_s = seconds_of(self.span)
        return earliest_s, latest_s

    @property
    def times_s(self) -> Sequence[float]:
        """When each happened, epoch s."""
        return seconds_of(self.times)

    @property
    def sender_ids(self) -> list[str | None]:
        """The sender's id of each."""
        return [key if isinstance(key, str) else key.id for key in self.names]

    def part(self, which: slice) -> EventBatch:
        """Return neighbouring events."""
        return self._of(lambda column: column[which])

    def where(self, chosen: Sequence[bool]) -> EventBatch:
        """Return the events for which `chosen` is true."""
        return self._of(lambda column: list(compress(column, chosen)))

    def counted_by(self, senders: Sequence[SenderKey]) -> EventBatch:
        """Return the events, counted by others than they are now."""
        return EventBatch(
            self.times, senders, self.counts, self.ids, names=self.names, facts=self.facts
        )

    def _of(self, part_of: Callable[[Sequence[Any]], Sequence[Any]]) -> EventBatch:
        counts = None if self.counts is None else part_of(self.counts)
        names = None if self.names is self.senders else part_of(self.names)
        facts = None if self.facts is None else self.facts.part(part_of)
        return EventBatch(
            part_of(self.times),
            part_of(self.senders),
            counts,
            part_of(self.ids),
            names=names,
            facts=facts,
        )


class SenderKeys(dict[SenderKey, SenderKey]):
    """The key of each sender, derived once.

    Parameters
    ----------
    derivations
        How levels follow from a sender's names.

    Examples
    --------
    >>> from streams.names.derived import first_digits
    >>> keys = SenderKeys([Derivation("access_code", "id", first_digits(4))])
    >>> keys["106900012345"].access_code, keys["shop"]
    ('1069', 'shop')
    """

    def __init__(self, derivations: Sequence[Derivation]) -> None:
        super().__init__()
        self._derivations = derivations

    def key(self, sender: Sender) -> SenderKey:
        """What an event of a sender is counted by."""
        key = sender_key(sender)
        return self[key] if self._derivations else key

    def batch(self, batch: EventBatch) -> EventBatch:
        """Return a batch whose events are counted so."""
        if not self._derivations:
            return batch
        return batch.counted_by([self[key] for key in batch.senders])

    def __missing__(self, key: SenderKey) -> SenderKey:
        sender = Sender(key) if isinstance(key, str) else key
        found = sender_key(with_derived(sender, self._derivations))
        if len(self) >= SENDERS_CACHED:
            self.clear()
        self[key] = found
        return found


class _IdOnly(msgspec.Struct, frozen=True, gc=False, forbid_unknown_fields=True):
    """A sender that names nothing but its id."""

    id: Name


# The type is a field here: with a tag, msgspec accepts a record without one where only one kind is
# allowed, and takes longer where two are.
class _AnySend(Send, frozen=True, gc=False, kw_only=True, tag=False):
    type: Literal["send"]


class _SendByIdOnly(_AnySend, frozen=True, gc=False, kw_only=True):
    sender: _IdOnly  # type: ignore[assignment]


class _AnyComplaint(Complaint, frozen=True, gc=False, kw_only=True, tag=False):
    type: Literal["complaint"]


class _ComplaintByIdOnly(_AnyComplaint, frozen=True, gc=False, kw_only=True):
    sender: _IdOnly  # type: ignore[assignment]


Decode = Callable[[bytes], Any]

_ID_ONLY: dict[str, Decode] = {
    "send": msgspec.json.Decoder(_SendByIdOnly).decode,
    "complaint": msgspec.json.Decoder(_ComplaintByIdOnly).decode,
}
_ANY_SENDER: dict[str, Decode] = {
    "send": msgspec.json.Decoder(_AnySend).decode,
    "complaint": msgspec.json.Decoder(_AnyComplaint).decode,
}


class Decoded(NamedTuple):
    """Events as msgspec has decoded them.

    Attributes
    ----------
    events
        In their order.
    senders
        What each names as its sender.
    by_id
        Whether they name nothing but the sender's id.
    """

    events: list[Any]
    senders: list[SenderKey]
    by_id: bool


def decode_batch(kind: Literal["send", "complaint"], values: Sequence[bytes]) -> Decoded:
    """Decode records that are all events of one kind.

    Raises
    ------
    msgspec.DecodeError, UnicodeDecodeError, RecursionError
        Where one of them is not such an event.
    """
    try:
        events = list(map(_ID_ONLY[kind], values))
    except msgspec.ValidationError:
        # The first event that names more than the id raises: where all do, little work is lost.
        events = list(map(_ANY_SENDER[kind], values))
        senders = [event.sender for event in events]
        if kind == "send" and None in [sender.id for sender in senders]:
            raise msgspec.ValidationError("sender.id must be given for a send") from None
        return Decoded(events, list(senders), by_id=False)
    return Decoded(events, [event.sender.id for event in events], by_id=True)
