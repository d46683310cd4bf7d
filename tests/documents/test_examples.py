"""Every example in the documents works: commands, configuration, events, labels, figures."""

from __future__ import annotations

import datetime as dt
import importlib.util
import json
import re
import shlex
import tomllib
from http import HTTPStatus
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from typer.testing import CliRunner

from streams.analysis.labels.rows import WINDOW_COLUMNS
from streams.analysis.labels.storage import read_labels
from streams.broker.client.connection import Connection, resolve
from streams.cli.commands import app
from streams.config.load import parse_config
from streams.config.model import Config
from streams.delivery.feed import problem
from streams.items import Complaint, Send
from streams.sources.event_json import Decoder
from tests.documents import figures
from tests.documents.markdown import MANUAL, ROOT, read
from tests.documents.reference.commands import group

SHELL = [(document.path, line) for document in MANUAL for line in document.shell_lines()]
COMMANDS = [
    (path, words.partition(" # ")[0].partition(" < ")[0].partition(" > ")[0])
    for path, line in SHELL
    for found in re.findall(r"(?:^|\| )(?:\.venv/bin/)?weathervane (.+)|run --rm -T \w+ (.+)", line)
    for words in found
    if words
]
INLINE = [
    (document.path, code.removeprefix(".venv/bin/").removeprefix("weathervane "))
    for document in MANUAL
    for code in document.inline_code()
    if re.match(r"(?:\.venv/bin/)?weathervane [a-z]", code)
]
TOML = [(document.path, block) for document in MANUAL for block in document.blocks("toml")]
JSON = [json.loads(block) for document in MANUAL for block in document.blocks("json")]
EVENTS = [block for block in JSON if "event_id" in block]


def _name(value: Any) -> str:
    return str(value)[:60]


@pytest.mark.parametrize(("path", "command"), COMMANDS, ids=_name)
def test_commands_are_real(path: Path, command: str) -> None:
    """Each command line to be typed is a command that there is, with options that it takes."""
    found, words = group(), shlex.split(command)
    if words == ["--version"]:
        return
    context = found.make_context("weathervane", list(words))
    name, inner, rest = found.resolve_command(context, list(words))
    inner.make_context(name, rest, parent=context)


@pytest.mark.parametrize(("path", "command"), INLINE, ids=_name)
def test_commands_in_sentences_are_real(path: Path, command: str) -> None:
    """A command named in a sentence is there, and takes the options named with it."""
    name, *words = command.split()
    options = {
        option
        for parameter in group().commands[name].params
        for option in (*parameter.opts, *parameter.secondary_opts)
    }
    assert {word for word in words if word.startswith("--")} <= options


def test_every_command_has_an_example() -> None:
    """A reader of the quickstart and the how-to pages meets every command there is."""
    pages = ("README.md", "docs/quickstart.md", "docs/how-to/", "operations/")
    met = {
        command.split()[0]
        for path, command in [*COMMANDS, *INLINE]
        if path.as_posix().startswith(pages)
    }
    assert set(group().commands) - met == set()


def test_make_targets_are_real() -> None:
    """Each target of ``make`` that a document names is in the Makefile."""
    targets = re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text("utf-8"), re.MULTILINE)
    inline = [code for document in MANUAL for code in document.inline_code()]
    words = "\n".join([*(line for _, line in SHELL), *inline])
    named = re.findall(r"^make ([a-z]+)", words, re.MULTILINE)
    assert {"run", "test", "docs"} <= set(named) <= set(targets)


def test_modules_to_be_run_are_real() -> None:
    """Each program that a document runs with ``python -m`` is a module of the repository."""
    text = "\n".join(document.text for document in MANUAL)
    named = set(re.findall(r"python -m ((?:streams|tests|benchmarks|detectors)[\w.]*)", text))
    assert named
    for name in named:
        assert importlib.util.find_spec(name) is not None, name


@pytest.mark.parametrize(("path", "block"), TOML, ids=_name)
def test_configuration_is_accepted(path: Path, block: str) -> None:
    """Each piece of configuration passes the configuration's own checks as it stands."""
    parse_config(tomllib.loads(block), str(path))


