"""The project's modules, parsed when first asked for, and once: what the rules read."""

from __future__ import annotations

import ast
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path

ROOT = Path(__file__).parents[2]
PACKAGES = ("detectors", "streams")
"""What is installed."""
FOLDERS = (*PACKAGES, "benchmarks", "tests")
"""Every folder that holds Python."""


@dataclass(frozen=True)
class Module:
    """One source file."""

    path: Path
    source: bytes

    @cached_property
    def tree(self) -> ast.Module:
        """What stands in it."""
        return ast.parse(self.source, filename=str(self.path))

    @property
    def lines(self) -> int:
        """How many lines it has."""
        return len(self.source.splitlines())

    @property
    def where(self) -> str:
        """The path inside the project, with slashes."""
        return self.path.relative_to(ROOT).as_posix()

    @property
    def folder(self) -> str:
        """The folder inside the project, with slashes."""
        return self.path.parent.relative_to(ROOT).as_posix()

    @property
    def is_package(self) -> bool:
        """Whether the module is the ``__init__.py`` of its folder."""
        return self.path.name == "__init__.py"


@cache
def parse(path: Path) -> Module:
    """Read one file."""
    return Module(path, path.read_bytes())


@cache
def modules(*folders: str) -> tuple[Module, ...]:
    """Read all modules below `folders`, in the order of their paths."""
    paths = sorted(path for name in folders for path in (ROOT / name).rglob("*.py"))
    return tuple(parse(path) for path in paths)


def where(path: Path) -> str:
    """Return a path inside the project, with slashes."""
    return path.relative_to(ROOT).as_posix()
