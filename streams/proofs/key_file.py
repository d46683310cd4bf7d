"""The file of the keys that sign: the newest signs, and the one before it for a time."""

from __future__ import annotations

import base64
import datetime as dt
from typing import Final

import msgspec

from streams.proofs.note import NoteProblem, SigningKey, new_signing_key
from streams.proofs.published import PublishedKey, read_statement, statement_of

_FORM: Final = 1
_SEED_BYTES: Final = 32
_ABOUT: Final = (
    "Keys that sign the checkpoints of Weathervane's feeds. Whoever has this file can sign in your"
    " name: keep it secret, and keep a copy."
)


class KeyFileProblem(ValueError):
    """A file of keys cannot be used; the message says why, and nothing of what is secret."""


class OwnKey(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A key of the file.

    Attributes
    ----------
    published
        What everybody may know of it.
    secret
        Its seed in base64; empty once it signs no more.
    until
        Until when it signs; None of the newest.
    """

    published: PublishedKey
    secret: str
    until: dt.datetime | None = None

    def __repr__(self) -> str:
        """Leave the secret out."""
        return f"OwnKey({self.published.key!r})"

    @property
    def signing(self) -> SigningKey:
        """The key that signs."""
        return SigningKey(self.published.public.name, base64.b64decode(self.secret))


class OwnKeys(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """All keys of the file, the oldest first.

    Attributes
    ----------
    keys
        The keys.
    """

    about: str = _ABOUT
    v: int = _FORM
    keys: list[OwnKey]

    @property
    def newest(self) -> OwnKey:
        """The key that signs from now on."""
        return self.keys[-1]

    def signing(self, now: dt.datetime) -> list[SigningKey]:
        """Return the keys that sign now, the newest first."""
        older = [key for key in self.keys[:-1] if key.secret and key.until and key.until > now]
        return [key.signing for key in (self.newest, *reversed(older))]

    def rotated(self, now: dt.datetime, overlap: dt.timedelta) -> OwnKeys:
        """Return the keys with a successor of the newest, which signs on for `overlap`.

        The secret of a key that signs no more is left out.
        """
        old, until = self.newest, now + overlap
        successor = new_signing_key(old.published.public.name)
        statement = statement_of(old.signing, successor, until)
        published = PublishedKey(key=str(successor.public), made=now, statement=statement)
        kept = [
            key if key.until and key.until > now else msgspec.structs.replace(key, secret="")
            for key in self.keys[:-1]
        ]
        return OwnKeys(
            keys=[*kept, msgspec.structs.replace(old, until=until), _own(successor, published)]
        )

    def encode(self) -> bytes:
        """Write the file."""
        return msgspec.json.format(msgspec.json.encode(self), indent=2) + b"\n"


_decoder = msgspec.json.Decoder(OwnKeys)


def new_keys(name: str, now: dt.datetime, *, lost: bool = False) -> OwnKeys:
    """Make a first key.

    Parameters
    ----------
    name
        What the key is called.
    now
        When it is made.
    lost
        Whether it takes the place of keys that are lost.
    """
    key = new_signing_key(name)
    return OwnKeys(keys=[_own(key, PublishedKey(key=str(key.public), made=now, lost=lost))])


def read_keys(content: bytes, name: str) -> OwnKeys:
    """Read a file of keys.

    Parameters
    ----------
    content
        Its bytes.
    name
        What the keys must be called.

    Raises
    ------
    KeyFileProblem
        Where it is none, or is another monitor's.
    """
    try:
        keys = _decoder.decode(content)
    except (ValueError, RecursionError):
        raise KeyFileProblem(
            "must be a file that `weathervane feed key new` wrote; it is not"
        ) from None
    if keys.v != _FORM:
        raise KeyFileProblem(f"must be of form {_FORM}; found {keys.v}: a later version wrote it")
    if not keys.keys:
        raise KeyFileProblem("must hold a key; found none")
    for key in keys.keys:
        _check(key, name)
    if not keys.newest.secret:
        raise KeyFileProblem("must hold the secret of its newest key; it was taken out")
    return keys


def _check(key: OwnKey, name: str) -> None:
    try:
        public = key.published.public
        seed = base64.b64decode(key.secret, validate=True)
    except ValueError as error:
        said = error if isinstance(error, NoteProblem) else "a secret must be base64"
        raise KeyFileProblem(f"must hold keys: {said}") from None
    if public.name != name:
        raise KeyFileProblem(f"must hold keys called {name}; found one of {public.name[:100]}")
    if key.secret and (len(seed) != _SEED_BYTES or key.signing.public != public):
        raise KeyFileProblem(f"must hold the secret of the key {public.id}; it holds another")


def _own(key: SigningKey, published: PublishedKey) -> OwnKey:
    return OwnKey(published=published, secret=base64.b64encode(key.seed).decode())


def follows(own: OwnKeys, published: list[PublishedKey]) -> bool:
    """Whether the newest key is published already, or may be: it follows from one that is.

    Where nothing is published, any key may be the first; so may one that says that others are lost.
    """
    known = {each.key for each in published}
    if not known or own.newest.published.key in known:
        return True
    chain = [key.published for key in own.keys]
    later = list[PublishedKey]()
    for each in reversed(chain):
        if each.key in known:
            break
        later.append(each)
        if each.lost:
            return True
    else:
        return False
    return all(_is_signed(each, chain) for each in later)


def _is_signed(published: PublishedKey, chain: list[PublishedKey]) -> bool:
    if published.statement is None:
        return False
    try:
        read_statement(published.statement, [each.public for each in chain], published.public)
    except NoteProblem:
        return False
    return True
