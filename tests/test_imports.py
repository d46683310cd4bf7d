"""The layout's rules, read off the source of every module."""

from __future__ import annotations

import ast
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PACKAGES = ("detectors", "streams")
MODULES = sorted(path for name in PACKAGES for path in (ROOT / name).rglob("*.py"))

KAFKA_CLIENTS = {"kafka", "confluent_kafka", "aiokafka"}
# Where the program meets the broker. A module that is not here works without one.
BROKERS_EDGE = {
    "streams/archive/live.py",
    "streams/commands/demo.py",
    "streams/commands/processes.py",
    "streams/commands/records.py",
    "streams/counts/counter.py",
    "streams/feeds/process.py",
    "streams/feeds/reader.py",
    "streams/feeds/tail.py",
    "streams/feeds/webhook.py",
    "streams/kafka/admin.py",
    "streams/kafka/complaints.py",
    "streams/kafka/offsets.py",
    "streams/kafka/ready.py",
    "streams/kafka/reason.py",
    "streams/kafka/rights.py",
    "streams/kafka/topics.py",
    "streams/kafka/writer.py",
}
WORKER = "streams/monitor/worker.py"
# What a replay must repeat byte for byte: it may not know what time it is.
PURE = (
    "detectors/",
    "streams/items.py",
    "streams/guest.py",
    "streams/config/",
    "streams/events/",
    "streams/alerts/",
    "streams/counts/",
    "streams/labels/",
    "streams/monitor/",
    "streams/tuning/diff.py",
    "streams/tuning/diff_report.py",
    "streams/tuning/diff_words.py",
    "streams/report/",
    "streams/feeds/feed.py",
    "streams/feeds/jsonfeed.py",
    "streams/feeds/latest.py",
    "streams/feeds/backoff.py",
)
IMPURE = {"streams/counts/counter.py", WORKER}
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


def test_the_package_list_is_complete() -> None:
    """Every package of the tree is installed: pyproject names each, and none that is gone."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
    named = set(project["tool"]["setuptools"]["packages"])
    found = {_where(path.parent).replace("/", ".") for path in MODULES}
    assert named == found


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
