"""Figures of the shipped data in the documents, made by the commands that they show.

``python -m tests.documents`` writes them anew. What the statistics find changes as they get
better, and with it what the documents show.
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
from streams.cli.commands import app
from streams.cli.run.demo_view import DemoView, summary_table
from streams.demo.playback import RECORDINGS
from streams.language.catalogue import ENGLISH
from tests.documents.markdown import ROOT, read

REPLAY, EXPLAIN = "docs/how-to/replay.md", "docs/how-to/explain.md"
"""The pages whose first command gives the figures."""

DATA = ROOT / "streams" / "demo" / "data"

DAY, STORY = "2020-02-28", "h2ece28a418"
"""The day of which the demo's lines are shown, and the sender followed to its end."""

SHORT = 5
"""Lines of that day in the short form."""

_BLOCK = re.compile(r"(<!-- figures: (\w+) -->\n)(?:\n```\w+\n.*?\n```\n)?", re.DOTALL)
_SECONDS = re.compile(r"[\d,]+\.\d s +")


def make() -> dict[str, str]:
    """Run the replay and the explanation shown, and return the blocks by name."""
    command, why = _shown(REPLAY, "replay"), _shown(EXPLAIN, "explain")
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
    of_day, story, table = _demo(alerts)
    return {
        "demo": _fenced("text", "\n".join([*of_day, "...", *story, "...", table])),
        "short": _fenced("text", "\n".join([*of_day[:SHORT], "...", *story])),
        "replay": _fenced("text", done),
        "explain": _fenced("text", explained),
        "alert": _fenced("json", json.dumps(json.loads(shown), indent=2)),
    }


def _shown(page: str, name: str) -> str:
    """The first line of a page that runs this command."""
    prefix = f"weathervane {name} "
    lines = [line for line in read(page).shell_lines() if line.startswith(prefix)]
    assert lines, f"{page} must show {name} of the shipped data"
    return lines[0].removeprefix("weathervane ")


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


def _demo(alerts: list[Envelope]) -> tuple[list[str], list[str], str]:
    """What the demo prints without a terminal: one day, what became of one sender, the end."""
    with contextlib.redirect_stderr(io.StringIO()) as printed:
        view = DemoView("", ENGLISH)
        for name, file in RECORDINGS.items():
            with gzip.open(DATA / file) as rows:
                view.ingested(name, sum(1 for _ in rows) - 1)
        for envelope in alerts:
            view.alert(envelope)
    lines = printed.getvalue().splitlines()
    of_day = [line for line in lines if line.startswith(DAY)]
    later = lines[lines.index(of_day[-1]) + 1 :]
    table = io.StringIO()
    Console(file=table, width=160).print(summary_table(view))
    return of_day, [line for line in later if STORY in line], table.getvalue()


def _fenced(language: str, text: str) -> str:
    lines = "\n".join(line.rstrip() for line in text.strip().splitlines())
    return f"```{language}\n{lines}\n```\n"
