"""The way of one event, as docs/architecture.md has it, is the way that events go."""

from __future__ import annotations

import ast
import datetime as dt
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from types import FrameType
from typing import Any

import orjson
import pytest

from streams.config.load import parse_config
from streams.counts.bucket import DAY_S
from streams.counts.mark import Mark
from streams.counts.protocol import Commit, LaneCounting, Write
from streams.detection.protocol import Publish, ShardProtocol
from tests.documents.markdown import ROOT, read

PAGE = read("docs/architecture.md").text.partition("## The way of one event\n")[2]
WAY = PAGE.partition("\n## ")[0]
STEPS = re.findall(r"^\| .+ \| `([\w.]+)` \| `([\w./]+)` \|$", WAY, re.MULTILINE)
HELPERS = re.findall(r"`(\S+\.py)`", WAY.partition("Helpers on the way:")[2].partition("\n\n")[0])
MOST_FILES = 40


def _defined(tree: ast.Module) -> Iterator[str]:
    """Functions of a module, and methods as ``Class.method``."""
    for node in tree.body:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node.name
        if isinstance(node, ast.ClassDef):
            for inner in node.body:
                if isinstance(inner, ast.FunctionDef | ast.AsyncFunctionDef):
                    yield f"{node.name}.{inner.name}"


@pytest.mark.parametrize(("function", "path"), STEPS)
def test_each_step_is_in_its_file(function: str, path: str) -> None:
    """The function named is defined in the file named."""
    assert function in set(_defined(ast.parse((ROOT / path).read_text("utf-8"))))


def test_the_way_is_short() -> None:
    """From bytes to a posted alert an event meets at most 40 files."""
    assert len(STEPS) > 30
    assert len({path for _, path in STEPS}) <= MOST_FILES


def test_an_event_meets_no_other_file() -> None:
    """Records counted and judged in memory call functions of the files named, and of no other."""
    met = {path for path in _files_met() if path.startswith("streams/")}
    assert met - {path for _, path in STEPS} - set(HELPERS) == set()
    assert set(HELPERS) - met == set(), "a helper is named that no event meets"


def _send(time_s: float, sender: str) -> bytes:
    time = dt.datetime.fromtimestamp(time_s, dt.UTC).isoformat()
    event = {"v": 1, "type": "send", "event_id": "x", "event_time": time, "channel": "sms"}
    return orjson.dumps({**event, "sender": {"id": sender}, "source": "sends"})


def _files_met() -> set[str]:
    """Count and judge an hour of sends of two senders, of which one bursts; note each file."""
    config = parse_config(
        {
            "detect": {"budget_per_day": 2000.0, "min_count": 10},
            "sources": {"sends": {"kind": "send", "group": "alone"}},
        }
    )
    counting, judging = LaneCounting(config), ShardProtocol(0, config, {})
    counting.assign(("sends", 0), 1, Mark(0))
    raw = [
        _send(20_000 * DAY_S + 60 * minute + second, sender)
        for minute in range(63)
        for second in range(0, 60, 5)
        for sender in ["a"] * (20 if minute == 57 else 1) + ["b"]
    ]
    files: set[str] = set()

    def note(frame: FrameType, event: str, arg: Any) -> None:
        if event == "call":
            files.add(frame.f_code.co_filename)

    counts = config.topic("counts")
    alerts = offset = 0
    sys.setprofile(note)
    try:
        for at in range(0, len(raw), 100):
            batch = raw[at : at + 100]
            counting.intakes["sends", 0].take_all(
                range(at, at + len(batch)), batch, [3e9] * len(batch)
            )
            for step in counting.flush(early=False):
                if isinstance(step, Commit):
                    counting.committed(step.marks)
                elif isinstance(step, Write) and step.topic == counts:
                    taken = judging.take(offset, step.value, 3e9)
                    offset += 1
                    alerts += sum(isinstance(one, Publish) for one in taken)
    finally:
        sys.setprofile(None)
    assert alerts
    inside = [Path(file) for file in files if file.startswith(str(ROOT))]
    return {path.relative_to(ROOT).as_posix() for path in inside}
