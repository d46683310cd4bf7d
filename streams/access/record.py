"""Records of the topic ``users``: users, tokens and sessions, with hashes in place of secrets.

The topic is compacted. The latest record of a key holds, and a tombstone ends what it is of.
"""

from __future__ import annotations

import datetime as dt
from typing import Annotated, Any, Final, NamedTuple

import msgspec

from streams.access.roles import Role, Scope
from streams.access.view import View
from streams.items import Name

Instant = Annotated[dt.datetime, msgspec.Meta(tz=True)]
_Sha = Annotated[str, msgspec.Meta(pattern=r"^[0-9a-f]{64}$")]
_Mark = Annotated[str, msgspec.Meta(pattern=r"^[0-9a-f]{32}$")]
_TokenId = Annotated[str, msgspec.Meta(pattern=r"^[0-9a-f]{8}$")]
_Form = Annotated[int, msgspec.Meta(ge=1)]

FORM: Final = 2
"""The newest form of these records: one of a view. Others are written in form 1, as before.

A version that knows no views passes over what is of form 2: else it would show everything.
"""


class User(msgspec.Struct, frozen=True, kw_only=True, tag_field="type", tag="user"):
    """A person who logs in.

    Attributes
    ----------
    name, role
        Who, and what they may do.
    password
        An argon2 hash with its salt and costs.
    mark
        Made anew with each password: sessions of an earlier one are over.
    at, by
        When the record was written, and by whom.
    view
        What they see; None is everything.
    """

    v: _Form = 1
    name: Name
    role: Role
    password: Annotated[str, msgspec.Meta(max_length=500)]
    mark: _Mark
    at: Instant
    by: Name
    view: View | None = None

    @property
    def key(self) -> str:
        """The record's key."""
        return f"user/{self.name}"

    def __repr__(self) -> str:
        """Show no hash."""
        return f"User(name={self.name!r}, role={self.role!r})"


class Token(msgspec.Struct, frozen=True, kw_only=True, tag_field="type", tag="token"):
    """A program's way in.

    Attributes
    ----------
    id, name
        The first 8 hex digits of its hash; what people call it.
    sha256
        The hash of the token.
    role, scopes
        What it may do.
    expires
        When it ends.
    first
        Whether serve made it at its first start.
    at, by
        When the record was written, and by whom.
    view
        What it sees; None is everything.
    """

    v: _Form = 1
    id: _TokenId
    name: Name
    sha256: _Sha
    role: Role
    scopes: Annotated[tuple[Scope, ...], msgspec.Meta(min_length=1, max_length=8)]
    expires: Instant
    first: bool = False
    at: Instant
    by: Name
    view: View | None = None

    @property
    def key(self) -> str:
        """The record's key."""
        return f"token/{self.id}"

    def __repr__(self) -> str:
        """Show no hash."""
        return f"Token(id={self.id!r}, name={self.name!r}, role={self.role!r})"


class Session(msgspec.Struct, frozen=True, kw_only=True, tag_field="type", tag="session"):
    """A login of a user.

    Attributes
    ----------
    sha256
        The hash of the cookie's value.
    user, mark
        Whose, and the mark of the user's password at the login.
    at, expires
        When it began, and ends.
    """

    v: _Form = 1
    sha256: _Sha
    user: Name
    mark: _Mark
    at: Instant
    expires: Instant

    @property
    def key(self) -> str:
        """The record's key."""
        return f"session/{self.sha256}"

    def __repr__(self) -> str:
        """Show no hash."""
        return f"Session(user={self.user!r})"


Record = User | Token | Session

_decoder: msgspec.json.Decoder[Record] = msgspec.json.Decoder(Record)


class _FormOnly(msgspec.Struct):
    v: Any = None


_form_only = msgspec.json.Decoder(_FormOnly)


class KeyedBytes(NamedTuple):
    """A record as it stands on the topic; value None is a tombstone."""

    key: bytes
    value: bytes | None


def encode_record(record: Record) -> KeyedBytes:
    """Write a record, in the oldest form that says all of it."""
    document = msgspec.to_builtins(record)
    if not isinstance(record, Session):
        if record.view is None:
            del document["view"]
        else:
            document["v"] = FORM
    return KeyedBytes(record.key.encode(), msgspec.json.encode(document))


def tombstone(record: Record) -> KeyedBytes:
    """Return the record that ends another."""
    return KeyedBytes(record.key.encode(), None)


def decode_record(key: bytes, value: bytes) -> Record:
    """Read a record.

    Raises
    ------
    ValueError
        Where it is none, or of a later version; the message holds nothing of its hashes.
    """
    try:
        form = _form_only.decode(value).v
        if isinstance(form, int) and form > FORM:
            raise ValueError(
                f"a record of form {form} was written by a later version of Weathervane; this one"
                f" reads form {FORM}: run the later version"
            )
        record = _decoder.decode(value)
    except msgspec.ValidationError as error:
        # It names the place and the rule; a value only where the value is no text.
        raise ValueError(str(error).replace("\n", " ")) from None
    except (msgspec.DecodeError, RecursionError):
        raise ValueError("must be JSON of a user, a token or a session") from None
    if record.key.encode() != key:
        raise ValueError("the key of a record of `users` must name what the record is of")
    if not isinstance(record, Session) and record.view is not None and record.v != FORM:
        raise ValueError(f"a record with a view must be of form {FORM}; found form {record.v}")
    return record
