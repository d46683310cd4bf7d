"""What is pinned: runs of commands, by name."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path

import orjson

from tests.pinned.data import files
from tests.pinned.run import run
from tests.pinned.sums import Found

DIFFER = 3
"""Exit status of ``diff`` where alerts differ."""

SLOW = "replay-ftc"
"""Takes a minute, and its data are not part of the checkout."""


def _lines(place: Path) -> list[object]:
    return [orjson.loads(line) for line in place.read_bytes().splitlines()]


def _replay(name: str, inputs: list[str], place: Path) -> Found:
    alerts, rejects = f"{name}.alerts", f"{name}.rejects"
    options = [
        "--config",
        f"{name}.toml",
        "--alerts",
        alerts,
        "--rejects",
        rejects,
        "--json",
        "--max-rejects",
        "100%",
    ]
    printed = run(place, "replay", *inputs, *options)
    return Found([orjson.loads(printed), *_lines(place / alerts), *_lines(place / rejects)])


def _replay_archive(place: Path) -> Found:
    options = ["--config", "stricter.toml", "--alerts", "archive.alerts", "--json"]
    printed = run(place, "replay", "--archive", "archive", *options)
    return Found([orjson.loads(printed), *_lines(place / "archive.alerts")])


def _explain(config: str, entity: str, signal: str, place: Path) -> Found:
    options = ["--signal", signal, "--config", f"{config}.toml", "--json"]
    printed = run(place, "explain", entity, *files(config), *options)
    return Found([orjson.loads(printed)], words=frozenset({"state"}))


def _diff(place: Path) -> Found:
    options = ["--over", "archive", "--labels", "sim/labels.csv", "--json"]
    printed = run(place, "diff", "day.toml", "stricter.toml", *options, status=DIFFER)
    return Found([orjson.loads(printed)])


def _report(name: str, labels: list[str], place: Path) -> Found:
    page = f"{name}.html"
    printed = run(place, "archive", "day.toml", page, *labels, module="tests.pinned.product")
    return Found([orjson.loads(printed)], whole=(place / page).read_bytes())


ITEMS: dict[str, Callable[[Path], Found]] = {
    SLOW: partial(_replay, "ftc", ["ftc=ftc.csv.gz"]),
    "replay-minutes": partial(_replay, "minute", files("minute")),
    "replay-hours": partial(_replay, "hour", files("hour")),
    "explain-hours": partial(_explain, "hour", "platform/mall", "sends"),
    "replay-demo": partial(_replay, "demo", ["ftc=complaints.csv.gz", "mail=mail.csv.gz"]),
    "replay-days": partial(_replay, "day", files("day")),
    "replay-archive": _replay_archive,
    "explain-sends": partial(_explain, "day", "sender/106900000052", "sends"),
    "explain-rate": partial(_explain, "day", "sender/106900000041", "complaint_rate"),
    "diff": _diff,
    "report-injected": partial(_report, "injected", []),
    "report-labelled": partial(_report, "labelled", ["sim/labels.csv"]),
}
"""The longest first: two run at a time."""
