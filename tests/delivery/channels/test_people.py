"""A receiver has exactly one channel."""

from __future__ import annotations

import tomllib

import pytest
from pydantic import ValidationError

from streams.config.load import ConfigError, parse_config
from streams.delivery.channels.batch import BatchWebhook
from streams.delivery.channels.people import PeopleChannels


def test_the_one_channel_that_is_given() -> None:
    table = PeopleChannels.model_validate({"webhook": {"url": "https://x.example"}})
    assert table.channel == BatchWebhook(url="https://x.example")
    assert table.kind == "webhook"


def test_none_is_refused() -> None:
    with pytest.raises(ValidationError, match=r"exactly one channel of: webhook.*; found none"):
        PeopleChannels.model_validate({})


PROBLEMS = {
    'webhook = "https://x.example"': "webhook must be a table; got",
    'webhook = { url = "ftp://x" }': "webhook.url must be an http or https address; got",
    'webhook = { url = "https://x.example", secret = "x" }': "webhook.secret is not a key",
    'webhook = { url = "https://x.example", secret_file = 7 }': "webhook.secret_file must be",
    'webhook = { url = "https://x.example" }\nslack = { url = "https://x.example" }': (
        "must have exactly one channel of: webhook, alertmanager, pagerduty, dingtalk, wecom,"
        " feishu, slack, apprise; found webhook and slack"
    ),
    "dingtalk = {}": "dingtalk must have either `url` or `url_file`",
    'wecom = { url = "x", timeout = "0s" }': "wecom.timeout must be longer than 0s",
    'wecom = { url = "https://x.example", secret_file = "x" }': "wecom.secret_file is not a key",
    'slack = { url = "https://x.example", url_file = "x" }': "slack must have either",
    'feishu = { url_file = "a", secret_file = [] }': "feishu.secret_file must be",
    "pagerduty = {}": "pagerduty.routing_key_file must be given; found nothing",
    'pagerduty = { routing_key_file = "k", url = "x" }': "pagerduty.url must be an http",
    "alertmanager = { urls = [] }": "alertmanager.urls must",
    'alertmanager = { urls = ["http://x/?a"] }': "alertmanager.urls.0 must be an address without ?",
    'alertmanager = { urls = ["http://x"], resend_every = "0s" }': (
        'alertmanager.resend_every must be longer than 0s; got "0s"'
    ),
    'apprise = { url = "slack://a/b/c" }': "apprise.url must begin with one of: mailto://",
    "apprise = { url_file = 1 }": "apprise.url_file must be",
}


@pytest.mark.parametrize("text", PROBLEMS)
def test_what_is_wrong_is_said(text: str) -> None:
    """Which key, which rule, and what was found where that is no secret."""
    with pytest.raises(ConfigError) as error:
        parse_config(tomllib.loads(f'[[receivers]]\nname = "ops"\n{text}'))
    found = "\n".join(error.value.problems)
    assert PROBLEMS[text] in found.replace("receivers.0.", "").replace("receivers.0 ", "")
