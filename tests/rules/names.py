"""Rules on names: a name says what it holds, and a class name stands for one class."""

from __future__ import annotations

import ast
from collections import defaultdict
from collections.abc import Iterable, Iterator

from tests.rules.offence import Offence
from tests.rules.source import PACKAGES, Module

BANNED_MODULES = {
    *("told", "kept", "whole", "echo", "school", "unlike", "outlook", "gauge", "lulls"),
    *("findings", "deck", "place", "trouble", "reason", "guest", "samples"),
}
"""Words that did not say what the module holds."""
BANNED_NAMES = {"of", "told", "many", "more", "some"}
"""Words that say nothing about a value that is still there on the next line."""


def module_names(modules: Iterable[Module]) -> Iterator[Offence]:
    """Find modules, packages and tests of modules with a banned name."""
    for module in modules:
        stem = module.path.parent.name if module.is_package else module.path.stem
        if stem.removeprefix("test_") in BANNED_MODULES:
            yield Offence(module.where, 0, "module name", stem)


def lasting_names(modules: Iterable[Module]) -> Iterator[Offence]:
    """Find variables, parameters, attributes and functions with a banned name.

    Free are the variables of a comprehension and the parameters of a lambda on one line.
    """
    for module in modules:
        free = set(_short_lived(module.tree))
        for node in ast.walk(module.tree):
            name = _bound_name(node)
            if name in BANNED_NAMES and node not in free:
                yield Offence(module.where, getattr(node, "lineno", 0), "name", str(name))


def _bound_name(node: ast.AST) -> str | None:
    if isinstance(node, ast.arg):
        return node.arg
    if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
        return node.id
    if isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Store):
        return node.attr
    if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
        return node.name
    if isinstance(node, ast.ExceptHandler | ast.MatchAs | ast.MatchStar):
        return node.name
    if isinstance(node, ast.alias):
        return node.asname or node.name
    return None


def _short_lived(tree: ast.Module) -> Iterator[ast.AST]:
    for node in ast.walk(tree):
        if isinstance(node, ast.comprehension):
            yield from ast.walk(node.target)
        elif isinstance(node, ast.Lambda) and node.lineno == node.end_lineno:
            yield from ast.walk(node.args)


def repeated_classes(modules: Iterable[Module]) -> Iterator[Offence]:
    """Find class names that two classes of the installed packages share, private ones too."""
    found = defaultdict(list)
    for module in modules:
        if module.where.split("/")[0] in PACKAGES:
            for node in ast.walk(module.tree):
                if isinstance(node, ast.ClassDef):
                    found[node.name.lstrip("_")].append((module.where, node.lineno, node.name))
    for definitions in found.values():
        if len(definitions) > 1:
            for path, line, name in definitions:
                others = sorted(other for other, _, _ in definitions if other != path)
                twins = ", ".join(others) or "this module"
                yield Offence(path, line, "class name", f"{name} is also in {twins}")


def idle_bases(modules: Iterable[Module]) -> Iterator[Offence]:
    """Find base classes that hold nothing, and abstract ones with a single child.

    Exceptions are free: what they hold is their name.
    """
    classes = [
        (module, node)
        for module in modules
        for node in ast.walk(module.tree)
        if isinstance(node, ast.ClassDef)
    ]
    children: dict[str, set[str]] = defaultdict(set)
    for _, node in classes:
        for base in node.bases:
            children[_last_name(base)].add(node.name)
    for module, node in classes:
        own = children[node.name]
        bases = {_last_name(base) for base in node.bases}
        if not own or module.where.split("/")[0] not in PACKAGES or _is_exception(bases, classes):
            continue
        if all(_says_nothing(statement) for statement in node.body):
            yield Offence(module.where, node.lineno, "base class", f"{node.name} is empty")
        elif len(own) == 1 and _is_abstract(node, bases):
            yield Offence(
                module.where, node.lineno, "base class", f"{node.name} has one child, {min(own)}"
            )


def _last_name(node: ast.expr) -> str:
    node = node.value if isinstance(node, ast.Subscript) else node
    return ast.unparse(node).rsplit(".", 1)[-1]


def _is_exception(bases: set[str], classes: list[tuple[Module, ast.ClassDef]]) -> bool:
    if any(name.endswith(("Error", "Exception")) for name in bases):
        return True
    parents = [node for _, node in classes if node.name in bases]
    return any(
        _is_exception({_last_name(base) for base in node.bases}, classes) for node in parents
    )


def _says_nothing(statement: ast.stmt) -> bool:
    return isinstance(statement, ast.Pass) or (
        isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant)
    )


def _is_abstract(node: ast.ClassDef, bases: set[str]) -> bool:
    return bool(bases & {"ABC", "Protocol"}) or any(
        _last_name(decorator) == "abstractmethod"
        for inner in node.body
        if isinstance(inner, ast.FunctionDef | ast.AsyncFunctionDef)
        for decorator in inner.decorator_list
    )
