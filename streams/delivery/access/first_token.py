"""A first token: so that somebody can come in where serve is reached from elsewhere."""

from __future__ import annotations

import datetime as dt
from typing import Final

from streams.access.record import Token, encode_record, tombstone
from streams.access.roles import SCOPES
from streams.access.secrets import hashed, new_token
from streams.delivery.access.users_topic import UsersTopic

LASTS_DAYS: Final = 30


async def first_token(users: UsersTopic, now: dt.datetime) -> str | None:
    """Make an admin's token where there is no way in; None where there is one.

    Of several that start at a time the one whose record stands first makes it.

    Raises
    ------
    NotKept
        Where the topic does not take it.
    """
    if not users.directory.lacks_way_in(now):
        return None
    secret = new_token()
    token = Token(
        id=hashed(secret)[:8],
        name="first",
        sha256=hashed(secret),
        role="admin",
        scopes=tuple(SCOPES),
        expires=now + dt.timedelta(days=LASTS_DAYS),
        first=True,
        at=now,
        by="serve",
    )
    await users.write([encode_record(token)])
    if users.directory.with_token(secret, now) is not None:
        return secret
    await users.write([tombstone(token)])
    return None
