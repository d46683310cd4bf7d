"""The README's figures of the shipped data, made by the command that it shows.

python -m tests.readme_figures      writes them anew into README.md

What the statistics find changes as they get better, and with it what the README shows.
"""

from __future__ import annotations

import contextlib
import gzip
import io
import json
import re
import shlex
import tempfile
from pathlib import Path

from rich.console import Console
from typer.testing import CliRunner

from streams.alerts.cloudevent import Envelope, decode_event
from streams.cli.main import app
from streams.cli.run.demo_view import DemoView, summary_table
from streams.demo.playback import RECORDINGS

ROOT = Path(__file__).parents[1]
README = ROOT / "README.md"
DATA = ROOT / "streams" / "cli" / "run" / "data"

DAY, STORY = "2020-02-28", "h2ece28a418"
"""The day of which the demo's lines are shown, and the sender followed to its end."""

_BLOCK = re.compile(r"(<!-- figures: (\w+) -->\n)(?:\n```\w+\n.*?\n```\n)?", re.DOTALL)
_SECONDS = re.compile(r"[\d,]+\.\d s +")


def make() -> dict[str, str]:
    """Run the README's replay, and return its blocks by name."""
    command, why = _shown("replay"), _shown("explain")
    with tempfile.TemporaryDirectory() as folder, contextlib.chdir(ROOT):
        outputs = {name: str(Path(folder, name)) for name in ("alerts.jsonl", "rejects.jsonl")}
        words = [outputs.get(word, word) for word in shlex.split(command)]
        done = _run(words)
        explained = _run(shlex.split(why))
        lines = Path(outputs["alerts.jsonl"]).read_bytes().splitlines()
    alerts = [decode_event(line) for line in lines]
    shown = next(
        line
        for line, envelope in zip(lines, alerts, strict=True)
        if envelope.alert.entity.id == STORY
    )
    return {
        "demo": _fenced("text", _demo(alerts)),
        "replay": _fenced("text", done),
        "explain": _fenced("text", explained),
        "alert": _fenced("json", json.dumps(json.loads(shown), indent=2)),
    }


def _shown(name: str) -> str:
    """The first line of the README that runs this command."""
    found = re.search(rf"^    weathervane ({name} .+)$", README.read_text("utf-8"), re.MULTILINE)
    assert found is not None, f"README.md shows {name} of the shipped data"
    return found[1]


def _run(words: list[str]) -> str:
    done = CliRunner().invoke(app, words, catch_exceptions=False)
    assert done.exit_code == 0, done.output
    return done.stdout


def with_figures(text: str, blocks: dict[str, str]) -> str:
    """Put each block under the comment that names it."""
    return _BLOCK.sub(lambda match: f"{match[1]}\n{blocks[match[2]]}", text)


def timeless(text: str) -> str:
    """Blot out how long things took: that is another figure on every run."""
    return _SECONDS.sub("", text)


def _demo(alerts: list[Envelope]) -> str:
    """What the demo prints without a terminal, cut to one day and one sender."""
    with contextlib.redirect_stderr(io.StringIO()) as printed:
        view = DemoView("")
        for name, file in RECORDINGS.items():
            with gzip.open(DATA / file) as rows:
                view.ingested(name, sum(1 for _ in rows) - 1)
        for envelope in alerts:
            view.alert(envelope)
    said = printed.getvalue().splitlines()
    of_day = [line for line in said if line.startswith(DAY)]
    after = said[said.index(of_day[-1]) + 1 :]
    table = io.StringIO()
    Console(file=table, width=160).print(summary_table(view))
    rest = [line for line in after if STORY in line]
    return "\n".join([*of_day, "...", *rest, "...", table.getvalue()])


def _fenced(language: str, text: str) -> str:
    lines = "\n".join(line.rstrip() for line in text.strip().splitlines())
    return f"```{language}\n{lines}\n```\n"


if __name__ == "__main__":
    README.write_text(with_figures(README.read_text("utf-8"), make()), "utf-8")
