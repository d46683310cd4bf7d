"""``weathervane replay --registry``: a file is declared before the first bucket that is judged."""

from __future__ import annotations

from pathlib import Path

import pytest

from streams.alerts.cloudevent import decode_event
from tests.cli.cli import Cli
from tests.events_of import DAY, record

CONFIG = """
name = "test"
timezone = "UTC"
[count]
levels = ["sender", "access_code", "signature"]
[detect]
min_count = 1000
[detect.misuse]
signals = ["scope"]
[sources.sends]
kind = "send"
bucket = "1d"
"""
HEAD = "kind,id,code,signature\n"
CODE = "code,10690001,,\n"
FILED = "filing,,10690001,Mall\n"
BOTH = "signature,Mall,,\nsignature,Bank,,\n"


@pytest.fixture
def cli(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Cli:
    """The command line, beside a code that two signatures use for ten days."""
    monkeypatch.chdir(tmp_path)
    Path("test.toml").write_text(CONFIG)
    Path("sends.jsonl").write_bytes(
        b"\n".join(
            record(DAY * day + n, "1069000101", signature=name, event_id=f"{day}{name}{n}")
            for day in range(10)
            for n, name in enumerate(("Mall", "Bank"))
        )
    )
    Path("one.csv").write_text(HEAD + CODE + FILED)
    Path("names.csv").write_text(HEAD + BOTH)
    return Cli(monkeypatch)


def _opened(cli: Cli, *words: str) -> list[tuple[str, str | None]]:
    """What is found of whom, and that a second run writes the same bytes."""
    written = []
    for _ in range(2):
        done = cli("replay", "sends=sends.jsonl", "--alerts", "x", "--config", "test.toml", *words)
        assert done.exit_code == 0, done.output
        written.append(Path("x").read_bytes())
    assert written[0] == written[1]
    alerts = [decode_event(line).alert for line in written[0].splitlines()]
    return [(one.entity.id, one.kind) for one in alerts if one.event == "opened"]


def test_what_is_declared_decides(cli: Cli) -> None:
    assert _opened(cli) == []  # nothing was declared, so nothing is forbidden
    assert ("1069000101", "pair") in _opened(cli, "--registry", "one.csv")
    Path("one.csv").write_text(HEAD + CODE + FILED + "filing,,10690001,Bank\n")
    assert _opened(cli, "--registry", "one.csv") == []


def test_several_files_are_declared_as_one(cli: Cli) -> None:
    one = _opened(cli, "--registry", "one.csv", "--registry", "names.csv")
    Path("both.csv").write_text(HEAD + CODE + FILED + BOTH)
    assert one == _opened(cli, "--registry", "both.csv") != []


def test_a_wrong_file_stops_it_before_anything_is_written(cli: Cli) -> None:
    Path("one.csv").write_text(HEAD + "code,,,\nfiling,,10690001,\n")
    words = ("--registry", "one.csv")
    done = cli("replay", "sends=sends.jsonl", "--alerts", "x", "--config", "test.toml", *words)
    assert done.exit_code == 1
    assert "one.csv line 2, id:" in done.stderr
    assert "one.csv line 3, signature:" in done.stderr
    assert not Path("x").exists()


def test_an_archive_has_its_own(cli: Cli) -> None:
    words = ("--archive", "a", "--registry", "one.csv", "--alerts", "x")
    done = cli("replay", *words, "--config", "test.toml")
    assert done.exit_code == 2
    assert "--registry must be given without --archive" in done.stderr
