"""Roles of people and programs, and scopes of tokens."""

from __future__ import annotations

from typing import Final, Literal, get_args

import msgspec

from streams.access.view import View

Role = Literal["viewer", "operator", "admin"]

ROLES: Final[tuple[Role, ...]] = get_args(Role)
"""From the one that may least to the one that may most; each may what those before it may."""

Scope = Literal["feeds", "read", "act"]

SCOPES: Final[dict[Scope, str]] = {
    "feeds": "the regulator's feeds",
    "read": "alerts, actions, silences, notifications",
    "act": "actions, such as an acknowledgement or a silence",
}
"""What a token may be limited to, beside its role."""

Via = Literal["local", "token", "session", "proxy"]


class Identity(msgspec.Struct, frozen=True):
    """Who asks.

    Attributes
    ----------
    name
        The user's or the token's name; actions are by it.
    role, scopes
        What it may do.
    via
        How that is known. ``local`` is whoever asks on loopback where nothing is set up.
    view
        What it sees; None is everything.
    """

    name: str
    role: Role
    via: Via
    scopes: tuple[Scope, ...] = tuple(SCOPES)
    view: View | None = None


LOCAL: Final = Identity("local", "admin", "local")
"""Who asks on loopback where there are no users and no tokens."""


def permits(role: Role, needed: Role) -> bool:
    """Say whether a role may what another one may.

    Examples
    --------
    >>> permits("operator", "viewer"), permits("viewer", "operator")
    (True, False)
    """
    return ROLES.index(role) >= ROLES.index(needed)
