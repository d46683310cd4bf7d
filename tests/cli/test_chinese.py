"""Commands that talk to people speak Chinese to whoever wants it: no English word is left.

Commands that ask no broker run over small inputs. What the others print is looked for in their
source: whatever stands there in English would reach the reader as it is.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from streams.language.preferred import NAMED
from tests.alerts.examples import raw
from tests.cli import archives
from tests.cli.cli import Cli
from tests.rules.source import modules

NAMES = {
    *("weathervane", "replay", "config", "alerts", "jsonl", "json", "csv", "toml", "html", "ids"),
    *("sender", "platform", "filed", "sends", "complaints", "burst", "spike", "source"),  # names
    *(
        "complaint",
        "send",
        "other",
        "tuned",
        "day",
        "webhook",
        "desk",
        "lead",
        "severity",
        "critical",
        "match",
    ),
    *("UTC", "Asia", "Shanghai", "sms", "marketing", "simulated", "labels", "detect", "count"),
    *("critical", "match", "continue", "Weathervane"),
}
"""Words in what is printed that are names: of keys, options, files, and of what was counted."""

RECEIVERS = """
timezone = "Asia/Shanghai"
[[receivers]]
name = "desk"
match = [{ severity = "critical" }, { id = ["1069*", "x*"] }]
quiet = { from = "22:00", to = "08:00" }
escalate_after = "30m"
escalate_to = "lead"
webhook = { url = "http://127.0.0.1:9/" }
[[receivers]]
name = "lead"
match = []
monitor = true
webhook = { url = "http://127.0.0.1:9/" }
"""
COMMANDS = (
    "check-config receivers.toml",
    "route-test --alert alert.jsonl --offline --config receivers.toml --at 2026-03-02T23:00:00Z",
    "try filed filed.csv --config a.toml --last 2",
    "replay filed=filed.csv --config a.toml --alerts alerts.jsonl",
    "diff a.toml b.toml --over ar",
    "tune --over ar --inject --trials 2 --config a.toml --out tuned.toml --report tuned.html",
    "explain sender/burst filed=filed.csv --config a.toml",
    "label 2b1926685558e977 false --to labels.jsonl",
    "simulate simulated --days 1 --senders 20",
    "record other filed=filed.csv --config a.toml",
)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two configurations, what one of them recorded, and an alert."""
    place = tmp_path_factory.mktemp("chinese")
    with pytest.MonkeyPatch.context() as patch:
        archives.record(Cli(patch), place)
    archives.config(place / "b.toml", budget=0.5)
    (place / "receivers.toml").write_text(RECEIVERS)
    (place / "alert.jsonl").write_bytes(raw() + b"\n")
    return place


@pytest.mark.parametrize("command", COMMANDS)
def test_no_english_word_is_left(
    folder: Path, command: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In what the command prints on standard output, but for names."""
    monkeypatch.chdir(folder)
    monkeypatch.setenv(NAMED, "zh")
    monkeypatch.setenv("COLUMNS", "300")
    found = Cli(monkeypatch)(*command.split())
    assert found.exit_code in (0, 3), found.output
    assert re.search("[\\u4e00-\\u9fff]{2}", found.stdout), found.stdout
    said = set(re.findall("[A-Za-z_]{3,}", found.stdout))
    assert said - NAMES == set(), found.stdout


def test_a_page_of_tuning_is_in_chinese(folder: Path) -> None:
    """Its words, without the settings of trials, and what marks up."""
    page = (folder / "tuned.html").read_text("utf-8")
    body = re.sub(
        r"<(pre|small|title)>.*?</\1>|<[^>]+>", " ", page.partition("<body>")[2], flags=re.DOTALL
    )
    assert 'lang="zh-Hans"' in page
    assert set(re.findall("[A-Za-z_]{3,}", body)) - NAMES == set()


PRINTS = {"out.print", "typer.echo", "table.add_column", "table.add_row", "Table"}
ASKED = {"gettext", "ngettext", "pgettext", "mark", "mark_in", "mark_forms", "term", "plain"}
SERVICES = {"run/serve.py", "commands.py"}
"""What a service manager keeps, and the program's name."""


def test_no_command_prints_english_of_its_own() -> None:
    """Texts that go to standard output or into a table were asked of the reader's catalogue."""
    found = [
        f"{module.where}:{text.lineno}: {text.value!r}"
        for module in modules("streams")
        if module.where.startswith("streams/cli/")
        and module.where.removeprefix("streams/cli/") not in SERVICES
        for call in ast.walk(module.tree)
        if isinstance(call, ast.Call) and ast.unparse(call.func) in PRINTS
        for argument in call.args
        for text in _english(argument)
    ]
    assert found == []


def _english(node: ast.expr) -> Iterator[ast.Constant]:
    """Yield the literals with a word in an expression that nobody was asked to translate."""
    if isinstance(node, ast.Call) and ast.unparse(node.func).rpartition(".")[2] in ASKED:
        return
    if isinstance(node, ast.Call) and ast.unparse(node.func) == "Text":
        yield from _english(node.args[0])  # the other is a colour
        return
    if isinstance(node, ast.Constant):
        if isinstance(node.value, str) and re.search("[A-Za-z]{3,}", node.value):
            yield node
        return
    if isinstance(node, ast.JoinedStr):
        for part in node.values:
            if isinstance(part, ast.Constant):
                yield from _english(part)
        return
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.expr):
            yield from _english(child)
