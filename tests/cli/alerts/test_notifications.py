"""``weathervane notifications``: the same on Kafka and at a serve process."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest

from streams.cli.alerts import notifications as command
from streams.delivery.notify.record import Record, Settled, encode
from tests.access.known import NOW
from tests.cli.actions.test_at_serve import SECRET, running, served_with, token
from tests.cli.cli import Cli
from tests.delivery.test_sent_log import sent

LOST = msgspec.structs.replace(
    sent(2, "pager", 1, alerts=3), outcome="given_up", attempts=5, detail="503"
)
RECORDS: list[Record] = [sent(1), Settled(at=NOW, receivers={}), LOST, sent(3, hours=2)]


@pytest.fixture
def cli(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Cli:
    """The command line, in an empty directory."""
    monkeypatch.chdir(tmp_path)
    return Cli(monkeypatch)


@pytest.fixture(params=["kafka", "serve"])
def place(
    request: pytest.FixtureRequest, cli: Cli, monkeypatch: pytest.MonkeyPatch
) -> Iterator[None]:
    """Where the command looks; at serve in pages of two."""
    if request.param == "kafka":

        def records(_: Any, topic: str) -> Iterator[bytes | None]:
            assert topic.endswith("notifications")
            yield from [*map(encode, RECORDS), b"rubbish", None]

        monkeypatch.setattr(command, "records", records)
        yield
        return
    monkeypatch.setattr(command, "_PAGE", 2)
    served = served_with(token("viewer"))
    for offset, each in enumerate(RECORDS):
        served.sent.take(offset, encode(each), each)
    with running(served) as url:
        monkeypatch.setenv("WEATHERVANE_URL", url)
        monkeypatch.setenv("WEATHERVANE_TOKEN", SECRET)
        yield


@pytest.mark.usefixtures("place")
def test_they_are_listed_for_people_and_for_programs(cli: Cli) -> None:
    """In the order of time; each form says what was told, to whom, and what became of it."""
    shown = cli("notifications")
    assert shown.exit_code == 0, shown.stderr
    assert "given up after 5: 503" in " ".join(shown.stdout.split())
    assert "and 1 more" in " ".join(shown.stdout.split())
    assert "3 notifications" in shown.stderr
    rows = [json.loads(line) for line in cli("notifications", "--json").stdout.splitlines()]
    assert [row["receiver"] for row in rows] == ["ops", "pager", "ops"]
    assert rows[1]["alerts"][2]["alert_id"] == f"{4:016x}"
    table = list(csv.DictReader(cli("notifications", "--csv").stdout.splitlines()))
    assert [row["outcome"] for row in table] == ["accepted", "given_up", "accepted"]


@pytest.mark.usefixtures("place")
def test_filters_say_which(cli: Cli) -> None:
    """By receiver, alert and time, without a zone in the configuration's."""

    def attempts(*asked: str) -> list[int]:
        shown = cli("notifications", "--json", *asked)
        return [json.loads(line)["attempts"] for line in shown.stdout.splitlines()]

    assert attempts("--receiver", "pager") == [5]
    assert attempts("--alert", f"{4:016x}") == [5]
    assert attempts("--alert", f"{9:016x}") == []
    assert attempts("--since", LOST.at.isoformat()) == [5, 1]
    assert attempts("--since", "2020-01-01") == [1, 5, 1]


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        (("--since", "soon"), "--since must be a time"),
        (("--alert", "x"), "ALERT must be an id"),
        (("--json", "--csv"), "exclude each other"),
    ],
)
def test_what_cannot_be_asked_is_refused(cli: Cli, asked: tuple[str, ...], said: str) -> None:
    """Before anything is read."""
    refused = cli("notifications", *asked)
    assert refused.exit_code == 2
    assert said in refused.stderr
