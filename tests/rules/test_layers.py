"""Rules on layers: a package imports the packages below it, never one above."""

from __future__ import annotations

import ast
from collections.abc import Iterator

import pytest

from tests.rules.source import ROOT, Module, modules, parse

BELOW: dict[str, set[str]] = {
    "supervisor": set(),
    "items": set(),
    "facts": {"items"},
    "strays": set(),
    "stored": set(),
    "names": {"items"},
    "config": {"facts", "items", "names"},
    "rule_packs": {"config", "items"},
    "broker": {"config", "supervisor"},
    "health": {"broker", "config", "strays"},
    "sources": {"broker", "config", "facts", "items", "names"},
    "registry": {"broker", "config", "health", "items", "names", "stored"},
    "counts": {
        *("broker", "config", "facts", "health", "items", "names", "registry", "sources"),
        "strays",
    },
    "alerts": {"config", "counts", "items", "names", "sources"},
    "series": {"items", "names"},
    "detection": {
        *("alerts", "broker", "config", "counts", "facts", "health", "items", "names"),
        *("registry", "rule_packs", "series", "sources", "stored"),
    },
    "proofs": {"alerts", "items"},
    "actions": {"alerts", "broker", "config", "items", "names", "sources"},
    "cases": {
        *("actions", "alerts", "broker", "config", "counts", "items", "names", "registry"),
        "sources",
    },
    "access": {"broker", "config", "items", "names"},
    "explain": {"alerts", "config", "counts", "facts", "items", "series"},
    "delivery": {
        *("access", "actions", "alerts", "broker", "cases", "config", "counts", "explain"),
        *("health", "items", "names", "proofs", "registry", "series"),
    },
    "archive": {
        *(
            "actions",
            "alerts",
            "broker",
            "config",
            "counts",
            "detection",
            "facts",
            "health",
            "items",
            "names",
            "registry",
            "sources",
            "stored",
            "strays",
        ),
    },
    "backup": {"archive", "broker", "config"},
    "bulletin": {
        *(
            "actions",
            "alerts",
            "archive",
            "cases",
            "config",
            "counts",
            "detection",
            "explain",
            "facts",
        ),
        *("items", "names", "registry", "series", "sources"),
    },
    "simulate": {"archive", "detection", "items", "registry", "sources"},
}
"""What each package of ``streams`` may import, from the lowest to the highest."""
for _below in BELOW.values():
    # Whoever shows a text, or a string of others, uses these; whoever reads a struct, the last.
    _below |= {"language", "printable", "ready_form"}
for _lowest in ("language", "printable", "ready_form"):
    BELOW[_lowest] = set()
BELOW["analysis"] = set(BELOW) - {"supervisor", "simulate", "delivery", "health"}
BELOW["demo"] = set(BELOW) - {"analysis", "archive", "bulletin", "simulate"}
BELOW["cli"] = set(BELOW)

LOWEST = ("config", "items", "language")
"""What a table of a package may import too."""
TABLES = {
    "streams.actions.pattern": {"config"},
    "streams.delivery.notify.table": {"config"},
    "streams.facts.record": {"items"},
    "streams.access.roles": {"config"},
    "streams.delivery.channels.table": {"analysis", "config", "health"},
    "streams.detection.misuse.table": {"actions", "alerts", "config", "delivery", "explain"},
    "streams.detection.signals": {"actions", "alerts", "config", "delivery", "explain", "series"},
    "streams.rule_packs.book": {"actions", "config"},
    "streams.rule_packs.parameters": {"config"},
    "streams.rule_packs.pack": {"alerts", "config"},
    "streams.sources.formats.format": {"config", "facts"},
    "streams.sources.formats.lines": {"config"},
    "streams.sources.formats.table": {"config"},
    "streams.sources.presets.shipped": {"config"},
    "streams.sources.times.time_format": {"config"},
    "streams.sources.files.encoding": {"config"},
    "streams.sources.mapping.paths": {"config"},
}
"""Tables that lower packages may read too: the names that a configuration or an alert may have."""


def _imported(module: Module) -> Iterator[tuple[int, str]]:
    """Yield the line and the name of each module of ``streams`` that is imported."""
    for node in ast.walk(module.tree):
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("streams."):
            yield node.lineno, str(node.module)
        elif isinstance(node, ast.Import):
            yield from (
                (node.lineno, alias.name)
                for alias in node.names
                if alias.name.startswith("streams.")
            )


def _upward(module: Module) -> Iterator[str]:
    """Yield the imports of a module that its package may not have."""
    package = module.where.split("/")[1].removesuffix(".py")
    allowed = BELOW.get(package, set())
    for line, name in _imported(module):
        other = name.split(".")[1]
        if other not in {package, *allowed} and package not in TABLES.get(name, set()):
            yield f"{module.where}:{line} imports {name}: streams.{package} is below it"


def test_every_package_has_its_layer() -> None:
    """A new package must be entered in the table."""
    found = {module.where.split("/")[1].removesuffix(".py") for module in modules("streams")}
    assert found - {"__init__"} == set(BELOW)


def test_no_package_imports_one_above_it() -> None:
    """Only a table of names may be read from below."""
    assert [line for module in modules("streams") for line in _upward(module)] == []


@pytest.mark.parametrize("name", sorted(TABLES))
def test_a_table_reads_nothing_above_its_readers(name: str) -> None:
    """A table imports only what its readers may import, tables, or its own package."""
    module = parse(ROOT / f"{name.replace('.', '/')}.py")
    package = name.split(".")[1]
    above = [
        other
        for _, other in _imported(module)
        if other not in TABLES and other.split(".")[1] not in {package, *LOWEST}
    ]
    assert above == []


def test_an_upward_import_is_seen() -> None:
    """The rule sees both forms of import, inside functions too."""
    source = "def f():\n    import streams.cli.main\nfrom streams.analysis.replay import Replay"
    module = Module(ROOT / "streams/counts/a.py", source.encode())
    assert len(list(_upward(module))) == 2
