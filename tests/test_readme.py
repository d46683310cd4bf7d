"""What the README shows is so: commands, configuration, events, paths and figures."""

from __future__ import annotations

import datetime as dt
import json
import re
import shlex
import tomllib
from collections.abc import Iterator
from http import HTTPStatus
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import typer.main

from streams.analysis.labels.files import read_labels
from streams.analysis.labels.rows import WINDOW_COLUMNS
from streams.broker.client.connection import Connection, resolve
from streams.cli.main import app
from streams.config.load import parse_config
from streams.config.model import Config
from streams.config.sources import SourceTable
from streams.counts import meters as count_meters
from streams.delivery.feed import problem
from streams.delivery.meters import ServeMetrics
from streams.detection import meters as monitor_meters
from streams.items import Complaint, Send
from streams.sources.decode import Decoder
from tests import readme_figures

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text("utf-8")
PROSE = re.sub(r"^```.*?^```$", "", README, flags=re.DOTALL | re.MULTILINE)

TOML = re.findall(r"^```toml\n(.*?)^```$", README, re.DOTALL | re.MULTILINE)
JSON = [
    json.loads(block)
    for block in re.findall(r"^```json\n(.*?)^```$", README, re.DOTALL | re.MULTILINE)
]
INDENTED = [line.strip() for line in re.findall(r"^    \S.*$", PROSE, re.MULTILINE)]
COMMANDS = [
    words.partition("  #")[0].partition(" < ")[0]
    for line in INDENTED
    for words in re.findall(r"(?:^|\| )weathervane (.+)|run --rm -T \w+ (.+)", line)
    for words in words
    if words
]
INLINE = re.findall(r"`(?:\.venv/bin/)?weathervane ([a-z][^`]*)`", PROSE)
KEYS = re.findall(r"^\| `([a-z_.]+)` \| *(?:`(.+?)`)? *\|", README, re.MULTILINE)


def _group() -> Any:
    return typer.main.get_command(app)


@pytest.mark.parametrize("command", COMMANDS)
def test_commands_are_real(command: str) -> None:
    """Each command line to be typed is a command that there is, with options that it takes."""
    group, words = _group(), shlex.split(command)
    context = group.make_context("weathervane", list(words))
    name, found, rest = group.resolve_command(context, list(words))
    found.make_context(name, rest, parent=context)


@pytest.mark.parametrize("command", INLINE)
def test_commands_spoken_of_are_real(command: str) -> None:
    """A command named in a sentence is there, and takes the options named with it."""
    name, *words = command.split()
    options = {option for parameter in _group().commands[name].params for option in parameter.opts}
    assert {word for word in words if word.startswith("--")} <= options


def test_every_command_is_in_the_readme() -> None:
    """A reader meets every command there is."""
    met = {command.split()[0] for command in [*COMMANDS, *INLINE]}
    assert set(_group().commands) - met == set()


def test_make_targets_are_real() -> None:
    """The two commands that everything begins with are targets of the Makefile."""
    targets = re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text("utf-8"), re.MULTILINE)
    named = re.findall(r"\bmake ([a-z]+)", "\n".join([*INDENTED, *re.findall("`(.+?)`", PROSE)]))
    assert {"run", "test"} <= set(named) <= set(targets)


@pytest.mark.parametrize("block", TOML)
def test_configuration_is_accepted(block: str) -> None:
    """Each piece of configuration passes the configuration's own checks as it stands."""
    parse_config(tomllib.loads(block), "README.md")


def test_client_settings_are_accepted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The settings shown for a cluster behind TLS and a password are whole."""
    (kafka,) = [table["kafka"] for block in TOML if "kafka" in (table := tomllib.loads(block))]
    monkeypatch.chdir(tmp_path)
    for name, value in kafka["client"].items():
        if name.endswith(("_file", "location")):
            Path(value).write_text("secret")
    found = resolve(Connection(kafka["bootstrap"], kafka["client"]), environ={})
    assert found["sasl.password"] == "secret"


def test_environment_variables_are_real(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """The variables named for client settings are read."""
    named = set(re.findall(r"WEATHERVANE_KAFKA_SASL\w+", README))
    assert named == {f"WEATHERVANE_KAFKA_SASL_PASSWORD{end}" for end in ("", "_FILE")}
    (tmp_path / "secret").write_text("from the file")
    rest = {
        "security.protocol": "SASL_SSL", "sasl.mechanism": "PLAIN", "sasl.username": "x"
    }  # fmt: skip
    for name in sorted(named):
        value = str(tmp_path / "secret") if name.endswith("_FILE") else "as it is"
        found = resolve(Connection("x:1", rest), environ={name: value})
        assert found["sasl.password"] == ("from the file" if name.endswith("_FILE") else value)


def test_the_table_of_keys_is_complete() -> None:
    """Every key of the configuration stands in the table, and no other."""
    real = set()
    for key, value in Config().model_dump().items():
        if key not in ("sources_", "webhooks", "calendar"):  # tables of one's own
            real |= set(_flat(key, value))
    assert {key for key, _ in KEYS} == real - {"kafka.client"}


def _flat(key: str, value: object) -> Iterator[str]:
    if not isinstance(value, dict) or key == "kafka.client":
        yield key
        return
    for name, of in value.items():
        yield from _flat(f"{key}.{name}", of)


def test_the_table_of_keys_has_the_defaults() -> None:
    """Taken for a configuration, the table is the one that holds where there is none."""
    text = "\n".join(f"{key} = {default}" for key, default in KEYS if default)
    assert parse_config(tomllib.loads(text), "README.md") == Config()


def test_every_key_of_a_source_is_named() -> None:
    """What a source's table may hold is named, and nothing that it may not."""
    (listed,) = re.findall(r"^A source also takes (.+?)\.\n\n", README, re.DOTALL | re.MULTILINE)
    more = set(re.findall(r"`([a-z_]+)`", listed))
    inherited = {key.removeprefix("count.") for key, _ in KEYS if key.startswith("count.")}
    fields = set(SourceTable.model_fields)
    assert fields <= more | inherited | _keys_in_toml()
    assert more | _keys_in_toml() <= fields


