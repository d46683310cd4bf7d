"""The layout's rules, read off the source of every module."""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PACKAGES = ("detectors", "streams")
MODULES = sorted(path for name in PACKAGES for path in (ROOT / name).rglob("*.py"))

KAFKA_CLIENTS = {"kafka", "confluent_kafka", "aiokafka"}
# Where the program meets the broker. A module that is not here works without one.
BROKERS_EDGE = {
    "streams/archive/record/process.py",
    "streams/cli/run/demo.py",
    "streams/cli/run/processes.py",
    "streams/cli/topic_records.py",
    "streams/counts/process.py",
    "streams/delivery/process.py",
    "streams/delivery/feed/reader.py",
    "streams/delivery/tail.py",
    "streams/delivery/channels/webhook.py",
    "streams/broker/topics/admin.py",
    "streams/broker/client/connection_log.py",
    "streams/broker/topics/offsets.py",
    "streams/broker/local/ready.py",
    "streams/broker/client/refusal.py",
    "streams/broker/topics/rights.py",
    "streams/broker/topics/ensure.py",
    "streams/broker/client/writer.py",
}
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


def _where(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def _is_pure(where: str) -> bool:
    return where.startswith(PURE) and where not in IMPURE


def _parse(path: Path) -> ast.Module:
    return ast.parse(path.read_bytes(), filename=str(path))


def _imports(tree: ast.AST) -> Iterator[tuple[int, str]]:
    """Line and full name of everything imported, inside functions too."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            # A relative import would hide from these rules what it imports.
            assert node.level == 0, f"line {node.lineno}: imports must be absolute"
            yield from ((node.lineno, f"{node.module}.{alias.name}") for alias in node.names)


def _offenders(paths: list[Path], roots: set[str]) -> list[str]:
    """Places where any of `paths` imports one of `roots` or something inside it."""
    return [
        f"{_where(path)}:{line} imports {name}"
        for path in paths
        for line, name in _imports(_parse(path))
        if name.split(".")[0] in roots
    ]


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


def test_the_detectors_stand_alone() -> None:
    """Someone can take ``detectors/`` away: it imports nothing of ``streams``."""
    paths = [path for path in MODULES if _where(path).startswith("detectors/")]
    assert paths
    assert _offenders(paths, {"streams"}) == []


def test_one_module_knows_faust() -> None:
    """Only the worker imports Faust or mode: everything it does can be run without them."""
    paths = [path for path in MODULES if _where(path) != WORKER]
    assert _offenders(paths, {"faust", "mode"}) == []


def test_kafka_clients_stay_at_the_brokers_edge() -> None:
    """A Kafka client is imported by the modules listed as the broker's edge, and no other."""
    paths = [path for path in MODULES if _where(path) not in BROKERS_EDGE]
    assert _offenders(paths, KAFKA_CLIENTS) == []


@pytest.mark.parametrize("name", sorted(BROKERS_EDGE))
def test_the_brokers_edge_is_as_listed(name: str) -> None:
    """A module listed as the broker's edge imports a client; one that stops leaves the list."""
    assert _offenders([ROOT / name], KAFKA_CLIENTS) != []


@pytest.mark.parametrize("path", [path for path in MODULES if _is_pure(_where(path))], ids=_where)
def test_pure_modules_read_no_clock(path: Path) -> None:
    """What decides the alerts reads no clock: the same input gives the same bytes."""
    found = [f"{_where(path)}:{line} reads {name}" for line, name in _clock_reads(_parse(path))]
    assert found == []


def test_every_listed_module_exists() -> None:
    """The lists of this file name modules that are there: none outlives its module."""
    listed = {*(name for name in PURE if name.endswith(".py")), *IMPURE, WORKER, *BROKERS_EDGE}
    assert {name for name in listed if not (ROOT / name).is_file()} == set()
    assert all((ROOT / name).is_dir() for name in PURE if name.endswith("/"))


@pytest.mark.parametrize("path", [*MODULES], ids=_where)
def test_every_module_can_be_checked(path: Path) -> None:
    """Imports are absolute, so that the rules above see where each leads."""
    list(_imports(_parse(path)))


def test_top_level_names_shadow_no_library() -> None:
    """Neither the packages nor what lies beside them hide a module of the standard library."""
    names = {path.stem for path in ROOT.glob("*.py")} | {*PACKAGES}
    assert names & sys.stdlib_module_names == set()


def test_scripts_run_in_place_shadow_no_library() -> None:
    """A file run as a script puts its folder first on the path: that folder hides no library.

    Python then finds the folder's own modules before the standard library's.
    """
    scripts = [path for path in ROOT.rglob("*.py") if _runs_as_script(path)]
    hidden = {
        _where(sibling)
        for script in scripts
        for sibling in script.parent.iterdir()
        if sibling.stem in sys.stdlib_module_names
        and (sibling.suffix == ".py" or (sibling / "__init__.py").is_file())
    }
    assert hidden == set()


def _runs_as_script(path: Path) -> bool:
    inside = path.relative_to(ROOT).parts
    return not inside[0].startswith(".") and '__name__ == "__main__"' in path.read_text("utf-8")


def test_every_folder_of_modules_is_a_package() -> None:
    """The wheel takes what has an ``__init__.py``: a folder without one would be left out."""
    assert {
        _where(path.parent) for path in MODULES if not (path.parent / "__init__.py").is_file()
    } == set()


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
