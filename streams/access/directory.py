"""Users, tokens and sessions as the topic ``users`` says, folded in its order."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from typing import Final

from streams.access.record import Record, Session, Token, User, decode_record
from streams.access.roles import Identity
from streams.access.secrets import hashed, same
from streams.access.view import View

MOST_SESSIONS: Final = 20
"""A user's logins that hold at a time: with a further one the oldest ends."""


class Directory:
    """Who is known; it is as long as the topic's users and tokens, and their latest sessions."""

    def __init__(self) -> None:
        self._users: dict[str, User] = {}
        self._tokens: dict[str, Token] = {}
        self._sessions: dict[str, dict[str, Session]] = {}
        self._owners: dict[str, str] = {}
        self._unread: set[str] = set()

    def take(self, key: bytes | None, value: bytes | None) -> None:
        """Take the topic's next record.

        Raises
        ------
        ValueError
            Where it cannot be read; it is passed over, and what its key had stood for is gone.
        """
        name = (key or b"").decode("utf-8", "replace")
        self._drop(name)
        if not value:
            return
        try:
            record = decode_record(key or b"", value)
        except ValueError:
            # Whoever wrote it has set something up: what is open without users is so no more.
            self._unread.add(name[:300])
            raise
        self._add(record)

    def _drop(self, key: str) -> None:
        kind, _, name = key.partition("/")
        self._unread.discard(key[:300])
        if kind == "user":
            self._users.pop(name, None)
        elif kind == "token":
            self._tokens.pop(name, None)
        elif kind == "session":
            owner = self._owners.pop(name, None)
            if owner is not None:
                self._sessions[owner].pop(name, None)

    def _add(self, record: Record) -> None:
        match record:
            case User():
                self._users[record.name] = record
            case Token():
                if not record.first or self.lacks_way_in(record.at):
                    self._tokens[record.id] = record
            case Session():
                held = self._sessions.setdefault(record.user, {})
                held[record.sha256] = record
                self._owners[record.sha256] = record.user
                while len(held) > MOST_SESSIONS:
                    oldest = next(iter(held))
                    del held[oldest], self._owners[oldest]

    @property
    def is_set_up(self) -> bool:
        """Whether there is a user or a token, expired ones and unreadable ones too."""
        return bool(self._users or self._tokens or self._unread)

    def lacks_way_in(self, now: dt.datetime) -> bool:
        """Whether nobody can log in and no token holds: then serve makes a first token."""
        alive = any(token.expires > now for token in self._tokens.values())
        return not (self._users or alive or self._unread)

    @property
    def users(self) -> Iterable[User]:
        """All users, in order of name."""
        return [self._users[name] for name in sorted(self._users)]

    @property
    def tokens(self) -> Iterable[Token]:
        """All tokens, in order of name."""
        return sorted(self._tokens.values(), key=lambda token: (token.name, token.id))

    @property
    def views(self) -> set[View]:
        """Views of users and tokens."""
        known = [user.view for user in self._users.values()]
        known += [token.view for token in self._tokens.values()]
        return {view for view in known if view is not None}

    def user(self, name: str) -> User | None:
        """Return a user by name."""
        return self._users.get(name)

    def sessions_of(self, name: str) -> list[Session]:
        """Return a user's sessions, the oldest first."""
        return list(self._sessions.get(name, {}).values())

    def with_token(self, secret: str, now: dt.datetime) -> Identity | None:
        """Return who has a token; None where there is no such one, or it has ended."""
        digest = hashed(secret)
        token = self._tokens.get(digest[:8])
        if token is None or not same(token.sha256, digest) or token.expires <= now:
            return None
        return Identity(token.name, token.role, "token", token.scopes, token.view)

    def with_session(self, secret: str, now: dt.datetime) -> Identity | None:
        """Return who has logged in; None where the session is unknown or over."""
        digest = hashed(secret)
        owner = self._owners.get(digest)
        user = None if owner is None else self._users.get(owner)
        if owner is None or user is None:
            return None
        session = self._sessions[owner][digest]
        if session.expires <= now or not same(session.mark, user.mark):
            return None
        return Identity(user.name, user.role, "session", view=user.view)

    def over(self, now: dt.datetime) -> list[Session]:
        """Return sessions that no longer hold, so that their records can be ended."""
        return [
            session
            for held in self._sessions.values()
            for session in held.values()
            if session.expires <= now or self._mark(session.user) != session.mark
        ]

    def _mark(self, name: str) -> str | None:
        user = self._users.get(name)
        return None if user is None else user.mark
