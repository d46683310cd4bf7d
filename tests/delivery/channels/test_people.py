"""A receiver has exactly one channel."""

from __future__ import annotations

import pytest
from pydantic import ValidationError

from streams.delivery.channels.batch import BatchWebhook
from streams.delivery.channels.people import PeopleChannels


def test_the_one_channel_that_is_given() -> None:
    table = PeopleChannels.model_validate({"webhook": {"url": "https://x.example"}})
    assert table.channel == BatchWebhook(url="https://x.example")
    assert table.kind == "webhook"


def test_none_is_refused() -> None:
    with pytest.raises(ValidationError, match=r"exactly one channel of: webhook.*; found none"):
        PeopleChannels.model_validate({})
