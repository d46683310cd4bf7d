"""The table of channels for people: a line for each, as keys of a ``[[receivers]]`` table."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Self

from pydantic import model_validator

from streams.config.fields import Table, raise_problems
from streams.delivery.channels.batch import BatchWebhook
from streams.delivery.channels.notification import PeopleChannel


class PeopleChannels(Table):
    """The keys of a receiver of which exactly one is given: how its people are told."""

    webhook: BatchWebhook | None = None

    @property
    def channel(self) -> PeopleChannel:
        """The one that is given."""
        return next(channel for _, channel in self._given())

    @property
    def kind(self) -> str:
        """Name of the channel."""
        return self.channel.kind

    def _given(self) -> Iterator[tuple[str, PeopleChannel]]:
        for key in PeopleChannels.model_fields:
            if (channel := getattr(self, key)) is not None:
                yield key, channel

    @model_validator(mode="after")
    def _has_one(self) -> Self:
        given = [key for key, _ in self._given()]
        if len(given) != 1:
            keys = ", ".join(PeopleChannels.model_fields)
            found = " and ".join(given) or "none"
            raise_problems([f"must have exactly one channel of: {keys}; found {found}"])
        return self
