"""Which cases a page lists, and how many there are of each sort. Pure."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from typing import Final, NamedTuple
from urllib.parse import urlencode

from streams.cases.case import Case
from streams.cases.listing import CaseFilter
from streams.cases.moves import ENDED, STATES, CaseState
from streams.cases.wording import COMPLAINT_KINDS

PAGE: Final = 50
"""Cases of a page."""

IN_HAND: Final = "in_hand"
ALL: Final = "all"
_TEXTS: Final = ("addressee", "owner", "entity")
_MOST: Final = 256

TAGS: Final[Mapping[CaseState, str]] = {
    "received": "open",
    "verified": "open",
    "transferred": "early",
    "accepted": "early",
    "handled": "good",
    "look_back": "good",
    "closed": "over",
    "recurred": "bad",
    "rejected": "quiet",
    "withdrawn": "quiet",
}
"""The coloured ground of each state's word."""


class AskedCases(NamedTuple):
    """What a page of cases is asked for.

    Attributes
    ----------
    state
        A state, `IN_HAND` or `ALL`.
    overdue
        Only those whose deadline has passed.
    kind, addressee, owner, entity
        Only those; empty is any.
    """

    state: str = IN_HAND
    overdue: bool = False
    kind: str = ""
    addressee: str = ""
    owner: str = ""
    entity: str = ""

    @property
    def filter(self) -> CaseFilter:
        """The same, as cases are listed by it."""
        found = next((each for each in STATES if each == self.state), None)
        return CaseFilter(
            states=frozenset() if found is None else frozenset([found]),
            in_hand=self.state == IN_HAND,
            overdue=self.overdue,
            addressee=self.addressee or None,
            owner=self.owner or None,
            kind=self.kind or None,
            entity=self.entity or None,
        )

    @property
    def query(self) -> str:
        """The part of the address after the question mark; the same for what is the same."""
        shown = {**self._asdict(), "overdue": "yes" if self.overdue else ""}
        usual = {"state": IN_HAND}
        return urlencode(
            [(name, text) for name, text in shown.items() if text and usual.get(name) != text]
        )


def asked_cases(parts: Mapping[str, str]) -> AskedCases:
    """Read an address; what it says that cannot be is left out.

    Parameters
    ----------
    parts
        Its parts.

    Examples
    --------
    >>> asked_cases({"state": "handled", "overdue": "yes"}).query, asked_cases({"state": "?"}).query
    ('state=handled&overdue=yes', '')
    """
    state = parts.get("state", "")
    return AskedCases(
        state if state in (*STATES, ALL) else IN_HAND,
        parts.get("overdue") == "yes",
        parts.get("kind", "") if parts.get("kind") in COMPLAINT_KINDS else "",
        *(parts.get(name, "").strip()[:_MOST] for name in _TEXTS),
    )


class CaseCounts(NamedTuple):
    """How many cases there are: in hand, overdue, and by state."""

    in_hand: int
    overdue: int
    of_state: Mapping[CaseState, int]


def counts_of(cases: Iterable[Case], now: dt.datetime, viewer: str | None) -> CaseCounts:
    """Count cases.

    Parameters
    ----------
    cases, now
        All cases, and the time.
    viewer
        The addressee that looks: only its own count; None is the centre.
    """
    of_state = dict.fromkeys(STATES, 0)
    overdue = 0
    for case in cases:
        if viewer is None or case.is_for(viewer):
            of_state[case.state] += 1
            overdue += case.overdue(now)
    in_hand = sum(n for state, n in of_state.items() if state not in ENDED)
    return CaseCounts(in_hand, overdue, of_state)
