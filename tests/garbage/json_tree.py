"""A JSON document whose structure can be bent, and written as no proper writer would."""

from __future__ import annotations

import json
import random
from typing import Any

from tests.garbage.pieces import NUMBERS, bent_text

DEEPEST = 100_000


class Raw(str):
    """A token that is written as it is, whether or not it is JSON."""


class Pairs(list[tuple[str, Any]]):
    """An object; a key may stand in it twice."""


def tree_of(document: Any) -> Any:
    """The document with its objects as pairs."""
    if isinstance(document, dict):
        return Pairs((key, tree_of(value)) for key, value in document.items())
    if isinstance(document, list):
        return [tree_of(value) for value in document]
    return document


def write(chance: random.Random, node: Any, *, ascii_only: bool) -> str:
    """The document as text, with white space where it may stand."""
    gap = chance.choice(("", "", "", " ", "\t", "\n"))
    match node:
        case Raw():
            return str(node)
        case Pairs():
            inner = (
                f"{json.dumps(key, ensure_ascii=ascii_only)}{gap}:{gap}"
                f"{write(chance, value, ascii_only=ascii_only)}"
                for key, value in node
            )
            return "{" + gap + f"{gap},".join(inner) + "}"
        case list():
            return (
                "[" + ",".join(write(chance, value, ascii_only=ascii_only) for value in node) + "]"
            )
        case _:
            return json.dumps(node, ensure_ascii=ascii_only)


def bend(chance: random.Random, root: Pairs) -> None:
    """Change one place of the document: a value, a key, a pair, or the nesting."""
    at, index = chance.choice(list(_places(root)))
    key, value = at[index] if isinstance(at, Pairs) else ("", at[index])
    match chance.randrange(10):
        case 0:
            del at[index]
            return
        case 1 if isinstance(at, Pairs):
            at.insert(chance.randint(0, len(at)), (key, _other(chance, value)))
            return
        case 2 if isinstance(at, Pairs):
            at[index] = (bent_text(chance, key), value)
            return
        case 3:
            changed = _nested(chance, value)
        case 4 if isinstance(at, Pairs):
            other, taken = at[chance.randrange(len(at))]
            at[index] = (key, taken)
            at[:] = [(k, value if k == other else v) for k, v in at]
            return
        case 5:
            changed = Raw(chance.choice(NUMBERS))
        case 6 | 7 if isinstance(value, str):
            changed = bent_text(chance, value)
        case _:
            changed = _other(chance, value)
    at[index] = (key, changed) if isinstance(at, Pairs) else changed


def _places(node: Any) -> list[tuple[Any, int]]:
    """Every value by what holds it and where."""
    found: list[tuple[Any, int]] = []
    for index, item in enumerate(node):
        found.append((node, index))
        value = item[1] if isinstance(node, Pairs) else item
        if isinstance(value, list):
            found += _places(value)
    return found


def _other(chance: random.Random, value: Any) -> Any:
    """A value of another type."""
    return chance.choice(
        [
            None, True, False, 0, -1, 1, 2**70, 1.5, "", "1", [], [value], Pairs(),
            Pairs([("id", value)]), str(value), Raw(chance.choice(NUMBERS)),
        ]
    )  # fmt: skip


def _nested(chance: random.Random, value: Any) -> Any:
    if chance.random() < 0.002:
        # Deeper than any stack; sometimes never closed.
        depth = chance.choice((1000, 10_000, DEEPEST))
        return Raw("[" * depth + "]" * (depth if chance.random() < 0.7 else 0))
    for _ in range(chance.choice((1, 1, 2, 20))):
        value = [value] if chance.random() < 0.5 else Pairs([("sender", value)])
    return value
