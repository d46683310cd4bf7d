"""Rule on structs: msgspec learns each one as a module is imported, never as threads read."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Iterator

from tests.rules.offence import Offence
from tests.rules.source import Module

READS = {
    "msgspec.convert": ("type", 1),
    "msgspec.json.decode": ("type", 1),
    "msgspec.msgpack.decode": ("type", 1),
    "msgspec.json.Decoder": ("type", 0),
    "msgspec.msgpack.Decoder": ("type", 0),
}
"""What may meet a type for the first time: the argument that names the type, and its place."""

_CLASS = re.compile(r"\b_?[A-Z]\w*[a-z]\w*\b")
_PLAIN = {"Any", "None", "Raw"}


def structs_read_in_functions(modules: Iterable[Module]) -> Iterator[Offence]:
    """Find functions of the program that name a class to msgspec.

    Where two threads read the first struct of a class at once, msgspec crashes the process. A
    decoder at the module's level has learnt the class before; so has `streams.ready_form.ready`.
    """
    for module in modules:
        if not module.where.startswith(("streams/", "detectors/")):
            continue
        for function in ast.walk(module.tree):
            if isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef):
                for node in (each for one in function.body for each in ast.walk(one)):
                    if (named := _named(node)) is not None:
                        line = getattr(node, "lineno", 0)
                        yield Offence(module.where, line, "first read", named)


def _named(node: ast.AST) -> str | None:
    """Return what names a class to msgspec."""
    if not isinstance(node, ast.Call) or (read := READS.get(ast.unparse(node.func))) is None:
        return None
    keyword, place = read
    given = [one.value for one in node.keywords if one.arg == keyword]
    given += node.args[place : place + 1]
    names = {name for each in given for name in _CLASS.findall(ast.unparse(each))}
    return ast.unparse(node) if names - _PLAIN else None
