"""Decodes others' JSON straight into the mapped fields, where their paths are plain.

A struct is made of the paths: what no path names is passed over, and takes little time. A record
that does not fit the struct (an array where a text should be, say) is decoded as a whole instead.
Each record is tried so, alone or among many: what it becomes does not depend on its company.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from operator import attrgetter
from typing import Any

import msgspec

from streams.sources.formats.format import Columns, Constant, Field
from streams.sources.mapping.mapper import Find
from streams.sources.mapping.paths import WHOLE, parse_path

_ESCAPED = re.compile(r'["\\\x00-\x1f]')

Leaf = str | int | float | bool | None
Tree = dict[str, Any]
"""Names, each with the tree below it, or None where a path ends."""


class Compiled:
    """The paths of a source as a struct.

    Parameters
    ----------
    columns
        Where the fields stand.

    Examples
    --------
    >>> compiled = compiled_paths(Columns("s", {"time": ("$.a.b",), "sender": ("c", "$['d e']")}))
    >>> row = compiled.decode(b'{"a": {"b": 7}, "d e": "x", "other": [1, 2]}')
    >>> [compiled.find(place, None)(row) for place in ("$.a.b", "c", "$['d e']")]
    [7, None, 'x']
    """

    def __init__(self, tree: Tree, attributes: dict[str, str]) -> None:
        self._attributes = attributes
        self.decode = msgspec.json.Decoder(_struct(tree)).decode

    def find(self, place: str, _: Field | None) -> Find:
        """Return what looks up a place in a row; see `streams.sources.mapping.mapper.Finder`."""
        return attrgetter(self._attributes[place])


def compiled_paths(columns: Columns) -> Compiled | None:
    """Return the paths as a struct; None where they are not plain."""
    paths = plain_paths(columns)
    tree = None if paths is None else tree_of(paths.values())
    if paths is None or tree is None:
        return None
    return Compiled(tree, {place: _dotted(tree, names) for place, names in paths.items()})


def plain_paths(columns: Columns) -> dict[str, tuple[str, ...]] | None:
    """Return the names on the path to each place; None where a path is not plain.

    Plain paths have names only, without characters that JSON escapes, are of the record itself,
    and none leads through the end of another (see `tree_of`).
    """
    if columns.items is not None or columns.unwrap:
        return None
    places = [place for of in columns.named.values() for place in of]
    places += [place for place, _ in columns.where]
    paths: dict[str, tuple[str, ...]] = {}
    for place in places:
        if isinstance(place, Constant):
            continue
        if place.startswith(WHOLE):
            return None
        names = tuple(step for step in parse_path(place) if type(step) is str)
        if len(names) < len(parse_path(place)) or any(map(_ESCAPED.search, names)):
            return None
        paths[place] = names
    return paths


def tree_of(paths: Iterable[Sequence[str]]) -> Tree | None:
    """Return paths as a tree; None where there are none, or one leads through another's end."""
    tree: Tree = {}
    return tree if all(_add(tree, names) for names in paths) and tree else None


def _add(tree: Tree, names: Sequence[str]) -> bool:
    """Add a path to a tree; False if it and another lead through each other's end."""
    *above, last = names
    for name in above:
        below = tree.setdefault(name, {})
        if below is None:
            return False
        tree = below
    return tree.setdefault(last, None) is None


def _dotted(tree: Tree, names: Sequence[str]) -> str:
    found = []
    for name in names:
        found.append(f"f{list(tree).index(name)}")
        tree = tree[name]
    return ".".join(found)


def _struct(tree: Tree) -> type[msgspec.Struct]:
    fields: list[tuple[str, Any, Any]] = []
    for number, below in enumerate(tree.values()):
        if below is None:
            fields.append((f"f{number}", Leaf, None))
        else:
            inner = _struct(below)
            fields.append((f"f{number}", inner, msgspec.field(default_factory=inner)))
    names = {f"f{number}": name for number, name in enumerate(tree)}
    return msgspec.defstruct("Row", fields, rename=names, gc=False, frozen=True)
