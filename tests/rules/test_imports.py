"""Rules on imports: which modules meet Faust and the broker, and what shadows a library."""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path

import pytest

from tests.rules.source import PACKAGES, ROOT, Module, modules, parse, where

MODULES = modules(*PACKAGES)

KAFKA_CLIENTS = {"kafka", "confluent_kafka", "aiokafka"}
# Where the program meets the broker. A module that is not here works without one.
BROKERS_EDGE = {
    "streams/actions/book.py",
    "streams/actions/event_log.py",
    "streams/cases/book.py",
    "streams/delivery/cases/filed.py",
    "streams/delivery/cases/process.py",
    "streams/actions/kafka_desk.py",
    "streams/archive/record/process.py",
    "streams/broker/client/connection_errors.py",
    "streams/broker/client/writer.py",
    "streams/broker/topics/admin.py",
    "streams/backup/backup.py",
    "streams/backup/restore.py",
    "streams/delivery/registry/follower.py",
    "streams/delivery/registry/rows.py",
    "streams/registry/first_rows.py",
    "streams/registry/sequencer.py",
    "streams/broker/client/lazy_producer.py",
    "streams/broker/topics/carry_over.py",
    "streams/broker/topics/contents.py",
    "streams/broker/topics/records.py",
    "streams/broker/topics/ensure.py",
    "streams/broker/topics/needed.py",
    "streams/broker/topics/instances.py",
    "streams/broker/topics/offsets.py",
    "streams/broker/topics/origin.py",
    "streams/broker/topics/rights.py",
    "streams/broker/topics/tail.py",
    "streams/cli/alerts/topic_records.py",
    "streams/cli/run/count.py",
    "streams/counts/fetched.py",
    "streams/counts/kafka_clients.py",
    "streams/counts/positions.py",
    "streams/delivery/access/users_topic.py",
    "streams/delivery/api/revisions.py",
    "streams/delivery/entities/follower.py",
    "streams/delivery/entities/process.py",
    "streams/delivery/feed/reader.py",
    "streams/delivery/notify/journal.py",
    "streams/delivery/notify/ownership.py",
    "streams/delivery/notify/process.py",
    "streams/delivery/process.py",
    "streams/delivery/proofs/keeper.py",
    "streams/delivery/proofs/process.py",
    "streams/delivery/topic_writer.py",
    "streams/delivery/queue.py",
    "streams/delivery/standing_records.py",
    "streams/delivery/tail.py",
    "streams/delivery/undelivered/follower.py",
    "streams/delivery/views/process.py",
    "streams/delivery/views/registry_topic.py",
    "streams/demo/playback.py",
    "streams/detection/worker/asked_topic.py",
    "streams/detection/worker/faust_app.py",
    "streams/detection/worker/series_topic.py",
}
WORKER = {"streams/detection/worker/faust_app.py", "streams/detection/worker/process.py"}


def _imports(tree: ast.AST) -> Iterator[tuple[int, str]]:
    """Line and full name of everything imported, inside functions too."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            # A relative import would hide from these rules what it imports.
            assert node.level == 0, f"line {node.lineno}: imports must be absolute"
            yield from ((node.lineno, f"{node.module}.{alias.name}") for alias in node.names)


def _offenders(found: Iterable[Module], roots: set[str]) -> list[str]:
    """Places where any of the modules imports one of `roots` or something inside it."""
    return [
        f"{module.where}:{line} imports {name}"
        for module in found
        for line, name in _imports(module.tree)
        if name.split(".")[0] in roots
    ]


def test_the_detectors_stand_alone() -> None:
    """Someone can take ``detectors/`` away: it imports nothing of ``streams``."""
    detectors = modules("detectors")
    assert detectors
    assert _offenders(detectors, {"streams"}) == []


def test_one_module_knows_faust() -> None:
    """Only the worker imports Faust or mode: everything it does can be run without them."""
    others = [module for module in MODULES if module.where not in WORKER]
    assert _offenders(others, {"faust", "mode"}) == []


def test_kafka_clients_stay_at_the_brokers_edge() -> None:
    """A Kafka client is imported by the modules listed as the broker's edge, and no other."""
    others = [module for module in MODULES if module.where not in BROKERS_EDGE]
    assert _offenders(others, KAFKA_CLIENTS) == []


@pytest.mark.parametrize("name", sorted(BROKERS_EDGE))
def test_the_brokers_edge_is_as_listed(name: str) -> None:
    """A module listed as the broker's edge imports a client; one that stops leaves the list."""
    assert _offenders([parse(ROOT / name)], KAFKA_CLIENTS) != []


def test_every_listed_module_exists() -> None:
    """The lists of this file name modules that are there: none outlives its module."""
    assert {name for name in {*WORKER, *BROKERS_EDGE} if not (ROOT / name).is_file()} == set()


@pytest.mark.parametrize("module", MODULES, ids=lambda module: module.where)
def test_every_module_can_be_checked(module: Module) -> None:
    """Imports are absolute, so that the rules above see where each leads."""
    list(_imports(module.tree))


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
        where(sibling)
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
        module.folder for module in MODULES if not (module.path.parent / "__init__.py").is_file()
    } == set()
