"""``weathervane label``: one verdict or a file of them, whole or not at all; no broker needed."""

from __future__ import annotations

import csv
import json
import shlex
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import typer.main

from streams.alerts.label import Label, decode_label
from streams.broker.topics.admin import admin
from streams.cli.alerts import label as command
from streams.cli.commands import app
from streams.config.model import Config
from tests.alerts.examples import OPENED, raw
from tests.analysis.labels.examples import of_alert
from tests.cli.cli import Cli

ID = OPENED.alert_id
EARLY = "c" * 16
RULE = "must be one that the topic weathervane.local.alerts holds"


@pytest.fixture
def cli(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Cli:
    """The command line, in an empty directory."""
    monkeypatch.chdir(tmp_path)
    return Cli(monkeypatch)


class Broker:
    """Stands where the broker would: some alerts, and what labels were written."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        self.alerts = [
            raw(), b"no alert", raw(alert_id=EARLY, event="early", state="early", revision=0,
                                    feed_no=None),
        ]  # fmt: skip
        self.labels: list[Label] = []

    def records(self, _: Any, topic: str) -> Iterator[bytes | None]:
        self.asked.append(topic)
        yield from self.alerts
        yield None

    def give(self, _: Any, settings: Config, labels: list[Label]) -> None:
        assert settings.topic("actions") == "weathervane.local.actions"
        self.labels += labels

    def given(self, _: Any, settings: Config) -> list[Label]:
        assert settings.name == "local"
        return self.labels


@pytest.fixture
def broker(monkeypatch: pytest.MonkeyPatch) -> Broker:
    one = Broker()
    monkeypatch.setattr(command, "records", one.records)
    monkeypatch.setattr(command, "give", one.give)
    monkeypatch.setattr(command, "given", one.given)
    return one


def lines(path: Path) -> list[Label]:
    return [decode_label(line) for line in path.read_bytes().splitlines()]


def test_an_alert_is_labelled_by_what_its_table_shows(cli: Cli, broker: Broker) -> None:
    """The id with its revision, a verdict, a note and a name."""
    result = cli("label", f"{ID}.1", "false", "--note", "a yearly reminder", "--by", "wang")
    assert (result.exit_code, result.stderr) == (0, "")
    assert (
        result.stdout == "1 label to topic weathervane.local.actions on 127.0.0.1:9092: 1 false\n"
    )
    (label,) = broker.labels
    assert (label.alert_id, label.verdict) == (ID, "false")
    assert (label.note, label.by) == ("a yearly reminder", "wang")


@pytest.mark.parametrize("unknown", ["2b1926685558e978", EARLY])
def test_an_alert_that_the_topic_does_not_hold_is_refused(
    cli: Cli, broker: Broker, unknown: str
) -> None:
    """Status 1, nothing written, and where ids are seen; an early alert is none yet."""
    result = cli("label", unknown, "true")
    assert (result.exit_code, broker.labels) == (1, [])
    found = ID if unknown.startswith("2b") else "nothing like it"
    assert result.stderr.splitlines() == [
        f"ALERT_ID {RULE}; got {unknown}, found {found}",
        "nothing is written; `weathervane alerts` shows ids in its last column, and --to does not"
        " check them",
    ]


def test_a_file_is_written_whole(cli: Cli, broker: Broker) -> None:
    """As many labels as it has rows; how times were read is said on standard error."""
    Path("labels.csv").write_text("entity,start,end,label\nsender/1,2026-03-03,2026-03-04,\n")
    result = cli("label", "--file", "labels.csv", "--by", "wang", "--json")
    assert result.exit_code == 0
    assert json.loads(result.stdout) == {
        "labels": 1, "true": 1, "to": "topic weathervane.local.actions on 127.0.0.1:9092",
    }  # fmt: skip
    assert result.stderr.splitlines() == [
        "labels.csv: 2 times name no zone: read in Asia/Shanghai (timezone)",
        "labels.csv: 1 end is a date: that day is in the window",
    ]
    assert [label.by for label in broker.labels] == ["wang"]
    assert broker.asked == []


def test_a_file_of_unknown_alerts_is_not_written(cli: Cli, broker: Broker) -> None:
    """Every one of them with its line; nor are the others of the file."""
    rows = f"{ID},true\n{'a' * 16},true\n{'b' * 16},false\n"
    Path("labels.csv").write_text(f"alert_id,label\n{rows}")
    result = cli("label", "--file", "labels.csv")
    assert (result.exit_code, broker.labels) == (1, [])
    assert result.stderr.splitlines()[:2] == [
        f"labels.csv:{line}: alert_id {RULE}; got {letter * 16}"
        for line, letter in ((3, "a"), (4, "b"))
    ]


def test_a_file_with_a_problem_is_not_written(cli: Cli, broker: Broker) -> None:
    """Status 1, every problem, and that nothing was written."""
    Path("labels.csv").write_text(f"alert_id,label\n{ID},true\n{'a' * 16},perhaps\nx,true\n")
    result = cli("label", "--file", "labels.csv")
    assert (result.exit_code, broker.labels) == (1, [])
    printed = result.stderr.splitlines()
    assert printed[0] == 'labels.csv:3: label must be true | false | expected; got "perhaps"'
    assert printed[1].startswith("labels.csv:4: alert_id must be 16 hex digits")
    assert printed[2] == "nothing is written"


def test_an_analyst_needs_no_broker(cli: Cli, tmp_path: Path) -> None:
    """--to appends what --file reads, and its file can be read so again."""
    path = tmp_path / "labels.jsonl"
    assert cli("label", "a" * 16, "true", "--to", path).exit_code == 0
    Path("more.csv").write_text("entity,start,end\nsender/1,2026-03-03,2026-03-04\n")
    result = cli("label", "--file", "more.csv", "--to", path)
    assert result.stdout == f"1 label to {path}: 1 true\n"
    first, second = lines(path)
    assert first.alert_id == "a" * 16
    assert second.window is not None
    assert cli("label", "--file", path, "--to", "copy.jsonl").exit_code == 0
    assert Path("copy.jsonl").read_bytes() == path.read_bytes()


def test_nothing_is_appended_to_a_file_of_something_else(cli: Cli) -> None:
    """Status 1, the file as it was."""
    Path("alerts.jsonl").write_bytes(raw() + b"\n")
    result = cli("label", ID, "true", "--to", "alerts.jsonl")
    assert result.exit_code == 1
    assert result.stderr.startswith(
        "--to must be a file of labels; alerts.jsonl:1: must be a label"
    )
    assert Path("alerts.jsonl").read_bytes() == raw() + b"\n"


def test_what_is_kept_is_shown(cli: Cli, broker: Broker) -> None:
    """All that was said, what was replaced marked."""
    early, late = of_alert(ID, "true", at=30), of_alert(ID, "false", at=31, note="[b]no[/b]")
    broker.labels = [early, late]
    result = cli("label", "--list")
    assert result.exit_code == 0
    rows = result.stdout.splitlines()
    assert [row.split("  ")[0].strip() for row in rows[1:]] == ["true, replaced", "false"]
    assert rows[2].split()[-1] == "[b]no[/b]"
    assert "2026-03-31 08:00" in rows[2]
    assert "times in Asia/Shanghai" in result.stderr
    assert "2 labels, 1 of them replaced by a later one" in result.stderr


def test_what_is_kept_is_lines_of_json(cli: Cli, broker: Broker) -> None:
    """They are the labels, byte for byte, that --file takes."""
    kept = [of_alert(ID, "true", at=30), of_alert(ID, "false", at=31)]
    broker.labels = kept
    result = cli("label", "--list", "--json")
    assert [decode_label(line.encode()) for line in result.stdout.splitlines()] == kept
    rows = csv.DictReader(cli("label", "--list", "--csv").stdout.splitlines())
    assert [(row["alert_id"], row["verdict"]) for row in rows] == [(ID, "true"), (ID, "false")]


@pytest.mark.parametrize(
    ("words", "printed"),
    [
        ("", "label must have ALERT_ID and true, false or expected; or --file; or --list"),
        (ID, "label must have ALERT_ID and true, false or expected; or --file; or --list"),
        ("xyz true", "ALERT_ID must be 16 hex digits"),
        (f"{ID} true --file x.csv", "--file must be given without ALERT_ID"),
        (f"--list {ID}", "--list must be given alone"),
        ("--list --to x.jsonl", "--list must be given alone"),
        (f"{ID} true --note 'a\tb'", "--note must hold no control characters"),
        (f"{ID} true --by ''", "--by must not be empty"),
        (f"{ID} true --to x.csv", "--to must end in .jsonl"),
        ("--file none.csv", "--file none.csv: must be a file to read; No such file"),
        (
            "--file said.jsonl --by li",
            "--by must be left out: labels of the file name their authors",
        ),
    ],
)
def test_wrong_usage_is_told(cli: Cli, broker: Broker, words: str, printed: str) -> None:
    """Status 2 and a line that says what must be."""
    cli("label", ID, "true", "--by", "wang", "--to", "said.jsonl")
    result = cli("label", *shlex.split(words))
    assert (result.exit_code, broker.labels) == (2, [])
    assert result.stderr.startswith(printed)


def test_an_unknown_verdict_is_wrong_usage(cli: Cli) -> None:
    """Status 2, and which there are."""
    result = cli("label", ID, "maybe")
    assert result.exit_code == 2
    assert "'true', 'false', 'expected'" in " ".join(result.stderr.split())


def test_a_broker_that_is_away_is_told(cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    """Status 1, and the address."""
    unwrapped: Any = vars(admin)["__wrapped__"]
    monkeypatch.setitem(unwrapped.__kwdefaults__, "wait_s", 0.1)
    result = cli("label", ID, "true", "--bootstrap", "127.0.0.1:1")
    assert result.exit_code == 1
    assert "127.0.0.1:1" in result.stderr


def test_every_example_can_be_typed() -> None:
    """Each line of the help parses as it stands."""
    group: Any = typer.main.get_command(app)
    examples = [
        line.strip().removeprefix("Example: weathervane label ")
        for line in group.commands["label"].help.splitlines()
        if line.strip().startswith("Example: ")
    ]
    assert len(examples) == 3
    for example in examples:
        group.commands["label"].make_context("label", shlex.split(example))
