"""The project's modules, parsed once: what the rules read."""

from __future__ import annotations

import ast
from dataclasses import dataclass
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parents[2]
PACKAGES = ("detectors", "streams")
"""What is installed."""
FOLDERS = (*PACKAGES, "benchmarks", "tests")
"""Every folder that holds Python."""


@dataclass(frozen=True)
class Module:
    """One source file, parsed."""

    path: Path
    tree: ast.Module
    lines: int

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
    """Parse one file."""
    source = path.read_bytes()
    return Module(path, ast.parse(source, filename=str(path)), len(source.splitlines()))


@cache
def modules(*folders: str) -> tuple[Module, ...]:
    """Parse all modules below `folders`, in the order of their paths."""
    paths = sorted(path for name in folders for path in (ROOT / name).rglob("*.py"))
    return tuple(parse(path) for path in paths)


def where(path: Path) -> str:
    """Return a path inside the project, with slashes."""
    return path.relative_to(ROOT).as_posix()
