"""Names and layout: the tree keeps the rules, and the rules see what breaks them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

import pytest

from tests.rules import layout, names
from tests.rules.all import offences
from tests.rules.offence import Offence
from tests.rules.source import ROOT, Module

Rule = Callable[[Iterable[Module]], Iterator[Offence]]


def _module(where: str, source: str, lines: int = 1) -> Module:
    rest = "\n" * (lines - len(source.splitlines()))
    return Module(ROOT / where, f"{source}\n{rest}".encode())


def test_the_tree_keeps_the_rules() -> None:
    """``python -m tests.rules FOLDER`` prints what breaks them."""
    assert "\n".join(map(str, offences())) == ""


@pytest.mark.parametrize(
    ("rule", "where", "source"),
    [
        (names.module_names, "streams/alerts/told.py", ""),
        (names.module_names, "tests/alerts/test_told.py", ""),
        (names.lasting_names, "streams/a/b.py", "of = 1"),
        (names.lasting_names, "streams/a/b.py", "def f(more): pass"),
        (names.lasting_names, "streams/a/b.py", "def f(**more): pass"),
        (names.lasting_names, "streams/a/b.py", "class A:\n    some: int"),
        (names.lasting_names, "streams/a/b.py", "def f(self):\n    self.told = 1"),
        (names.lasting_names, "streams/a/b.py", "for many in x: pass"),
        (names.repeated_classes, "streams/a/b.py", "class A:\n    class A: pass"),
        (names.idle_bases, "streams/a/b.py", "class A: pass\nclass B(A): x = 1"),
        (names.idle_bases, "streams/a/b.py", "class A(ABC): x = 1\nclass B(A): x = 1"),
        (layout.loose_modules, "streams/b.py", ""),
        (layout.silent_modules, "streams/a/b.py", "x = 1"),
        (layout.strayed_tests, "tests/no_such_package/__init__.py", ""),
        (layout.untested_packages, "streams/no_such_tests/__init__.py", ""),
    ],
)
def test_a_breach_is_seen(rule: Rule, where: str, source: str) -> None:
    """Each rule finds what it forbids."""
    assert list(rule([_module(where, source)])) != []


def test_large_modules_and_folders_are_seen() -> None:
    """A module of too many lines, and a folder of too many modules."""
    long = _module("streams/a/b.py", "", layout.MOST_LINES + 1)
    assert list(layout.long_modules([long])) != []
    folder = [_module(f"streams/a/m{number}.py", "") for number in range(16)]
    assert list(layout.full_folders(folder)) != []
    assert list(layout.full_folders(folder[1:])) == []


@pytest.mark.parametrize(
    "source",
    ["[of for of in x]", "sorted(x, key=lambda of: of.y)", "class AError(Exception): pass"],
)
def test_what_lives_for_a_line_is_left_alone(source: str) -> None:
    """The variables of comprehensions and short lambdas may have any name."""
    module = _module("streams/a/b.py", source)
    assert [*names.lasting_names([module]), *names.idle_bases([module])] == []
