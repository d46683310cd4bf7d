"""The channel ``webhook`` of receivers: a notification's alerts, as published, in one post."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable, Iterator
from contextlib import asynccontextmanager
from typing import ClassVar, Final

from pydantic import Field

from streams.config.fields import FilePath, PositiveDuration, Table
from streams.delivery.channels.channel import Refusal
from streams.delivery.channels.notification import Notification, Tell
from streams.delivery.channels.posting import Address, open_poster
from streams.delivery.channels.webhook import post_signed
from streams.language.catalogue import Language

BATCH_TYPE: Final = "application/cloudevents-batch+json; charset=UTF-8"
MOST_BYTES: Final = 1_000_000
"""Size of a post; a larger notification is split."""


class BatchWebhook(Table):
    """A ``webhook`` table of a receiver: the alerts are posted as a batch of CloudEvents.

    Attributes
    ----------
    url
        The address.
    secret_file
        The file with the keys that sign what is posted; None where it is not signed.
    timeout
        How long an answer may take, in seconds.
    """

    kind: ClassVar[str] = "webhook"
    takes_acknowledgements: ClassVar[bool] = False
    takes_heartbeats: ClassVar[bool] = True
    resend_every: ClassVar[float] = 0.0

    url: Address = Field(repr=False)
    secret_file: FilePath | None = Field(default=None, repr=False)
    timeout: PositiveDuration = 10.0

    @asynccontextmanager
    async def open(self, language: Language) -> AsyncIterator[Tell]:
        """Connect to the receiver, for as long as the context lasts; alerts are in no language."""
        async with open_poster(self.timeout) as poster:

            async def tell(notification: Notification) -> Refusal | None:
                for number, body in enumerate(batches(events_of(notification), MOST_BYTES)):
                    answer = await post_signed(
                        poster, self.url, body, BATCH_TYPE, self.secret_file,
                        f"{notification.digest}.{number}",
                    )  # fmt: skip
                    refusal = answer if isinstance(answer, Refusal) else answer.refusal()
                    if refusal is not None:
                        return refusal
                return None

            yield tell


def events_of(notification: Notification) -> list[bytes]:
    """Return the CloudEvents that a notification is about, as published."""
    if notification.monitor is not None:
        return [notification.monitor]
    return [one.raw for one in notification.alerts]


def batches(events: Iterable[bytes], most_bytes: int) -> Iterator[bytes]:
    """Put events together in JSON arrays of a size; an event that is larger stands alone.

    Examples
    --------
    >>> list(batches([b"{}", b"[1]", b"{}"], 8))
    [b'[{},[1]]', b'[{}]']
    """
    batch: list[bytes] = []
    size = 1
    for event in events:
        if batch and size + len(event) + 1 > most_bytes:
            yield b"[" + b",".join(batch) + b"]"
            batch, size = [], 1
        batch.append(event)
        size += len(event) + 1
    if batch:
        yield b"[" + b",".join(batch) + b"]"
