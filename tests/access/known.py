"""Users, tokens and sessions for tests."""

from __future__ import annotations

import datetime as dt

from streams.access.directory import Directory
from streams.access.passwords import password_hash
from streams.access.record import Record, Session, Token, User, encode_record
from streams.access.roles import SCOPES, Role, Scope
from streams.access.secrets import hashed
from streams.access.view import View

NOW = dt.datetime(2026, 3, 2, 12, tzinfo=dt.UTC)
PASSWORD = "rain, then wind"
HASH = password_hash(PASSWORD)
MARK = "0" * 32


def a_user(
    name: str = "wang", role: Role = "operator", mark: str = MARK, view: View | None = None
) -> User:
    return User(name=name, role=role, password=HASH, mark=mark, at=NOW, by="root", view=view)


def a_token(
    secret: str,
    name: str = "program",
    role: Role = "viewer",
    scopes: tuple[Scope, ...] = tuple(SCOPES),
    days: float = 1,
    *,
    first: bool = False,
    view: View | None = None,
) -> Token:
    return Token(
        id=hashed(secret)[:8], name=name, sha256=hashed(secret), role=role, scopes=scopes,
        expires=NOW + dt.timedelta(days=days), first=first, at=NOW, by="root", view=view,
    )  # fmt: skip


def a_session(secret: str, user: str = "wang", mark: str = MARK, hours: float = 1) -> Session:
    expires = NOW + dt.timedelta(hours=hours)
    return Session(sha256=hashed(secret), user=user, mark=mark, at=NOW, expires=expires)


def directory_of(*records: Record) -> Directory:
    directory = Directory()
    for record in records:
        directory.take(*encode_record(record))
    return directory
