"""Rules on waits: a test waits for progress (tests/waiting), whatever the speed of a machine."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator

from tests.rules.offence import Offence
from tests.rules.source import Module

ENDINGS = {"run", "check_output", "check_call", "call", "communicate", "wait"}
"""What waits for the end of a process."""
BRIEF_S = 5.0
"""Shorter waits are pauses."""


def wall_clock_limits(modules: Iterable[Module]) -> Iterator[Offence]:
    """Find tests that give something only so many seconds of the wall."""
    for module in modules:
        if module.where.startswith("tests/") and module.folder != "tests/waiting":
            for node in ast.walk(module.tree):
                if _limits_a_process(node) or _asserts_a_deadline(node):
                    line = getattr(node, "lineno", 0)
                    yield Offence(module.where, line, "wait", ast.unparse(node))


def _limits_a_process(node: ast.AST) -> bool:
    """Whether it is ``subprocess.run(..., timeout=60)``, ``process.wait(30)`` or the like."""
    if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Attribute):
        return False
    if node.func.attr not in ENDINGS:
        return False
    given = [keyword.value for keyword in node.keywords if keyword.arg == "timeout"]
    given += node.args if node.func.attr == "wait" else []
    return any(
        isinstance(value, ast.Constant)
        and isinstance(value.value, int | float)
        and value.value >= BRIEF_S
        for value in given
    )


def _asserts_a_deadline(node: ast.AST) -> bool:
    """Whether it is ``assert time.monotonic() < deadline``."""
    if not isinstance(node, ast.Assert) or not isinstance(node.test, ast.Compare):
        return False
    compare = node.test
    is_bound = isinstance(compare.ops[0], ast.Lt | ast.LtE)
    return is_bound and "time.monotonic()" in ast.unparse(compare.left)
