"""Webhooks of programs: an alert is posted to an address, as a CloudEvent, signed if one likes."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Annotated, ClassVar, Final, Literal

import msgspec
from pydantic import Field

from streams.alerts.cloudevent import CONTENT_TYPE
from streams.config.fields import FilePath, Name, PositiveDuration, Table
from streams.delivery.channels.channel import Refusal, Send
from streams.delivery.channels.posting import Address, Answer, Poster, open_poster
from streams.delivery.channels.signing import SecretProblem, signed_headers, signing_keys

NO_KEYS: Final = "secret_file"
"""The reason of a refusal where a secret cannot be read: it is tried again, as after a failure."""


class Webhook(Table):
    """A ``[[webhooks]]`` table: a receiver to which each alert is posted.

    Attributes
    ----------
    name
        The receiver's name.
    url
        Its address.
    secret_file
        The file with the keys that sign what is posted; None where it is not signed.
    timeout
        How long an answer may take, in seconds.
    give_up_after
        Age in seconds at which an alert that it has not accepted is given up.
    give_up_on
        Statuses at which an alert is given up at once.
    begin
        Where its queue begins if no position is stored for it.
    monitor
        Whether it gets the events on the monitor itself too.
    """

    kind: ClassVar[str] = "webhook"

    name: Name
    url: Address = Field(repr=False)
    secret_file: FilePath | None = Field(default=None, repr=False)
    timeout: PositiveDuration = 10.0
    give_up_after: PositiveDuration = 86400.0
    give_up_on: list[Annotated[int, Field(ge=300, le=999)]] = Field(default_factory=list)
    begin: Literal["oldest", "newest"] = "oldest"
    monitor: bool = True

    @asynccontextmanager
    async def open(self) -> AsyncIterator[Send]:
        """Connect to the receiver, for as long as the context lasts."""
        async with open_poster(self.timeout) as poster:

            async def post(alert: bytes) -> Refusal | None:
                message_id = "" if self.secret_file is None else _id_of(alert)
                answer = await post_signed(
                    poster, self.url, alert, CONTENT_TYPE, self.secret_file, message_id
                )
                if isinstance(answer, Refusal):
                    return answer
                return answer.refusal(final=answer.status in self.give_up_on)

            yield post


async def post_signed(
    poster: Poster,
    url: str,
    body: bytes,
    content_type: str,
    secret_file: Path | None,
    message_id: str,
) -> Answer | Refusal:
    """Post a body, signed by the keys of a file where there is one.

    The file is read each time, so that a new secret needs no restart.
    """
    headers = {"Content-Type": content_type}
    if secret_file is not None:
        try:
            keys = signing_keys(secret_file)
        except SecretProblem as problem:
            return Refusal(NO_KEYS, str(problem))
        headers |= signed_headers(keys, message_id, int(time.time()), body)
    return await poster.post(url, body, headers)


class _WithId(msgspec.Struct):
    id: str


_with_id = msgspec.json.Decoder(_WithId)


def _id_of(event: bytes) -> str:
    """Return the id of a CloudEvent of ours, which stays the same when it is tried again."""
    return _with_id.decode(event).id
