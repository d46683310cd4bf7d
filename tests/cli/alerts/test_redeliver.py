"""``weathervane redeliver``: lists what is undelivered, sends it again, and says how it went."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from streams.cli.alerts import redeliver as command
from streams.delivery.topic_writer import NotWritten
from streams.delivery.undelivered import writer
from streams.delivery.undelivered.record import (
    Redelivered,
    Undelivered,
    decode_record,
    encode_record,
)
from tests.alerts.examples import numbered
from tests.cli.cli import Cli
from tests.delivery.receivers import Receiver, receiver
from tests.delivery.undelivered.test_record import lost

IDS = [f"{number:016x}.1" for number in (1, 2, 3)]


class Broker:
    """Stands where the broker would: the topic undelivered."""

    def __init__(self) -> None:
        self.topic = [encode_record(lost(numbered(number))) for number in (1, 2, 3)]
        self.away = False

    def records(self, _: Any, topic: str) -> Iterator[bytes | None]:
        assert "undelivered" in topic
        yield from self.topic
        yield None


@pytest.fixture
def broker(monkeypatch: pytest.MonkeyPatch) -> Broker:
    """A topic of three alerts for the receiver ops."""
    one = Broker()

    class Writer:
        def __init__(self, client: dict[str, Any], topic: str) -> None: ...

        async def write(self, record: Undelivered | Redelivered) -> None:
            if one.away:
                raise NotWritten("the topic undelivered must take a record")
            one.topic.append(encode_record(record))

        async def close(self) -> None: ...

    monkeypatch.setattr(command, "records", one.records)
    monkeypatch.setattr(writer, "UndeliveredWriter", Writer)
    return one


@pytest.fixture
def ops() -> Iterator[Receiver]:
    """A receiver that accepts."""
    with receiver() as one:
        yield one


@pytest.fixture
def cli(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, ops: Receiver) -> Cli:
    """The command line with the receiver in its configuration."""
    monkeypatch.chdir(tmp_path)
    Path("weathervane.toml").write_text(f'[[webhooks]]\nname = "ops"\nurl = "{ops.url}"\n')
    return Cli(monkeypatch)


def test_a_listing_sends_nothing(cli: Cli, broker: Broker, ops: Receiver) -> None:
    """A line for each with its reason, for people and for programs; options narrow it."""
    shown = cli("redeliver", "--list")
    assert shown.exit_code == 0
    assert all(each in shown.stdout for each in IDS)
    assert "HTTP 403 Forbidden" in shown.stdout.replace("\n", " ")
    assert "3 alerts undelivered; times in Asia/Shanghai" in shown.stderr
    listed = cli("redeliver", "--list", "--json", "--alert", IDS[1]).stdout.splitlines()
    assert [decode_record(line.encode()) for line in listed] == [lost(numbered(2))]
    (row,) = csv.DictReader(
        cli("redeliver", "--list", "--csv", "--alert", IDS[1]).stdout.splitlines()
    )
    assert row["alert"] == IDS[1]
    assert cli("redeliver", "--all", "--csv").exit_code == 2
    assert "0 alerts" in cli("redeliver", "--list", "--since", "2099-01-01").stderr
    assert ops.asked == []
    assert len(broker.topic) == 3


def test_one_alert_then_all(cli: Cli, broker: Broker, ops: Receiver) -> None:
    """What was delivered stands no more; the last run finds nothing, and that is well."""
    assert cli("redeliver", "--alert", IDS[1][:16]).exit_code == 0
    assert ops.accepted == [numbered(2)]
    done = cli("redeliver", "--all", "--json")
    assert (done.exit_code, json.loads(done.stdout)) == (
        0,
        {"delivered": 2, "refused": 0, "not_tried": 0},
    )
    assert ops.accepted == [numbered(2), numbered(1), numbered(3)]
    again = cli("redeliver", "--receiver", "ops")
    assert (again.exit_code, again.stdout) == (0, "nothing is undelivered\n")
    assert len(ops.accepted) == 3


def test_what_is_refused_again_stays(cli: Cli, broker: Broker, ops: Receiver) -> None:
    """Status 1, and why; the address is not shown."""
    ops.answers = [403, 204, 500]
    done = cli("redeliver", "--since", "2026-03-01")
    assert done.exit_code == 1
    assert done.stdout == "1 delivered, 2 refused\n"
    assert f"{IDS[0]} to ops: refused: HTTP 403 Forbidden" in done.stderr
    assert "secret" not in done.stderr
    assert cli("redeliver", "--list", "--json").stdout.count("undelivered") == 2


def test_a_delivery_that_is_not_recorded_is_said(cli: Cli, broker: Broker) -> None:
    """The broker goes away: status 1, and that the alert stays."""
    broker.away = True
    done = cli("redeliver", "--all")
    assert done.exit_code == 1
    assert "the receiver has accepted an alert that stays undelivered" in done.stderr


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ((), "must have --receiver, --alert, --since, --all or --list"),
        (("--receiver", "opps"), "--receiver must be one of the configuration's; got opps"),
        (("--alert", "sender/1"), "--alert must be 16 hex digits"),
        (("--since", "yesterday"), "--since must be a date or a time"),
    ],
)
def test_wrong_options_send_nothing(
    cli: Cli, broker: Broker, ops: Receiver, options: tuple[str, ...], said: str
) -> None:
    """Status 2 and the rule."""
    done = cli("redeliver", *options)
    assert done.exit_code == 2
    assert said in done.stderr
    assert ops.asked == []
