"""What every command has in common: help, examples, exit status, no traceback."""

from __future__ import annotations

import re
import shlex
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import typer.main

from streams.cli.commands import app
from streams.cli.console import fail
from tests.cli.cli import Cli

GROUP: Any = typer.main.get_command(app)
COMMANDS = sorted(GROUP.commands)
CONTRACT = {
    "demo", "broker", "init", "check-config", "topics", "up", "count", "detect", "serve",
    "ingest", "alerts", "replay",
}  # fmt: skip

each_command = pytest.mark.parametrize("name", COMMANDS)


@pytest.fixture
def cli(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Cli:
    """The command line, in an empty directory."""
    monkeypatch.chdir(tmp_path)
    return Cli(monkeypatch)


def test_the_contracts_commands_are_there() -> None:
    """Every command that users script against exists."""
    assert set(COMMANDS) >= CONTRACT


@each_command
def test_help_says_what_and_shows_how(cli: Cli, name: str) -> None:
    """`--help` of each command ends with 0, on standard output, with an example of it."""
    result = cli(name, "--help")
    assert result.exit_code == 0
    assert f"Example: weathervane {name}" in " ".join(result.stdout.split())
    assert result.stderr == ""


@each_command
def test_examples_can_be_typed(name: str) -> None:
    """The example of each command parses as it stands."""
    example = re.search(r"Example: (.+)", GROUP.commands[name].help)
    assert example is not None
    for line in re.sub(r", then .*", "", example[1]).split(" && "):
        weathervane, *arguments = shlex.split(line)
        assert weathervane == "weathervane"
        context = GROUP.make_context(weathervane, list(arguments))
        found, command, rest = GROUP.resolve_command(context, arguments)
        command.make_context(found, rest, parent=context)


@pytest.mark.parametrize("name", sorted(CONTRACT - {"demo"}))
def test_every_command_takes_a_configuration(name: str) -> None:
    """--config is the same everywhere; only the demo brings a configuration of its own."""
    options = {option for parameter in GROUP.commands[name].params for option in parameter.opts}
    assert "--config" in options


@each_command
def test_an_unknown_option_is_wrong_usage(cli: Cli, name: str) -> None:
    """An option that a command does not take ends it with 2, before it does anything."""
    result = cli(name, "--no-such-option")
    assert result.exit_code == 2
    assert "No such option: --no-such-option" in result.stderr
    assert result.stdout == ""
    assert list(Path.cwd().iterdir()) == []


@pytest.mark.parametrize(
    "arguments",
    [
        ["no-such-command"],
        ["ingest"],
        ["ingest", "complaints"],
        ["replay"],
        ["replay", "complaints=x.jsonl"],
        ["broker", "--port", "70000"],
        ["broker", "--port", "x"],
        ["serve", "--port", "0"],
        ["up", "--instance", "../other"],
        ["detect", "--instance", "a/b"],
        ["alerts", "--state", "closed"],
        ["alerts", "--entity", "106900012345"],
        ["alerts", "--entity", "planet/mars"],
    ],
    ids=" ".join,
)
def test_wrong_usage_ends_with_2(cli: Cli, arguments: list[str]) -> None:
    """A missing argument, or a value out of its range, ends with 2 and says so."""
    result = cli(*arguments)
    assert result.exit_code == 2
    assert result.stderr.strip() != ""
    assert result.stdout == ""


@pytest.mark.parametrize("name", sorted(CONTRACT - {"init", "check-config", "demo"}))
def test_a_named_configuration_must_exist(cli: Cli, name: str) -> None:
    """A file named by --config that is not there ends a command with 2 and one line."""
    needed = {"ingest": ["complaints", "x"], "replay": ["complaints=x", "--alerts", "a"]}
    result = cli(name, *needed.get(name, []), "--config", "none.toml")
    assert result.exit_code == 2
    assert result.stderr == (
        "none.toml: must exist; found no such file (`weathervane init` writes one)\n"
    )


def test_errors_stay_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    """A long error is one line in a log or a pipe, with brackets as they were."""
    message = "sources.[x] must " + "be " * 100
    with pytest.raises(typer.Exit) as ended:
        fail(f"{message}\nsecond", 2)
    assert ended.value.exit_code == 2
    assert capsys.readouterr().err == f"{message}\nsecond\n"


def test_the_command_runs_as_installed() -> None:
    """`weathervane` itself starts, and without a command shows what there is."""
    script = Path(sys.executable).with_name("weathervane")
    run = subprocess.run([script, "--help"], capture_output=True, text=True, check=True)
    assert "Begin with: weathervane demo" in run.stdout
    assert run.stderr == ""


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no /dev/full on this system")
def test_a_full_disk_under_standard_output_is_told_in_a_line() -> None:
    """Whatever goes there, help too: 1, and no traceback."""
    command = [sys.executable, "-m", "streams.cli.main", "alerts", "--help"]
    with Path("/dev/full").open("wb") as full:
        found = subprocess.run(command, stdout=full, stderr=subprocess.PIPE, check=False)
    assert found.returncode == 1
    assert re.fullmatch(rb"standard output.* must be writable; No space left.*\n", found.stderr)