def test_client_settings_are_accepted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The settings shown for a cluster behind TLS and a password are complete."""
    (kafka,) = [table["kafka"] for _, block in TOML if "kafka" in (table := tomllib.loads(block))]
    monkeypatch.chdir(tmp_path)
    for name, value in kafka["client"].items():
        if name.endswith(("_file", "location")):
            Path(value).write_text("secret")
    found = resolve(Connection(kafka["bootstrap"], kafka["client"]), environ={})
    assert found["sasl.password"] == "secret"


def test_environment_variables_are_real(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """The variables named for client settings are read."""
    text = "\n".join(document.text for document in MANUAL)
    named = set(re.findall(r"WEATHERVANE_KAFKA_SASL\w+", text))
    assert named == {f"WEATHERVANE_KAFKA_SASL_PASSWORD{end}" for end in ("", "_FILE")}
    (tmp_path / "secret").write_text("from the file")
    rest = {
        "security.protocol": "SASL_SSL", "sasl.mechanism": "PLAIN", "sasl.username": "x"
    }  # fmt: skip
    for name in sorted(named):
        value = str(tmp_path / "secret") if name.endswith("_FILE") else "as it is"
        found = resolve(Connection("x:1", rest), environ={name: value})
        assert found["sasl.password"] == ("from the file" if name.endswith("_FILE") else value)


@pytest.mark.parametrize("event", EVENTS)
def test_events_decode(event: dict[str, Any]) -> None:
    """The events shown are taken by the source of their kind."""
    source = Config().sources[f"{event['type']}s"]
    found = Decoder(source).decode(json.dumps(event).encode(), None)
    assert isinstance(found, Send | Complaint)
    assert found.event_id == event["event_id"]


@pytest.mark.parametrize("event", EVENTS)
def test_required_fields_are_required(event: dict[str, Any]) -> None:
    """Leave out any field that the reference calls required, and the event is refused."""
    heading = "Sends" if event["type"] == "send" else "Complaints"
    section = read("docs/reference/topics.md").text.partition(f"## {heading}\n")[2]
    rows = re.findall(r"^\| `(\w+)` \| yes \|", section.partition("\n## ")[0], re.MULTILINE)
    fields = ["v", "type", "event_id", "event_time", "channel", "sender", "source"]
    assert set(rows) == {*fields, *(["kind"] if event["type"] == "complaint" else [])}
    source = Config().sources[f"{event['type']}s"]
    for field in rows:
        less = {key: value for key, value in event.items() if key != field}
        with pytest.raises(Exception, match="must"):
            Decoder(source).decode(json.dumps(less).encode(), None)


def test_labels_are_read(tmp_path: Path) -> None:
    """The table of labels shown is read as it stands, and says what the text says of it."""
    (table,) = read("docs/how-to/label.md").blocks("csv")
    path = tmp_path / "labels.csv"
    path.write_text(table)
    labels = read_labels(path, timezone="Asia/Shanghai", at=dt.datetime(2026, 7, 1, tzinfo=dt.UTC))
    found = [label.window for label in labels.labels]
    assert [label.verdict for label in labels.labels] == ["true", "expected", "false", "true"]
    assert [window.signal for window in found if window] == ["complaints", None, "sends", "source"]
    days = [(window.end - window.start) / dt.timedelta(days=1) for window in found if window]
    assert days == [2, 1, 0.125, 1]
    assert set(WINDOW_COLUMNS) == set(table.splitlines()[0].split(","))


def test_the_problem_is_as_described() -> None:
    """The answer shown for a cursor that is too old is what the service's description says."""
    (shown,) = [block for block in JSON if block.get("status") == HTTPStatus.GONE]
    described = problem.documented(HTTPStatus.GONE)[int(HTTPStatus.GONE)]["content"]
    jsonschema.validate(shown, described[problem.MEDIA_TYPE]["schema"])
    epoch, _, number = shown["after"].partition(".")
    assert (shown["epoch"], shown["oldest"]) == (int(epoch), int(number) + 1)


def test_figures_are_those_of_the_shipped_data() -> None:
    """The commands shown, run now, give the summary, the alert and the demo's lines shown.

    Where they do not, the statistics have changed: ``python -m tests.documents`` writes the
    figures anew.
    """
    blocks = figures.make()
    text = "\n".join(document.text for document in MANUAL)
    assert set(re.findall(r"<!-- figures: (\w+) -->", text)) == set(blocks)
    stale = [
        str(document.path)
        for document in MANUAL
        if figures.timeless(document.text)
        != figures.timeless(figures.with_figures(document.text, blocks))
    ]
    assert stale == [], "figures have changed: python -m tests.documents, then git diff"


@pytest.mark.parametrize("page", ["README.md", "docs/quickstart.md", "docs/zh/quickstart.md"])
def test_the_own_file_of_the_quickstart_is_judged(
    page: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The source shown reads a CSV with its columns, by the command that the quickstart shows."""
    (block,) = [block for block in read(page).blocks("toml") if "[sources.hotline]" in block]
    table = tomllib.loads(block)["sources"]["hotline"]
    columns = [table[field] for field in ("time", "sender", "signature") if field in table]
    (command,) = [line for line in read("docs/quickstart.md").shell_lines() if " hotline=" in line]
    monkeypatch.chdir(tmp_path)
    Path("weathervane.toml").write_text(block, "utf-8")
    row = ["2026-03-02 09:00:00", "106900012345", "Shop"][: len(columns)]
    Path("complaints.csv").write_text(f"{','.join(columns)}\n{','.join(row)}\n", "utf-8")
    words = shlex.split(command.partition(" # ")[0])[1:]
    done = CliRunner().invoke(app, [*words, "--json"], catch_exceptions=False)
    assert done.exit_code == 0, done.output
    summary = json.loads(done.stdout)
    assert (summary["events"], summary["rejects"]) == (1, 0)
