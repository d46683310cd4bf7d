"""Checkpoints of a feed: what its tree was at a size, signed (c2sp.org/tlog-checkpoint)."""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Collection, Iterable
from typing import Final, NamedTuple
from urllib.parse import quote

import msgspec

from streams.proofs.note import NoteProblem, OpenedNote, SigningKey, open_note, sign_note
from streams.proofs.note import PublicKey as Key
from streams.proofs.tree import HASH_BYTES

_SIZE: Final = re.compile(r"0|[1-9][0-9]{0,15}")
_LINES: Final = 3


class FeedId(NamedTuple):
    """One tree's feed: a group, a shard and an epoch."""

    group: str
    shard: int
    epoch: int

    def __str__(self) -> str:
        return f"{quote(self.group, safe='')}/{self.shard}/{self.epoch}"


def key_name(name: str) -> str:
    """Return what the keys of a monitor are called, from the configuration's name.

    Examples
    --------
    >>> key_name("local")
    'weathervane/local'
    """
    return f"weathervane/{quote(name, safe='')}"


def origin_of(name: str, feed: FeedId) -> str:
    """Return the first line of a feed's checkpoints.

    Examples
    --------
    >>> origin_of("local", FeedId("60s", 0, 1))
    'weathervane/local/60s/0/1'
    """
    return f"{key_name(name)}/{feed}"


class Checkpoint(msgspec.Struct, frozen=True):
    """What a feed's tree was.

    Attributes
    ----------
    origin
        The feed.
    size
        Its last number: so many leaves the tree has.
    root
        The tree's root.
    """

    origin: str
    size: int
    root: bytes

    def text(self) -> str:
        """Return what is signed."""
        return f"{self.origin}\n{self.size}\n{base64.b64encode(self.root).decode()}\n"

    def signed(self, keys: Iterable[SigningKey]) -> str:
        """Return it as a note, signed by all of the keys."""
        return sign_note(self.text(), keys)


def open_checkpoint(note: str, keys: Collection[Key]) -> tuple[Checkpoint, OpenedNote]:
    """Read a checkpoint whose signature is by a key that is known.

    Raises
    ------
    NoteProblem
        Where it is none.
    """
    opened = open_note(note, keys)
    lines = opened.text[:-1].split("\n")
    if len(lines) < _LINES or not all(lines):
        raise NoteProblem("a checkpoint must have lines of its origin, its size and its root")
    origin, size, encoded = lines[:_LINES]
    try:
        root = base64.b64decode(encoded, validate=True)
    except (binascii.Error, ValueError):
        root = b""
    if _SIZE.fullmatch(size) is None or len(root) != HASH_BYTES:
        raise NoteProblem("a checkpoint's size must be a number, and its root a hash in base64")
    return Checkpoint(origin, int(size), root), opened
