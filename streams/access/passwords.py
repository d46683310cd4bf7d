"""Passwords: argon2id, with costs that a small machine can bear and a thief cannot."""

from __future__ import annotations

from typing import Final

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

SHORTEST: Final = 12
"""The fewest characters of a password."""

_LONGEST_BYTES: Final = 1000

# OWASP's second choice: 19 MiB and two passes, so that a login costs serve little memory.
_hasher = PasswordHasher(time_cost=2, memory_cost=19_456, parallelism=1)

NOBODYS: Final = (
    "$argon2id$v=19$m=19456,t=2,p=1$aVHca5OqVESjHCKFhHxEGA$"
    "4t3tiC1B9busQpNPzlM3MBHsL2YYHBV3AH3r5M9Bczs"
)
"""A hash of no password: a login of an unknown user takes as long as one of a known user."""


def password_problem(text: str) -> str | None:
    """Say what is wrong with a new password, or None; what is said repeats nothing of it.

    Examples
    --------
    >>> password_problem("rain, then wind")
    >>> password_problem("short")
    'must have at least 12 characters'
    """
    if len(text) < SHORTEST:
        return f"must have at least {SHORTEST} characters"
    if len(text.encode("utf-8", "replace")) > _LONGEST_BYTES:
        return f"must have at most {_LONGEST_BYTES} bytes"
    if len(set(text)) < 4:
        return "must have at least 4 different characters"
    return None


def password_hash(password: str) -> str:
    """Return the hash of a password, with a salt of its own."""
    return _hasher.hash(password)


def fits(password: str, known: str | None) -> bool:
    """Say whether a password is that of a hash; None is a user that does not exist."""
    if len(password.encode("utf-8", "replace")) > _LONGEST_BYTES:
        return False
    try:
        _hasher.verify(known or NOBODYS, password)
    except (VerificationError, InvalidHashError, UnicodeError):
        return False
    return known is not None
