"""Every example in a docstring is run, and can fail."""

from __future__ import annotations

import ast
import doctest
import importlib
from collections.abc import Iterator
from types import ModuleType

import pytest

from tests.rules.source import FOLDERS, Module, modules

DOCUMENTED = (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)
WITH_EXAMPLES = [module for module in modules(*FOLDERS) if b">>>" in module.source]


def _written(source: str) -> list[int]:
    """Lines that look like an example's."""
    lines = enumerate(source.splitlines(), 1)
    return [number for number, line in lines if line.lstrip().startswith(">>> ")]


def _imported(module: Module) -> ModuleType:
    name = module.where.removesuffix(".py").removesuffix("/__init__").replace("/", ".")
    return importlib.import_module(name)


def _examples(module: Module) -> list[doctest.Example]:
    """What doctest collects of a module."""
    found = doctest.DocTestFinder().find(_imported(module))
    return [example for test in found for example in test.examples]


def _accepts_anything(example: doctest.Example) -> bool:
    """Whether the ellipsis leaves nothing of what is expected, or no more than quotes."""
    return "..." in example.want and not any(c.isalnum() for c in example.want)


def _stray_strings(tree: ast.Module) -> Iterator[int]:
    """Lines of strings that stand alone, and are neither a docstring nor follow what they describe.

    They may describe a name that a module or class assigns, or an attribute.
    """
    for node in ast.walk(tree):
        body = getattr(node, "body", None)
        if not isinstance(body, list):
            continue
        first = isinstance(node, DOCUMENTED)
        for before, statement in zip([None, *body], body, strict=False):
            if _is_string(statement) and not (first and before is None) and not _named(before):
                yield statement.lineno


def _is_string(statement: ast.stmt) -> bool:
    return (
        isinstance(statement, ast.Expr)
        and isinstance(statement.value, ast.Constant)
        and isinstance(statement.value.value, str)
    )


def _named(statement: ast.stmt | None) -> bool:
    return isinstance(statement, ast.Assign | ast.AnnAssign)


@pytest.mark.parametrize("module", WITH_EXAMPLES, ids=lambda module: module.where)
def test_every_example_is_run(module: Module) -> None:
    """Doctest collects as many examples as stand in the source."""
    written = _written(module.path.read_text("utf-8"))
    assert len(_examples(module)) == len(written), f"examples at lines {written}"


@pytest.mark.parametrize("module", WITH_EXAMPLES, ids=lambda module: module.where)
def test_every_example_can_fail(module: Module) -> None:
    """No example expects whatever comes."""
    assert [example.source for example in _examples(module) if _accepts_anything(example)] == []


@pytest.mark.parametrize(
    "module",
    [module for module in WITH_EXAMPLES if module.where.startswith("benchmarks/")],
    ids=lambda module: module.where,
)
def test_examples_of_benchmarks_hold(module: Module) -> None:
    """Pytest collects no examples of benchmarks, since some import what is not installed."""
    flags = doctest.NORMALIZE_WHITESPACE | doctest.ELLIPSIS
    assert doctest.testmod(_imported(module), optionflags=flags).failed == 0


@pytest.mark.parametrize("folder", FOLDERS)
def test_no_string_stands_alone(folder: str) -> None:
    """A second string after a docstring is none: nobody reads it, and nothing runs it."""
    assert [
        f"{module.where}:{line}"
        for module in modules(folder)
        for line in _stray_strings(module.tree)
    ] == []


def test_what_accepts_anything_is_seen() -> None:
    """An expectation of dots, quoted or not, is found; one that holds anything is left alone."""
    wants = ["...\n", "'...'\n", "(...)\n", "Onset(3.1...)\n", "()\n"]
    found = [_accepts_anything(doctest.Example("f()", want)) for want in wants]
    assert found == [True, True, True, False, False]


def test_stray_strings_are_seen() -> None:
    """A string after the docstring is found; a class's fields may be described by one."""
    source = 'def f():\n    "doc"\n    "stray"\nclass A:\n    "doc"\n    x = 1\n    "what x is"\n'
    assert list(_stray_strings(ast.parse(source))) == [3]
