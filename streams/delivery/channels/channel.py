"""What is common to all channels: the ways in which alerts reach people.

A channel is a table of the configuration with one method, `open`. Everything else is the same for
all channels: the queue (`streams.delivery.queue`), and waiting and trying again
(`streams.delivery.courier`).
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager
from typing import ClassVar, Protocol

import msgspec


class Refusal(msgspec.Struct, frozen=True):
    """Why a receiver has not accepted an alert.

    Attributes
    ----------
    reason
        A short word for metrics, such as a status or the kind of an error.
    detail
        The same for the log; it must hold no secret.
    retry_after_s
        How long the receiver asked to be left alone, in seconds; None where it did not.
    """

    reason: str
    detail: str
    retry_after_s: float | None = None


Send = Callable[[bytes], Awaitable[Refusal | None]]
"""Tries once to send an alert, as published; None where the receiver has accepted it."""


class Channel(Protocol):
    """A receiver, as the configuration has it.

    Attributes
    ----------
    kind
        Name of the channel, for the log and for the name of the receiver's consumer group.
    name
        Name of the receiver: no two receivers share one, whatever their channels.
    """

    kind: ClassVar[str]

    @property
    def name(self) -> str:
        """Name of the receiver."""

    def open(self) -> AbstractAsyncContextManager[Send]:
        """Connect to the receiver, for as long as the context lasts."""
