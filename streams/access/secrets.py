"""Secrets of programs and sessions: random, and kept as hashes only."""

from __future__ import annotations

import hashlib
import hmac
import secrets
from typing import Final

TOKEN_PREFIX: Final = "wvt_"  # noqa: S105 - the beginning of each, and no secret
"""What tokens begin with, so that those who look for leaked secrets know them."""

_BYTES: Final = 32
_MOST: Final = 200


def new_token() -> str:
    """Make a token: 32 random bytes."""
    return TOKEN_PREFIX + secrets.token_urlsafe(_BYTES)


def new_session() -> str:
    """Make the value of a session's cookie: 32 random bytes."""
    return secrets.token_urlsafe(_BYTES)


def new_mark() -> str:
    """Make a mark that tells passwords of a user apart."""
    return secrets.token_hex(16)


def hashed(secret: str) -> str:
    """Return a secret's hash, as it is kept. One without 32 random bytes would need a slow hash.

    Examples
    --------
    >>> hashed("wvt_example")[:12]
    '5b126ef2b637'
    """
    return hashlib.sha256(secret[:_MOST].encode("utf-8", "surrogatepass")).hexdigest()


def csrf_token(session: str) -> str:
    """Return what a page must send back with each change: it follows from the cookie's value."""
    return hmac.new(session.encode(), b"weathervane csrf", hashlib.sha256).hexdigest()


def same(one: str, other: str) -> bool:
    """Compare in a time that says nothing about where they differ."""
    return hmac.compare_digest(one.encode("utf-8", "replace"), other.encode("utf-8", "replace"))
