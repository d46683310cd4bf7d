"""All rules on names and layout together, and how far the tree is from keeping them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from pathlib import Path

from tests.rules import layout, names
from tests.rules.offence import Offence
from tests.rules.source import FOLDERS, modules

RULES = (
    names.module_names,
    names.lasting_names,
    names.repeated_classes,
    names.idle_bases,
    layout.long_modules,
    layout.full_folders,
    layout.loose_modules,
    layout.silent_modules,
    layout.strayed_tests,
    layout.untested_packages,
)
DEBT = Path(__file__).with_name("debt.txt")
"""How many offences each area may still have of each rule: the numbers only fall."""


def offences() -> list[Offence]:
    """Find all offences of the tree, in the order of their places."""
    everything = modules(*FOLDERS)
    return sorted(offence for rule in RULES for offence in rule(everything))


def count(found: Iterable[Offence]) -> Counter[tuple[str, str]]:
    """Count offences by area and rule."""
    return Counter((offence.area, offence.rule) for offence in found)


def read_debt() -> Counter[tuple[str, str]]:
    """Read what is still allowed, by area and rule."""
    allowed: Counter[tuple[str, str]] = Counter()
    area = ""
    for line in DEBT.read_text("utf-8").splitlines():
        if line.startswith("["):
            area = line.strip("[]")
        elif line:
            number, rule = line.split(" ", 1)
            allowed[area, rule] = int(number)
    return allowed


def write_debt(found: Counter[tuple[str, str]]) -> None:
    """Write what is still allowed: a section an area, since areas are mended side by side."""
    lines: list[str] = []
    for area in sorted({area for area, _ in found}):
        rules = sorted((rule, number) for (owner, rule), number in found.items() if owner == area)
        lines += [f"[{area}]", *(f"{number} {rule}" for rule, number in rules), "", ""]
    DEBT.write_text("\n".join(lines), "utf-8")
