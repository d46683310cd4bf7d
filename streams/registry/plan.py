"""The plan of access codes that a country publishes: what is known of codes that nobody registered.

It is a data file with its source and date; each class says whether a primary source confirms it.
"""

from __future__ import annotations

import tomllib
from collections.abc import Sequence
from importlib.resources import files
from typing import Literal

import msgspec

from streams.language.catalogue import mark
from streams.ready_form import ready


class PlanEntry(msgspec.Struct, frozen=True, gc=False):
    """A class of codes.

    Attributes
    ----------
    name
        Its word.
    prefixes
        What its codes begin with.
    reach, use
        Where they work, and what for.
    confirmed
        Whether a primary source says so.
    """

    name: str
    prefixes: tuple[str, ...]
    reach: Literal["national", "provincial"]
    use: Literal["commercial", "noncommercial", "carrier", "other"]
    confirmed: bool

    @property
    def words(self) -> str:
        """What it is, for people; marked, so that it can be shown in any language."""
        return _WORDS[self.reach, self.use]


_WORDS = {
    ("national", "commercial"): mark("national, commercial"),
    ("national", "noncommercial"): mark("national, not commercial"),
    ("national", "carrier"): mark("a carrier's own"),
    ("national", "other"): mark("national, for other uses"),
    ("provincial", "commercial"): mark("provincial, commercial"),
    ("provincial", "noncommercial"): mark("provincial, not commercial"),
    ("provincial", "carrier"): mark("a carrier's own, provincial"),
    ("provincial", "other"): mark("provincial, for other uses"),
}


class _File(msgspec.Struct, forbid_unknown_fields=True):
    title: str
    source: str
    date: str
    classes: tuple[PlanEntry, ...] = msgspec.field(name="class")


_FILE = ready(_File)


class Plan:
    """The classes of a plan, by what codes begin with.

    Parameters
    ----------
    classes
        No two have a prefix in common.

    Examples
    --------
    >>> PLAN.class_of("106900012345").name, PLAN.class_of("95588")
    ('national_other', None)
    """

    def __init__(self, classes: Sequence[PlanEntry]) -> None:
        self._by_prefix = {prefix: one for one in classes for prefix in one.prefixes}
        self._lengths = sorted({len(prefix) for prefix in self._by_prefix}, reverse=True)

    def class_of(self, number: str) -> PlanEntry | None:
        """Find the class of a number; None where the plan has none."""
        for length in self._lengths:
            found = self._by_prefix.get(number[:length])
            if found is not None:
                return found
        return None


def _load(name: str) -> _File:
    text = files("streams.registry").joinpath(name).read_text(encoding="utf-8")
    return msgspec.convert(tomllib.loads(text), type=_FILE)


PLAN = Plan(_load("plan_cn.toml").classes)
"""China's, the only one that is shipped."""
