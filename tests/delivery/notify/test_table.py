"""What a wrong table of a receiver is told, and which ones are right."""

from __future__ import annotations

import tomllib

import pytest

from streams.config.load import ConfigError, parse_config
from streams.config.problems import NOT_SHOWN

HOOK = 'webhook = { url = "https://x.example" }'
OPS = f'[[receivers]]\nname = "ops"\n{HOOK}\n'
_CLOCK = 'must be a time of day such as "22:00"'

PROBLEMS = {
    '[serve]\nurl = "monitor.example"': "serve.url must be an http or https address",
    '[serve]\nurl = "https://monitor.example/?x=1"': (
        "serve.url must have nothing after its path, since paths are added to it"
    ),
    f"[[receivers]]\n{HOOK}": "receivers.0.name must be given; found nothing",
    '[[receivers]]\nname = "ops"': "receivers.0 must have exactly one channel of: webhook",
    f'{OPS}match = "all"': "receivers.0.match.0 must be a table",
    f'{OPS}match = {{ severity = "urgent" }}': (
        "receivers.0.match.0 severity must be warning | critical"
    ),
    f'{OPS}match = {{ sender = "1069" }}': "receivers.0.match.0.sender is not a key",
    f'{OPS}match = [{{ id = "" }}]': "receivers.0.match.0.id.0 must",
    f"{OPS}continue = 1": "receivers.0.continue must be true or false; got 1",
    f'{OPS}group_by = "none"': 'receivers.0.group_by must be "family" or "alert"; got "none"',
    f'{OPS}wait = "-1s"': "receivers.0.wait must be a duration",
    f"{OPS}interval = 5": "receivers.0.interval must be a duration",
    f'{OPS}repeat = "often"': "receivers.0.repeat must be a duration",
    f'{OPS}resolved = "no"': 'receivers.0.resolved must be true or false; got "no"',
    f'{OPS}quiet = {{ from = "22", to = "08:00" }}': f'receivers.0.quiet.from {_CLOCK}; got "22"',
    f'{OPS}quiet = {{ from = "22:00" }}': "receivers.0.quiet.to must be given; found nothing",
    f'{OPS}quiet = {{ from = "08:00", to = "08:00" }}': (
        'receivers.0.quiet must have `to` at another time than `from`; got "08:00" twice'
    ),
    f'{OPS}give_up_after = "0s"': 'receivers.0.give_up_after must be longer than 0s; got "0s"',
    f'{OPS}language = "fr"': 'receivers.0.language must be "en" or "zh"; got "fr"',
    f"{OPS}monitor = 1": "receivers.0.monitor must be true or false; got 1",
    f"{OPS}monitor = true\nheartbeat = 1": "receivers.0.heartbeat must be true or false; got 1",
    f"{OPS}heartbeat = true": "receivers.0 must have `monitor = true` where it has `heartbeat`",
    '[[receivers]]\nname = "am"\nmonitor = true\nheartbeat = false\n'
    'alertmanager = { urls = ["http://am:9093"] }': "receivers.0 heartbeat must be left out",
    f'{OPS}escalate_after = "1h"': (
        "receivers.0 must have both `escalate_after` and `escalate_to`, or neither"
    ),
    f'{OPS}escalate_after = "1h"\nescalate_to = "boss"': (
        'receivers.escalate_to must be the name of a receiver; "ops" names "boss"'
    ),
    f'{OPS}escalate_after = "1h"\nescalate_to = "ops"': (
        'receivers.escalate_to must not lead back to where it began; it does from "ops"'
    ),
    f"{OPS}match = []": "receivers.match must match something",
    OPS + OPS: 'receivers.name must be unique, of webhooks too',
    f'{OPS}[[webhooks]]\nname = "ops"\nurl = "https://y.example"': "receivers.name must be unique",
    f"{OPS}mail = true": "receivers.0.mail is not a key",
}  # fmt: skip


@pytest.mark.parametrize("text", PROBLEMS)
def test_what_is_wrong_is_said(text: str) -> None:
    """Each mistake is named, with the rule and without a secret."""
    with pytest.raises(ConfigError) as caught:
        parse_config(tomllib.loads(text))
    assert any(PROBLEMS[text] in problem for problem in caught.value.problems), (
        caught.value.problems
    )
    assert not any("x.example" in problem for problem in caught.value.problems)


@pytest.mark.parametrize(
    ("keys", "wanted"),
    [
        (HOOK, True),
        (f"{HOOK}\nheartbeat = false", False),
        ('slack = { url = "https://hooks.slack.com/services/T/B/x" }', False),
        ('slack = { url = "https://hooks.slack.com/services/T/B/x" }\nheartbeat = true', True),
    ],
)
def test_people_are_told_that_the_monitor_lives_only_if_they_ask(keys: str, wanted: bool) -> None:
    """A program waits for it; a chat would read it each hour."""
    (one,) = parse_config(
        tomllib.loads(f'[[receivers]]\nname = "ops"\nmonitor = true\n{keys}')
    ).receivers
    assert one.takes_heartbeats is wanted


def test_escalation_through_two_receivers_is_accepted() -> None:
    """A chain that does not come back; the last one matches nothing by itself."""
    chain = f'{OPS}escalate_after = "1h"\nescalate_to = "boss"\n'
    text = f'{chain}[[receivers]]\nname = "boss"\nmatch = []\n{HOOK}'
    assert [one.name for one in parse_config(tomllib.loads(text)).receivers] == ["ops", "boss"]


def test_receivers_do_not_change_the_hash() -> None:
    """No alert depends on who is told of it."""
    plain = parse_config({})
    assert (
        parse_config(tomllib.loads(f'{OPS}[serve]\nurl = "https://m.example"')).hash == plain.hash
    )


def test_an_address_is_not_shown() -> None:
    """It may hold a token."""
    text = '[[receivers]]\nname = "ops"\nwebhook = { url = "ftp://secret.example" }'
    with pytest.raises(ConfigError) as caught:
        parse_config(tomllib.loads(text))
    (problem,) = caught.value.problems
    assert problem.endswith(
        f"receivers.0.webhook.url must be an http or https address; got {NOT_SHOWN}"
    )
