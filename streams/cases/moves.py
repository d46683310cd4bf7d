"""The states of a case, and who may make which move. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, Literal, get_args

CaseState = Literal[
    "received",
    "verified",
    "transferred",
    "accepted",
    "handled",
    "look_back",
    "closed",
    "recurred",
    "rejected",
    "withdrawn",
]
STATES: Final[tuple[CaseState, ...]] = get_args(CaseState)
"""In the order in which a case usually passes them."""

Party = Literal["centre", "addressee", "system"]
"""Who acts: the complaint centre, whom the case was handed to, or the monitor itself."""

ENDED: Final[frozenset[CaseState]] = frozenset(("closed", "recurred", "rejected", "withdrawn"))
"""States that nothing follows."""

WITH_ADDRESSEE: Final[frozenset[CaseState]] = frozenset(("transferred", "accepted"))
"""States in which the addressee is to act, and the deadline runs."""

_CENTRE: Final[frozenset[Party]] = frozenset(("centre",))
_BOTH: Final[frozenset[Party]] = frozenset(("centre", "addressee"))
_WATCH: Final[frozenset[Party]] = frozenset(("centre", "system"))

MOVES: Final[Mapping[CaseState, Mapping[CaseState, frozenset[Party]]]] = {
    "received": {"verified": _CENTRE, "rejected": _CENTRE, "withdrawn": _CENTRE},
    "verified": {"transferred": _CENTRE, "rejected": _CENTRE, "withdrawn": _CENTRE},
    # Who is not concerned sends it back, and it is verified again.
    "transferred": {"accepted": _BOTH, "verified": _BOTH, "withdrawn": _CENTRE},
    "accepted": {"handled": _BOTH, "verified": _CENTRE, "withdrawn": _CENTRE},
    # Where the centre is not content, it is to be handled once more.
    "handled": {"look_back": _WATCH, "accepted": _CENTRE, "closed": _CENTRE},
    "look_back": {"closed": _WATCH, "recurred": _WATCH},
    "closed": {},
    "recurred": {},
    "rejected": {},
    "withdrawn": {},
}
"""From a state to a state: who may make the move."""


def next_states(state: CaseState, party: Party) -> tuple[CaseState, ...]:
    """Return the states that somebody may move a case to.

    Examples
    --------
    >>> next_states("transferred", "addressee")
    ('accepted', 'verified')
    >>> next_states("closed", "centre")
    ()
    """
    return tuple(to for to, parties in MOVES[state].items() if party in parties)
