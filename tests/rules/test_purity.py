"""What decides the alerts reads no clock: the same input gives the same bytes."""

from __future__ import annotations

import ast
from collections.abc import Iterator

import pytest

from tests.rules.source import PACKAGES, ROOT, Module, modules

WORKER = "streams/detection/process.py"
# What a replay must repeat byte for byte: it may not know what time it is.
PURE = (
    "detectors/",
    "streams/items.py",
    "streams/detection/plugins/river_detector.py",
    "streams/config/",
    "streams/sources/",
    "streams/alerts/",
    "streams/counts/",
    "streams/analysis/labels/",
    "streams/detection/",
    "streams/analysis/diff/compare.py",
    "streams/analysis/diff/comparison.py",
    "streams/analysis/diff/sentences.py",
    "streams/analysis/report/",
    "streams/delivery/feed/pages.py",
    "streams/delivery/feed/jsonfeed.py",
    "streams/delivery/latest.py",
    "streams/delivery/backoff.py",
)
IMPURE = {"streams/counts/process.py", "streams/sources/ingest.py", WORKER}
CLOCKS = {
    "time.time",
    "time.time_ns",
    "time.monotonic",
    "time.monotonic_ns",
    "time.perf_counter",
    "time.perf_counter_ns",
    "time.localtime",
    "time.gmtime",
    "datetime.datetime.now",
    "datetime.datetime.utcnow",
    "datetime.datetime.today",
    "datetime.date.today",
}


def _is_pure(where: str) -> bool:
    return where.startswith(PURE) and where not in IMPURE


def _clock_reads(tree: ast.AST) -> Iterator[tuple[int, str]]:
    """Line and full name of each clock read or handed on, whatever it was imported as."""
    names: dict[str, str] = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for alias in node.names:
                names[alias.asname or alias.name.split(".")[0]] = (
                    alias.name if alias.asname else alias.name.split(".")[0]
                )
        elif isinstance(node, ast.ImportFrom):
            for alias in node.names:
                names[alias.asname or alias.name] = f"{node.module}.{alias.name}"
    for node in ast.walk(tree):
        if isinstance(node, ast.Name | ast.Attribute):
            head, _, rest = ast.unparse(node).partition(".")
            name = names.get(head, "") + (f".{rest}" if rest else "")
            if name in CLOCKS:
                yield node.lineno, name


@pytest.mark.parametrize(
    "module",
    [module for module in modules(*PACKAGES) if _is_pure(module.where)],
    ids=lambda module: module.where,
)
def test_pure_modules_read_no_clock(module: Module) -> None:
    """What decides the alerts reads no clock: the same input gives the same bytes."""
    found = [f"{module.where}:{line} reads {name}" for line, name in _clock_reads(module.tree)]
    assert found == []


def test_every_listed_module_exists() -> None:
    """The lists of this file name modules that are there: none outlives its module."""
    listed = {*(name for name in PURE if name.endswith(".py")), *IMPURE}
    assert {name for name in listed if not (ROOT / name).is_file()} == set()
    assert all((ROOT / name).is_dir() for name in PURE if name.endswith("/"))


@pytest.mark.parametrize(
    ("source", "name"),
    [
        ("import time\ntime.time()", "time.time"),
        ("from time import monotonic as m\nm()", "time.monotonic"),
        ("import datetime as dt\ndt.datetime.now(dt.UTC)", "datetime.datetime.now"),
        ("from datetime import datetime\nf(datetime.now)", "datetime.datetime.now"),
    ],
)
def test_clocks_are_found(source: str, name: str) -> None:
    """The rule about clocks sees through import aliases, and sees a clock handed on."""
    assert [found for _, found in _clock_reads(ast.parse(source))] == [name]
