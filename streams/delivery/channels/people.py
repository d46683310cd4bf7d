"""The table of channels for people: a line for each, as keys of a ``[[receivers]]`` table."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Self

from pydantic import model_validator

from streams.config.fields import Table, raise_problems
from streams.delivery.channels.alertmanager import Alertmanager
from streams.delivery.channels.apprise import Apprise
from streams.delivery.channels.batch import BatchWebhook
from streams.delivery.channels.chat.dingtalk import DingTalk
from streams.delivery.channels.chat.feishu import Feishu
from streams.delivery.channels.chat.slack import Slack
from streams.delivery.channels.chat.wecom import WeCom
from streams.delivery.channels.notification import PeopleChannel
from streams.delivery.channels.pagerduty import PagerDuty


class PeopleChannels(Table):
    """The keys of a receiver of which exactly one is given: how its people are told."""

    webhook: BatchWebhook | None = None
    alertmanager: Alertmanager | None = None
    pagerduty: PagerDuty | None = None
    dingtalk: DingTalk | None = None
    wecom: WeCom | None = None
    feishu: Feishu | None = None
    slack: Slack | None = None
    apprise: Apprise | None = None

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
