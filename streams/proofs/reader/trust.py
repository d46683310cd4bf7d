"""What a reader keeps between two checks: the keys that it trusts, and how far feeds were right."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Final

import msgspec

from streams.proofs.note import PublicKey, read_public_key
from streams.proofs.published import PublishedKey, successors
from streams.proofs.reader.check import SeenFeed

_FORM: Final = 1


class ReaderSeen(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """A reader's file.

    Attributes
    ----------
    keys
        The keys that are trusted, a line each.
    feeds
        By origin: the largest checkpoint that was right.
    """

    v: int = _FORM
    keys: list[str] = []
    feeds: dict[str, SeenFeed] = {}


_seen = msgspec.json.Decoder(ReaderSeen)
_published = msgspec.json.Decoder(dict[str, str | list[PublishedKey]])


def read_seen(content: bytes) -> ReaderSeen:
    """Read a reader's file.

    Raises
    ------
    ValueError
        Where it is none.
    """
    try:
        seen = _seen.decode(content)
        for line in seen.keys:
            read_public_key(line)
        fits = all(len(each.hashes) == each.size.bit_count() for each in seen.feeds.values())
    except (ValueError, RecursionError):
        fits = False
    if not fits or seen.v != _FORM:
        raise ValueError("must be a file that `weathervane feed verify` wrote; it is not")
    return seen


def encode_seen(seen: ReaderSeen) -> bytes:
    """Write a reader's file."""
    return msgspec.json.format(msgspec.json.encode(seen), indent=2) + b"\n"


def read_listed(content: bytes) -> list[PublishedKey]:
    """Read what the address of the keys answers.

    Raises
    ------
    ValueError
        Where it is something else.
    """
    found = _published.decode(content).get("keys")
    if not isinstance(found, list) or not found:
        raise ValueError("it must list keys")
    for each in found:
        read_public_key(each.key)
    return found


class Trusted(msgspec.Struct, frozen=True):
    """The keys that may have signed.

    Attributes
    ----------
    keys
        The keys.
    notes, problems
        What a reader should know of them, and what is wrong.
    """

    keys: list[PublicKey]
    notes: list[str]
    problems: list[str]


def trusted_keys(
    known: Sequence[PublicKey], published: Sequence[PublishedKey], now: dt.datetime
) -> Trusted:
    """Say which keys may have signed: those that are known, and their successors.

    Where none is known, those that are published are taken at their word, this once. A key whose
    time is over, and which has a successor, is trusted no more.

    Parameters
    ----------
    known
        The keys that the reader trusts.
    published
        Those that the server lists.
    now
        The reader's time.
    """
    if not known:
        keys = [each.public for each in published]
        line = "no key was known: those of the server are trusted from now on; compare {} with the"
        names = ", ".join(key.id for key in keys)
        return Trusted(keys, [line.format(names) + " one that its operator gave you"], [])
    followed = successors(known, published)
    over = {each.by for each in followed if each.until <= now}
    keys = [key for key in (*known, *(each.key for each in followed)) if key not in over]
    notes = [f"the key {each.key.id} is new: {each.by.id} has signed it" for each in followed]
    strange = [each for each in published if each.public not in {*known, *keys}]
    older = {each.key for each in published[: _last_known(published, keys) + 1]}
    problems = [
        f"the key {each.public.id} is published, and no key that you trust has signed it"
        + (": the operator says that the one before is lost" if each.lost else "")
        + "; ask the operator, and if it is right, name it with --key"
        for each in strange
        if each.key not in older
    ]
    return Trusted(keys, notes, problems)


def _last_known(published: Sequence[PublishedKey], keys: Sequence[PublicKey]) -> int:
    places = [at for at, each in enumerate(published) if each.public in keys]
    return places[-1] if places else -1
