"""The table of channels: a line for each, read by the configuration, the queues and status."""

from __future__ import annotations

from collections.abc import Iterator

from pydantic import Field

from streams.config.fields import Table
from streams.config.names import own_name
from streams.delivery.channels.channel import Channel
from streams.delivery.channels.webhook import Webhook


class Channels(Table):
    """Receivers that are programs, under the key that the configuration has for their channel."""

    webhooks: list[Webhook] = Field(default_factory=list)

    @property
    def programs(self) -> list[Channel]:
        """All receivers, channel by channel."""
        return [receiver for _, receiver in self.programs_by_key()]

    def programs_by_key(self) -> Iterator[tuple[str, Channel]]:
        """Each receiver, with the key of its channel."""
        for key in Channels.model_fields:
            for receiver in getattr(self, key):
                yield key, receiver


def group_id(config_name: str, receiver: Channel) -> str:
    """Return the name of the consumer group that is a receiver's queue.

    Examples
    --------
    >>> group_id("local", Webhook(name="oncall", url="https://oncall.example/alerts"))
    'weathervane.local.webhook.oncall'
    """
    return own_name(config_name, f"{receiver.kind}.{receiver.name}")