def _keys_in_toml() -> set[str]:
    tables = [tomllib.loads(block).get("sources", {}) for block in TOML]
    return {key for table in tables for source in table.values() for key in source}


@pytest.mark.parametrize("event", [block for block in JSON if "event_id" in block])
def test_events_decode(event: dict[str, Any]) -> None:
    """The events shown are taken by the source of their kind."""
    source = Config().sources[f"{event['type']}s"]
    found = Decoder(source).decode(json.dumps(event).encode(), None)
    assert isinstance(found, Send | Complaint)
    assert found.event_id == event["event_id"]


def test_labels_are_read(tmp_path: Path) -> None:
    """The table of labels shown is read as it stands, and says what the text says of it."""
    (table,) = re.findall(r"^```csv\n(entity,.*?)^```$", README, re.DOTALL | re.MULTILINE)
    path = tmp_path / "labels.csv"
    path.write_text(table)
    labels = read_labels(path, timezone="Asia/Shanghai", at=dt.datetime(2026, 7, 1, tzinfo=dt.UTC))
    found = [label.window for label in labels.labels]
    assert [label.verdict for label in labels.labels] == ["true", "expected", "false", "true"]
    assert [window.signal for window in found if window] == ["complaints", None, "sends", "source"]
    days = [(window.end - window.start) / dt.timedelta(days=1) for window in found if window]
    assert days == [2, 1, 0.125, 1]
    assert set(WINDOW_COLUMNS) == set(table.splitlines()[0].split(","))


def test_required_fields_are_required() -> None:
    """Leave out any field that the README calls required, and the event is refused."""
    for event in [block for block in JSON if "event_id" in block]:
        source = Config().sources[f"{event['type']}s"]
        fields = ["v", "type", "event_id", "event_time", "channel", "sender", "source"]
        for field in [*fields, *(["kind"] if event["type"] == "complaint" else [])]:
            less = {key: value for key, value in event.items() if key != field}
            with pytest.raises(Exception, match="must"):
                Decoder(source).decode(json.dumps(less).encode(), None)


def test_the_problem_is_as_described() -> None:
    """The answer shown for a cursor that is too old is what the service's description says."""
    (shown,) = [block for block in JSON if block.get("status") == HTTPStatus.GONE]
    described = problem.documented(HTTPStatus.GONE)[int(HTTPStatus.GONE)]["content"]
    jsonschema.validate(shown, described[problem.MEDIA_TYPE]["schema"])
    assert shown["oldest"] == shown["after"] + 1


def test_metrics_are_real() -> None:
    """Each metric named is one that a process has."""
    registries = [
        count_meters.Meters().registry,
        monitor_meters.Meters(Config()).registry,
        ServeMetrics().registry,
    ]
    real = {metric.name for registry in registries for metric in registry.collect()}
    named = {name.removesuffix("_total") for name in re.findall(r"`(weathervane_\w+)`", PROSE)}
    assert named
    assert named - real == set()


def test_links_lead_somewhere() -> None:
    """Every relative link and every path named in the text or the tree is there."""
    links = [link for link in re.findall(r"\]\(([^)#]+)\)", README) if "://" not in link]
    tree = re.findall(r"^((?:streams|detectors|tests|benchmarks)/\S*)", README, re.MULTILINE)
    named = re.findall(r"`((?:streams|detectors|tests|benchmarks)/[\w./]+)`", PROSE)
    assert links
    assert tree
    assert [name for name in [*links, *tree, *named] if not (ROOT / name).exists()] == []


def test_the_tree_is_whole() -> None:
    """Every package of the program stands in the tree of the architecture."""
    (tree,) = re.findall(r"^```text\n(streams/.+?)^```$", README, re.DOTALL | re.MULTILINE)
    shown = set(re.findall(r"^(\S+)", tree, re.MULTILINE))
    inside = {f"streams/{path.parent.name}/" for path in ROOT.glob("streams/*/__init__.py")}
    assert inside | {"detectors/", "tests/", "benchmarks/"} <= shown


def test_figures_are_those_of_the_shipped_data() -> None:
    """The command shown, run now, gives the summary, the alert and the demo's lines shown.

    Where it does not, the statistics have changed: ``python -m tests.readme_figures``
    writes the figures anew.
    """
    blocks = readme_figures.make()
    assert set(re.findall(r"<!-- figures: (\w+) -->", README)) == set(blocks)
    anew = readme_figures.with_figures(README, blocks)
    same = readme_figures.timeless(README) == readme_figures.timeless(anew)
    assert same, "README.md's figures have changed: python -m tests.readme_figures, then git diff"
