"""Rules on the layout: small modules in small folders, and tests that mirror them."""

from __future__ import annotations

import ast
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path

from tests.rules.offence import Offence
from tests.rules.source import PACKAGES, ROOT, Module

MOST_LINES = 350
MOST_MODULES = 15
LOOSE = {"streams/items.py", "streams/printable.py", "streams/ready_form.py", "streams/strays.py"}
"""The modules that stand beside the packages of ``streams``."""
WITHOUT_MIRROR = {
    "benchmarks": "measurements beside other programs; tested in part",
    "browser": "the console as people use it, over all its pages",
    "data": "no modules: files that tests read",
    "documents": "what people read: examples, links, generated tables",
    "garbage": "whatever bytes come in, over all formats",
    "integration": "real brokers and processes",
    "pinned": "sums of what the commands write",
    "rules": "the rules of this folder",
    "scenarios": "counts in, alerts out",
    "launch": "the product's commands as forks",
    "simulation": "the protocol in memory",
    "torture": "processes that fail",
    "words": "texts in the program against their translations",
    "waiting": "waits for progress, not for a time",
}
"""The folders of tests that belong to no one package, and why."""


def long_modules(modules: Iterable[Module]) -> Iterator[Offence]:
    """Find modules of more lines than one reads at a sitting."""
    for module in modules:
        if module.lines > MOST_LINES:
            found = f"{module.lines} lines, at most {MOST_LINES}"
            yield Offence(module.where, 0, "module size", found)


def full_folders(modules: Iterable[Module]) -> Iterator[Offence]:
    """Find folders of the installed packages, and their tests, with too many modules."""
    sizes = Counter(module.folder for module in modules if not module.is_package)
    for folder, size in sorted(sizes.items()):
        if size > MOST_MODULES and (folder.split("/")[0] in PACKAGES or _mirrors(folder)):
            found = f"{size} modules, at most {MOST_MODULES}"
            yield Offence(f"{folder}/", 0, "folder size", found)


def loose_modules(modules: Iterable[Module]) -> Iterator[Offence]:
    """Find modules that stand beside the packages of ``streams``."""
    for module in modules:
        if module.folder == "streams" and not module.is_package and module.where not in LOOSE:
            yield Offence(module.where, 0, "loose module", "belongs into a package")


def silent_modules(modules: Iterable[Module]) -> Iterator[Offence]:
    """Find modules and packages that do not say what they hold."""
    for module in modules:
        if not ast.get_docstring(module.tree) and not (module.is_package and _is_tests(module)):
            yield Offence(module.where, 0, "docstring", "the module has none")


def strayed_tests(modules: Iterable[Module]) -> Iterator[Offence]:
    """Find tests that do not stand where their module stands.

    ``tests/detectors`` mirrors ``detectors``; any other folder of tests mirrors the folder
    of ``streams`` of its name. A test named after a module stands in the folder that mirrors
    the module's.
    """
    modules = tuple(modules)
    homes: dict[str, set[str]] = {}
    for module in modules:
        if module.where.split("/")[0] in PACKAGES:
            stem = module.path.parent.name if module.is_package else module.path.stem
            parent = module.path.parent.parent if module.is_package else module.path.parent
            homes.setdefault(stem, set()).add(_mirror(parent))
    for module in modules:
        if not _mirrors(module.folder):
            continue
        if module.is_package:
            if not _mirrored(module.folder).is_dir():
                yield Offence(f"{module.folder}/", 0, "mirror", "no package of this name")
            continue
        own = homes.get(module.path.stem.removeprefix("test_"), set())
        area = "/".join(module.folder.split("/")[:2])
        near = {home for home in own if home == area or home.startswith(f"{area}/")}
        if near and module.folder not in near:
            yield Offence(module.where, 0, "mirror", f"belongs into {' or '.join(sorted(near))}")


def untested_packages(modules: Iterable[Module]) -> Iterator[Offence]:
    """Find packages below ``streams`` and ``detectors`` without a folder of tests."""
    for module in modules:
        parts = module.folder.split("/")
        depth = {"streams": 2, "detectors": 1}.get(parts[0])
        if module.is_package and len(parts) == depth:
            mirror = _mirror(module.path.parent)
            if not (ROOT / mirror).is_dir():
                yield Offence(f"{module.folder}/", 0, "mirror", f"no {mirror}")


def _is_tests(module: Module) -> bool:
    return module.where.startswith("tests/")


def _mirrors(folder: str) -> bool:
    parts = folder.split("/")
    return len(parts) > 1 and parts[0] == "tests" and parts[1] not in WITHOUT_MIRROR


def _mirrored(folder: str) -> Path:
    inside = folder.removeprefix("tests/")
    return ROOT / inside if inside.split("/")[0] == "detectors" else ROOT / "streams" / inside


def _mirror(folder: Path) -> str:
    inside = folder.relative_to(ROOT).as_posix()
    return f"tests/{inside.removeprefix('streams/')}" if inside != "streams" else "tests"
