"""What is common to all channels: the ways in which alerts reach people.

A channel is a table of the configuration with one method, `open`. Everything else is the same for
all channels: the queue (`streams.delivery.queue`), and waiting, trying again and giving up
(`streams.delivery.courier`).
"""

from __future__ import annotations

import asyncio
import traceback
from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager
from typing import ClassVar, Literal, Protocol, TypeVar

import msgspec


class Refusal(msgspec.Struct, frozen=True):
    """Why a receiver has not accepted an alert.

    Attributes
    ----------
    reason
        A short word for metrics, such as a status or the kind of an error.
    detail
        The same for the log; it must hold no secret, and nothing that the receiver has said.
    retry_after_s
        How long the receiver asked to be left alone, in seconds; None where it did not.
    answered
        Whether the receiver has answered at all.
    final
        Whether the alert is to be given up at once, as the receiver's table says.
    unforeseen
        Whether it is a fault of ours: an error that no channel expects.
    only
        Ids of the alerts that it is about, where the receiver has accepted the others of the
        notification; empty where it is about all.
    """

    reason: str
    detail: str
    retry_after_s: float | None = None
    answered: bool = False
    final: bool = False
    unforeseen: bool = False
    only: tuple[str, ...] = ()


Send = Callable[[bytes], Awaitable[Refusal | None]]
"""Tries once to send an alert, as published; None where the receiver has accepted it."""


What = TypeVar("What")
"""What a receiver gets: an alert as published, or a notification."""


class Addressee(Protocol):
    """What the courier must know of a receiver: it is a `Channel`, or a ``[[receivers]]`` table.

    Attributes
    ----------
    kind
        Name of the channel, for the log.
    name
        Name of the receiver.
    give_up_after
        How old something must be, in seconds, before it is given up.
    """

    @property
    def kind(self) -> str:
        """Name of the channel."""

    @property
    def name(self) -> str:
        """Name of the receiver."""

    @property
    def give_up_after(self) -> float:
        """Age in seconds at which something is given up."""


class EventReceiver(Protocol):
    """Whatever takes events one by one.

    Attributes
    ----------
    kind
        Name of the channel, for the log.
    name
        Name of the receiver.
    """

    @property
    def kind(self) -> str:
        """Name of the channel."""

    @property
    def name(self) -> str:
        """Name of the receiver."""

    def open(self) -> AbstractAsyncContextManager[Send]:
        """Connect to the receiver, for as long as the context lasts."""


class Channel(Protocol):
    """A receiver, as the configuration has it.

    Attributes
    ----------
    kind
        Name of the channel, for the log and for the name of the receiver's consumer group.
    name
        Name of the receiver: no two receivers share one, whatever their channels.
    give_up_after
        How old an alert must be, in seconds, before it is given up.
    begin
        Where its queue begins if no position is stored for it.
    monitor
        Whether it gets the events on the monitor itself too.
    """

    kind: ClassVar[str]

    @property
    def name(self) -> str:
        """Name of the receiver."""

    @property
    def give_up_after(self) -> float:
        """Age in seconds at which an alert is given up."""

    @property
    def begin(self) -> Literal["oldest", "newest"]:
        """Where the receiver's queue begins if no position is stored for it."""

    @property
    def monitor(self) -> bool:
        """Whether it gets the events on the monitor itself too."""

    def open(self) -> AbstractAsyncContextManager[Send]:
        """Connect to the receiver, for as long as the context lasts."""


async def attempt(send: Callable[[What], Awaitable[Refusal | None]], what: What) -> Refusal | None:
    """Try once to send something; an error that the channel did not foresee is a refusal too.

    The attempt is a task of its own, so that one that a library cancels ends nothing else.
    """
    task = asyncio.ensure_future(send(what))
    try:
        await asyncio.wait([task])
    finally:
        if not task.done():
            task.cancel()
            await asyncio.wait([task])
    if task.cancelled():
        return Refusal("CancelledError", "unforeseen: the attempt was cancelled", unforeseen=True)
    error = task.exception()
    if error is not None:
        return Refusal(type(error).__name__, where_it_failed(error), unforeseen=True)
    return task.result()


def where_it_failed(error: BaseException) -> str:
    """Say an error's kind and place, and not its text: that may hold an address with a token."""
    frames = traceback.extract_tb(error.__traceback__)
    place = f" at {frames[-1].filename}:{frames[-1].lineno}" if frames else ""
    return f"unforeseen {type(error).__name__}{place}"
