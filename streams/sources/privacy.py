"""Hashes recipients and reporters, who are people: they leave a source only as a keyed hash.

Without the key, nobody can find a person by hashing all phone numbers there are. The same person
has the same hash as long as the key stays the same.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Mapping, Sequence

from streams.config.model import Config
from streams.config.sources import Source

ENVIRONMENT = "WEATHERVANE_HASH_KEY"
SHORTEST_KEY = 16
LONGEST_KEY = 64
"""The longest key that BLAKE2b takes."""

_HOW = (
    f"set hash_key_file to a file, or {ENVIRONMENT}, to at least {SHORTEST_KEY} random bytes"
    " (`openssl rand -hex 32`), and keep it: another key makes other hashes"
)


class NoHashKey(Exception):
    """A source carries recipients or reporters, and there is no usable key to hash them by."""


def read_hash_key(
    config: Config, sources: Sequence[Source], environ: Mapping[str, str] | None = None
) -> bytes | None:
    """Return the key for hashing people; None where none of the sources needs one.

    Parameters
    ----------
    config
        Its ``hash_key_file`` is tried first.
    sources
        The sources that are about to be read.
    environ
        The environment; its ``WEATHERVANE_HASH_KEY`` is tried second.

    Raises
    ------
    NoHashKey
        Where a source needs a key and there is none, or it is too short.
    """
    names = ", ".join(f"sources.{source.name}" for source in sources if source.hashes_people)
    if not names:
        return None
    environ = os.environ if environ is None else environ
    if config.hash_key_file is not None:
        where = "hash_key_file"  # not its path: people write the key itself there
        try:
            key = config.hash_key_file.read_bytes().strip()
        except OSError as error:
            raise NoHashKey(
                f"{where} must be a file that this user may read; {error.strerror}: {_HOW}"
            ) from None
    else:
        where = ENVIRONMENT
        key = os.fsencode(environ.get(ENVIRONMENT, "")).strip()
        if not key:
            raise NoHashKey(
                f"{names} must have a key, by which the recipients or reporters are hashed; found"
                f" none: {_HOW}"
            )
    if len(key) < SHORTEST_KEY:
        raise NoHashKey(
            f"{where} must hold at least {SHORTEST_KEY} bytes; found {len(key)}: {_HOW}"
        )
    return key


def hash_person(key: bytes, person: str) -> str:
    """Return the keyed hash of a recipient or reporter: 16 hex digits.

    Examples
    --------
    >>> hash_person(b"0123456789abcdef", "13800138000")
    'fc8f8a64451c5242'
    """
    if len(key) > LONGEST_KEY:
        key = hashlib.blake2b(key).digest()
    return hashlib.blake2b(person.encode("utf-8", "replace"), digest_size=8, key=key).hexdigest()
