"""Signed notes as C2SP describes them (c2sp.org/signed-note), with Ed25519.

A note is a text, an empty line and signatures, each with the name and the id of its key. A public
key is one line: name, id and key, with plus signs between.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import re
from collections.abc import Collection, Iterable
from typing import Final

import msgspec
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

_ED25519: Final = b"\x01"
_ID_BYTES: Final = 4
_KEY_BYTES: Final = 32
MOST_BYTES: Final = 65_536
_MOST_SIGNATURES: Final = 32
_KEY_NAME: Final = re.compile(r"[^\s+\x00-\x20\x7f]{1,512}")
_DASH: Final = "\N{EM DASH} "


class NoteProblem(ValueError):
    """A note or a key cannot be used; the message says why."""


class PublicKey(msgspec.Struct, frozen=True):
    """A key that checks signatures.

    Attributes
    ----------
    name
        What it is called.
    raw
        Its 32 bytes.
    """

    name: str
    raw: bytes

    @property
    def id(self) -> str:
        """Its id: eight hex digits of a hash of name and key."""
        hashed = hashlib.sha256(self.name.encode() + b"\n" + _ED25519 + self.raw)
        return hashed.hexdigest()[: 2 * _ID_BYTES]

    def __str__(self) -> str:
        return f"{self.name}+{self.id}+{base64.b64encode(_ED25519 + self.raw).decode()}"

    def has_signed(self, text: str, signature: bytes) -> bool:
        """Whether a signature of a text is by this key."""
        try:
            Ed25519PublicKey.from_public_bytes(self.raw).verify(signature, text.encode())
        except (InvalidSignature, ValueError):
            return False
        return True


def read_public_key(line: str) -> PublicKey:
    """Read a public key.

    Raises
    ------
    NoteProblem
        Where it is none.

    Examples
    --------
    >>> read_public_key("example.com/log")
    Traceback (most recent call last):
    ...
    streams.proofs.note.NoteProblem: a key must be a line NAME+ID+KEY, as `feed key show` prints it
    """
    name, _, rest = line.strip().partition("+")
    said, _, encoded = rest.partition("+")
    packed = _decoded(encoded)
    if not packed or _KEY_NAME.fullmatch(name) is None:
        raise NoteProblem("a key must be a line NAME+ID+KEY, as `feed key show` prints it")
    if packed[:1] != _ED25519 or len(packed) != 1 + _KEY_BYTES:
        raise NoteProblem(f"a key must be one for Ed25519; the key {said[:16]!a} is not")
    key = PublicKey(name, packed[1:])
    if key.id != said:
        raise NoteProblem(f"a key's id must fit it; found {said[:16]!a}, and it makes {key.id}")
    return key


class SigningKey(msgspec.Struct, frozen=True):
    """A key that signs.

    Attributes
    ----------
    name
        What it is called.
    seed
        Its 32 secret bytes.
    """

    name: str
    seed: bytes

    def __repr__(self) -> str:
        """Leave the secret out."""
        return f"SigningKey({self.name!r})"

    @property
    def public(self) -> PublicKey:
        """The key that checks its signatures."""
        raw = Ed25519PrivateKey.from_private_bytes(self.seed).public_key().public_bytes_raw()
        return PublicKey(self.name, raw)

    def sign(self, text: str) -> str:
        """Return the line that signs a text."""
        signature = Ed25519PrivateKey.from_private_bytes(self.seed).sign(text.encode())
        packed = bytes.fromhex(self.public.id) + signature
        return f"{_DASH}{self.name} {base64.b64encode(packed).decode()}\n"


def new_signing_key(name: str) -> SigningKey:
    """Make a key by the system's random numbers."""
    return SigningKey(name, Ed25519PrivateKey.generate().private_bytes_raw())


def sign_note(text: str, keys: Iterable[SigningKey]) -> str:
    """Sign a text, which ends with a newline, by one or more keys."""
    return f"{text}\n{''.join(key.sign(text) for key in keys)}"


class OpenedNote(msgspec.Struct, frozen=True):
    """A note whose signatures have been checked.

    Attributes
    ----------
    text
        What was signed.
    signed_by
        Those of the given keys that have signed it.
    others
        Names and ids of keys that are not known.
    """

    text: str
    signed_by: list[PublicKey]
    others: list[str]


def open_note(note: str, keys: Collection[PublicKey]) -> OpenedNote:
    """Check a note by the keys that are known.

    Raises
    ------
    NoteProblem
        Where it is no note, a known key's signature is wrong, or no known key has signed it.
    """
    text, lines = _parts(note)
    known = {(key.name, key.id): key for key in keys}
    signed_by: list[PublicKey] = []
    others: list[str] = []
    for name, id, signature in lines:
        key = known.get((name, id))
        if key is None:
            others.append(f"{name}+{id}")
        elif not key.has_signed(text, signature):
            raise NoteProblem(
                f"the signature by the key {name}+{id} must be of this text; it is not"
            )
        elif key not in signed_by:
            signed_by.append(key)
    if not signed_by:
        found = ", ".join(others) or "none"
        raise NoteProblem(f"a note must be signed by a key that is known; signed by: {found}")
    return OpenedNote(text, signed_by, others)


def _parts(note: str) -> tuple[str, list[tuple[str, str, bytes]]]:
    if len(note.encode(errors="replace")) > MOST_BYTES:
        raise NoteProblem(f"a note must have at most {MOST_BYTES} bytes")
    if any(ord(each) < 0x20 and each != "\n" for each in note):
        raise NoteProblem("a note must have no control characters but newlines")
    text, found, signatures = note.rpartition("\n\n")
    if not found or not signatures.endswith("\n"):
        raise NoteProblem("a note must be a text, an empty line, and lines of signatures")
    lines = signatures[:-1].split("\n")
    if len(lines) > _MOST_SIGNATURES:
        raise NoteProblem(f"a note must have at most {_MOST_SIGNATURES} signatures")
    return f"{text}\n", [_signature(line) for line in lines]


def _signature(line: str) -> tuple[str, str, bytes]:
    name, _, encoded = line.removeprefix(_DASH).partition(" ")
    packed = _decoded(encoded)
    if not line.startswith(_DASH) or packed is None or _KEY_NAME.fullmatch(name) is None:
        raise NoteProblem("a signature must be a line of a dash, a key's name, and base64")
    return name, packed[:_ID_BYTES].hex(), packed[_ID_BYTES:]


def _decoded(encoded: str) -> bytes | None:
    try:
        return base64.b64decode(encoded, validate=True)
    except (binascii.Error, ValueError):
        return None
