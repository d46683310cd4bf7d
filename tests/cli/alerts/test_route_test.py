"""``route-test`` says who would be told, when, and why not; and sends where it is asked to."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from streams.actions.action import MakeSilence
from streams.actions.matcher import Matcher
from tests.alerts.examples import raw
from tests.cli.actions.desk import MemoryDesk
from tests.cli.cli import Cli
from tests.delivery.receivers import receiver

CONFIG = """
timezone = "Asia/Shanghai"
[[receivers]]
name = "on-call"
match = {{ severity = "critical" }}
escalate_after = "30m"
escalate_to = "lead"
webhook = {{ url = "{url}" }}
[[receivers]]
name = "desk"
quiet = {{ from = "22:00", to = "08:00" }}
continue = true
webhook = {{ url = "{url}" }}
[[receivers]]
name = "log"
match = [{{ signal = "sends" }}, {{ id = "1069*" }}]
webhook = {{ url = "{url}" }}
[[receivers]]
name = "lead"
match = []
webhook = {{ url = "{url}" }}
"""
NIGHT = "2026-03-02T23:00:00+08:00"


@pytest.fixture
def cli(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Cli:
    """The command line, in a folder of its own."""
    monkeypatch.chdir(tmp_path)
    return Cli(monkeypatch)


@pytest.fixture
def ask(tmp_path: Path, cli: Cli) -> Any:
    """Run the command about an alert; give its status and what it prints."""

    def run(url: str, *options: str, **changes: Any) -> tuple[int, str]:
        (tmp_path / "w.toml").write_text(CONFIG.format(url=url))
        (tmp_path / "alert.jsonl").write_bytes(raw(**changes) + b"\n")
        arguments = ["--alert", str(tmp_path / "alert.jsonl"), "--config", str(tmp_path / "w.toml")]
        done = cli("route-test", *arguments, "--offline", *options)
        return done.exit_code, done.stdout

    return run


def test_a_warning_at_night_waits_and_goes_on_to_the_log(ask: Any) -> None:
    """The first that matches takes it, and on from there where that one continues."""
    status, text = ask("http://x.example", "--at", NIGHT, "--json")
    assert status == 0
    (found,) = json.loads(text)
    rows = {row["receiver"]: row for row in found["receivers"]}
    assert [name for name, row in rows.items() if row["takes"]] == ["desk", "log"]
    assert rows["desk"]["at"] == "2026-03-03T08:00:00+08:00"
    assert rows["log"]["at"] == "2026-03-02T23:00:10+08:00"
    assert rows["on-call"]["why"] == "nothing of match fits"
    assert rows["log"]["why"] == "id 1069*"


def test_a_critical_one_is_escalated_and_ends_at_the_first(ask: Any) -> None:
    """Who comes after it in the file is told why nothing reaches it."""
    _, text = ask("http://x.example", "--at", NIGHT, "--json", severity="critical")
    (found,) = json.loads(text)
    first, second, _, _ = found["receivers"]
    assert (first["escalates_to"], first["escalates_at"]) == ("lead", "2026-03-02T23:30:10+08:00")
    assert second["why"] == "on-call has taken it, without continue"


def test_it_is_sent_to_who_takes_it(ask: Any) -> None:
    """With --send; one that refuses ends the command with 1, and no address is shown."""
    with receiver(204, 503) as server:
        status, text = ask(server.url, "--send")
        assert status == 1
        assert [json.loads(body)[0]["id"] for body in server.asked] == [
            "2b1926685558e977.1",
            "2b1926685558e977.1",
        ]
    assert "accepted" in text
    assert "503" in text
    assert "secret" not in text


def test_what_is_no_alert_is_refused(tmp_path: Path, cli: Cli) -> None:
    """With the file, the line and what it must be."""
    (tmp_path / "x.jsonl").write_text("{}\n")
    done = cli("route-test", "--alert", str(tmp_path / "x.jsonl"), "--offline")
    assert done.exit_code == 2
    assert "line 1: must be an alert" in " ".join(done.stderr.split())


def test_check_config_prints_the_routes(tmp_path: Path, cli: Cli) -> None:
    """A row for each receiver, in the file's order, and as JSON."""
    path = tmp_path / "w.toml"
    path.write_text(CONFIG.format(url="http://x.example"))
    routes = json.loads(cli("check-config", str(path), "--json").stdout)["routes"]
    assert [(row["receiver"], row["takes"], row["then"]) for row in routes] == [
        ("on-call", "severity critical", "ends"),
        ("desk", "every alert", "goes on"),
        ("log", "signal sends, or id 1069*", "ends"),
        ("lead", "what is escalated", "ends"),
    ]
    assert routes[0]["escalates"] == "to lead after 30m"


def test_a_silence_of_a_source_hides(
    tmp_path: Path, cli: Cli, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The alert's group is that of the source."""
    made = MakeSilence(
        v=1, id="1" * 32, at=datetime.fromisoformat("2026-03-02T08:00:00Z"), by="mei",
        match=Matcher(source="mall"), until=datetime.fromisoformat("2026-03-02T20:00:00Z"),
    )  # fmt: skip
    desk = MemoryDesk()
    desk.submit([(made, None)])

    @contextmanager
    def at_desk(*_: Any) -> Iterator[tuple[None, MemoryDesk]]:
        yield None, desk

    monkeypatch.setattr("streams.cli.alerts.route_test.at_desk", at_desk)
    monkeypatch.setattr("streams.cli.alerts.route_test.sources_of", lambda _: {"g": ("mall",)})
    (tmp_path / "w.toml").write_text(CONFIG.format(url="http://x.example"))
    (tmp_path / "alert.jsonl").write_bytes(raw(group="g") + b"\n")
    files = ["--alert", str(tmp_path / "alert.jsonl"), "--config", str(tmp_path / "w.toml")]
    (found,) = json.loads(cli("route-test", *files, "--at", NIGHT, "--json").stdout)
    assert found["hidden"]["id"] == made.id
