"""Events decoded together, and what can be told of all of them at once.

Where events tell nothing of their senders but the id, they are decoded to that id alone,
which is counted in half the time that it takes to count a whole `Sender`; what they may
hold is checked all the same.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Sequence
from functools import cached_property
from itertools import compress
from typing import Any, Literal

import msgspec

from streams.items import Complaint, Name, Send, Sender

Who = str | Sender
"""Whom an event is counted for: a sender's id where nothing else is named, or the whole sender."""


def who(sender: Sender) -> Who:
    """Whom an event of this sender is counted for: the id alone where nothing else is named.

    Examples
    --------
    >>> who(Sender("a"))
    'a'
    >>> who(Sender("a", access_code="1069")).access_code
    '1069'
    """
    named = (
        sender.signature is sender.platform is sender.category is None
        and sender.access_code is sender.account is sender.merchant is None
    )
    return sender.id if named and sender.id is not None else sender


class Together:
    """Events of one kind, decoded together.

    Attributes
    ----------
    events
        In their order.
    senders
        Whom each counts for.
    """

    def __init__(self, events: Sequence[Any], senders: list[Who]) -> None:
        self.events = events
        self.senders = senders

    @cached_property
    def span(self) -> tuple[dt.datetime, dt.datetime]:
        """The first and the last event time.

        Raises
        ------
        TypeError
            Where only some have a zone.
        """
        times = [event.event_time for event in self.events]
        return min(times), max(times)

    @property
    def one_each(self) -> bool:
        """Whether each counts one."""
        return not [event for event in self.events if event.count != 1]

    def where(self, chosen: Sequence[bool]) -> Together:
        """Those for which `chosen` is true."""
        return Together(list(compress(self.events, chosen)), list(compress(self.senders, chosen)))


class _Id(msgspec.Struct, frozen=True, gc=False, forbid_unknown_fields=True):
    """A sender that is nothing but its id."""

    id: Name


# The type is a field here: msgspec lets a record without a tag pass where it may be of one kind
# only, and takes longer where it may be of two.
class _WholeSend(Send, frozen=True, gc=False, kw_only=True, tag=False):
    type: Literal["send"]


class _SendById(_WholeSend, frozen=True, gc=False, kw_only=True):
    sender: _Id  # type: ignore[assignment]


class _WholeComplaint(Complaint, frozen=True, gc=False, kw_only=True, tag=False):
    type: Literal["complaint"]


class _ComplaintById(_WholeComplaint, frozen=True, gc=False, kw_only=True):
    sender: _Id  # type: ignore[assignment]


Decode = Callable[[bytes], Any]

_BY_ID: dict[str, Decode] = {
    "send": msgspec.json.Decoder(_SendById).decode,
    "complaint": msgspec.json.Decoder(_ComplaintById).decode,
}
_WHOLE: dict[str, Decode] = {
    "send": msgspec.json.Decoder(_WholeSend).decode,
    "complaint": msgspec.json.Decoder(_WholeComplaint).decode,
}


def decode_together(kind: Literal["send", "complaint"], values: Sequence[bytes]) -> Together:
    """Decode records that are all events of a kind.

    Raises
    ------
    msgspec.DecodeError, UnicodeDecodeError, RecursionError
        Where one is none.
    """
    try:
        events = list(map(_BY_ID[kind], values))
    except msgspec.ValidationError:
        # Raised at the first event that tells more: where all do, next to nothing is lost.
        events = list(map(_WHOLE[kind], values))
        return Together(events, [event.sender for event in events])
    return Together(events, [event.sender.id for event in events])
