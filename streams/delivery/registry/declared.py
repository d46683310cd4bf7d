"""The registry as serve has read it, and what it says of a number or a name. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Final, NamedTuple

from streams.registry.control import RegistryRow
from streams.registry.entry import (
    ENTRY_TYPES,
    CodeEntry,
    Entry,
    EntryKind,
    FilingEntry,
    split_key,
)
from streams.registry.plan import PLAN, PlanEntry
from streams.registry.table import Registry

MOST_FILINGS: Final = 200
"""Filings that an answer has at most."""


class LookedUp(NamedTuple):
    """What is declared about a number or a name.

    Attributes
    ----------
    name
        As names are counted.
    day
        Number of the day on which it is asked.
    code
        The longest registered code that covers it and holds; otherwise the longest that covers it.
    plan
        Its class in the plan of codes, where no registered code that holds covers it.
    others
        The signature, merchant and platform of that name.
    filings
        Filings of the code, of what was asked for, and of the signature; at most `MOST_FILINGS`.
    filings_number
        How many there are.
    """

    name: str
    day: int
    code: CodeEntry | None
    plan: PlanEntry | None
    others: Sequence[Entry]
    filings: Sequence[FilingEntry]
    filings_number: int

    @property
    def is_known(self) -> bool:
        """Whether anything is declared, or the plan has a class."""
        return bool(self.code or self.plan or self.others or self.filings)


class DeclaredNames:
    """Entries by key, and filings by code and by signature.

    Attributes
    ----------
    registry
        All entries.
    problem
        Why it cannot be asked; None where all has been read.

    Examples
    --------
    >>> declared = DeclaredNames()
    >>> declared.take(RegistryRow(1, "code/1069", CodeEntry(id="1069", holder="Mall")))
    >>> declared.look_up("106912345", 738_000).code.holder
    'Mall'
    >>> declared.look_up("10650001", 738_000).plan.name
    'carrier'
    """

    def __init__(self) -> None:
        self.registry = Registry()
        self.problem: str | None = "the registry is still being read; try again in a second"
        self._filings: dict[str, set[str]] = {}

    def take(self, row: RegistryRow) -> None:
        """Take a row; rows come in their order."""
        self.registry.take([row])
        kind, name = split_key(row.key)
        if kind != "filing" or row.entry is None:
            return
        for part in name.split("/", 1):
            self._filings.setdefault(part, set()).add(name)

    def numbers(self) -> dict[EntryKind, int]:
        """How many entries there are of each kind."""
        return {kind: self.registry.number_of(kind) for kind in ENTRY_TYPES}

    def look_up(self, name: str, day: int) -> LookedUp:
        """Say what is declared about a number or a name, as it is counted.

        Parameters
        ----------
        name
            A code with or without an extension, a signature, a merchant or a platform.
        day
            Number of the day.
        """
        registry = self.registry
        covering = registry.code_of(name, day)
        code = covering if isinstance(covering, CodeEntry) else registry.lapsed(name, day)
        kinds: tuple[EntryKind, ...] = ("signature", "merchant", "platform")
        named = (registry.get(kind, name) for kind in kinds)
        filings = sorted(self._filed({name, name if code is None else code.id}), key=_order)
        return LookedUp(
            name,
            day,
            code,
            PLAN.class_of(name) if code is None or not code.holds_on(day) else None,
            [entry for entry in named if entry is not None],
            filings[:MOST_FILINGS],
            len(filings),
        )

    def _filed(self, names: Iterable[str]) -> Iterator[FilingEntry]:
        """Give what is filed with a code or a signature; what was removed is let go."""
        seen = set[str]()
        for name in names:
            held = self._filings.get(name, set())
            for key in sorted(held - seen):
                entry = self.registry.get("filing", key)
                if isinstance(entry, FilingEntry):
                    seen.add(key)
                    yield entry


def _order(filing: FilingEntry) -> tuple[str, str]:
    return filing.code, filing.signature


def owner_of(entry: Entry) -> str | None:
    """Return whose an entry is: its holder, owner, operator or platform.

    Examples
    --------
    >>> from streams.registry.entry import SignatureEntry
    >>> owner_of(SignatureEntry(id="Mall", owner="Mall Ltd"))
    'Mall Ltd'
    """
    found = (getattr(entry, name, None) for name in ("holder", "owner", "operator", "platform"))
    return next(filter(None, found), None)
