"""The keys of a monitor as they are published: each successor is signed by the key before it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from typing import Final

import msgspec

from streams.proofs.note import (
    NoteProblem,
    PublicKey,
    SigningKey,
    open_note,
    read_public_key,
    sign_note,
)

_FORM: Final = 1
_STATEMENT_LINES: Final = 3
_STATEMENT: Final = "successor"


class PublishedKey(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A key that is published.

    Attributes
    ----------
    key
        The key, a line.
    made
        When it was made.
    statement
        A note by which the key before names this one as its successor; both have signed it. None
        where it is the first.
    lost
        Whether there was a key before that is lost, so that it could sign nothing.
    """

    key: str
    made: dt.datetime
    statement: str | None = None
    lost: bool = False
    v: int = _FORM

    @property
    def public(self) -> PublicKey:
        """The key that checks."""
        return read_public_key(self.key)


class Succession(msgspec.Struct, frozen=True):
    """What a statement says: the key that follows, and until when the one before signs too."""

    key: PublicKey
    until: dt.datetime
    by: PublicKey


def statement_of(old: SigningKey, new: SigningKey, until: dt.datetime) -> str:
    """Have a key name its successor.

    Parameters
    ----------
    old, new
        The key before, and its successor.
    until
        Until when the old one signs too.
    """
    text = f"{new.name} {_STATEMENT}\n{new.public}\n{until.isoformat()}\n"
    return sign_note(text, [old, new])


def read_statement(statement: str, known: Iterable[PublicKey], named: PublicKey) -> Succession:
    """Read a statement that a known key has signed.

    Raises
    ------
    NoteProblem
        Where it is none, or does not name the key `named`, or that one has not signed it.
    """
    opened = open_note(statement, [*known, named])
    lines = opened.text[:-1].split("\n")
    by = [key for key in opened.signed_by if key != named]
    if named not in opened.signed_by or not by:
        raise NoteProblem("a successor must be signed by the key before it, and by itself")
    if len(lines) != _STATEMENT_LINES or lines[:2] != [f"{named.name} {_STATEMENT}", str(named)]:
        raise NoteProblem(f"a statement must name the key {named.id} as the successor")
    try:
        until = dt.datetime.fromisoformat(lines[2])
    except ValueError:
        until = None
    if until is None or until.tzinfo is None:
        raise NoteProblem("a statement must say until when the key before signs")
    return Succession(named, until, by[0])


def successors(trusted: Sequence[PublicKey], published: Iterable[PublishedKey]) -> list[Succession]:
    """Return the keys that follow from trusted ones by statements, each after the one before.

    Keys that do not follow are left out; so are those that cannot be read.
    """
    known, found = list(trusted), list[Succession]()
    left = [each for each in published if each.statement is not None]
    while True:
        came = next((one for each in left if (one := _succession(each, known))), None)
        if came is None:
            return found
        known.append(came.key)
        found.append(came)


def _succession(published: PublishedKey, known: Sequence[PublicKey]) -> Succession | None:
    try:
        key = published.public
        if key in known or published.statement is None:
            return None
        return read_statement(published.statement, known, key)
    except NoteProblem:
        return None


_decoder = msgspec.json.Decoder(PublishedKey)


def read_published(value: bytes) -> PublishedKey:
    """Read a key as it is published.

    Raises
    ------
    ValueError
        Where it is none.
    """
    published = _decoder.decode(value)
    read_public_key(published.key)
    return published
