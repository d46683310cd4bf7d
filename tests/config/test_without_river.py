"""Only commands that judge import river: the others read a configuration that names it."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

CONFIGURATION = """
[kafka.client]
"no.such.setting" = "so that no command waits for a broker once it has read this file"
[sources.rows]
kind = "complaint"
format = "csv"
time = "time"
sender = "sender"
[[detect.beside]]
name = "trees"
detector = "river.anomaly.HalfSpaceTrees"
share = 0.1
"""

PROGRAM = """
import sys
from streams.cli.commands import app
try:
    app(sys.argv[1:])
except SystemExit as ended:
    print("status", ended.code)
print("river" if "river" in sys.modules else "no river")
"""

JUDGE_NOTHING = (
    "alerts --help",
    "count --help",
    "ingest --help",
    "serve --help",
    "status --config w.toml",
    "alerts --config w.toml",
    "topics --config w.toml",
    "label --list --config w.toml",
    "count --config w.toml",
    "serve --config w.toml",
    "ingest rows rows.csv --config w.toml",
)


@pytest.mark.parametrize("line", JUDGE_NOTHING)
def test_a_command_that_does_not_judge_imports_no_river(tmp_path: Path, line: str) -> None:
    """A named river detector costs them nothing: it is neither imported nor tried."""
    assert _run(tmp_path, line)[-1] == "no river"


def test_a_command_that_judges_tries_the_detector(tmp_path: Path) -> None:
    """`check-config` and `replay` refuse a detector that cannot be used."""
    text = CONFIGURATION.replace("HalfSpaceTrees", "Trees")
    for line in ("check-config w.toml", "replay rows=rows.csv --config w.toml --alerts out.jsonl"):
        assert _run(tmp_path, line, text) == ["status 2", "river"]


def _run(folder: Path, line: str, configuration: str = CONFIGURATION) -> list[str]:
    """Run a command in a process of its own; return the last two lines that it printed."""
    (folder / "w.toml").write_text(configuration)
    (folder / "rows.csv").write_text("time,sender\n")
    ended = subprocess.run(
        [sys.executable, "-c", PROGRAM, *line.split()],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
    )
    return ended.stdout.splitlines()[-2:]
